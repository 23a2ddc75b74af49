/**
 * Prepared images as a caller has them, and as sandboxes start from them.
 */
import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { ImageError } from "../errors.js";
import { isUnchanged, type PreparedFile, readImageFile } from "./file.js";
import { writeSparse } from "./write.js";

const hex = (hash: Uint8Array): string => Buffer.from(hash).toString("hex");

/** A file of a prepared image, which sandboxes map: it must stay as it is while they live. */
export class PreparedImage implements AsyncDisposable {
  readonly #file: PreparedFile;
  readonly #discard: (() => Promise<void>) | undefined;

  /** @internal `discard` removes the file where it is only this image's. */
  constructor(file: PreparedFile, discard?: () => Promise<void>) {
    this.#file = file;
    this.#discard = discard;
  }

  /** Where its file is. */
  get path(): string {
    return this.#file.path;
  }

  /** What it is called by, in snapshots and traces: SHA-256 of all that is in the file, in hexadecimal. */
  get hash(): string {
    return hex(this.#file.sha256);
  }

  /** Bytes of memory that a sandbox has at its start; the limit must be at least so much. */
  get memory(): number {
    return this.#file.header.pages * 65_536;
  }

  /** Bytes of memory that differ from the image that it was made from. */
  get changed(): number {
    return this.#file.state.changed * 4096;
  }

  /** Bytes of the file; those that are zero take no space on the disk. */
  get size(): number {
    return this.#file.size;
  }

  /** The version of Python in it. */
  get python(): string {
    return this.#file.state.python;
  }

  /** SHA-256 of the setup's source, in hexadecimal. */
  get setup(): string {
    return hex(this.#file.state.setup);
  }

  /** SHA-256 of the guest's program, its library, and the image that it was made from, in hexadecimal. */
  get origin(): { readonly guest: string; readonly library: string; readonly base: string } {
    const { guest, library, base } = this.#file.state;
    return { guest: hex(guest), library: hex(library), base: hex(base) };
  }

  /** Guest paths of what was mounted, and whether its contents are in the image. */
  get mounts(): readonly { readonly path: string; readonly kind: string; readonly kept: boolean }[] {
    return this.#file.state.mounts.map(({ path, kind, contents }) => ({
      path,
      kind,
      kept: contents !== null,
    }));
  }

  /** Names of the variables in the environment that the setup left. */
  get env(): readonly string[] {
    return this.#file.state.env.map(([name]) => name);
  }

  /**
   * Writes a copy, whole or not at all; zeros in it are holes. Readable as the process's umask says.
   *
   * @throws ImageError where it cannot be written
   */
  async save(file: string): Promise<void> {
    const temporary = `${file}.${randomUUID()}`;
    try {
      await copySparse(this.#file.path, temporary);
      await rename(temporary, file);
    } catch (error) {
      await rm(temporary, { force: true });
      throw imageError(file, error, "written");
    }
  }

  /** Removes the file of an image that was built and is not yet at a path of its own; sandboxes that run go on. */
  async close(): Promise<void> {
    await this.#discard?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @internal */
  get file(): PreparedFile {
    return this.#file;
  }
}

const COPY_CHUNK = 1 << 20;

const copySparse = async (from: string, to: string): Promise<void> => {
  const source = await open(from, "r");
  try {
    const target = await open(to, "wx", 0o666);
    try {
      const buffer = Buffer.allocUnsafe(COPY_CHUNK);
      for (let at = 0; ; ) {
        const { bytesRead } = await source.read(buffer, 0, COPY_CHUNK, at);
        if (bytesRead === 0) break;
        await writeSparse(target, buffer.subarray(0, bytesRead), at);
        at += bytesRead;
      }
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
};

/** Images that were given by their path, read once for as long as their files stay as they are. */
const known = new Map<string, Promise<PreparedFile>>();
const MOST_KNOWN = 32;

/**
 * The image that a sandbox is to start from.
 *
 * @throws ImageError as `Image.load`; also where the file has changed since the image was loaded
 */
export const openImage = async (image: string | PreparedImage): Promise<PreparedFile> => {
  if (typeof image !== "string") {
    if (isUnchanged(image.file)) return image.file;
    throw new ImageError(
      `the image's file ${JSON.stringify(image.path)} is gone or has changed since it was loaded: load it again`,
    );
  }
  const path = resolve(image);
  const before = known.get(path);
  if (before !== undefined) {
    const file = await before.catch(() => undefined);
    if (file !== undefined && isUnchanged(file)) return file;
    if (known.get(path) === before) known.delete(path);
  }
  const now = known.get(path) ?? readImageFile(path);
  known.set(path, now);
  for (const oldest of known.keys()) {
    if (known.size <= MOST_KNOWN) break;
    known.delete(oldest);
  }
  try {
    return await now;
  } catch (error) {
    if (known.get(path) === now) known.delete(path);
    throw imageError(path, error);
  }
};

/** What the system says of a file, as the caller knows it. */
export const imageError = (path: string, error: unknown, done: "read" | "written" = "read"): unknown =>
  error instanceof Error && "syscall" in error
    ? new ImageError(`the image ${JSON.stringify(path)} cannot be ${done}: ${error.message}`, {
        cause: error,
      })
    : error;
