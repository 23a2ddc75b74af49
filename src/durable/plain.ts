import { randomUUID } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { DurableError } from "../errors.js";
import { reasonOf } from "../wire/thrown.js";

/**
 * Opens a file of a durable run's directory that is there. What anybody else put in its place is not followed, waited for or written
 * to: it has to be a file, and to have no other name.
 *
 * @throws DurableError for anything else
 */
export const openPlain = (file: string, access: "r" | "r+"): number => {
  const how = access === "r" ? constants.O_RDONLY : constants.O_RDWR;
  let fd: number;
  try {
    // Without waiting: a pipe would keep whoever opens it until another does. (Not every system has either.)
    fd = openSync(file, how | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    const link = error instanceof Error && "code" in error && error.code === "ELOOP";
    const why = link ? "it is a link" : reasonOf(error);
    throw new DurableError("damaged", `${JSON.stringify(file)} cannot be used: ${why}`, { cause: error });
  }
  const stats = fstatSync(fd);
  if (stats.isFile() && stats.nlink <= 1) return fd;
  closeSync(fd);
  const why = stats.isFile() ? "it has another name, too" : "it is no file";
  throw new DurableError("damaged", `${JSON.stringify(file)} cannot be used: ${why}`);
};

/** All of such a file, of so many bytes at most. */
export const readPlain = (file: string, most: number): Buffer => {
  const fd = openPlain(file, "r");
  try {
    const { size } = fstatSync(fd);
    if (size > most) {
      throw new DurableError("damaged", `${JSON.stringify(file)} is damaged: it has ${size} bytes`);
    }
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
};

/** Writes a file, whole or not at all; it survives the machine's end. */
export const writeWhole = (directory: string, name: string, bytes: Uint8Array): void => {
  const temporary = join(directory, `${name}.${randomUUID()}`);
  const fd = openSync(temporary, "wx", 0o600);
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, join(directory, name));
  syncDirectory(directory);
};

/** Makes names survive the machine's end; not every system has a way to. */
const syncDirectory = (directory: string): void => {
  if (process.platform === "win32") return;
  const fd = openSync(directory, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
};
