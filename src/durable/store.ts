import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, realpathSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { DurableError } from "../errors.js";
import { ByteWriter } from "../wire/bytes.js";
import { ENTRY } from "./format.js";
import { Journal, type JournalHeader, type JournalOptions } from "./journal.js";
import { Lock } from "./lock.js";
import {
  compareManifest,
  MANIFEST,
  type Manifest,
  newManifest,
  readManifest,
  sha256,
  writeManifest,
} from "./manifest.js";
import { readPlain, writeWhole } from "./plain.js";

/** Bytes that a snapshot may have. */
const SNAPSHOT_MAX = 2 ** 31;
/** Names that a directory of ours may have in it. */
const OURS = /^(lock|manifest\.json|journal-\d+|snapshot-\d+|stdout|stderr|result\.json)(\.[0-9a-f-]{36})?$/;

/** The directory of a durable run. One process has it at a time. */
export class Store implements Disposable {
  readonly directory: string;
  readonly #lock: Lock;
  readonly #options: JournalOptions;
  #manifest: Manifest;
  #journal: Journal;

  private constructor(
    directory: string,
    lock: Lock,
    options: JournalOptions,
    manifest: Manifest,
    journal: Journal,
  ) {
    this.directory = directory;
    this.#lock = lock;
    this.#options = options;
    this.#manifest = manifest;
    this.#journal = journal;
  }

  /**
   * Opens a directory, or makes one. `same` is what has to be the same as when it was begun.
   *
   * @throws DurableError where another has it, it is damaged, or something is not the same
   */
  static open(path: string, same: Readonly<Record<string, string>>, options: JournalOptions): Store {
    const { directory, lock } = usable(path, () => {
      mkdirSync(path, { recursive: true, mode: 0o700 });
      const real = realpathSync(path);
      checkOwner(real);
      return { directory: real, lock: Lock.take(real) };
    });
    try {
      const manifest = readManifest(directory);
      if (manifest === undefined)
        return begin(directory, same, options, (m, j) => new Store(directory, lock, options, m, j));
      compareManifest(directory, manifest.same, same);
      tidy(directory, manifest);
      const journal = Journal.open(join(directory, journalName(manifest.number)), options);
      return new Store(directory, lock, options, manifest, journal);
    } catch (error) {
      lock[Symbol.dispose]();
      throw error;
    }
  }

  get id(): string {
    return this.#manifest.id;
  }

  get journal(): Journal {
    return this.#journal;
  }

  /** The snapshot's bytes that the journal goes on from. Throws DurableError where they are not those that were written. */
  snapshot(): Uint8Array | undefined {
    const { snapshot, number } = this.#manifest;
    if (snapshot === null) return undefined;
    const bytes = readPlain(join(this.directory, snapshotName(number)), SNAPSHOT_MAX);
    if (sha256(bytes) !== snapshot)
      throw new DurableError("damaged", "the snapshot is damaged: its hash is another");
    return bytes;
  }

  /** Goes on from a snapshot, with a new journal that has these runs in it from the start. */
  renew(
    snapshot: Uint8Array,
    before: Pick<JournalHeader, "operations" | "calls" | "stdout" | "stderr">,
    runs: readonly Uint8Array[],
  ): void {
    const number = this.#manifest.number + 1;
    writeWhole(this.directory, snapshotName(number), snapshot);
    rmSync(join(this.directory, journalName(number)), { force: true });
    const journal = Journal.create(
      join(this.directory, journalName(number)),
      { id: randomUUID(), begun: Date.now(), ...before },
      this.#options,
    );
    const entry = new ByteWriter();
    for (const run of runs) {
      entry.clear();
      journal.add(entry.u8(ENTRY.run).data(run));
    }
    journal.sync();
    const manifest = { ...this.#manifest, number, snapshot: sha256(snapshot) };
    writeManifest(this.directory, manifest);
    this.#journal.close();
    this.#journal = journal;
    this.#manifest = manifest;
    tidy(this.directory, manifest);
  }

  /** A file in it, by name. */
  file(name: string): string {
    return join(this.directory, name);
  }

  /** Writes a file, whole or not at all. */
  write(name: string, bytes: Uint8Array): void {
    writeWhole(this.directory, name, bytes);
  }

  [Symbol.dispose](): void {
    this.#journal.close();
    this.#lock[Symbol.dispose]();
  }
}

/** Whoever owns a directory chooses what the run goes on with, and what its output was. Root may use anybody's. */
const checkOwner = (directory: string): void => {
  const own = process.geteuid?.();
  const { uid } = statSync(directory);
  if (own === undefined || own === 0 || uid === own || uid === 0) return;
  throw new DurableError(
    "state",
    `${JSON.stringify(directory)} belongs to another user: choose a directory of your own`,
  );
};

/** What the system says of a directory that cannot be used, as an error of ours. */
const usable = <T>(path: string, act: () => T): T => {
  try {
    return act();
  } catch (error) {
    if (error instanceof DurableError || !(error instanceof Error)) throw error;
    throw new DurableError("state", `${JSON.stringify(path)} cannot be used: ${error.message}`, {
      cause: error,
    });
  }
};

const journalName = (number: number): string => `journal-${number}`;
const snapshotName = (number: number): string => `snapshot-${number}`;

const begin = <T>(
  directory: string,
  same: Readonly<Record<string, string>>,
  options: JournalOptions,
  make: (manifest: Manifest, journal: Journal) => T,
): T => {
  for (const name of readdirSync(directory)) {
    if (!OURS.test(name)) {
      throw new DurableError(
        "state",
        `${JSON.stringify(directory)} has ${JSON.stringify(name)} in it, and is no durable run: give a directory that is empty, or not there`,
      );
    }
    // Left by one who ended before it had begun.
    if (!name.startsWith("lock")) rmSync(join(directory, name), { force: true });
  }
  const manifest = newManifest(randomUUID(), same);
  const journal = Journal.create(
    join(directory, journalName(0)),
    { id: randomUUID(), begun: Date.now(), operations: 0, calls: 0, stdout: 0, stderr: 0 },
    options,
  );
  writeManifest(directory, manifest);
  return make(manifest, journal);
};

/** Removes what belongs to another state of the directory. */
const tidy = (directory: string, { number, snapshot }: Manifest): void => {
  const keep = new Set(["stdout", "stderr", "result.json", MANIFEST, journalName(number)]);
  if (snapshot !== null) keep.add(snapshotName(number));
  for (const name of readdirSync(directory)) {
    if (OURS.test(name) && !keep.has(name) && !name.startsWith("lock")) {
      rmSync(join(directory, name), { force: true });
    }
  }
};
