import type { StatRecord } from "../../wire/records.js";
import type { Awaitable } from "../../wire/types.js";
import type { Waits } from "../waits.js";
import type { Address } from "./address.js";
import type { Share } from "./share.js";

/** Names of local sockets in the guest's file systems. Both answer what tells the file from all others. */
export interface SocketFiles {
  /** Throws EADDRINUSE where the name is taken, and what making a file throws. */
  make(path: string): Awaitable<string>;
  /** Throws ECONNREFUSED where it is no socket, and what finding a file throws. */
  find(path: string): Awaitable<string>;
}

/** What sockets of the loopback have of the kernel. */
export interface Surroundings {
  readonly waits: Waits;
  /** Connections that wait to be accepted. */
  readonly waiting: Share;
  /** Bytes of datagrams that wait to be received. */
  readonly packets: Share;
  /** Attributes of a new socket. */
  stat(): StatRecord;
  /** Makes, or finds, the file of a local address that has one; other addresses are as they are. */
  locate(address: Address, how: "make" | "find"): Awaitable<Address>;
}
