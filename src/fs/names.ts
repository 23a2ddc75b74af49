import { Errno } from "../wire/errno.js";

/** The longest name, in bytes of UTF-8, as everywhere on Linux. */
export const NAME_MAX = 255;

/** ENAMETOOLONG for names that are; EINVAL for what the kernel never passes on (a slash, NUL, ".", "..", nothing). */
export function checkName(name: string): void {
  // A UTF-16 unit is at most three bytes of UTF-8.
  if (name.length * 3 > NAME_MAX && Buffer.byteLength(name) > NAME_MAX) throw new Errno("ENAMETOOLONG");
  if (name === "" || name === "." || name === ".." || /[/\0]/.test(name)) {
    throw new Errno("EINVAL", `not the name of an entry: ${JSON.stringify(name)}`);
  }
}
