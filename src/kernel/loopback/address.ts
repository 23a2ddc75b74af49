import { Errno } from "../../wire/errno.js";
import { AF_UNIX } from "../flags.js";

export const AF_INET = 2;
export const AF_INET6 = 10;

export type Family = typeof AF_UNIX | typeof AF_INET | typeof AF_INET6;

const IN_SIZE = 16;
const IN6_SIZE = 28;
const UN_PATH = 2;
const UN_PATH_MAX = 108;

/** Where a socket can be within the guest. */
export interface Address {
  readonly family: Family;
  /** As struct sockaddr of Linux. */
  readonly bytes: Uint8Array;
  /** Of AF_INET and AF_INET6. */
  readonly port: number;
  readonly host: "any" | "loopback" | "elsewhere";
  /** What tells it from others: family and port, an abstract name, or the file of a local name. */
  readonly key: string;
  /** Of a local address that is a file's. */
  readonly path?: string;
}

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

const host4 = (host: Uint8Array): Address["host"] => {
  if (host[0] === 127) return "loopback";
  return host.every((byte) => byte === 0) ? "any" : "elsewhere";
};

const host6 = (host: Uint8Array): Address["host"] => {
  if (host.subarray(0, 15).every((byte) => byte === 0)) {
    if (host[15] === 1) return "loopback";
    if (host[15] === 0) return "any";
  }
  return MAPPED.every((byte, at) => host[at] === byte) ? host4(host.subarray(12)) : "elsewhere";
};

const decode = (name: Uint8Array): string => {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(name);
  } catch {
    throw new Errno("EILSEQ");
  }
};

const local = (bytes: Uint8Array): Address => {
  const name = bytes.subarray(UN_PATH, UN_PATH + UN_PATH_MAX);
  const abstract = name[0] === 0;
  const end = abstract ? name.length : name.indexOf(0);
  const used = end === -1 ? name : name.subarray(0, end);
  const isPath = !abstract && used.length > 0;
  return {
    family: AF_UNIX,
    bytes: Uint8Array.from([AF_UNIX, 0, ...used, ...(isPath ? [0] : [])]),
    port: 0,
    host: "loopback",
    key: `unix:${Buffer.from(used).toString("latin1")}`,
    ...(isPath ? { path: decode(used) } : {}),
  };
};

/** Reads a struct sockaddr for a socket of a family. Throws EINVAL, EAFNOSUPPORT. */
export const parseAddress = (family: Family, given: Uint8Array): Address => {
  if (given.length < 2) throw new Errno("EINVAL");
  const bytes = given.slice();
  const is = view(bytes).getUint16(0, true);
  if (is !== family) throw new Errno(family === AF_UNIX ? "EINVAL" : "EAFNOSUPPORT");
  if (family === AF_UNIX) return local(bytes);
  if (bytes.length < (family === AF_INET ? IN_SIZE : IN6_SIZE)) throw new Errno("EINVAL");
  const port = view(bytes).getUint16(2);
  const host = family === AF_INET ? host4(bytes.subarray(4, 8)) : host6(bytes.subarray(8, 24));
  const size = family === AF_INET ? IN_SIZE : IN6_SIZE;
  return { family, bytes: bytes.subarray(0, size), port, host, key: keyOf(family, port) };
};

export const keyOf = (family: Family, port: number): string => `${family}:${port}`;

/** The same address with another port. */
export const withPort = (address: Address, port: number): Address => {
  const bytes = address.bytes.slice();
  view(bytes).setUint16(2, port);
  return { ...address, bytes, port, key: keyOf(address.family, port) };
};

/** No address yet: what a new socket has. */
export const unbound = (family: Family): Address => {
  const size = family === AF_UNIX ? UN_PATH : family === AF_INET ? IN_SIZE : IN6_SIZE;
  const bytes = new Uint8Array(size);
  bytes[0] = family;
  return { family, bytes, port: 0, host: family === AF_UNIX ? "loopback" : "any", key: "" };
};

/** The host that a socket bound to any host has for a peer on this one. */
export const loopbackAddress = (family: Family, port: number): Address => {
  const none = unbound(family);
  if (family === AF_UNIX) return none;
  const bytes = none.bytes.slice();
  if (family === AF_INET) bytes.set([127, 0, 0, 1], 4);
  else bytes[23] = 1;
  return withPort({ ...none, bytes, host: "loopback" }, port);
};
