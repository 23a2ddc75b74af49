import { describe, expect, it } from "vitest";
import { absentDriver } from "../../../src/kernel/absent-driver.js";
import { POLLHUP, POLLIN, POLLNVAL, POLLOUT } from "../../../src/kernel/flags.js";
import { Kernel } from "../../../src/kernel/kernel.js";
import { sink, source } from "../../../src/kernel/stdio.js";
import { bytes, errno, now, setting, text } from "./harness.js";

const entries = (...all: readonly (readonly [fd: number, events: number])[]): Uint8Array => {
  const buffer = Buffer.alloc(8 * all.length);
  for (const [index, [fd, events]] of all.entries()) {
    buffer.writeInt32LE(fd, 8 * index);
    buffer.writeUInt16LE(events, 8 * index + 4);
  }
  return buffer;
};

const revents = (ready: Uint8Array): number[] => {
  const buffer = Buffer.from(ready);
  return Array.from({ length: buffer.length / 2 }, (_, index) => buffer.readUInt16LE(2 * index));
};

describe("poll", () => {
  it("tells what is ready", () => {
    const at = setting();
    const [reader, writer] = now(at.ops.pipe({ flags: 0 })).fds;
    const poll = (...all: [number, number][]) =>
      revents(now(at.ops.poll({ fds: entries(...all), timeout: 0n, capacity: 99 })).ready);
    expect(poll([reader, POLLIN], [writer, POLLOUT], [-1, POLLIN], [99, POLLIN])).toEqual([
      0,
      POLLOUT,
      0,
      POLLNVAL,
    ]);
    now(at.ops.write({ fd: writer, data: bytes("x") }));
    expect(poll([reader, POLLIN])).toEqual([POLLIN]);
    now(at.ops.close({ fd: writer }));
    now(at.ops.read({ fd: reader, capacity: 9 }));
    expect(poll([reader, POLLIN])).toEqual([POLLHUP]);
    expect(poll([0, POLLIN], [1, POLLOUT])).toEqual([POLLIN, POLLOUT]);
  });

  it("waits for what comes from outside", async () => {
    let push: (chunk: string) => void = () => {};
    const coming = new Promise<string>((resolve) => {
      push = resolve;
    });
    async function* input() {
      yield await coming;
    }
    const kernel: Kernel = new Kernel({
      driver: absentDriver,
      stdio: { stdin: source(input(), () => kernel.wake()), stdout: sink(() => {}), stderr: sink(() => {}) },
    });
    const polled = kernel.operations.poll({ fds: entries([0, POLLIN]), timeout: -1n, capacity: 2 });
    expect(kernel.waiting).toBe(true);
    push("typed");
    expect(revents((await polled).ready)).toEqual([POLLIN]);
    expect(text((await kernel.operations.read({ fd: 0, capacity: 2 })).data)).toBe("ty");
    expect(text((await kernel.operations.read({ fd: 0, capacity: 9 })).data)).toBe("ped");
    expect((await kernel.operations.read({ fd: 0, capacity: 9 })).data.length).toBe(0);
    expect(kernel.idle).toBeGreaterThan(0n);
  });

  it("ends at its time", async () => {
    const at = setting();
    const before = process.hrtime.bigint();
    const [reader] = now(at.ops.pipe({ flags: 0 })).fds;
    const { ready } = await at.ops.poll({
      fds: entries([reader, POLLIN]),
      timeout: 20_000_000n,
      capacity: 2,
    });
    expect(revents(ready)).toEqual([0]);
    expect(process.hrtime.bigint() - before).toBeGreaterThanOrEqual(20_000_000n);
  });

  it("checks what it is given", async () => {
    const at = setting();
    const poll = (fds: Uint8Array, timeout: bigint, capacity: number) =>
      errno(() => at.ops.poll({ fds, timeout, capacity }));
    expect(await poll(new Uint8Array(7), 0n, 99)).toBe("EINVAL");
    expect(await poll(new Uint8Array(8 * 1025), 0n, 9999)).toBe("EINVAL");
    expect(await poll(entries([0, POLLIN]), -2n, 2)).toBe("EINVAL");
    expect(await poll(entries([0, POLLIN]), 0n, 1)).toBe("EINVAL");
  });
});

describe("waiting", () => {
  it("is ended by an interrupt, with its signal", async () => {
    const at = setting();
    const sleeping = errno(() => at.ops.sleep({ id: 1, until: 3_600_000_000_000n, flags: 0 }));
    expect(at.kernel.interrupt(2)).toBe(true);
    expect(await sleeping).toBe("EINTR");
    expect(at.kernel.takeSignal()).toBe(2);
    expect(at.kernel.takeSignal()).toBe(0);
  });

  it("ends at once when the interrupt came just before it", async () => {
    const at = setting();
    expect(at.kernel.interrupt(2)).toBe(false);
    expect(at.kernel.takeSignal()).toBe(0);
    expect(await errno(() => at.ops.sleep({ id: 1, until: 3_600_000_000_000n, flags: 0 }))).toBe("EINTR");
    expect(await errno(() => at.ops.sleep({ id: 1, until: 1_000_000n, flags: 0 }))).toBe("ok");
  });

  it("is rejected when the guest is gone", async () => {
    const at = setting();
    const [reader] = now(at.ops.pipe({ flags: 0 })).fds;
    const reading = Promise.resolve(at.ops.read({ fd: reader, capacity: 1 }));
    const rejected = expect(reading).rejects.toThrow("killed");
    await at.kernel.close(new Error("killed"));
    await rejected;
    expect(await errno(() => at.ops.fstat({ fd: 0 }))).toBe("EBADF");
  });

  it("keeps what a source brought after an interrupt", async () => {
    let bring: (length: number) => void = () => {};
    const kernel = new Kernel({
      driver: absentDriver,
      stdio: {
        stdin: {
          stream: true,
          read: (into) =>
            new Promise((resolve) => {
              bring = (length) => {
                into.set(bytes("late"));
                resolve(length);
              };
            }),
        },
        stdout: sink(() => {}),
        stderr: sink(() => {}),
      },
    });
    const first = errno(() => kernel.operations.read({ fd: 0, capacity: 9 }));
    kernel.interrupt(2);
    expect(await first).toBe("EINTR");
    bring(4);
    expect(text((await kernel.operations.read({ fd: 0, capacity: 2 })).data)).toBe("la");
    expect(text((await kernel.operations.read({ fd: 0, capacity: 9 })).data)).toBe("te");
  });
});

describe("signals", () => {
  it("that the guest sends to itself come with the answer", async () => {
    const at = setting();
    now(at.ops.kill({ pid: 0, signal: 15 }));
    now(at.ops.kill({ pid: 1, signal: 2 }));
    now(at.ops.kill({ pid: 1, signal: 0 }));
    expect([at.kernel.takeSignal(), at.kernel.takeSignal(), at.kernel.takeSignal()]).toEqual([15, 2, 0]);
    expect(await errno(() => at.ops.kill({ pid: 7, signal: 9 }))).toBe("ESRCH");
    expect(await errno(() => at.ops.kill({ pid: 0, signal: 64 }))).toBe("EINVAL");
  });
});

describe("standard streams", () => {
  it("hold the guest up while their sink is behind, and drop what is over a limit", async () => {
    let release: () => void = () => {};
    const taken: string[] = [];
    const over: string[] = [];
    const kernel = new Kernel({
      driver: absentDriver,
      stdio: {
        stdin: source("", () => {}),
        stdout: sink(
          (chunk) =>
            new Promise<void>((resolve) => {
              taken.push(text(chunk));
              release = resolve;
            }),
        ),
        stderr: sink((chunk) => void taken.push(text(chunk)), { limit: 5, over: () => over.push("over") }),
      },
    });
    let done = false;
    const writing = Promise.resolve(kernel.operations.write({ fd: 1, data: bytes("slow") })).then(
      ({ length }) => {
        done = true;
        return length;
      },
    );
    await new Promise(setImmediate);
    expect(done).toBe(false);
    release();
    expect(await writing).toBe(4);
    expect(now(kernel.operations.write({ fd: 2, data: bytes("1234567") })).length).toBe(7);
    expect(now(kernel.operations.write({ fd: 2, data: bytes("8") })).length).toBe(1);
    expect(taken).toEqual(["slow", "12345"]);
    expect(over.length).toBe(2);
    expect(await errno(() => kernel.operations.isatty({ fd: 1 }))).toBe("ENOTTY");
  });

  it("are a terminal when the guest is given one", () => {
    const at = setting({ terminal: { rows: 24, columns: 80 } });
    now(at.ops.isatty({ fd: 0 }));
    expect([...now(at.ops.winsize({ fd: 1 })).size]).toEqual([24, 0, 80, 0, 0, 0, 0, 0]);
    const { fd } = now(at.ops.open({ at: -100, path: "/dev/tty", flags: 2, mode: 0 }));
    now(at.ops.isatty({ fd }));
    now(at.ops.write({ fd, data: bytes("prompt") }));
    expect(at.written.err).toBe("prompt");
  });
});
