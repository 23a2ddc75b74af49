import { Errno } from "../../wire/errno.js";
import { chain } from "../../wire/steps.js";
import { AF_UNIX, AF_UNSPEC, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM } from "../flags.js";
import type { Socket } from "../sockets.js";
import { anonymous } from "../vfs/attributes.js";
import type { Waits } from "../waits.js";
import { AF_INET, AF_INET6, type Family, loopbackAddress } from "./address.js";
import { DatagramSocket } from "./datagram.js";
import { Names } from "./names.js";
import { Share } from "./share.js";
import { StreamSocket } from "./stream.js";
import type { SocketFiles, Surroundings } from "./surroundings.js";

const IPPROTO_TCP = 6;
const IPPROTO_UDP = 17;
/** Most connections that wait to be accepted, and most bytes of datagrams that wait, in all of one guest. */
const WAITING_MAX = 256;
const PACKET_BYTES_MAX = 4 << 20;
/** Sockets' inode numbers begin here, apart from those of pipes and streams. */
const FIRST_INODE = 2 ** 32;

/**
 * A network of the guest's own: sockets of one guest reach each other by 127.0.0.0/8, ::1 and local names, and nothing
 * else. What is beyond answers EACCES.
 */
export class Loopback {
  readonly #streams = new Names<StreamSocket>();
  readonly #datagrams = new Names<DatagramSocket>();
  readonly #owner: { readonly uid: number; readonly gid: number };
  readonly #files: SocketFiles;
  readonly #waiting = new Share(WAITING_MAX);
  readonly #packets = new Share(PACKET_BYTES_MAX);
  #inode = FIRST_INODE;

  constructor(owner: { readonly uid: number; readonly gid: number }, files: SocketFiles) {
    this.#owner = owner;
    this.#files = files;
  }

  /** Makes a socket. `type` is without SOCK_NONBLOCK and SOCK_CLOEXEC; `flags` are its status flags. */
  socket(domain: number, type: number, protocol: number, flags: number, waits: Waits): Socket {
    const family = familyOf(domain);
    const around: Surroundings = {
      waits,
      waiting: this.#waiting,
      packets: this.#packets,
      locate: (address, how) => {
        const { path } = address;
        return path === undefined ? address : chain(this.#files[how](path), (key) => ({ ...address, key }));
      },
      stat: () => {
        this.#inode += 1;
        return anonymous("socket", this.#inode, this.#owner.uid, this.#owner.gid);
      },
    };
    const local = family === AF_UNIX;
    if (type === SOCK_STREAM || (type === SOCK_SEQPACKET && local)) {
      if (protocol !== 0 && protocol !== (local ? AF_UNIX : IPPROTO_TCP)) throw new Errno("EPROTONOSUPPORT");
      return new StreamSocket(family, type, local ? 0 : IPPROTO_TCP, flags, this.#streams, around);
    }
    if (type === SOCK_DGRAM) {
      if (protocol !== 0 && protocol !== (local ? AF_UNIX : IPPROTO_UDP)) throw new Errno("EPROTONOSUPPORT");
      return new DatagramSocket(family, local ? 0 : IPPROTO_UDP, flags, this.#datagrams, around);
    }
    // Raw sockets are for the superuser.
    throw new Errno(type === 3 ? "EPERM" : "EPROTONOSUPPORT");
  }

  /** Addresses of a name, each as a struct sockaddr without port. `family` 0: of all families. */
  resolve(name: string, family: number): Uint8Array[] {
    if (!/^(.+\.)?localhost\.?$/i.test(name))
      throw new Errno("EACCES", "no network is given to this sandbox");
    const families = [AF_INET, AF_INET6] as const;
    return families
      .filter((one) => family === AF_UNSPEC || family === one)
      .map((one) => loopbackAddress(one, 0).bytes);
  }
}

const familyOf = (domain: number): Family => {
  if (domain === AF_UNIX || domain === AF_INET || domain === AF_INET6) return domain;
  throw new Errno("EAFNOSUPPORT");
};
