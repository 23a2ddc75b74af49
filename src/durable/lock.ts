import { randomUUID } from "node:crypto";
import { linkSync, lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DurableError } from "../errors.js";

const NAME = "lock";
/** Bytes of one; whatever else is called so is none, and is removed. */
const LONGEST = 1024;

/** Who has a directory: a process, and when it began, since numbers of processes are used again. */
interface Holder {
  readonly pid: number;
  readonly began: string;
}

/** When a process began, as far as the system tells; undefined where there is none of that number. */
const beganAt = (pid: number): string | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name may have blanks and parentheses in it: fields are counted from its end. A zombie holds nothing.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return undefined;
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
    return `${boot} ${fields[19] ?? ""}`;
  } catch {
    if (process.platform === "linux") return undefined;
  }
  try {
    process.kill(pid, 0);
    return "";
  } catch (error) {
    const gone = error instanceof Error && "code" in error && error.code === "ESRCH";
    return gone ? undefined : "";
  }
};

const parse = (text: string): Holder | undefined => {
  const [pid, ...began] = text.trim().split(" ");
  return pid !== undefined && /^\d{1,10}$/.test(pid)
    ? { pid: Number(pid), began: began.join(" ") }
    : undefined;
};

const alive = ({ pid, began }: Holder): boolean => beganAt(pid) === began;

const read = (file: string): string | undefined => {
  try {
    const stats = lstatSync(file);
    return stats.isFile() && stats.size <= LONGEST ? readFileSync(file, "latin1") : "";
  } catch {
    return undefined;
  }
};

/** Directories that this process has: its own number does not tell one holder in it from another. */
const held = new Set<string>();

/**
 * Keeps other processes, and others in this one, from a directory. The lock of a process that has ended is taken over.
 */
export class Lock implements Disposable {
  readonly #file: string;
  readonly #directory: string;
  readonly #text: string;

  private constructor(directory: string, file: string, text: string) {
    this.#directory = directory;
    this.#file = file;
    this.#text = text;
  }

  /** `directory` as `realpath` has it. Throws DurableError where another holds it. */
  static take(directory: string): Lock {
    const file = join(directory, NAME);
    const own = join(directory, `${NAME}.${randomUUID()}`);
    const text = `${process.pid} ${beganAt(process.pid) ?? ""}\n`;
    if (held.has(directory)) throw locked(directory, process.pid);
    writeFileSync(own, text, { mode: 0o600, flag: "wx" });
    try {
      for (let tries = 0; tries < 10; tries += 1) {
        if (linked(own, file)) {
          held.add(directory);
          return new Lock(directory, file, text);
        }
        const before = read(file);
        const holder = before === undefined ? undefined : parse(before);
        if (holder !== undefined && alive(holder)) throw locked(directory, holder.pid);
        if (before !== undefined) remove(file, before);
      }
      throw locked(directory, 0);
    } finally {
      rmSync(own, { force: true });
    }
  }

  [Symbol.dispose](): void {
    if (!held.delete(this.#directory)) return;
    if (read(this.#file) === this.#text) rmSync(this.#file, { force: true });
  }
}

const linked = (own: string, file: string): boolean => {
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
};

/** Removes a lock that says what it said; another may have taken its place meanwhile, and gets it back. */
const remove = (file: string, text: string): void => {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  if (read(aside) !== text) linked(aside, file);
  rmSync(aside, { force: true });
};

const locked = (directory: string, pid: number): DurableError =>
  new DurableError(
    "locked",
    `${JSON.stringify(directory)} is in use by ${pid === 0 ? "another process" : `process ${pid}`}: wait for its end, or choose another directory`,
  );
