import type { End } from "../engine/engine.js";
import type { FileSystem } from "../fs/filesystem.js";
import type { IdentityOptions } from "../kernel/identity.js";
import type { Kernel } from "../kernel/kernel.js";

/** What a program is started with. */
export interface ProgramStart {
  readonly kernel: Kernel;
  /** Guest paths of the file systems that the sandbox's owner mounted. */
  readonly mounted: readonly string[];
  /** Arguments after the program's own name. */
  readonly args: readonly string[];
  /** Bytes: of linear memory, or of address space where the program has none. */
  readonly memory: number;
  /** CPU seconds after which the system itself ends it; 0: none. */
  readonly cpuSeconds: number;
  readonly signal: AbortSignal | undefined;
}

/** How a program's process ended: as guests do, or as the program itself says. */
export type ProgramEnd =
  | End
  | { readonly kind: "memory"; readonly message: string }
  | { readonly kind: "fatal"; readonly message: string };

/** A program's running process. */
export interface ProgramProcess {
  readonly pid: number;
  /** Never rejects. */
  readonly ended: Promise<ProgramEnd>;
  kill(reason: string): void;
  /** CPU time so far, in milliseconds; undefined where it cannot be told. */
  cpuTime(): number | undefined;
  /** The most memory it had resident, in bytes. */
  peak(): number | undefined;
}

/** A guest that is a program: it runs from its start to its end. Made by `wasi()` and `rpython()`. */
export interface ProgramGuest {
  readonly kind: "wasi" | "rpython";
  /** What the program sees as its own name. */
  readonly argv0: string;
  /** Its working directory, unless the options say otherwise. */
  readonly cwd: string;
  readonly identity?: IdentityOptions;
  /** File systems that it brings along, beneath those of the options. */
  mounts(): ReadonlyMap<string, FileSystem>;
  /** The arguments with which it executes code given as text; undefined if it is no interpreter. */
  readonly codeArguments?: (code: string) => readonly string[];
  start(start: ProgramStart): Promise<ProgramProcess>;
}
