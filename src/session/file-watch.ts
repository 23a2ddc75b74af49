import { setTimeout as sleep } from "node:timers/promises";
import type { FileInfo } from "./file-info.js";

/** Something that happened to a file of the guest's since the last look. */
export interface FileChange {
  readonly kind: "created" | "changed" | "removed";
  readonly file: FileInfo;
}

/** Milliseconds between two looks. */
const INTERVAL = 250;
/** Most files that one watch can keep an eye on; what is beyond is not seen. */
const MOST_FILES = 100_000;

/** Compares what is there now and then with what was there before; first with what is there at the call. */
export const watchTree = (
  walk: () => AsyncIterable<FileInfo>,
  signal: AbortSignal,
): AsyncIterable<FileChange> => {
  const first = look(walk);
  // Whoever never asks for a change need not hear why there would be none.
  first.catch(() => undefined);
  return changes(first, walk, signal);
};

async function* changes(
  first: Promise<Map<string, FileInfo>>,
  walk: () => AsyncIterable<FileInfo>,
  signal: AbortSignal,
): AsyncGenerator<FileChange, void, undefined> {
  let before = await first;
  while (!signal.aborted) {
    await sleep(INTERVAL, undefined, { ref: false, signal }).catch(() => undefined);
    const now = await look(walk);
    yield* compare(before, now);
    before = now;
  }
}

const look = async (walk: () => AsyncIterable<FileInfo>): Promise<Map<string, FileInfo>> => {
  const files = new Map<string, FileInfo>();
  for await (const file of walk()) {
    files.set(file.path, file);
    if (files.size >= MOST_FILES) break;
  }
  return files;
};

export const compare = (
  before: ReadonlyMap<string, FileInfo>,
  now: ReadonlyMap<string, FileInfo>,
): readonly FileChange[] => {
  const changes: FileChange[] = [];
  for (const [path, file] of now) {
    const old = before.get(path);
    if (old === undefined) changes.push({ kind: "created", file });
    else if (old.size !== file.size || old.modified.getTime() !== file.modified.getTime()) {
      if (file.type !== "directory") changes.push({ kind: "changed", file });
    }
  }
  for (const [path, file] of before) if (!now.has(path)) changes.push({ kind: "removed", file });
  return changes;
};
