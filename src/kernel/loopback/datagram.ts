import { isPromise } from "../../wire/awaitable.js";
import { Errno } from "../../wire/errno.js";
import type { StatRecord } from "../../wire/records.js";
import { chain } from "../../wire/steps.js";
import type { Awaitable } from "../../wire/types.js";
import { AF_UNIX, AF_UNSPEC, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM, SOCK_DGRAM } from "../flags.js";
import { type Received, Socket } from "../sockets.js";
import { type Address, AF_INET6, type Family, loopbackAddress, parseAddress, unbound } from "./address.js";
import type { Names } from "./names.js";
import { IPV6_V6ONLY, Options } from "./options.js";
import { NO_BYTES, type SavedSocket, shownAddress } from "./saved.js";
import type { Surroundings } from "./surroundings.js";

const MSG_OOB = 0x1;
const MSG_PEEK = 0x2;
const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;
const IPPROTO_IPV6 = 41;

/** Most packets and bytes that wait at one socket, and most bytes of one packet. */
const PACKETS_MAX = 256;
const BYTES_MAX = 212_992;
const PACKET_MAX = 65_507;

interface Packet {
  readonly data: Uint8Array;
  readonly from: Address;
}

/** A datagram socket: packets go to any other of the same guest by its address. */
export class DatagramSocket extends Socket {
  readonly #family: Family;
  readonly #protocol: number;
  readonly #names: Names<DatagramSocket>;
  readonly #around: Surroundings;
  readonly #options: Options;
  readonly #stat: StatRecord;
  readonly #packets: Packet[] = [];
  #bytes = 0;
  #own: Address;
  #peer: Address | undefined;
  #shut = { read: false, write: false };

  constructor(
    family: Family,
    protocol: number,
    flags: number,
    names: Names<DatagramSocket>,
    around: Surroundings,
  ) {
    super(flags);
    this.#family = family;
    this.#protocol = protocol;
    this.#names = names;
    this.#around = around;
    this.#options = new Options(family, SOCK_DGRAM, protocol);
    this.#own = unbound(family);
    this.#stat = around.stat();
  }

  stat(): StatRecord {
    return this.#stat;
  }

  bind(given: Uint8Array): Awaitable<void> {
    if (this.#own.key !== "") throw new Errno("EINVAL");
    const both = this.#family === AF_INET6 && !this.#options.isSet(IPPROTO_IPV6, IPV6_V6ONLY);
    return chain(this.#around.locate(parseAddress(this.#family, given), "make"), (address) => {
      this.#own = this.#names.bind(address, this, both);
    });
  }

  listen(): never {
    throw new Errno("EOPNOTSUPP");
  }

  accept(): never {
    throw new Errno("EOPNOTSUPP");
  }

  connect(given: Uint8Array): Awaitable<void> {
    if (given[0] === AF_UNSPEC) {
      this.#peer = undefined;
      return undefined;
    }
    return chain(this.#find(given), (to) => {
      if (this.#family === AF_UNIX) this.#target(to);
      this.#bindFree();
      this.#peer = to.host === "any" ? loopbackAddress(this.#family, to.port) : to;
    });
  }

  shutdown(how: number): void {
    if (how > 2) throw new Errno("EINVAL");
    if (this.#peer === undefined) throw new Errno("ENOTCONN");
    this.#shut = { read: this.#shut.read || how !== 1, write: this.#shut.write || how !== 0 };
    this.#around.waits.wake();
  }

  send(data: Uint8Array, flags: number, address: Uint8Array): Awaitable<number> {
    if ((flags & MSG_OOB) !== 0) throw new Errno("EOPNOTSUPP");
    if (this.#shut.write) throw new Errno("EPIPE");
    if (data.length > PACKET_MAX) throw new Errno("EMSGSIZE");
    const to = address.length > 0 ? this.#find(address) : this.#peer;
    if (to === undefined) throw new Errno(this.#family === AF_UNIX ? "ENOTCONN" : "EDESTADDRREQ");
    // What is found later is sent from a copy: the data is only there until this returns.
    const kept = isPromise(to) ? data.slice() : data;
    return chain(to, (target) => this.#sendTo(target, kept, flags));
  }

  #sendTo(to: Address, data: Uint8Array, flags: number): Awaitable<number> {
    this.#bindFree();
    const target = this.#target(to);
    // Where nobody is, or has room, a packet of the Internet family is lost.
    if (target === undefined) return data.length;
    if (target.#put(data, this.#own) || this.#family !== AF_UNIX) return data.length;
    if (this.nonblocking || (flags & MSG_DONTWAIT) !== 0) throw new Errno("EAGAIN");
    return this.#around.waits
      .until(() => !target.open || target.#fits(data.length))
      .then(() => {
        if (!target.#put(data, this.#own)) throw new Errno("ECONNREFUSED");
        return data.length;
      });
  }

  receive(capacity: number, flags: number): Awaitable<Received> {
    if ((flags & MSG_OOB) !== 0) throw new Errno("EOPNOTSUPP");
    const take = (): Received => {
      const packet = this.#packets[0];
      if (packet === undefined) return { data: new Uint8Array(0), length: 0, address: new Uint8Array(0) };
      if ((flags & MSG_PEEK) === 0) {
        this.#packets.shift();
        this.#bytes -= packet.data.length;
        this.#around.packets.give(packet.data.length);
        this.#around.waits.wake();
      }
      const data = packet.data.subarray(0, capacity);
      const length = (flags & MSG_TRUNC) !== 0 ? packet.data.length : data.length;
      const named = packet.from.key !== "";
      return { data, length, address: named ? packet.from.bytes : new Uint8Array(0) };
    };
    const ready = (): boolean => this.#packets.length > 0 || this.#shut.read;
    if (ready()) return take();
    if (this.nonblocking || (flags & MSG_DONTWAIT) !== 0) throw new Errno("EAGAIN");
    return this.#around.waits.until(ready).then(take);
  }

  name(which: "own" | "peer"): Uint8Array {
    if (which === "own") return this.#own.bytes;
    if (this.#peer === undefined) throw new Errno("ENOTCONN");
    return this.#peer.bytes;
  }

  getOption(level: number, option: number): Uint8Array {
    return this.#options.get(level, option);
  }

  setOption(level: number, option: number, value: Uint8Array): void {
    this.#options.set(level, option, value);
  }

  override available(): number {
    return this.#packets[0]?.data.length ?? 0;
  }

  override poll(): number {
    const readable = this.#packets.length > 0 || this.#shut.read;
    return (readable ? POLLIN | POLLRDNORM : 0) | POLLOUT | POLLWRNORM;
  }

  /** How it can be made again; in words why not, where it cannot. */
  saved(): SavedSocket | string {
    if (this.#own.path !== undefined) return `a socket by the name ${shownAddress(this.#own)}`;
    if (this.#packets.length > 0) return `a socket at ${shownAddress(this.#own)} that has packets to receive`;
    if (this.#peer?.family === AF_UNIX) return `a socket that is connected to ${shownAddress(this.#peer)}`;
    if (this.#shut.read || this.#shut.write) return "a socket that was shut down";
    return {
      family: this.#family,
      type: SOCK_DGRAM,
      protocol: this.#protocol,
      own: this.#own.key === "" ? NO_BYTES : this.#own.bytes,
      peer: this.#peer?.bytes ?? NO_BYTES,
      backlog: null,
      options: this.#options.saved(),
    };
  }

  protected override close(): void {
    this.#names.release(this.#own, this);
    this.#packets.length = 0;
    this.#around.packets.give(this.#bytes);
    this.#bytes = 0;
    this.#around.waits.wake();
  }

  #find(given: Uint8Array): Awaitable<Address> {
    const to = parseAddress(this.#family, given);
    if (to.host === "elsewhere") throw new Errno("EACCES", "beyond the guest's own loopback");
    return this.#around.locate(to, "find");
  }

  #bindFree(): void {
    if (this.#own.key === "") this.#own = this.#names.bindFree(this.#family, this);
  }

  #target(to: Address): DatagramSocket | undefined {
    const target = this.#names.at(to);
    if (target === undefined && this.#family === AF_UNIX) throw new Errno("ECONNREFUSED");
    return target;
  }

  #fits(length: number): boolean {
    const { packets } = this.#around;
    return this.#packets.length < PACKETS_MAX && this.#bytes + length <= BYTES_MAX && packets.fits(length);
  }

  /** Takes a packet, where it is open, has room, and is not connected to somebody else. */
  #put(data: Uint8Array, from: Address): boolean {
    if (!this.open || this.#shut.read || !this.#fits(data.length)) return false;
    if (this.#peer !== undefined && this.#peer.key !== from.key) return true;
    this.#packets.push({ data: data.slice(), from });
    this.#bytes += data.length;
    this.#around.packets.take(data.length);
    this.#around.waits.wake();
    return true;
  }
}
