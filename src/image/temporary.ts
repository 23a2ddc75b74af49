/**
 * Files of images that were built and have no place of their own: they go with the image, or with the process.
 */
import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const left = new Set<string>();
let listening = false;

/** A new directory, readable by its owner alone. */
export const temporaryDirectory = async (
  place: string = tmpdir(),
): Promise<{
  readonly path: string;
  readonly remove: () => Promise<void>;
}> => {
  const path = await mkdtemp(join(place, "sallyport-image-"));
  left.add(path);
  if (!listening) {
    listening = true;
    process.once("exit", () => {
      for (const directory of left) rmSync(directory, { recursive: true, force: true });
    });
  }
  return {
    path,
    remove: async () => {
      left.delete(path);
      await rm(path, { recursive: true, force: true });
    },
  };
};
