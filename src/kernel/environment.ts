import { Errno } from "../wire/errno.js";

/** NUL-ended strings in one block, and how many there are. */
export interface Strings {
  readonly bytes: Uint8Array;
  readonly count: number;
}

/** Most bytes of all arguments, and of the whole environment: 2 MiB, as Linux has it. */
const STRINGS_MAX = 2 << 20;

const block = (strings: readonly string[], what: string): Strings => {
  for (const text of strings) {
    if (text.includes("\0")) throw new TypeError(`${what} with a NUL: ${JSON.stringify(text)}`);
  }
  const bytes = Buffer.from(strings.map((text) => `${text}\0`).join(""));
  if (bytes.length > STRINGS_MAX) throw new RangeError(`${what}: more than ${STRINGS_MAX} bytes in all`);
  return { bytes, count: strings.length };
};

/** The program's arguments as bytes. Throws TypeError for a NUL, RangeError for more than 2 MiB. */
export const argumentBlock = (args: readonly string[]): Strings => block(args, "an argument");

/** The environment as bytes. Throws TypeError for a name that is empty or has "=", RangeError for more than 2 MiB. */
export const environmentBlock = (environment: ReadonlyMap<string, string>): Strings => {
  for (const name of environment.keys()) {
    if (name === "" || name.includes("=")) {
      throw new TypeError(`not a name of an environment variable: ${JSON.stringify(name)}`);
    }
  }
  return block(
    [...environment].map(([name, value]) => `${name}=${value}`),
    "an environment variable",
  );
};

/** The part of some bytes that an operation asks for. Throws EINVAL for an offset beyond the end. */
export const part = (bytes: Uint8Array, offset: number, capacity: number): Uint8Array => {
  if (offset > bytes.length) throw new Errno("EINVAL");
  return bytes.subarray(offset, offset + capacity);
};
