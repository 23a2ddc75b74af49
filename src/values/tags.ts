/** CBOR tags of values; guest/python/PROTOCOL.md says what each holds. */
export const TAG = {
  bignum: 2,
  negativeBignum: 3,
  fraction: 30,
  url: 32,
  uuid: 37,
  uint8: 64,
  clamped: 68,
  set: 258,
  wtf8: 273,
  date: 1004,
  complex: 43000,
  tuple: 60001,
  namedtuple: 60002,
  frozenset: 60003,
  datetime: 60004,
  time: 60006,
  timedelta: 60007,
  timezone: 60008,
  decimal: 60009,
  path: 60010,
  enumMember: 60011,
  dataclass: 60012,
  exception: 60013,
  hostError: 60014,
  memoryview: 60015,
  bytearray: 60016,
  range: 60017,
  regexp: 60018,
  pattern: 60019,
  adapted: 60020,
  hostReference: 60021,
  guestReference: 60022,
} as const;

export type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** RFC 8746: tags of typed arrays with little-endian elements. */
export const TYPED_ARRAYS = [
  { tag: TAG.uint8, name: "Uint8Array", make: (buffer: ArrayBuffer): TypedArray => new Uint8Array(buffer) },
  { tag: 68, name: "Uint8ClampedArray", make: (buffer: ArrayBuffer) => new Uint8ClampedArray(buffer) },
  { tag: 69, name: "Uint16Array", make: (buffer: ArrayBuffer) => new Uint16Array(buffer) },
  { tag: 70, name: "Uint32Array", make: (buffer: ArrayBuffer) => new Uint32Array(buffer) },
  { tag: 71, name: "BigUint64Array", make: (buffer: ArrayBuffer) => new BigUint64Array(buffer) },
  { tag: 72, name: "Int8Array", make: (buffer: ArrayBuffer) => new Int8Array(buffer) },
  { tag: 77, name: "Int16Array", make: (buffer: ArrayBuffer) => new Int16Array(buffer) },
  { tag: 78, name: "Int32Array", make: (buffer: ArrayBuffer) => new Int32Array(buffer) },
  { tag: 79, name: "BigInt64Array", make: (buffer: ArrayBuffer) => new BigInt64Array(buffer) },
  { tag: 85, name: "Float32Array", make: (buffer: ArrayBuffer) => new Float32Array(buffer) },
  { tag: 86, name: "Float64Array", make: (buffer: ArrayBuffer) => new Float64Array(buffer) },
] as const;
