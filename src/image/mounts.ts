/**
 * The mounts of a sandbox that starts from an image: what the setup left in memory is there again, but what the
 * sandbox is given itself comes first.
 */
import { ImageError } from "../errors.js";
import type { FileSystem } from "../fs/filesystem.js";
import { MemoryFileSystem } from "../fs/memory/memory.js";
import { Space } from "../fs/memory/space.js";
import type { ImageState } from "./state.js";

/**
 * File systems in memory that the setup had, for those places where the sandbox is given none. However many an image names,
 * they have the `storage` (in bytes) of one, together.
 */
export const imageMounts = (
  { mounts }: ImageState,
  own: Readonly<Record<string, FileSystem>>,
  storage: number,
): Record<string, FileSystem> => {
  const made: Record<string, FileSystem> = Object.create(null);
  const together = new Space({ bytes: storage });
  for (const { path, kind, contents } of mounts) {
    if (path === "/" || contents === null || path in own || kind !== "memory") continue;
    made[path] = MemoryFileSystem.sharing({ bytes: storage }, together);
  }
  return Object.assign(made, own);
};

/**
 * Fills what is in memory as the setup left it.
 *
 * @throws ImageError where the image has contents for a mount that is missing or of another kind; whatever a file
 * system throws for contents that cannot be
 */
export const fillMounts = async (
  state: ImageState,
  own: Readonly<Record<string, FileSystem>>,
  mounts: ReadonlyMap<string, FileSystem>,
): Promise<void> => {
  const seen = new Set<string>();
  for (const { path, kind, contents } of state.mounts) {
    const place = JSON.stringify(path);
    if (seen.has(path)) throw new ImageError(`the image is damaged: ${place} is mounted twice`);
    seen.add(path);
    if (contents === null || path in own) continue;
    const fs = mounts.get(path);
    if (fs?.kind !== kind || fs.restore === undefined) {
      throw new ImageError(
        `the image has contents of a mount of kind ${JSON.stringify(kind)} at ${place}: mount something there`,
      );
    }
    if (fs instanceof MemoryFileSystem) fs.restore(contents, "shared");
    else await fs.restore(contents);
  }
};
