import { Errno } from "../wire/errno.js";
import type { Awaitable } from "../wire/types.js";
import { Description } from "./description.js";

export interface Received {
  readonly data: Uint8Array;
  /** Of the data; with MSG_TRUNC of the whole packet, of which the data may be the beginning. */
  readonly length: number;
  /** The sender's address as a struct sockaddr; empty where there is none to tell. */
  readonly address: Uint8Array;
}

/** An open socket. Addresses are bytes as struct sockaddr of Linux (x86-64) has them. */
export abstract class Socket extends Description {
  abstract connect(address: Uint8Array): Awaitable<void>;
  abstract bind(address: Uint8Array): Awaitable<void>;
  abstract listen(backlog: number): Awaitable<void>;
  /** The next connection and its peer's address. */
  abstract accept(): Awaitable<{ readonly socket: Socket; readonly address: Uint8Array }>;
  abstract shutdown(how: number): Awaitable<void>;
  abstract send(data: Uint8Array, flags: number, address: Uint8Array): Awaitable<number>;
  abstract receive(capacity: number, flags: number): Awaitable<Received>;
  abstract name(which: "own" | "peer"): Awaitable<Uint8Array>;
  abstract getOption(level: number, option: number): Awaitable<Uint8Array>;
  abstract setOption(level: number, option: number, value: Uint8Array): Awaitable<void>;

  override read(capacity: number): Awaitable<Uint8Array> {
    const received = this.receive(capacity, 0);
    return "then" in received ? received.then(({ data }) => data) : received.data;
  }

  override write(data: Uint8Array): Awaitable<number> {
    return this.send(data, 0, NO_ADDRESS);
  }
}

export const NO_ADDRESS = new Uint8Array(0);

/** Throws ENOTSOCK. */
export const asSocket = (description: Description): Socket => {
  if (!(description instanceof Socket)) throw new Errno("ENOTSOCK");
  return description;
};
