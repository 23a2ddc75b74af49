import { Errno } from "../../wire/errno.js";
import { AF_UNIX } from "../flags.js";
import {
  type Address,
  AF_INET,
  AF_INET6,
  type Family,
  keyOf,
  loopbackAddress,
  unbound,
  withPort,
} from "./address.js";

/** Ports that are given to sockets that ask for none, as Linux does. */
const FIRST_FREE = 32_768;
const LAST_FREE = 60_999;
/** Ports below belong to the superuser. */
const FIRST_ALLOWED = 1024;

/** Which addresses are taken, of one type of socket, and by whom. */
export class Names<T extends object> {
  readonly #bound = new Map<string, T>();
  #next = FIRST_FREE;
  #unnamed = 0;

  at(address: Address): T | undefined {
    return this.#bound.get(address.key);
  }

  /**
   * Binds. Port 0 gets a free one, an empty local name an abstract one. `both`: an IPv6 address stands for the IPv4 one, too.
   * Throws EADDRINUSE, EADDRNOTAVAIL, EACCES.
   */
  bind(wanted: Address, owner: T, both: boolean): Address {
    if (wanted.host === "elsewhere") throw new Errno("EADDRNOTAVAIL");
    const address = this.#complete(wanted);
    if (this.#bound.has(address.key)) throw new Errno("EADDRINUSE");
    this.#bound.set(address.key, owner);
    const other = keyOf(AF_INET, address.port);
    if (both && address.family === AF_INET6 && !this.#bound.has(other)) this.#bound.set(other, owner);
    return address;
  }

  /** A free address for a socket that connects or sends without having been bound. Local sockets stay without. */
  bindFree(family: Family, owner: T): Address {
    if (family === AF_UNIX) return unbound(family);
    return this.bind(loopbackAddress(family, 0), owner, false);
  }

  release(address: Address, owner: T): void {
    for (const key of [address.key, keyOf(AF_INET, address.port)]) {
      if (this.#bound.get(key) === owner) this.#bound.delete(key);
    }
  }

  #complete(wanted: Address): Address {
    if (wanted.family === AF_UNIX) return wanted.bytes.length > 2 ? wanted : this.#unnamedAddress();
    if (wanted.port === 0) return withPort(wanted, this.#freePort(wanted.family));
    if (wanted.port < FIRST_ALLOWED) throw new Errno("EACCES");
    return wanted;
  }

  #freePort(family: Family): number {
    for (let tried = FIRST_FREE; tried <= LAST_FREE; tried++) {
      const port = this.#next;
      this.#next = port === LAST_FREE ? FIRST_FREE : port + 1;
      if (!this.#bound.has(keyOf(family, port))) return port;
    }
    throw new Errno("EADDRINUSE");
  }

  #unnamedAddress(): Address {
    this.#unnamed += 1;
    const name = `\0${this.#unnamed.toString(16).padStart(5, "0")}`;
    const bytes = Uint8Array.from([AF_UNIX, 0, ...Buffer.from(name, "latin1")]);
    return { ...unbound(AF_UNIX), bytes, key: `unix:${name}` };
  }
}
