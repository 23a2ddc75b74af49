import { expect } from "vitest";
import { EPOCH } from "../../../../src/kernel/clock.js";
import { FD } from "../wasi-world.js";
import { bytes, type Case, of, text } from "./case.js";

const CLOCK = 0;
const READABLE = 1;
const WRITABLE = 2;

interface Subscription {
  readonly userdata: bigint;
  readonly tag: number;
  readonly fd?: number;
  readonly clock?: number;
  readonly timeout?: bigint;
  readonly flags?: number;
}

const subscriptions = (...all: readonly Subscription[]): Uint8Array => {
  const buffer = Buffer.alloc(48 * all.length);
  for (const [index, one] of all.entries()) {
    const at = 48 * index;
    buffer.writeBigUInt64LE(one.userdata, at);
    buffer.writeUInt8(one.tag, at + 8);
    buffer.writeUInt32LE(one.fd ?? one.clock ?? 0, at + 16);
    buffer.writeBigUInt64LE(one.timeout ?? 0n, at + 24);
    buffer.writeUInt16LE(one.flags ?? 0, at + 40);
  }
  return buffer;
};

const polled = (...all: readonly Subscription[]) => ({
  subscriptions: subscriptions(...all),
  events: 32 * all.length,
  nsubscriptions: all.length,
});

interface Event {
  readonly userdata: bigint;
  readonly error: number;
  readonly type: number;
  readonly nbytes: bigint;
  readonly flags: number;
}

const events = (results: Parameters<typeof bytes>[0]): Event[] => {
  const buffer = bytes(results, "events");
  expect(buffer.length).toBe(32 * Number(results["nevents"]));
  return Array.from({ length: buffer.length / 32 }, (_, index) => ({
    userdata: buffer.readBigUInt64LE(32 * index),
    error: buffer.readUInt16LE(32 * index + 8),
    type: buffer.readUInt8(32 * index + 10),
    nbytes: buffer.readBigUInt64LE(32 * index + 16),
    flags: buffer.readUInt16LE(32 * index + 24),
  }));
};

const poll = of("poll_oneoff");
const time = of("clock_time_get");
const resolution = of("clock_res_get");
const raise = of("proc_raise");
const recv = of("sock_recv");
const send = of("sock_send");
const shutdown = of("sock_shutdown");
const accept = of("sock_accept");

export const systemCases: readonly Case[] = [
  of("args_get")("ok", "in order, NUL-ended", {}, (r) =>
    expect(text(r, "strings")).toBe("program\0one\0two words\0"),
  ),
  of("args_sizes_get")("ok", "number and bytes", {}, (r) => expect([r["argc"], r["size"]]).toEqual([3, 22])),
  of("environ_get")("ok", "K=V, NUL-ended", {}, (r) => expect(text(r, "strings")).toBe("A=1\0EMPTY=\0")),
  of("environ_sizes_get")("ok", "number and bytes", {}, (r) =>
    expect([r["count"], r["size"]]).toEqual([2, 11]),
  ),

  time("ok", "realtime", { id: 0 }, (r) => expect(r["time"]).toBe(EPOCH)),
  time("ok", "monotonic", { id: 1, precision: 1 }, (r) => expect(r["time"]).toBe(0n)),
  time("ok", "CPU time of the process", { id: 2 }),
  time("ok", "CPU time of the thread", { id: 3 }),
  time("EINVAL", "a clock that is none", { id: 4 }),
  time("EINVAL", "a clock that is a pointer", { id: 0x12345 }),
  resolution("ok", "realtime", { id: 0 }, (r) => expect(r["resolution"]).toBe(1n)),
  resolution("ok", "monotonic", { id: 1 }, (r) => expect(r["resolution"]).toBe(1n)),
  resolution("EINVAL", "a clock that is none", { id: 4 }),

  poll(
    "ok",
    "a clock",
    polled({ userdata: 7n, tag: CLOCK, clock: 1, timeout: 1000n }),
    async (results, world) => {
      expect(events(results)).toEqual([{ userdata: 7n, error: 0, type: 0, nbytes: 0n, flags: 0 }]);
      expect((await world.call("clock_time_get", { id: 1 })).results["time"]).toBe(1000n);
    },
  ),
  poll(
    "ok",
    "a time of the clock",
    polled({ userdata: 1n, tag: CLOCK, clock: 0, timeout: EPOCH + 5n, flags: 1 }),
    async (_r, world) => {
      expect((await world.call("clock_time_get", { id: 0 })).results["time"]).toBe(EPOCH + 5n);
    },
  ),
  poll(
    "ok",
    "a time that has passed",
    polled({ userdata: 1n, tag: CLOCK, clock: 0, timeout: 5n, flags: 1 }),
    async (results, world) => {
      expect(events(results)).toHaveLength(1);
      expect((await world.call("clock_time_get", { id: 1 })).results["time"]).toBe(0n);
    },
  ),
  poll(
    "ok",
    "the sooner of two clocks",
    polled(
      { userdata: 1n, tag: CLOCK, clock: 1, timeout: 50n },
      { userdata: 2n, tag: CLOCK, clock: 1, timeout: 20n },
    ),
    (results) => {
      expect(events(results).map(({ userdata }) => userdata)).toEqual([2n]);
    },
  ),
  poll(
    "ok",
    "stdout before a clock",
    polled(
      { userdata: 1n, tag: CLOCK, clock: 1, timeout: 50n },
      { userdata: 2n, tag: WRITABLE, fd: FD.stdout },
    ),
    (results) => {
      expect(events(results)).toEqual([{ userdata: 2n, error: 0, type: WRITABLE, nbytes: 0n, flags: 0 }]);
    },
  ),
  poll("ok", "stdin", polled({ userdata: 2n, tag: READABLE, fd: FD.stdin }), (results) => {
    expect(events(results).map(({ type, error }) => [type, error])).toEqual([[READABLE, 0]]);
  }),
  poll(
    "ok",
    "a pipe with bytes",
    polled({ userdata: 2n, tag: READABLE, fd: FD.pipeRead }),
    (results) => {
      expect(events(results)).toEqual([{ userdata: 2n, error: 0, type: READABLE, nbytes: 3n, flags: 0 }]);
    },
    [["fd_write", { fd: FD.pipeWrite, data: "abc" }]],
  ),
  poll(
    "ok",
    "a pipe that no one writes to: hangup",
    polled({ userdata: 2n, tag: READABLE, fd: FD.pipeRead }),
    (results) => {
      expect(events(results)).toEqual([{ userdata: 2n, error: 0, type: READABLE, nbytes: 0n, flags: 1 }]);
    },
    [["fd_close", { fd: FD.pipeWrite }]],
  ),
  poll(
    "ok",
    "an empty pipe, until the clock",
    polled(
      { userdata: 1n, tag: READABLE, fd: FD.pipeRead },
      { userdata: 2n, tag: CLOCK, clock: 1, timeout: 9n },
    ),
    (results) => {
      expect(events(results).map(({ userdata }) => userdata)).toEqual([2n]);
    },
  ),
  poll("ok", "a file is always ready", polled({ userdata: 2n, tag: READABLE, fd: FD.file }), (results) => {
    expect(events(results)).toEqual([{ userdata: 2n, error: 0, type: READABLE, nbytes: 11n, flags: 0 }]);
  }),
  poll(
    "ok",
    "a closed descriptor is an event with EBADF",
    polled({ userdata: 2n, tag: READABLE, fd: FD.closed }),
    (results) => {
      expect(events(results).map(({ error }) => error)).toEqual([8]);
    },
  ),
  poll(
    "ok",
    "no right to read is an event with ENOTCAPABLE",
    polled({ userdata: 2n, tag: READABLE, fd: FD.bare }),
    (results) => {
      expect(events(results).map(({ error }) => error)).toEqual([76]);
    },
  ),
  poll("EINVAL", "nothing to wait for", polled()),
  poll("EINVAL", "a kind that is none", polled({ userdata: 2n, tag: 3 })),
  poll("EINVAL", "clock flags that are none", polled({ userdata: 2n, tag: CLOCK, clock: 1, flags: 2 })),
  poll("EINVAL", "a clock that is none", polled({ userdata: 2n, tag: CLOCK, clock: 9 })),
  poll("EOPNOTSUPP", "a clock of CPU time", polled({ userdata: 2n, tag: CLOCK, clock: 2 })),

  of("proc_exit")("none", "with a status", { status: 42 }, (_r, world) => expect(world.exits).toEqual([42])),
  of("proc_exit")("none", "of which the low byte counts", { status: 256 + 3 }, (_r, world) =>
    expect(world.exits).toEqual([3]),
  ),
  raise("ok", "no signal", { signal: 0 }),
  raise("ok", "one that is ignored", { signal: 16 }),
  raise("EINVAL", "one that is none", { signal: 31 }),
  of("sched_yield")("ok", "goes on", {}),
  of("random_get")("ok", "fills the buffer", { data: 16 }, (r) => expect(bytes(r, "data")).toHaveLength(16)),
  of("random_get")("ok", "nothing", { data: 0 }, (r) => expect(bytes(r, "data")).toHaveLength(0)),
  of("random_get")("ok", "a million bytes", { data: 1 << 20 }, (r) =>
    expect(bytes(r, "data")).toHaveLength(1 << 20),
  ),

  accept("EINVAL", "a socket that does not listen", { fd: FD.socket, flags: 0 }),
  accept("EINVAL", "flags that are none", { fd: FD.socket, flags: 1 }),
  accept("ENOTSOCK", "a file", { fd: FD.file, flags: 0 }),
  accept("EBADF", "a closed descriptor", { fd: FD.closed, flags: 0 }),

  recv(
    "ok",
    "what was sent",
    { fd: FD.peer, data: 10 },
    (r) => {
      expect([text(r, "data"), r["nread"], r["roflags"]]).toEqual(["hello", 5, 0]);
    },
    [["sock_send", { fd: FD.socket, data: "hello" }]],
  ),
  recv(
    "ok",
    "peeked at, it stays",
    { fd: FD.peer, data: 10, flags: 1 },
    async (r, world) => {
      expect(text(r, "data")).toBe("hello");
      expect(text((await world.call("sock_recv", { fd: FD.peer, data: 10 })).results, "data")).toBe("hello");
    },
    [["sock_send", { fd: FD.socket, data: "hello" }]],
  ),
  recv(
    "ok",
    "a packet that is cut",
    { fd: FD.packetsPeer, data: 2 },
    (r) => {
      expect([text(r, "data"), r["roflags"]]).toEqual(["he", 1]);
    },
    [["sock_send", { fd: FD.packets, data: "hello" }]],
  ),
  recv("ok", "the end, after shutdown", { fd: FD.peer, data: 10 }, (r) => expect(r["nread"]).toBe(0), [
    ["sock_shutdown", { fd: FD.socket, how: 2 }],
  ]),
  recv("EAGAIN", "nothing there, not waiting", { fd: FD.peer, data: 10 }, undefined, [
    ["fd_fdstat_set_flags", { fd: FD.peer, flags: 4 }],
  ]),
  recv("EINVAL", "flags that are none", { fd: FD.peer, data: 10, flags: 4 }),
  recv("ENOTSOCK", "a pipe", { fd: FD.pipeRead, data: 10 }),
  recv("EBADF", "a closed descriptor", { fd: FD.closed, data: 10 }),

  send("ok", "to the peer", { fd: FD.socket, data: "x" }, (r) => expect(r["nwritten"]).toBe(1)),
  send("EPIPE", "after shutdown", { fd: FD.socket, data: "x" }, undefined, [
    ["sock_shutdown", { fd: FD.socket, how: 2 }],
  ]),
  send("EINVAL", "flags that are none", { fd: FD.socket, data: "x", flags: 1 }),
  send("ENOTSOCK", "a file", { fd: FD.file, data: "x" }),
  send("EBADF", "a closed descriptor", { fd: FD.closed, data: "x" }),

  shutdown("ok", "both", { fd: FD.socket, how: 3 }),
  shutdown("ok", "reading", { fd: FD.socket, how: 1 }, async (_r, world) => {
    expect((await world.call("sock_send", { fd: FD.peer, data: "x" })).errno).toBe("EPIPE");
  }),
  shutdown("EINVAL", "nothing", { fd: FD.socket, how: 0 }),
  shutdown("EINVAL", "flags that are none", { fd: FD.socket, how: 4 }),
  shutdown("ENOTSOCK", "a file", { fd: FD.file, how: 1 }),
  shutdown("EBADF", "a closed descriptor", { fd: FD.closed, how: 1 }),
];
