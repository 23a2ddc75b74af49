/**
 * A copy of some bytes, for whoever keeps what an operation lent. (`slice` is none: a Buffer's gives a view, and what
 * comes from the wire is a Buffer.)
 */
export const copyOf = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);
