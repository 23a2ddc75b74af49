/**
 * What a session goes on from: the image that is shipped or one of the caller's, and a snapshot's memory over it.
 */

import { formatSize } from "../checks/units.js";
import { ARTIFACTS, findPrebuilt } from "../engine/prebuilt.js";
import { ImageError, OptionError, SnapshotError } from "../errors.js";
import type { PreparedFile } from "../image/file.js";
import type { SandboxOptions } from "../options/sandbox.js";
import type { SnapshotState } from "../snapshot/state.js";

/** Whether a guest can have its memory as a file: a trace would not know of it. */
export const mapsMemory = ({ engine = "auto", hardened, record, durable }: SandboxOptions): boolean =>
  record === undefined &&
  durable === undefined &&
  (hardened === true || (engine !== "wasm" && findPrebuilt().has(ARTIFACTS.native)));

/** The file of the image that memory is compared with. */
export const baseOf = (image: PreparedFile | undefined): string =>
  image?.path ?? findPrebuilt().artifact(ARTIFACTS.image).path;

export const imageHash = (image: PreparedFile | undefined): Uint8Array =>
  image?.sha256 ?? findPrebuilt().artifact(ARTIFACTS.image).sha256;

/** @throws SnapshotError where memory was compared with another image */
export const checkImage = (from: SnapshotState, image: PreparedFile | undefined): void => {
  const own = imageHash(image);
  if (Buffer.compare(from.image, own) === 0) return;
  const hex = (hash: Uint8Array): string => Buffer.from(hash).toString("hex").slice(0, 16);
  throw new SnapshotError(
    `the snapshot belongs to image ${hex(from.image)}…, this is ${hex(own)}…; give a prepared image by the option "image"`,
  );
};

/** @throws OptionError where the guest may not have as much memory as the image begins with */
export const checkRoom = ({ header, path }: PreparedFile, memory: number): void => {
  const least = header.pages * 65_536;
  if (memory >= least) return;
  throw new OptionError(
    "limits.memory",
    `must be at least ${formatSize(least)} for the image ${JSON.stringify(path)}, not ${formatSize(memory)}`,
  );
};

/** What kernel and file systems throw for a state, as the caller knows it. */
const asErrorOf =
  (Kind: typeof SnapshotError | typeof ImageError) =>
  async <T>(task: () => Promise<T>): Promise<T> => {
    try {
      return await task();
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ERR_STATE") {
        throw new Kind(error.message, { cause: error });
      }
      throw error;
    }
  };
export const asSnapshotError = asErrorOf(SnapshotError);
export const asImageError = asErrorOf(ImageError);
