import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AT_FDCWD, O_NONBLOCK, O_RDWR, O_WRONLY, SOCK_NONBLOCK } from "../../../src/kernel/flags.js";
import { RING_SIZE, Ring } from "../../../src/kernel/ring.js";
import { bytes, errno, now, setting, text } from "./harness.js";

const pipe = (at: ReturnType<typeof setting>, flags = 0): readonly [number, number] => {
  const [reader, writer] = now(at.ops.pipe({ flags })).fds;
  return [reader, writer];
};

describe("a ring", () => {
  it("is a queue of bytes that takes no more than fits", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.uint8Array({ maxLength: 40_000 }), fc.integer({ min: 0, max: 70_000 })), {
          maxLength: 30,
        }),
        (steps) => {
          const ring = new Ring();
          let model = Buffer.alloc(0);
          for (const step of steps) {
            if (typeof step === "number") {
              expect(Buffer.from(ring.read(step, true))).toEqual(model.subarray(0, step));
              expect(Buffer.from(ring.read(step))).toEqual(model.subarray(0, step));
              model = model.subarray(step);
            } else {
              const fits = Math.min(step.length, RING_SIZE - model.length);
              expect(ring.write(step)).toBe(fits);
              model = Buffer.concat([model, step.subarray(0, fits)]);
            }
            expect(ring.length).toBe(model.length);
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe("pipes", () => {
  it("carry bytes, and end when no writer is left", async () => {
    const at = setting();
    const [reader, writer] = pipe(at);
    now(at.ops.write({ fd: writer, data: bytes("hello") }));
    expect(now(at.ops.available({ fd: reader })).length).toBe(5);
    expect(text(now(at.ops.read({ fd: reader, capacity: 3 })).data)).toBe("hel");
    const { copy } = now(at.ops.dup({ fd: writer, minimum: 0, flags: 0 }));
    now(at.ops.close({ fd: writer }));
    expect(text(now(at.ops.read({ fd: reader, capacity: 9 })).data)).toBe("lo");
    const waiting = at.ops.read({ fd: reader, capacity: 9 });
    now(at.ops.close({ fd: copy }));
    expect((await waiting).data.length).toBe(0);
  });

  it("hold up a writer until there is room, whole up to 4096 bytes", async () => {
    const at = setting();
    const [reader, writer] = pipe(at);
    now(at.ops.write({ fd: writer, data: new Uint8Array(RING_SIZE - 10) }));
    const waiting = Promise.resolve(at.ops.write({ fd: writer, data: new Uint8Array(20) }));
    let done = false;
    void waiting.then(() => {
      done = true;
    });
    now(at.ops.read({ fd: reader, capacity: 5 }));
    at.kernel.wake();
    await new Promise(setImmediate);
    expect(done, "it does not fit yet").toBe(false);
    now(at.ops.read({ fd: reader, capacity: 5 }));
    at.kernel.wake();
    expect((await waiting).length).toBe(20);
  });

  it("do not wait with O_NONBLOCK", async () => {
    const at = setting();
    const [reader, writer] = pipe(at, O_NONBLOCK);
    expect(await errno(() => at.ops.read({ fd: reader, capacity: 1 }))).toBe("EAGAIN");
    expect(now(at.ops.write({ fd: writer, data: new Uint8Array(RING_SIZE + 5) })).length).toBe(RING_SIZE);
    expect(await errno(() => at.ops.write({ fd: writer, data: bytes("x") }))).toBe("EAGAIN");
    now(at.ops.close({ fd: reader }));
    expect(await errno(() => at.ops.write({ fd: writer, data: bytes("x") }))).toBe("EPIPE");
  });

  it("are one-way", async () => {
    const at = setting();
    const [reader, writer] = pipe(at);
    expect(await errno(() => at.ops.write({ fd: reader, data: bytes("x") }))).toBe("EBADF");
    expect(await errno(() => at.ops.read({ fd: writer, capacity: 1 }))).toBe("EBADF");
    expect(await errno(() => at.ops.seek({ fd: reader, offset: 0n, whence: 0 }))).toBe("ESPIPE");
    expect(await errno(() => at.ops.pread({ fd: reader, capacity: 1, offset: 0n }))).toBe("ESPIPE");
    expect(await errno(() => at.ops.ftruncate({ fd: writer, size: 0n }))).toBe("EINVAL");
    expect(await errno(() => at.ops.pipe({ flags: 1 }))).toBe("EINVAL");
  });

  it("have names", async () => {
    const at = setting();
    now(at.ops.mkfifo({ at: AT_FDCWD, path: "/fifo", mode: 0o644 }));
    const open = (flags: number) => at.ops.open({ at: AT_FDCWD, path: "/fifo", flags, mode: 0 });
    expect(await errno(() => open(O_WRONLY | O_NONBLOCK))).toBe("ENXIO");
    const reading = Promise.resolve(open(0));
    const { fd: writer } = await open(O_WRONLY);
    const { fd: reader } = await reading;
    now(at.ops.write({ fd: writer, data: bytes("by name") }));
    expect(text(now(at.ops.read({ fd: reader, capacity: 99 })).data)).toBe("by name");
    const { fd: both } = now(open(O_RDWR));
    now(at.ops.close({ fd: writer }));
    now(at.ops.write({ fd: both, data: bytes("self") }));
    expect(text(now(at.ops.read({ fd: both, capacity: 99 })).data)).toBe("self");
  });
});

describe("socket pairs", () => {
  it("carry bytes both ways, and end each way by itself", async () => {
    const at = setting();
    const [one, two] = now(at.ops.socketpair({ domain: 1, type: 1 | SOCK_NONBLOCK, protocol: 0 })).fds;
    now(at.ops.write({ fd: one, data: bytes("ping") }));
    now(at.ops.send({ fd: two, data: bytes("pong"), flags: 0, address: new Uint8Array(0) }));
    const receive = (fd: number, flags = 0) =>
      now(at.ops.receive({ fd, capacity: 9, flags, address_capacity: 0 }));
    expect(text(receive(two, 2).data), "peeked").toBe("ping");
    expect(text(receive(two).data)).toBe("ping");
    now(at.ops.shutdown({ fd: two, how: 1 }));
    expect(text(receive(one).data)).toBe("pong");
    expect(receive(one).data.length).toBe(0);
    expect(await errno(() => at.ops.write({ fd: two, data: bytes("x") }))).toBe("EPIPE");
    now(at.ops.write({ fd: one, data: bytes("still") }));
    expect(text(receive(two).data)).toBe("still");
    expect(await errno(() => at.ops.read({ fd: two, capacity: 9 }))).toBe("EAGAIN");
  });

  it("keep packets apart", async () => {
    const at = setting();
    const [one, two] = now(at.ops.socketpair({ domain: 1, type: 2, protocol: 0 })).fds;
    for (const packet of ["one", "", "three"]) now(at.ops.write({ fd: one, data: bytes(packet) }));
    const cut = now(at.ops.receive({ fd: two, capacity: 2, flags: 0x20, address_capacity: 0 }));
    expect([text(cut.data), cut.length]).toEqual(["on", 3]);
    expect(now(at.ops.read({ fd: two, capacity: 9 })).data.length).toBe(0);
    expect(text(now(at.ops.read({ fd: two, capacity: 9 })).data)).toBe("three");
    expect(await errno(() => at.ops.write({ fd: one, data: new Uint8Array(70_000) }))).toBe("EMSGSIZE");
  });

  it("are refused where they cannot be", async () => {
    const at = setting();
    expect(await errno(() => at.ops.socketpair({ domain: 2, type: 1, protocol: 0 }))).toBe("EAFNOSUPPORT");
    expect(await errno(() => at.ops.socketpair({ domain: 1, type: 3, protocol: 0 }))).toBe("EPROTONOSUPPORT");
    expect(await errno(() => at.ops.resolve({ name: bytes("example.org"), family: 0, capacity: 99 }))).toBe(
      "EACCES",
    );
    expect(await errno(() => at.ops.listen({ fd: 1, backlog: 1 }))).toBe("ENOTSOCK");
    const [one] = now(at.ops.socketpair({ domain: 1, type: 1, protocol: 0 })).fds;
    expect(await errno(() => at.ops.connect({ fd: one, address: bytes("\x01\0") }))).toBe("EISCONN");
    expect(await errno(() => at.ops.connect({ fd: one, address: bytes("x") }))).toBe("EINVAL");
    expect(now(at.ops.getsockopt({ fd: one, level: 1, option: 3, capacity: 4 })).value[0]).toBe(1);
    expect(await errno(() => at.ops.getsockopt({ fd: one, level: 1, option: 999, capacity: 4 }))).toBe(
      "ENOPROTOOPT",
    );
  });
});
