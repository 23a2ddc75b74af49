/**
 * Mounts in snapshots: contents that are memory travel with the snapshot; all else has to be mounted again.
 */

import { SnapshotError } from "../errors.js";
import type { FileSystem } from "../fs/filesystem.js";
import { copyOf } from "./copy.js";
import type { MountState } from "./state.js";

/** What is mounted, with its contents where those are memory. */
export const saveMounts = async (mounts: ReadonlyMap<string, FileSystem>): Promise<MountState[]> => {
  const saved: MountState[] = [];
  for (const [path, fs] of mounts) {
    const contents = fs.save === undefined ? null : copyOf(await fs.save());
    saved.push({ path, kind: fs.kind, contents });
  }
  return saved;
};

/**
 * Fills the mounts of a new guest as they were.
 *
 * @throws SnapshotError where a mount is missing or of another kind; whatever a file system throws for contents
 * that cannot be
 */
export const restoreMounts = async (
  saved: readonly MountState[],
  mounts: ReadonlyMap<string, FileSystem>,
): Promise<void> => {
  const seen = new Set<string>();
  for (const { path, kind, contents } of saved) {
    if (seen.has(path))
      throw new SnapshotError(`the snapshot is damaged: ${JSON.stringify(path)} is mounted twice`);
    seen.add(path);
    const fs = mounts.get(path);
    if (fs === undefined) {
      throw new SnapshotError(
        `the snapshot needs a mount of kind ${JSON.stringify(kind)} at ${JSON.stringify(path)}`,
      );
    }
    if (fs.kind !== kind) {
      throw new SnapshotError(
        `the snapshot needs a mount of kind ${JSON.stringify(kind)} at ${JSON.stringify(path)}, not ${fs.kind}`,
      );
    }
    if (contents === null) continue;
    if (fs.restore === undefined) {
      throw new SnapshotError(`the mount at ${JSON.stringify(path)} cannot take the snapshot's contents`);
    }
    await fs.restore(contents);
  }
};

/** Mounts for a copy of a guest: what is memory anew and empty, all else the same. */
export const freshMounts = (mounts: Readonly<Record<string, FileSystem>>): Record<string, FileSystem> =>
  Object.fromEntries(Object.entries(mounts).map(([path, fs]) => [path, fs.fresh?.() ?? fs]));
