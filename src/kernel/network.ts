import { Errno } from "../wire/errno.js";
import type { Awaitable } from "../wire/types.js";
import type { Socket } from "./sockets.js";
import type { Waits } from "./waits.js";

/** What a policy gives the guest of the network. Without one every socket is refused with EACCES. */
export interface Network {
  /** Makes a socket. `type` is without SOCK_NONBLOCK and SOCK_CLOEXEC; `flags` are its status flags. */
  socket(domain: number, type: number, protocol: number, flags: number, waits: Waits): Awaitable<Socket>;
  /** Addresses of a name, each as a struct sockaddr without port. `family` 0: of all families. */
  resolve(name: string, family: number): Awaitable<readonly Uint8Array[]>;
}

export const noNetwork: Network = {
  socket: () => {
    throw new Errno("EACCES", "no network is given to this sandbox");
  },
  resolve: () => {
    throw new Errno("EACCES", "no network is given to this sandbox");
  },
};
