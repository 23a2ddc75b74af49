import { describe, expect, it } from "vitest";
import { parseAddress } from "../../../src/kernel/loopback/address.js";
import { bytes, errno, files, now, type Setting, setting, text } from "./harness.js";

const UNIX = 1;
const INET = 2;
const INET6 = 10;
const STREAM = 1;
const DGRAM = 2;
const NONBLOCK = 0o4000;

const inet = (port: number, host: readonly number[] = [127, 0, 0, 1]): Uint8Array =>
  Uint8Array.from([INET, 0, port >> 8, port & 255, ...host, 0, 0, 0, 0, 0, 0, 0, 0]);
const inet6 = (port: number, last: number): Uint8Array =>
  Uint8Array.from([INET6, 0, port >> 8, port & 255, ...new Uint8Array(19), last, 0, 0, 0, 0]);
const unix = (name: string): Uint8Array => Uint8Array.from([UNIX, 0, ...Buffer.from(name)]);
const portOf = (address: Uint8Array): number => (address[2] ?? 0) * 256 + (address[3] ?? 0);

const net = ({ ops }: Setting) => ({
  socket: (domain: number, type: number): number => now(ops.socket({ domain, type, protocol: 0 })).fd,
  name: (fd: number, which = 0): Uint8Array =>
    now(ops.sockname({ fd, which, address_capacity: 128 })).address,
  receive: (fd: number): string =>
    text(now(ops.receive({ fd, capacity: 64, flags: 0, address_capacity: 128 })).data),
  send: (fd: number, data: string, address: Uint8Array = new Uint8Array(0)): number =>
    now(ops.send({ fd, data: bytes(data), flags: 0, address })).length,
});

describe("the guest's own loopback", () => {
  it.each([
    ["IPv4", INET, inet(0), inet(0)],
    ["any host", INET, inet(0, [0, 0, 0, 0]), inet(0)],
    ["IPv6", INET6, inet6(0, 1), inet6(0, 1)],
    ["a local name", UNIX, unix("/name"), unix("name")],
    ["an abstract name", UNIX, unix("\0name"), unix("\0name")],
  ])("connects streams by %s", (_name, domain, bound, target) => {
    const at = setting();
    const { socket, name, receive, send } = net(at);
    const server = socket(domain, STREAM);
    now(at.ops.bind({ fd: server, address: bound }));
    now(at.ops.listen({ fd: server, backlog: 1 }));
    const to = Uint8Array.from(target);
    if (domain !== UNIX) to.set(name(server).subarray(2, 4), 2);
    const client = socket(domain, STREAM);
    now(at.ops.connect({ fd: client, address: to }));
    const { connection, address } = now(at.ops.accept({ fd: server, flags: 0, address_capacity: 128 }));
    expect(address).toEqual(name(client));
    expect(name(connection, 1)).toEqual(name(client));
    expect(name(client, 1)[0]).toBe(domain);
    expect(send(client, "to")).toBe(2);
    expect(receive(connection)).toBe("to");
    expect(send(connection, "fro")).toBe(3);
    expect(receive(client)).toBe("fro");
    now(at.ops.close({ fd: client }));
    expect(receive(connection)).toBe("");
  });

  it("reaches nothing else", async () => {
    const at = setting();
    const { socket } = net(at);
    const stream = socket(INET, STREAM);
    const datagram = socket(INET, DGRAM);
    const outside = inet(80, [192, 0, 2, 1]);
    expect(await errno(() => at.ops.connect({ fd: stream, address: outside }))).toBe("EACCES");
    expect(await errno(() => at.ops.connect({ fd: datagram, address: outside }))).toBe("EACCES");
    const send = { fd: datagram, data: bytes("x"), flags: 0, address: outside };
    expect(await errno(() => at.ops.send(send))).toBe("EACCES");
    expect(await errno(() => at.ops.bind({ fd: stream, address: inet(0, [10, 0, 0, 1]) }))).toBe(
      "EADDRNOTAVAIL",
    );
    expect(await errno(() => at.ops.bind({ fd: stream, address: inet(80) }))).toBe("EACCES");
    expect(await errno(() => at.ops.connect({ fd: stream, address: inet(4711) }))).toBe("ECONNREFUSED");
    const resolve = (name: string) => at.ops.resolve({ name: bytes(name), family: 0, capacity: 200 });
    expect(await errno(() => resolve("example.org"))).toBe("EACCES");
    expect(now(resolve("localhost")).addresses.length).toBe(4 + 16 + 4 + 28);
    expect(await errno(() => at.ops.socket({ domain: 16, type: 3, protocol: 0 }))).toBe("EAFNOSUPPORT");
    expect(await errno(() => at.ops.socket({ domain: INET, type: 3, protocol: 1 }))).toBe("EPERM");
  });

  it("two sandboxes do not meet on it", async () => {
    const [one, two] = [setting(), setting()];
    const server = net(one).socket(INET, STREAM);
    now(one.ops.bind({ fd: server, address: inet(5000) }));
    now(one.ops.listen({ fd: server, backlog: 1 }));
    const client = net(two).socket(INET, STREAM);
    expect(await errno(() => two.ops.connect({ fd: client, address: inet(5000) }))).toBe("ECONNREFUSED");
  });

  it("waits for connections and for room, and bounds those that wait", async () => {
    const at = setting();
    const { socket, name } = net(at);
    const server = socket(UNIX, STREAM);
    now(at.ops.bind({ fd: server, address: unix("\0s") }));
    now(at.ops.listen({ fd: server, backlog: 0 }));
    const accepted = at.ops.accept({ fd: server, flags: 0, address_capacity: 0 });
    now(at.ops.connect({ fd: socket(UNIX, STREAM), address: unix("\0s") }));
    expect((await accepted).connection).toBeGreaterThan(2);
    now(at.ops.connect({ fd: socket(UNIX, STREAM), address: unix("\0s") }));
    const late = socket(UNIX, STREAM | NONBLOCK);
    expect(await errno(() => at.ops.connect({ fd: late, address: unix("\0s") }))).toBe("EAGAIN");
    const waits = at.ops.connect({ fd: socket(UNIX, STREAM), address: unix("\0s") });
    now(at.ops.accept({ fd: server, flags: 0, address_capacity: 0 }));
    await waits;
    expect(name(server)).toEqual(unix("\0s"));
    now(at.ops.close({ fd: server }));
    expect(await errno(() => at.ops.connect({ fd: late, address: unix("\0s") }))).toBe("ECONNREFUSED");
  });

  it("gives a name to one socket at a time", async () => {
    const at = setting();
    const { socket, name } = net(at);
    const [one, two] = [socket(INET, STREAM), socket(INET, STREAM)];
    now(at.ops.bind({ fd: one, address: inet(0) }));
    const taken = inet(portOf(name(one)));
    expect(await errno(() => at.ops.bind({ fd: two, address: taken }))).toBe("EADDRINUSE");
    now(at.ops.close({ fd: one }));
    expect(await errno(() => at.ops.bind({ fd: two, address: taken }))).toBe("ok");
  });

  it("has local names as files, which are found as files are", async () => {
    const at = setting();
    const { socket } = net(at);
    const server = socket(UNIX, STREAM);
    now(at.ops.bind({ fd: server, address: unix("/s") }));
    const { stat, unlink, put, link } = files(at);
    expect(stat("/s").mode & 0o170000).toBe(0o140000);
    const taken = socket(UNIX, STREAM);
    expect(await errno(() => at.ops.bind({ fd: taken, address: unix("/s") }))).toBe("EADDRINUSE");
    expect(await errno(() => at.ops.bind({ fd: taken, address: unix("/none/s") }))).toBe("ENOENT");
    const client = socket(UNIX, STREAM);
    expect(await errno(() => at.ops.connect({ fd: client, address: unix("/s") }))).toBe("ECONNREFUSED");
    now(at.ops.listen({ fd: server, backlog: 5 }));
    link("/s", "/other");
    now(at.ops.connect({ fd: client, address: unix("/other") }));
    unlink("/s");
    const second = socket(UNIX, STREAM);
    expect(await errno(() => at.ops.connect({ fd: second, address: unix("/s") }))).toBe("ENOENT");
    put("/plain");
    expect(await errno(() => at.ops.connect({ fd: second, address: unix("/plain") }))).toBe("ECONNREFUSED");
    expect(await errno(() => at.ops.connect({ fd: second, address: unix("/\xff") }))).toBe("ENOENT");
    expect(await errno(() => at.ops.connect({ fd: second, address: Uint8Array.of(1, 0, 255) }))).toBe(
      "EILSEQ",
    );
    now(at.ops.bind({ fd: taken, address: unix("/s") }));
  });

  it("carries datagrams with their senders, and loses what has no room", () => {
    const at = setting();
    const { socket, name, send } = net(at);
    const [one, two] = [socket(INET, DGRAM), socket(INET, DGRAM | NONBLOCK)];
    now(at.ops.bind({ fd: one, address: inet(0) }));
    for (let count = 0; count < 1000; count++)
      expect(send(two, `packet ${count}`, name(one))).toBeGreaterThan(7);
    const first = now(at.ops.receive({ fd: one, capacity: 3, flags: 0x20, address_capacity: 128 }));
    expect(text(first.data)).toBe("pac");
    expect(first.length).toBe(8);
    expect(first.address).toEqual(name(two));
    expect(send(two, "", inet(portOf(name(one)) - 1))).toBe(0);
  });

  it("holds no more than its share, however many sockets there are", async () => {
    const at = setting();
    const { socket, name, send } = net(at);
    let connected = 0;
    for (let one = 0; one < 4; one++) {
      const server = socket(INET, STREAM);
      now(at.ops.bind({ fd: server, address: inet(0) }));
      now(at.ops.listen({ fd: server, backlog: 1000 }));
      for (let count = 0; count < 128; count++) {
        const client = socket(INET, STREAM | NONBLOCK);
        const how = await errno(() => at.ops.connect({ fd: client, address: name(server) }));
        if (how === "ok") connected += 1;
        now(at.ops.close({ fd: client }));
      }
    }
    expect(connected).toBe(256);

    const [full, sender] = [socket(UNIX, DGRAM), socket(UNIX, DGRAM | NONBLOCK)];
    now(at.ops.bind({ fd: full, address: unix("\0full") }));
    for (let count = 0; count < 3; count++) send(sender, "x".repeat(65_000), unix("\0full"));
    const more = { fd: sender, data: bytes("x".repeat(65_000)), flags: 0, address: unix("\0full") };
    expect(await errno(() => at.ops.send(more))).toBe("EAGAIN");
  });

  it("checks addresses completely", () => {
    for (let length = 0; length < 28; length++) {
      expect(() => parseAddress(INET6, inet6(1, 1).subarray(0, length))).toThrow();
    }
    expect(() => parseAddress(INET, inet6(1, 1))).toThrow("EAFNOSUPPORT");
    expect(
      parseAddress(
        INET6,
        Uint8Array.from([10, 0, 0, 1, 0, 0, 0, 0, ...new Uint8Array(10), 255, 255, 10, 0, 0, 1, 0, 0, 0, 0]),
      ).host,
    ).toBe("elsewhere");
    expect(parseAddress(UNIX, unix("n".repeat(200))).bytes.length).toBeLessThanOrEqual(111);
  });
});
