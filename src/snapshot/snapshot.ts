/**
 * Snapshots as a caller has them.
 */
import { randomUUID } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { decodeSnapshot, encodeSnapshot } from "./format.js";
import type { SnapshotState } from "./state.js";

/**
 * A sandbox's whole state between two runs. It can be restored any number of times, on either engine, in any process
 * and on any machine that has the same image.
 */
export class Snapshot {
  readonly #state: SnapshotState;
  #bytes: Promise<Uint8Array> | undefined;

  /** @internal */
  constructor(state: SnapshotState) {
    this.#state = state;
  }

  /**
   * Reads a snapshot file's bytes, from wherever they come.
   *
   * @throws SnapshotError for anything that is not a whole snapshot
   */
  static async decode(bytes: Uint8Array): Promise<Snapshot> {
    return new Snapshot(await decodeSnapshot(bytes));
  }

  /** Reads a snapshot file. @throws SnapshotError as `decode`, and what reading a file throws */
  static async load(file: string): Promise<Snapshot> {
    return await Snapshot.decode(await readFile(file));
  }

  /** Bytes of the guest's memory that differ from the image. */
  get size(): number {
    return this.#state.memory.runs.reduce((sum, [, contents]) => sum + contents.byteLength, 0);
  }

  /** SHA-256 of the image that it belongs to, in hexadecimal. */
  get image(): string {
    return Buffer.from(this.#state.image).toString("hex");
  }

  /** The bytes of a snapshot file, compressed. */
  bytes(): Promise<Uint8Array> {
    this.#bytes ??= encodeSnapshot(this.#state);
    return this.#bytes;
  }

  /** Writes a snapshot file, whole or not at all. Readable by its owner alone: it holds all that the guest had in memory. */
  async save(file: string): Promise<void> {
    const temporary = `${file}.${randomUUID()}`;
    try {
      await writeFile(temporary, await this.bytes(), { mode: 0o600, flag: "wx" });
      await rename(temporary, file);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  /** @internal */
  get state(): SnapshotState {
    return this.#state;
  }
}
