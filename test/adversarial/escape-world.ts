import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { type DirectoryOptions, directory } from "../../src/fs/directory/directory.js";
import type { FileSystem } from "../../src/fs/filesystem.js";
import { memory } from "../../src/fs/memory/memory.js";
import { AT_FDCWD } from "../../src/kernel/flags.js";
import { Errno } from "../../src/wire/errno.js";
import { files, now, type Setting, setting } from "../unit/kernel/harness.js";

/** What is beyond the mount, and must never be seen from within. */
export const SECRET = "the secret beyond the mount";

/** A directory with a mount in it, and things beside the mount. */
export class EscapeWorld {
  readonly base: string;
  readonly mount: string;
  readonly outside: string;
  readonly #mounts: FileSystem[] = [];

  constructor() {
    this.base = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "sallyport-escape-")));
    this.mount = `${this.base}/mount`;
    this.outside = `${this.base}/outside`;
    fs.mkdirSync(`${this.mount}/dir/deep`, { recursive: true });
    fs.writeFileSync(`${this.mount}/file`, "inside");
    fs.writeFileSync(`${this.mount}/dir/secret`, "inside");
    fs.mkdirSync(`${this.outside}/secret-dir`, { recursive: true });
    fs.writeFileSync(`${this.outside}/secret`, SECRET, { mode: 0o644 });
    fs.writeFileSync(`${this.outside}/secret-dir/secret`, SECRET);
  }

  /** A guest that has the mount at /m. */
  guest(options: DirectoryOptions = {}): Guest {
    const mounted = directory(this.mount, { mode: "rw", ...options });
    this.#mounts.push(mounted);
    return new Guest(
      setting({
        mounts: new Map<string, FileSystem>([
          ["/", memory({}, { mode: 0o777 })],
          ["/m", mounted],
        ]),
      }),
    );
  }

  fifo(name: string): void {
    execFileSync("mkfifo", [name]);
  }

  /** Everything beyond the mount, with attributes, to see that nothing changed. */
  beyond(): string {
    const lines: string[] = [];
    const visit = (at: string): void => {
      const stats = fs.lstatSync(at, { bigint: true });
      const contents = stats.isFile() ? fs.readFileSync(at, "utf8") : "";
      const target = stats.isSymbolicLink() ? fs.readlinkSync(at) : "";
      lines.push(`${at} ${stats.mode.toString(8)} ${stats.uid} ${stats.mtimeNs} ${contents} ${target}`);
      if (stats.isDirectory()) for (const name of fs.readdirSync(at).sort()) visit(`${at}/${name}`);
    };
    visit(this.outside);
    return lines.join("\n");
  }

  close(): void {
    for (const mounted of this.#mounts) mounted.close?.();
    fs.rmSync(this.base, { recursive: true, force: true });
  }
}

type Files = ReturnType<typeof files>;

/** A guest that tries what it can; what it gets to read is kept. */
export class Guest {
  readonly #setting: Setting;
  readonly #files: Files;
  /** All that was read, listed and resolved. */
  readonly seen: string[] = [];

  constructor(made: Setting) {
    this.#setting = made;
    this.#files = files(made);
  }

  get ops(): Setting["ops"] {
    return this.#setting.ops;
  }

  /** The answer, or the errno. Any other error fails the test. */
  try<T>(act: (files: Files, ops: Setting["ops"]) => T): T | string {
    try {
      const answer = act(this.#files, this.#setting.ops);
      this.seen.push(typeof answer === "string" ? answer : `${JSON.stringify(answer, plain)}`);
      return answer;
    } catch (error) {
      if (error instanceof Errno) return error.code;
      throw error;
    }
  }

  /** Everything that can be tried on a path. */
  tryAll(at: string, name = "x"): string[] {
    const path = at;
    const attempts: (() => unknown)[] = [
      () => this.try((f) => f.get(path)),
      () => this.try((f) => f.list(path)),
      () => this.try((f) => f.get(`${path}/secret`)),
      () => this.try((f) => f.list(`${path}/secret-dir`)),
      () => this.try((f) => f.stat(`${path}/secret`).size),
      () => this.try((f) => f.put(path, "overwritten")),
      () => this.try((f) => f.put(`${path}/secret`, "overwritten")),
      () => this.try((f) => f.put(`${path}/${name}`, "planted")),
      () => this.try((f) => f.mkdir(`${path}/${name}-dir`)),
      () => this.try((f) => f.symlink("/etc/passwd", `${path}/${name}-link`)),
      () => this.try((f) => f.link("/m/file", `${path}/${name}-hard`)),
      () => this.try((f) => f.rename("/m/dir/deep", `${path}/${name}-moved`)),
      () => this.try((f) => f.rename(`${path}/secret`, "/m/stolen")),
      () => this.try((f) => f.link(`${path}/secret`, "/m/stolen-link")),
      () => this.try((f) => f.unlink(`${path}/secret`)),
      () => this.try((f) => f.rmdir(`${path}/secret-dir`)),
      () => this.try((_, ops) => now(ops.truncate({ at: AT_FDCWD, path: `${path}/secret`, size: 0n }))),
      () =>
        this.try((_, ops) => now(ops.chmod({ at: AT_FDCWD, path: `${path}/secret`, mode: 0o777, flags: 0 }))),
      () =>
        this.try((_, ops) =>
          now(
            ops.utimens({ at: AT_FDCWD, path: `${path}/secret`, atime: 1n, mtime: 1n, which: 3, flags: 0 }),
          ),
        ),
      () => this.try((f) => f.get("/m/stolen")),
      () => this.try((f) => f.get("/m/stolen-link")),
    ];
    return attempts.map((attempt) => String(attempt()));
  }
}

const plain = (_: string, value: unknown): unknown => (typeof value === "bigint" ? `${value}` : value);
