import { Errno } from "../../wire/errno.js";
import { AF_UNIX } from "../flags.js";
import type { Family } from "./address.js";

const SOL_SOCKET = 1;
const SO_TYPE = 3;
const SO_ERROR = 4;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_PEERCRED = 17;
const SO_ACCEPTCONN = 30;
const SO_PROTOCOL = 38;
const SO_DOMAIN = 39;
const IPPROTO_IP = 0;
const IPPROTO_TCP = 6;
const IPPROTO_UDP = 17;
const IPPROTO_IPV6 = 41;
export const IPV6_V6ONLY = 26;

/** What can be asked for but not set. */
const FIXED = new Set([SO_TYPE, SO_ERROR, SO_PEERCRED, SO_ACCEPTCONN, SO_PROTOCOL, SO_DOMAIN]);
const OPTION_MAX = 80;
const VALUE_MAX = 128;
const BUFFER = 65_536;
/** Most options that one socket remembers. */
const KEPT_MAX = 128;

const word = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value, true);
  return bytes;
};

/** A socket's options: between ends within the guest most mean nothing, but what was set is what is read. */
export class Options {
  readonly #family: Family;
  readonly #type: number;
  readonly #protocol: number;
  readonly #set = new Map<string, Uint8Array>();
  listening = false;

  constructor(family: Family, type: number, protocol: number) {
    this.#family = family;
    this.#type = type;
    this.#protocol = protocol;
  }

  /** Throws ENOPROTOOPT, EOPNOTSUPP. */
  get(level: number, option: number): Uint8Array {
    this.#check(level, option);
    if (level === SOL_SOCKET) {
      if (option === SO_TYPE) return word(this.#type);
      if (option === SO_DOMAIN) return word(this.#family);
      if (option === SO_PROTOCOL) return word(this.#protocol);
      if (option === SO_ERROR) return word(0);
      if (option === SO_ACCEPTCONN) return word(this.listening ? 1 : 0);
      if (option === SO_PEERCRED) return Uint8Array.from([...word(1), ...word(1000), ...word(1000)]);
    }
    const set = this.#set.get(`${level}:${option}`);
    if (set !== undefined) return set;
    return word(level === SOL_SOCKET && (option === SO_SNDBUF || option === SO_RCVBUF) ? BUFFER : 0);
  }

  /** Throws ENOPROTOOPT, EOPNOTSUPP, EINVAL, ENOBUFS. */
  set(level: number, option: number, value: Uint8Array): void {
    this.#check(level, option);
    if (level === SOL_SOCKET && FIXED.has(option)) throw new Errno("ENOPROTOOPT");
    if (value.length < 4 || value.length > VALUE_MAX) throw new Errno("EINVAL");
    const key = `${level}:${option}`;
    if (!this.#set.has(key) && this.#set.size >= KEPT_MAX) throw new Errno("ENOBUFS");
    this.#set.set(key, value.slice());
  }

  /** What was set, to be set again. */
  saved(): (readonly [level: number, option: number, value: Uint8Array])[] {
    return Array.from(this.#set, ([key, value]) => {
      const [level = 0, option = 0] = key.split(":").map(Number);
      return [level, option, value];
    });
  }

  isSet(level: number, option: number): boolean {
    return this.get(level, option).some((byte) => byte !== 0);
  }

  #check(level: number, option: number): void {
    if (option < 1 || option > OPTION_MAX) throw new Errno("ENOPROTOOPT");
    if (level === SOL_SOCKET) return;
    if (this.#family === AF_UNIX) throw new Errno("EOPNOTSUPP");
    if (level !== IPPROTO_IP && level !== IPPROTO_TCP && level !== IPPROTO_UDP && level !== IPPROTO_IPV6) {
      throw new Errno("ENOPROTOOPT");
    }
  }
}
