/** Sockets without a connection outlive their process: they are made again as the guest made them. */
import { describe, expect, it } from "vitest";
import { parseState } from "../../../src/kernel/state/schema.js";
import { bytes, errno, now, type Setting, setting, text } from "./harness.js";

const [UNIX, INET, INET6] = [1, 2, 10];
const [STREAM, DGRAM] = [1, 2];
const [SOL_SOCKET, SO_REUSEADDR] = [1, 2];
const NONBLOCK = 0o4000;

const inet = (port: number): Uint8Array =>
  Uint8Array.from([INET, 0, port >> 8, port & 255, 127, 0, 0, 1, ...new Uint8Array(8)]);
const inet6 = (port: number): Uint8Array =>
  Uint8Array.from([INET6, 0, port >> 8, port & 255, ...new Uint8Array(19), 1, 0, 0, 0, 0]);
const unix = (name: string): Uint8Array => Uint8Array.from([UNIX, 0, ...Buffer.from(name)]);

const options = { deterministic: true, usage: () => ({ user: 0n, system: 0n, peak: 0 }) } as const;

const socket = ({ ops }: Setting, domain: number, type: number): number =>
  now(ops.socket({ domain, type, protocol: 0 })).fd;
const name = ({ ops }: Setting, fd: number, which = 0): Uint8Array =>
  now(ops.sockname({ fd, which, address_capacity: 128 })).address;

/** The kernel of another process that goes on from the state of this one. */
const goOn = async (before: Setting): Promise<Setting> => {
  const state = parseState(await before.kernel.save());
  const after = setting(options);
  await after.kernel.restore(state);
  expect(await after.kernel.save()).toEqual(state);
  return after;
};

describe("sockets of the guest's own loopback, after a restore", () => {
  it.each([
    ["IPv4", INET, inet(8000)],
    ["IPv4, any port", INET, inet(0)],
    ["IPv6", INET6, inet6(8000)],
    ["an abstract name", UNIX, unix("\0name")],
  ])("listen and connect by %s", async (_how, domain, address) => {
    const before = setting(options);
    const server = socket(before, domain, STREAM | NONBLOCK);
    now(
      before.ops.setsockopt({
        fd: server,
        level: SOL_SOCKET,
        option: SO_REUSEADDR,
        value: Uint8Array.from([1, 0, 0, 0]),
      }),
    );
    now(before.ops.bind({ fd: server, address }));
    now(before.ops.listen({ fd: server, backlog: 3 }));
    const client = socket(before, domain, STREAM);
    const { ops, ...after } = await goOn(before);
    const at = { ops, ...after };
    expect(name(at, server)).toEqual(name(before, server));
    now(ops.connect({ fd: client, address: name(at, server) }));
    const { connection } = now(ops.accept({ fd: server, flags: 0, address_capacity: 128 }));
    now(ops.send({ fd: client, data: bytes("hello"), flags: 0, address: new Uint8Array(0) }));
    expect(
      text(now(ops.receive({ fd: connection, capacity: 64, flags: 0, address_capacity: 128 })).data),
    ).toBe("hello");
    expect(await errno(() => ops.accept({ fd: server, flags: 0, address_capacity: 128 }))).toBe("EAGAIN");
  });

  it("send packets to where they did", async () => {
    const before = setting(options);
    const [one, other] = [socket(before, INET, DGRAM), socket(before, INET, DGRAM)];
    now(before.ops.bind({ fd: one, address: inet(5000) }));
    now(before.ops.connect({ fd: other, address: inet(5000) }));
    const after = await goOn(before);
    now(after.ops.send({ fd: other, data: bytes("packet"), flags: 0, address: new Uint8Array(0) }));
    const received = now(after.ops.receive({ fd: one, capacity: 64, flags: 0, address_capacity: 128 }));
    expect(text(received.data)).toBe("packet");
    expect(received.address).toEqual(name(before, other));
  });
});

describe("sockets that no state can keep are refused by name", () => {
  it("connections, and who waits for one", async () => {
    const before = setting(options);
    const server = socket(before, INET, STREAM);
    now(before.ops.bind({ fd: server, address: inet(8000) }));
    now(before.ops.listen({ fd: server, backlog: 3 }));
    const client = socket(before, INET, STREAM);
    now(before.ops.connect({ fd: client, address: inet(8000) }));
    await expect(before.kernel.save()).rejects.toThrow(
      `descriptor ${server} is a socket at 127.0.0.1:8000 that has connections to accept: it cannot be saved`,
    );
    now(before.ops.accept({ fd: server, flags: 0, address_capacity: 128 }));
    await expect(before.kernel.save()).rejects.toThrow(
      `descriptor ${client} is a socket that is connected to 127.0.0.1:8000`,
    );
  });

  it("names in a file system, and packets that wait", async () => {
    const before = setting(options);
    const named = socket(before, UNIX, STREAM);
    now(before.ops.bind({ fd: named, address: unix("/name") }));
    await expect(before.kernel.save()).rejects.toThrow('is a socket by the name "/name"');
    now(before.ops.close({ fd: named }));
    const receiver = socket(before, INET6, DGRAM);
    now(before.ops.bind({ fd: receiver, address: inet6(5000) }));
    now(before.ops.send({ fd: receiver, data: bytes("x"), flags: 0, address: inet6(5000) }));
    await expect(before.kernel.save()).rejects.toThrow(
      "is a socket at [::1]:5000 that has packets to receive",
    );
  });

  it("and a state that has what no guest may have is refused", async () => {
    const before = setting(options);
    now(before.ops.bind({ fd: socket(before, INET, STREAM), address: inet(8000) }));
    const state = await before.kernel.save();
    const changed = (change: Record<string, unknown>) => ({
      ...state,
      descriptions: state.descriptions.map((one) =>
        one.kind === "loopback" ? { ...one, socket: { ...one.socket, ...change } } : one,
      ),
    });
    for (const [change, message] of [
      [{ own: inet(80) }, "EACCES"],
      [{ family: 40 }, "EAFNOSUPPORT"],
      [{ type: 3 }, "EPERM"],
      [{ peer: inet(8000) }, "a connected socket"],
      [{ own: new Uint8Array(1) }, "EINVAL"],
      [{ own: new Uint8Array(300) }, "too long"],
      [{ options: [[1, 3, new Uint8Array(4)]] }, "ENOPROTOOPT"],
    ] as const) {
      await expect(setting(options).kernel.restore(changed(change))).rejects.toThrow(message);
    }
  });
});
