import { Errno } from "../../wire/errno.js";
import type { Appended, Creation, OpenFile, OpenMode } from "../filesystem.js";
import { Chunks } from "./chunks.js";
import { MemoryNode, type Volume } from "./node.js";

/** A regular file in memory; its storage lives as long as a name or an open file of it. */
export class MemoryFile extends MemoryNode {
  readonly type = "file";
  readonly chunks: Chunks;
  #opened = 0;

  constructor(volume: Volume, creation: Creation, ino?: number) {
    super(volume, creation, ino);
    this.chunks = new Chunks(volume.space);
  }

  get size(): number {
    return this.chunks.size;
  }

  get blocks(): number {
    return this.chunks.blocks;
  }

  protected override resize(size: number): void {
    this.chunks.truncate(size);
    this.dropPrivileges();
    this.mtime = this.volume.now();
  }

  open(mode: OpenMode): OpenFile {
    this.#opened++;
    return mode.write ? new WritableMemoryFile(this) : new ReadableMemoryFile(this);
  }

  /** Open files of this one that were not closed. */
  get opened(): number {
    return this.#opened;
  }

  closed(): void {
    this.#opened--;
    this.#release();
  }

  read(into: Uint8Array, offset: number): number {
    if (into.length > 0) this.accessed();
    return this.chunks.read(into, offset);
  }

  write(data: Uint8Array, offset: number): number {
    const written = this.chunks.write(data, offset);
    if (written > 0) {
      this.dropPrivileges();
      this.modified();
    }
    return written;
  }

  allocate(offset: number, length: number): void {
    this.chunks.allocate(offset, length);
    this.dropPrivileges();
    this.modified();
  }

  protected override abandoned(): void {
    this.#release();
  }

  #release(): void {
    if (this.nlink > 0 || this.#opened > 0) return;
    this.chunks.release();
    super.abandoned();
  }
}

class ReadableMemoryFile implements OpenFile {
  protected readonly file: MemoryFile;
  #closed = false;

  constructor(file: MemoryFile) {
    this.file = file;
  }

  read(into: Uint8Array, offset: number): number {
    return this.file.read(into, offset);
  }

  seek(offset: number, what: "data" | "hole"): number {
    return this.file.chunks.seek(offset, what);
  }

  sync(): void {}

  close(): void {
    if (this.#closed) throw new Errno("EBADF");
    this.#closed = true;
    this.file.closed();
  }
}

class WritableMemoryFile extends ReadableMemoryFile {
  write(data: Uint8Array, offset: number): number {
    return this.file.write(data, offset);
  }

  append(data: Uint8Array): Appended {
    const offset = this.file.size;
    const written = this.file.write(data, offset);
    return { written, end: offset + written };
  }

  allocate(offset: number, length: number): void {
    this.file.allocate(offset, length);
  }
}
