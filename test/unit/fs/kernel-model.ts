import nodefs from "node:fs";
import fc from "fast-check";
import { AT_FDCWD, AT_REMOVEDIR, AT_SYMLINK_NOFOLLOW } from "../../../src/kernel/flags.js";
import { Errno } from "../../../src/wire/errno.js";
import { files, now, type Setting } from "../kernel/harness.js";

/** One call as a program makes it. Paths are beneath the directory that is compared; `fd` is which of those that were opened. */
export type Call =
  | { readonly call: "open"; readonly path: string; readonly flags: number; readonly mode: number }
  | {
      readonly call: "stat" | "lstat" | "readlink" | "list" | "unlink" | "rmdir" | "access";
      readonly path: string;
    }
  | { readonly call: "mkdir" | "chmod"; readonly path: string; readonly mode: number }
  | { readonly call: "rename" | "link"; readonly path: string; readonly to: string }
  | { readonly call: "symlink"; readonly path: string; readonly target: string }
  | { readonly call: "truncate"; readonly path: string; readonly size: number }
  | { readonly call: "read"; readonly fd: number; readonly length: number }
  | { readonly call: "pread"; readonly fd: number; readonly length: number; readonly at: number }
  | { readonly call: "write"; readonly fd: number; readonly text: string }
  | { readonly call: "pwrite"; readonly fd: number; readonly text: string; readonly at: number }
  | { readonly call: "ftruncate"; readonly fd: number; readonly size: number }
  | { readonly call: "fchmod"; readonly fd: number; readonly mode: number }
  | { readonly call: "fstat" | "fsync" | "close"; readonly fd: number };

interface Attributes {
  readonly mode: number;
  readonly size: number;
  readonly nlink: number;
}

const DIRECTORY = 0o040000;
const described = ({ mode, size, nlink }: Attributes): string =>
  (mode & 0o170000) === DIRECTORY ? mode.toString(8) : `${mode.toString(8)} ${size} ${nlink}`;
const shown = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1").replaceAll("\0", "~");

/** Runs calls and says what they answer. */
export abstract class Machine {
  readonly #fds: number[] = [];

  run(call: Call): string {
    try {
      return this.answer(call);
    } catch (error) {
      if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
      throw error;
    }
  }

  protected abstract answer(call: Call): string;

  protected opened(fd: number): string {
    this.#fds.push(fd);
    return `opened ${this.#fds.length - 1}`;
  }

  /** The descriptor that was opened as the n-th, counted around. */
  protected fd(n: number): number {
    const fd = this.#fds[n % Math.max(1, this.#fds.length)];
    if (fd === undefined) throw new Errno("EBADF");
    return fd;
  }

  protected closed(n: number): string {
    this.#fds.splice(n % this.#fds.length, 1);
    return "closed";
  }

  get open(): readonly number[] {
    return this.#fds;
  }
}

/** The kernel. */
export class KernelMachine extends Machine {
  readonly #ops: Setting["ops"];
  readonly #base: string;

  constructor({ ops }: Setting, base: string) {
    super();
    this.#ops = ops;
    this.#base = base;
  }

  protected answer(call: Call): string {
    const ops = this.#ops;
    const at = AT_FDCWD;
    const path = "path" in call ? `${this.#base}/${call.path}` : "";
    switch (call.call) {
      case "open":
        return this.opened(now(ops.open({ at, path, flags: call.flags, mode: call.mode })).fd);
      case "stat":
        return described(now(ops.stat({ at, path, flags: 0 })).stat);
      case "lstat":
        return described(now(ops.stat({ at, path, flags: AT_SYMLINK_NOFOLLOW })).stat);
      case "readlink":
        return shown(now(ops.readlink({ at, path, capacity: 4096 })).target);
      case "access":
        now(ops.access({ at, path, mode: 0, flags: 0 }));
        return "ok";
      case "list":
        return this.#list(path);
      case "unlink":
        now(ops.unlink({ at, path, flags: 0 }));
        return "ok";
      case "rmdir":
        now(ops.unlink({ at, path, flags: AT_REMOVEDIR }));
        return "ok";
      case "mkdir":
        now(ops.mkdir({ at, path, mode: call.mode }));
        return "ok";
      case "chmod":
        now(ops.chmod({ at, path, mode: call.mode, flags: 0 }));
        return "ok";
      case "rename":
        now(ops.rename({ at, path, to_at: at, to_path: `${this.#base}/${call.to}`, flags: 0 }));
        return "ok";
      case "link":
        now(ops.link({ at, path, to_at: at, to_path: `${this.#base}/${call.to}`, flags: 0 }));
        return "ok";
      case "symlink":
        now(ops.symlink({ target: call.target, at, path }));
        return "ok";
      case "truncate":
        now(ops.truncate({ at, path, size: BigInt(call.size) }));
        return "ok";
      case "read":
        return shown(now(ops.read({ fd: this.fd(call.fd), capacity: call.length })).data);
      case "pread":
        return shown(
          now(ops.pread({ fd: this.fd(call.fd), capacity: call.length, offset: BigInt(call.at) })).data,
        );
      case "write":
        return `${now(ops.write({ fd: this.fd(call.fd), data: Buffer.from(call.text) })).length}`;
      case "pwrite":
        return `${now(ops.pwrite({ fd: this.fd(call.fd), data: Buffer.from(call.text), offset: BigInt(call.at) })).length}`;
      case "ftruncate":
        now(ops.ftruncate({ fd: this.fd(call.fd), size: BigInt(call.size) }));
        return "ok";
      case "fchmod":
        now(ops.fchmod({ fd: this.fd(call.fd), mode: call.mode }));
        return "ok";
      case "fstat":
        return described(now(ops.fstat({ fd: this.fd(call.fd) })).stat);
      case "fsync":
        now(ops.sync({ fd: this.fd(call.fd), data: 0 }));
        return "ok";
      case "close":
        now(ops.close({ fd: this.fd(call.fd) }));
        return this.closed(call.fd);
    }
  }

  #list(path: string): string {
    return files({ ops: this.#ops })
      .list(path)
      .filter((name) => name !== "." && name !== "..")
      .sort()
      .join(" ");
  }
}

/** The system's own kernel. */
export class HostMachine extends Machine {
  readonly #base: string;

  constructor(base: string) {
    super();
    this.#base = base;
  }

  protected answer(call: Call): string {
    const path = "path" in call ? `${this.#base}/${call.path}` : "";
    switch (call.call) {
      case "open":
        return this.opened(nodefs.openSync(path, call.flags, call.mode));
      case "stat":
        return described(nodefs.statSync(path));
      case "lstat":
        return described(nodefs.lstatSync(path));
      case "readlink":
        return nodefs.readlinkSync(path);
      case "access":
        nodefs.accessSync(path);
        return "ok";
      case "list":
        return nodefs.readdirSync(path).sort().join(" ");
      case "unlink":
        nodefs.unlinkSync(path);
        return "ok";
      case "rmdir":
        nodefs.rmdirSync(path);
        return "ok";
      case "mkdir":
        nodefs.mkdirSync(path, call.mode);
        return "ok";
      case "chmod":
        nodefs.chmodSync(path, call.mode);
        return "ok";
      case "rename":
        nodefs.renameSync(path, `${this.#base}/${call.to}`);
        return "ok";
      case "link":
        nodefs.linkSync(path, `${this.#base}/${call.to}`);
        return "ok";
      case "symlink":
        nodefs.symlinkSync(call.target, path);
        return "ok";
      case "truncate":
        nodefs.truncateSync(path, call.size);
        return "ok";
      case "read":
        return this.#read(call.fd, call.length, null);
      case "pread":
        return this.#read(call.fd, call.length, call.at);
      case "write":
        return `${nodefs.writeSync(this.fd(call.fd), Buffer.from(call.text), 0, null, null)}`;
      case "pwrite":
        return `${nodefs.writeSync(this.fd(call.fd), Buffer.from(call.text), 0, null, call.at)}`;
      case "ftruncate":
        nodefs.ftruncateSync(this.fd(call.fd), call.size);
        return "ok";
      case "fchmod":
        nodefs.fchmodSync(this.fd(call.fd), call.mode);
        return "ok";
      case "fstat":
        return described(nodefs.fstatSync(this.fd(call.fd)));
      case "fsync":
        nodefs.fsyncSync(this.fd(call.fd));
        return "ok";
      case "close":
        nodefs.closeSync(this.fd(call.fd));
        return this.closed(call.fd);
    }
  }

  #read(fd: number, length: number, at: number | null): string {
    const into = new Uint8Array(length);
    return shown(into.subarray(0, nodefs.readSync(this.fd(fd), into, 0, length, at)));
  }

  close(): void {
    for (const fd of this.open) nodefs.closeSync(fd);
  }
}

const name = fc.constantFrom("a", "b", "d", "e", "l", "m");
/** Paths of one to three names, now and then with a slash behind, a dot, or two. */
const path = fc
  .tuple(fc.array(name, { minLength: 1, maxLength: 3 }), fc.constantFrom("", "", "", "", "", "/", "/."))
  .chain(([parts, end]) =>
    fc.constantFrom(
      `${parts.join("/")}${end}`,
      `${parts.join("/")}${end}`,
      `${parts.join("/")}${end}`,
      `${parts[0]}/../${parts.join("/")}`,
      `./${parts.join("//")}`,
    ),
  );
const target = fc.constantFrom("a", "b", "d", "d/e", "l", "m", "missing", "d/", "./a");
const { O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } =
  nodefs.constants;
const flags = fc
  .tuple(
    fc.constantFrom(O_RDONLY, O_WRONLY, O_RDWR, O_RDWR),
    fc.constantFrom(0, O_CREAT, O_CREAT, O_CREAT | O_EXCL, O_DIRECTORY),
    fc.constantFrom(0, 0, O_TRUNC),
    fc.constantFrom(0, 0, O_APPEND),
    fc.constantFrom(0, 0, O_NOFOLLOW),
  )
  .map((parts) => parts.reduce((all, part) => all | part, 0));
const mode = fc.constantFrom(0o600, 0o644, 0o755, 0o700, 0o666, 0o777);
const fd = fc.nat(7);
const text = fc.string({ unit: fc.constantFrom("x", "y", "z"), maxLength: 9 });
const at = fc.oneof(
  { weight: 4, arbitrary: fc.nat(30) },
  { weight: 1, arbitrary: fc.constantFrom(4096, 65_535, 65_536, 200_000) },
);
const of = <const C extends string>(...calls: C[]): fc.Arbitrary<C> => fc.constantFrom(...calls);

/** One random call. */
export const calls: fc.Arbitrary<Call> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ call: of("open"), path, flags, mode }) },
  { weight: 3, arbitrary: fc.record({ call: of("mkdir"), path, mode }) },
  { weight: 2, arbitrary: fc.record({ call: of("symlink"), path, target }) },
  { weight: 4, arbitrary: fc.record({ call: of("rename", "rename", "link"), path, to: path }) },
  { weight: 3, arbitrary: fc.record({ call: of("unlink", "rmdir"), path }) },
  { weight: 4, arbitrary: fc.record({ call: of("stat", "lstat", "readlink", "list", "access"), path }) },
  { weight: 1, arbitrary: fc.record({ call: of("chmod"), path, mode }) },
  { weight: 1, arbitrary: fc.record({ call: of("truncate"), path, size: at }) },
  { weight: 2, arbitrary: fc.record({ call: of("write"), fd, text }) },
  { weight: 2, arbitrary: fc.record({ call: of("pwrite"), fd, text, at }) },
  { weight: 2, arbitrary: fc.record({ call: of("read"), fd, length: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 1, arbitrary: fc.record({ call: of("pread"), fd, length: fc.integer({ min: 1, max: 12 }), at }) },
  { weight: 1, arbitrary: fc.record({ call: of("ftruncate"), fd, size: at }) },
  { weight: 1, arbitrary: fc.record({ call: of("fchmod"), fd, mode }) },
  { weight: 2, arbitrary: fc.record({ call: of("fstat", "close", "fsync"), fd }) },
);
