import { Errno } from "../wire/errno.js";
import type { StatRecord } from "../wire/records.js";
import type { Awaitable } from "../wire/types.js";
import {
  AF_UNIX,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDHUP,
  POLLRDNORM,
  POLLWRNORM,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from "./flags.js";
import { type Flow, PacketFlow, StreamFlow } from "./flow.js";
import { NO_ADDRESS, type Received, Socket } from "./sockets.js";
import type { StreamStat } from "./stream.js";
import type { Waits } from "./waits.js";

const MSG_OOB = 0x1;
const MSG_PEEK = 0x2;
const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;
const MSG_WAITALL = 0x100;

const SOL_SOCKET = 1;
const SO_TYPE = 3;
const SO_DOMAIN = 39;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
/** Options that are zero, or that mean nothing between two ends within the guest. */
const PLAIN = new Set([1, 2, 4, 5, 6, 9, 10, 12, 15, 30, 38]);
const SETTABLE = new Set([1, 2, 6, 7, 8, 9, 10, 12, 13, 15, 16, 20, 21, 66, 67]);
const SHUT_RD = 0;
const SHUT_WR = 1;
const SHUT_RDWR = 2;

const unnamed = (): Uint8Array => Uint8Array.of(AF_UNIX, 0);

const word = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
};

/** One direction of a pair of sockets of a type. */
export const flowOf = (type: number): Flow =>
  type === SOCK_STREAM ? new StreamFlow() : new PacketFlow(type === SOCK_SEQPACKET);

/** Two sockets that are connected to each other. Throws EAFNOSUPPORT, EPROTONOSUPPORT. */
export const socketpair = (
  domain: number,
  type: number,
  protocol: number,
  flags: number,
  stat: () => StreamStat,
  waits: Waits,
): readonly [Socket, Socket] => {
  if (domain !== AF_UNIX) throw new Errno("EAFNOSUPPORT");
  if (protocol !== 0 && protocol !== AF_UNIX) throw new Errno("EPROTONOSUPPORT");
  if (type !== SOCK_STREAM && type !== SOCK_DGRAM && type !== SOCK_SEQPACKET) {
    throw new Errno("EPROTONOSUPPORT");
  }
  const there = flowOf(type);
  const back = flowOf(type);
  return [
    new LocalSocket(type, there, back, flags, stat(), waits),
    new LocalSocket(type, back, there, flags, stat(), waits),
  ];
};

/** One of two sockets within the guest. */
export class LocalSocket extends Socket {
  readonly type: number;
  readonly input: Flow;
  readonly output: Flow;
  readonly #stat: StreamStat;
  readonly #waits: Waits;

  constructor(type: number, input: Flow, output: Flow, flags: number, stat: StreamStat, waits: Waits) {
    super(flags);
    this.type = type;
    this.input = input;
    this.output = output;
    this.#stat = stat;
    this.#waits = waits;
  }

  stat(): Awaitable<StatRecord> {
    return this.#stat();
  }

  connect(): void {
    throw new Errno("EISCONN");
  }

  bind(): void {
    throw new Errno("EINVAL");
  }

  listen(): void {
    throw new Errno(this.type === SOCK_DGRAM ? "EOPNOTSUPP" : "EINVAL");
  }

  accept(): never {
    throw new Errno(this.type === SOCK_DGRAM ? "EOPNOTSUPP" : "EINVAL");
  }

  shutdown(how: number): void {
    if (how !== SHUT_RD && how !== SHUT_WR && how !== SHUT_RDWR) throw new Errno("EINVAL");
    if (how !== SHUT_WR) this.input.closeReader();
    if (how !== SHUT_RD) this.output.closeWriter();
    this.#waits.wake();
  }

  send(data: Uint8Array, flags: number, address: Uint8Array): Awaitable<number> {
    if ((flags & MSG_OOB) !== 0) throw new Errno("EOPNOTSUPP");
    if (address.length > 0) throw new Errno(this.type === SOCK_STREAM ? "EISCONN" : "EINVAL");
    const flow = this.output;
    const open = (): void => {
      if (flow.readerClosed || flow.writerClosed) {
        throw new Errno(this.type === SOCK_DGRAM && flow.readerGone ? "ECONNREFUSED" : "EPIPE");
      }
    };
    open();
    const written = flow.write(data);
    if (written === data.length) return written;
    if (this.nonblocking || (flags & MSG_DONTWAIT) !== 0) {
      if (written === 0) throw new Errno("EAGAIN");
      return written;
    }
    return this.#sendRest(data, written, open);
  }

  async #sendRest(data: Uint8Array, already: number, open: () => void): Promise<number> {
    const flow = this.output;
    let written = already;
    while (written < data.length) {
      try {
        await this.#waits.until(() => flow.fits(data.length - written) || flow.readerClosed);
        open();
      } catch (error) {
        if (written > 0 && error instanceof Errno) return written;
        throw error;
      }
      written += flow.write(data.subarray(written));
    }
    return written;
  }

  receive(capacity: number, flags: number): Awaitable<Received> {
    if ((flags & MSG_OOB) !== 0) throw new Errno("EOPNOTSUPP");
    const flow = this.input;
    const all = this.type === SOCK_STREAM && (flags & MSG_WAITALL) !== 0 && (flags & MSG_PEEK) === 0;
    const least = all ? Math.min(capacity, 65_536) : 1;
    const ready = (): boolean => flow.length >= least || flow.ended || (!all && flow.waiting);
    const take = (): Received => {
      const whole = flow.next;
      const data = flow.read(capacity, (flags & MSG_PEEK) !== 0);
      const length = flow.cuts && (flags & MSG_TRUNC) !== 0 ? whole : data.length;
      return { data, length, address: NO_ADDRESS };
    };
    if (ready() || (capacity === 0 && this.type === SOCK_STREAM)) return take();
    if (this.nonblocking || (flags & MSG_DONTWAIT) !== 0) {
      if (flow.length > 0) return take();
      throw new Errno("EAGAIN");
    }
    return this.#waits.until(ready).then(take);
  }

  name(): Uint8Array {
    return unnamed();
  }

  getOption(level: number, option: number): Uint8Array {
    if (level !== SOL_SOCKET) throw new Errno("EOPNOTSUPP");
    if (option === SO_TYPE) return word(this.type);
    if (option === SO_DOMAIN) return word(AF_UNIX);
    if (option === SO_SNDBUF || option === SO_RCVBUF) return word(65_536);
    if (PLAIN.has(option)) return word(0);
    throw new Errno("ENOPROTOOPT");
  }

  setOption(level: number, option: number, value: Uint8Array): void {
    if (level !== SOL_SOCKET) throw new Errno("EOPNOTSUPP");
    if (!SETTABLE.has(option)) throw new Errno("ENOPROTOOPT");
    if (value.length < 4) throw new Errno("EINVAL");
  }

  override available(): number {
    return this.input.next;
  }

  override poll(): number {
    const input = this.input;
    const output = this.output;
    let events = 0;
    if (input.waiting || input.ended) events |= POLLIN | POLLRDNORM;
    if (input.ended) events |= POLLRDHUP;
    if (input.ended && (output.writerClosed || output.readerGone)) events |= POLLHUP;
    if (output.readerGone && this.type === SOCK_DGRAM) events |= POLLERR;
    if (output.fits(1) || output.readerClosed) events |= POLLOUT | POLLWRNORM;
    return events;
  }

  protected override close(): void {
    this.input.closeReader();
    this.input.readerGone = true;
    this.output.closeWriter();
    this.#waits.wake();
  }
}
