/**
 * Under this symbol a value of a JavaScript class that several Python classes share says which one it was:
 * a dataclass's `module:Name` on a plain object, "array", "bytearray" or "memoryview" on a typed array.
 * It is not enumerable: copies and comparisons do not see it.
 */
export const pythonType: unique symbol = Symbol.for("sallyport.pythonType");

/** Says under `pythonType` which Python class a value stands for; answers the value. */
export const mark = <T extends object>(value: T, type: string): T => {
  Object.defineProperty(value, pythonType, { value: type, configurable: true, writable: true });
  return value;
};

/** Which Python class a value says that it stands for; undefined where it says none. */
export const markOf = (value: object): string | undefined => {
  const type: unknown = Reflect.get(value, pythonType);
  return typeof type === "string" ? type : undefined;
};

/** An object to send as an instance of a Python dataclass: `dataclass("shapes:Point", { x: 1, y: 2 })`. */
export const dataclass = <T extends Readonly<Record<string, unknown>>>(type: string, fields: T): T =>
  mark({ ...fields }, type);

/** Bytes to send as a `bytearray`. */
export const bytearray = (bytes: Uint8Array): Uint8Array => mark(new Uint8Array(bytes), "bytearray");
