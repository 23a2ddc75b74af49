/**
 * Files of prepared images, checked completely: whatever is wrong with one is found here, or is in the guest's own
 * memory, and then a guest that misbehaves within its confinement.
 */
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { type FileHandle, open, realpath } from "node:fs/promises";
import type { ImageFile } from "../engine/engine.js";
import { decodeHeader, IMAGE_HEADER, Image, type ImageHeader, memoryEnd } from "../engine/guest/image.js";
import { ARTIFACTS, findPrebuilt, type Prebuilt } from "../engine/prebuilt.js";
import { ImageError } from "../errors.js";
import { decodeData } from "../snapshot/data.js";
import { reasonOf } from "../wire/thrown.js";
import { damaged, decodeFooter, FOOTER, MAX_PART } from "./format.js";
import { type ImageState, parseImageState } from "./state.js";

/** Bytes that are read at a time. */
const CHUNK = 1 << 20;

/** Which file it was: another one of the same name differs. */
interface Identity {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

export interface PreparedFile extends ImageFile {
  readonly header: ImageHeader;
  /** Bytes of the file, holes included. */
  readonly size: number;
  readonly state: ImageState;
  readonly identity: Identity;
}

const sameFile = (a: Identity, b: Identity): boolean =>
  a.dev === b.dev && a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs;

/** Whether the file is still the one that was read. */
export const isUnchanged = ({ path, identity }: PreparedFile): boolean => {
  const now = statSync(path, { bigint: true, throwIfNoEntry: false });
  return now !== undefined && sameFile(identity, now);
};

/** @throws ImageError where it is none, damaged, or of another release; what the system says where it cannot be read */
export const readImageFile = async (file: string): Promise<PreparedFile> => {
  const handle = await open(file, "r");
  try {
    const identity = await handle.stat({ bigint: true });
    const size = Number(identity.size);
    if (!identity.isFile()) throw new ImageError(`${JSON.stringify(file)} is no file`);
    if (size < IMAGE_HEADER + FOOTER || size > memoryEnd(65_536) + MAX_PART + FOOTER) {
      throw new ImageError(`not a prepared image: it has ${size} bytes`);
    }
    const footer = decodeFooter(await readAt(handle, size - FOOTER, FOOTER));
    const header = readHeader(await readAt(handle, 0, IMAGE_HEADER));
    const partAt = memoryEnd(header.pages);
    if (size !== partAt + footer.part + FOOTER) throw damaged("its size is another");
    if (!(await hashOf(handle, size - FOOTER, footer.hashed)).equals(footer.sha256)) {
      throw damaged("its hash is another");
    }
    const part = decodeData(await readAt(handle, partAt, footer.part), damaged);
    const state = parseImageState(part);
    checkOrigin(header, state, findPrebuilt());
    checkGlobals(header, findPrebuilt());
    return { path: await realpath(file), sha256: footer.sha256, header, size, state, identity };
  } finally {
    await handle.close();
  }
};

const readHeader = (page: Uint8Array): ImageHeader => {
  try {
    return decodeHeader(page);
  } catch (error) {
    throw new ImageError(reasonOf(error), { cause: error });
  }
};

const readAt = async (handle: FileHandle, position: number, length: number): Promise<Buffer> => {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await handle.read(bytes, at, length - at, position + at);
    if (bytesRead === 0) throw damaged("it ends too early");
    at += bytesRead;
  }
  return bytes;
};

/** SHA-256 of the first bytes of the file, and some more. */
const hashOf = async (handle: FileHandle, length: number, more: Uint8Array): Promise<Buffer> => {
  const sum = createHash("sha256");
  const buffer = Buffer.allocUnsafe(CHUNK);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(CHUNK, length - at), at);
    if (bytesRead === 0) throw damaged("it ends too early");
    sum.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
  return sum.update(more).digest();
};

/** @throws ImageError where it has another number of globals than the guest */
const checkGlobals = ({ globals }: ImageHeader, prebuilt: Prebuilt): void => {
  const shipped = new Image(prebuilt.artifact(ARTIFACTS.image).path);
  shipped.close();
  if (globals.length !== shipped.header.globals.length) throw damaged(`it has ${globals.length} globals`);
};

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** @throws ImageError where it was made for another guest than the one that is here */
const checkOrigin = (header: ImageHeader, state: ImageState, prebuilt: Prebuilt): void => {
  const guest = prebuilt.artifact(ARTIFACTS.wasm).sha256;
  const library = prebuilt.artifact(ARTIFACTS.library).sha256;
  if (!same(state.guest, guest) || !same(header.module, guest) || !same(state.library, library)) {
    const hex = Buffer.from(state.guest).toString("hex").slice(0, 16);
    throw new ImageError(
      `the image belongs to another release of Sallyport (guest ${hex}…): build it again with this one`,
    );
  }
};
