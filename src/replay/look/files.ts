import { posix } from "node:path";
import { decodeRecord } from "../../trace/decode.js";
import type { TraceRecord } from "../../trace/format.js";

/** A file that the program read from its beginning to its end. */
export interface TracedFile {
  readonly path: string;
  readonly content: Uint8Array;
}

/** Bytes of one file, of all, and how many there may be. */
const FILE_MAX = 2 ** 20;
const ALL_MAX = 16 * 2 ** 20;
const FILES_MAX = 1000;

const WORKING_DIRECTORY = "/sandbox";

/** The Python sources that a trace has the contents of: what was read of them, in one piece from the beginning. */
export const tracedSources = (records: Iterable<TraceRecord>): readonly TracedFile[] => {
  const open = new Map<number, { readonly path: string; readonly parts: Uint8Array[]; length: number }>();
  const found = new Map<string, Uint8Array>();
  let all = 0;
  const take = (fd: number): void => {
    const file = open.get(fd);
    open.delete(fd);
    if (file === undefined || file.length === 0 || found.size >= FILES_MAX || all + file.length > ALL_MAX)
      return;
    all += file.length;
    found.set(file.path, Buffer.concat(file.parts));
  };
  for (const record of records) {
    const { name, args, outcome } = decodeRecord(record);
    if (outcome === undefined || !("results" in outcome)) continue;
    const { fd, path } = args;
    const results: object =
      typeof outcome.results === "object" && outcome.results !== null ? outcome.results : {};
    if (name === "open" && typeof path === "string" && path.endsWith(".py")) {
      const opened: unknown = Reflect.get(results, "fd");
      if (typeof opened === "number") {
        open.set(opened, { path: posix.resolve(WORKING_DIRECTORY, path), parts: [], length: 0 });
      }
    } else if (typeof fd !== "number") continue;
    else if (name === "close") take(fd);
    else if (name === "read" || name === "readv" || name === "pread") {
      const file = open.get(fd);
      const data: unknown = Reflect.get(results, "data");
      if (file === undefined || !(data instanceof Uint8Array)) continue;
      if (name === "pread" && args["offset"] !== BigInt(file.length)) continue;
      if (file.length + data.length > FILE_MAX) open.delete(fd);
      else {
        file.parts.push(data);
        file.length += data.length;
      }
    }
  }
  for (const fd of [...open.keys()]) take(fd);
  return [...found].map(([path, content]) => ({ path, content }));
};
