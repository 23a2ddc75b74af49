import { Errno } from "../../wire/errno.js";
import type { StatRecord } from "../../wire/records.js";
import { chain } from "../../wire/steps.js";
import type { Awaitable } from "../../wire/types.js";
import { AF_UNIX, O_RDWR, POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from "../flags.js";
import { socketpair } from "../socketpair.js";
import { NO_ADDRESS, type Received, Socket } from "../sockets.js";
import { type Address, AF_INET6, type Family, loopbackAddress, parseAddress, unbound } from "./address.js";
import type { Names } from "./names.js";
import { IPV6_V6ONLY, Options } from "./options.js";
import { NO_BYTES, type SavedSocket, shownAddress } from "./saved.js";
import type { Surroundings } from "./surroundings.js";

/** Most connections that wait to be accepted at one socket. */
const BACKLOG_MAX = 128;
const IPPROTO_IPV6 = 41;

type State =
  | { readonly kind: "fresh" }
  | { readonly kind: "listening"; readonly queue: StreamSocket[]; readonly backlog: number }
  | { readonly kind: "connected"; readonly link: Socket; readonly peer: Address };

/** A stream or seqpacket socket, which listens or is connected to another of the same guest. */
export class StreamSocket extends Socket {
  readonly #family: Family;
  readonly #type: number;
  readonly #protocol: number;
  readonly #names: Names<StreamSocket>;
  readonly #around: Surroundings;
  readonly #options: Options;
  readonly #stat: StatRecord;
  #own: Address;
  #state: State = { kind: "fresh" };

  constructor(
    family: Family,
    type: number,
    protocol: number,
    flags: number,
    names: Names<StreamSocket>,
    around: Surroundings,
  ) {
    super(flags);
    this.#family = family;
    this.#type = type;
    this.#protocol = protocol;
    this.#names = names;
    this.#around = around;
    this.#options = new Options(family, type, protocol);
    this.#own = unbound(family);
    this.#stat = around.stat();
  }

  stat(): StatRecord {
    return this.#stat;
  }

  bind(given: Uint8Array): Awaitable<void> {
    if (this.#own.key !== "" || this.#state.kind === "connected") throw new Errno("EINVAL");
    const both = this.#family === AF_INET6 && !this.#options.isSet(IPPROTO_IPV6, IPV6_V6ONLY);
    return chain(this.#around.locate(parseAddress(this.#family, given), "make"), (address) => {
      this.#own = this.#names.bind(address, this, both);
    });
  }

  listen(backlog: number): void {
    if (this.#state.kind === "connected") throw new Errno("EINVAL");
    if (this.#own.key === "") {
      if (this.#family === AF_UNIX) throw new Errno("EINVAL");
      this.#own = this.#names.bindFree(this.#family, this);
    }
    const queue = this.#state.kind === "listening" ? this.#state.queue : [];
    this.#state = { kind: "listening", queue, backlog: Math.min(Math.max(backlog, 0) + 1, BACKLOG_MAX) };
    this.#options.listening = true;
  }

  connect(given: Uint8Array): Awaitable<void> {
    if (this.#state.kind === "connected") throw new Errno("EISCONN");
    if (this.#state.kind === "listening") throw new Errno("EINVAL");
    const to = parseAddress(this.#family, given);
    if (to.host === "elsewhere") throw new Errno("EACCES", "beyond the guest's own loopback");
    return chain(this.#around.locate(to, "find"), (found) => this.#connectTo(found));
  }

  #connectTo(to: Address): Awaitable<void> {
    const listener = this.#names.at(to);
    if (listener?.takes(this.#type) !== true) throw new Errno("ECONNREFUSED");
    if (listener.hasRoom()) return this.#join(listener, to);
    if (this.nonblocking) throw new Errno("EAGAIN");
    return this.#around.waits
      .until(() => listener.hasRoom() || !listener.takes(this.#type))
      .then(() => {
        if (!listener.takes(this.#type)) throw new Errno("ECONNREFUSED");
        this.#join(listener, to);
      });
  }

  /** Whether it listens for connections of sockets of a type. */
  takes(type: number): boolean {
    return this.#state.kind === "listening" && this.#type === type;
  }

  hasRoom(): boolean {
    const state = this.#state;
    return state.kind === "listening" && state.queue.length < state.backlog && this.#around.waiting.fits(1);
  }

  accept(): Awaitable<{ readonly socket: Socket; readonly address: Uint8Array }> {
    const state = this.#state;
    if (state.kind !== "listening") throw new Errno("EINVAL");
    const take = (): { readonly socket: Socket; readonly address: Uint8Array } => {
      const socket = state.queue.shift();
      if (socket === undefined) throw new Errno("EINVAL");
      this.#around.waiting.give(1);
      this.#around.waits.wake();
      return { socket, address: socket.name("peer") };
    };
    if (state.queue.length > 0) return take();
    if (this.nonblocking) throw new Errno("EAGAIN");
    return this.#around.waits.until(() => state.queue.length > 0 || this.#state !== state).then(take);
  }

  shutdown(how: number): Awaitable<void> {
    if (how > 2) throw new Errno("EINVAL");
    if (this.#state.kind === "listening") {
      this.#drain();
      return undefined;
    }
    return this.#link().shutdown(how);
  }

  send(data: Uint8Array, flags: number, address: Uint8Array): Awaitable<number> {
    if (this.#state.kind !== "connected") {
      throw new Errno(this.#family === AF_UNIX ? "ENOTCONN" : "EPIPE");
    }
    if (address.length > 0 && this.#family === AF_UNIX) throw new Errno("EISCONN");
    return this.#link().send(data, flags, NO_ADDRESS);
  }

  receive(capacity: number, flags: number): Awaitable<Received> {
    return this.#link().receive(capacity, flags);
  }

  name(which: "own" | "peer"): Uint8Array {
    if (which === "own") return this.#own.bytes;
    if (this.#state.kind !== "connected") throw new Errno("ENOTCONN");
    return this.#state.peer.bytes;
  }

  getOption(level: number, option: number): Uint8Array {
    return this.#options.get(level, option);
  }

  setOption(level: number, option: number, value: Uint8Array): void {
    this.#options.set(level, option, value);
  }

  override setFlags(flags: number): void {
    super.setFlags(flags);
    if (this.#state.kind === "connected") this.#state.link.setFlags(flags);
  }

  override available(): Awaitable<number> {
    if (this.#state.kind === "listening") throw new Errno("EINVAL");
    return this.#state.kind === "connected" ? this.#state.link.available() : 0;
  }

  override poll(): number {
    switch (this.#state.kind) {
      case "fresh":
        return POLLOUT | POLLWRNORM | POLLHUP;
      case "listening":
        return this.#state.queue.length > 0 ? POLLIN | POLLRDNORM : 0;
      case "connected":
        return this.#state.link.poll();
    }
  }

  /** How it can be made again; in words why not, where it cannot. */
  saved(): SavedSocket | string {
    const state = this.#state;
    if (state.kind === "connected") return `a socket that is connected to ${shownAddress(state.peer)}`;
    if (this.#own.path !== undefined) return `a socket by the name ${shownAddress(this.#own)}`;
    if (state.kind === "listening" && state.queue.length > 0) {
      return `a socket at ${shownAddress(this.#own)} that has connections to accept`;
    }
    return {
      family: this.#family,
      type: this.#type,
      protocol: this.#protocol,
      own: this.#own.key === "" ? NO_BYTES : this.#own.bytes,
      peer: NO_BYTES,
      backlog: state.kind === "listening" ? state.backlog - 1 : null,
      options: this.#options.saved(),
    };
  }

  protected override close(): Awaitable<void> {
    this.#names.release(this.#own, this);
    if (this.#state.kind === "connected") return this.#state.link.release();
    this.#drain();
    return undefined;
  }

  /** Connects the two ends: this one, and one that waits to be accepted. */
  #join(listener: StreamSocket, to: Address): void {
    if (this.#own.key === "") this.#own = this.#names.bindFree(this.#family, this);
    const [near, far] = socketpair(
      AF_UNIX,
      this.#type,
      0,
      this.flags,
      () => () => this.#stat,
      this.#around.waits,
    );
    const local = to.host === "any" ? loopbackAddress(this.#family, to.port) : to;
    this.#attach(near, this.#own, local);
    listener.#enqueue(far, local, this.#own);
    this.#around.waits.wake();
  }

  #enqueue(link: Socket, own: Address, peer: Address): void {
    if (this.#state.kind !== "listening") return;
    const socket = new StreamSocket(
      this.#family,
      this.#type,
      this.#protocol,
      O_RDWR,
      this.#names,
      this.#around,
    );
    socket.#attach(link, own, peer);
    this.#state.queue.push(socket);
    this.#around.waiting.take(1);
  }

  #attach(link: Socket, own: Address, peer: Address): void {
    link.acquire();
    link.setFlags(this.flags);
    this.#own = own;
    this.#state = { kind: "connected", link, peer };
  }

  /** No longer listens: who waited to be accepted is closed. */
  #drain(): void {
    if (this.#state.kind !== "listening") return;
    const { queue } = this.#state;
    this.#state = { kind: "fresh" };
    this.#options.listening = false;
    this.#around.waiting.give(queue.length);
    for (const socket of queue.splice(0)) {
      socket.acquire();
      socket.release();
    }
    this.#around.waits.wake();
  }

  #link(): Socket {
    if (this.#state.kind !== "connected") throw new Errno("ENOTCONN");
    return this.#state.link;
  }
}
