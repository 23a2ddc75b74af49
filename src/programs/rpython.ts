import { existsSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseSize, type Size } from "../checks/units.js";
import { RpythonProcess, type RpythonVersion } from "../dialects/rpython/process.js";
import { cpuTimeOf, memoryOf } from "../engine/figures.js";
import { ARTIFACTS, findPrebuilt } from "../engine/prebuilt.js";
import { EngineError, OptionError } from "../errors.js";
import { directory } from "../fs/directory/directory.js";
import type { FileSystem } from "../fs/filesystem.js";
import { hostFile } from "../fs/host-file.js";
import type { ProgramEnd, ProgramGuest, ProgramProcess, ProgramStart } from "./guest.js";

/** Which executable, and how it is confined. */
export interface RpythonOptions {
  /** A real executable that RPython translated with `--sandbox`, such as `pypy-c-sandbox`. */
  readonly executable: string;
  /** The folder that holds `lib-python` and `lib_pypy`. Default: looked for beside the executable, and above it. */
  readonly libraries?: string;
  /** The child's own limit on its heap, given to it as `--heapsize`: 64 KiB to 64 GiB. Default: none. */
  readonly heapsize?: Size;
  /** Which protocol it speaks. Default: taken from its first byte. */
  readonly version?: RpythonVersion;
  /**
   * Confinement from outside by the launcher: seccomp, Landlock, limits. "auto" uses it where it runs
   * (Linux on x64), "require" fails elsewhere, "none" trusts the executable to be what it says. Default: "auto".
   */
  readonly launcher?: "auto" | "require" | "none";
  /** Called with the name of each function that the child asks for and nobody knows. */
  readonly onUnknown?: (name: string) => void;
}

/** The virtual path of the executable. */
const ARGV0 = "/bin/pypy-c";
const LIBRARIES = ["lib-python", "lib_pypy"] as const;
const HEAP = { min: 64 << 10, max: 64 * 2 ** 30 };
const NANOSECONDS = 1e6;

/**
 * PyPy's own sandbox as a guest: an executable that RPython translated with `--sandbox`.
 *
 * It sees itself at /bin/pypy-c, its libraries at /bin/lib-python and /bin/lib_pypy, read-only, and works in /tmp.
 *
 * @throws OptionError where the executable is no file, or a size is none
 */
export function rpython(options: RpythonOptions): ProgramGuest {
  const executable = realFile(options.executable);
  const heapsize = options.heapsize === undefined ? undefined : parseSize(options.heapsize, "heapsize", HEAP);
  const libraries = options.libraries ?? findLibraries(executable);
  return {
    kind: "rpython",
    argv0: ARGV0,
    cwd: "/tmp",
    identity: { uname: { machine: "x86_64" } },
    codeArguments: (code) => ["-c", code],
    mounts: () => mountsOf(executable, libraries),
    start: async (start) => startChild(executable, heapsize, options, start),
  };
}

function realFile(path: string): string {
  const found = existsSync(path) ? realpathSync(path) : undefined;
  if (found === undefined || !statSync(found).isFile()) {
    throw new OptionError(
      "executable",
      `${JSON.stringify(path)} is no file; give an RPython executable translated with --sandbox`,
    );
  }
  return found;
}

/** As PyPy itself looks: the nearest folder upwards that has both libraries. */
function findLibraries(executable: string): string | undefined {
  for (let at = dirname(executable); ; at = dirname(at)) {
    if (LIBRARIES.every((name) => existsSync(join(at, name)))) return at;
    if (at === dirname(at)) return undefined;
  }
}

function mountsOf(executable: string, libraries: string | undefined): ReadonlyMap<string, FileSystem> {
  const mounts = new Map<string, FileSystem>([[ARGV0, hostFile(executable, { mode: 0o755 })]]);
  if (libraries === undefined) return mounts;
  for (const name of LIBRARIES) {
    mounts.set(
      `/bin/${name}`,
      directory(join(libraries, name), { exclude: ["**/*.pyc", "**/*.pyo"], uid: 0, gid: 0 }),
    );
  }
  return mounts;
}

function findLauncher(wanted: RpythonOptions["launcher"]): string | undefined {
  if (wanted === "none") return undefined;
  const supported = process.platform === "linux" && process.arch === "x64";
  if (supported) return findPrebuilt().artifact(ARTIFACTS.launcher).path;
  if (wanted !== "require") return undefined;
  throw new EngineError(
    "ERR_ENGINE_MISSING",
    `the launcher needs Linux on x64, this is ${process.platform} on ${process.arch}`,
  );
}

function startChild(
  executable: string,
  heapsize: number | undefined,
  options: RpythonOptions,
  { kernel, args, memory, cpuSeconds }: ProgramStart,
): ProgramProcess {
  const child = new RpythonProcess({
    launcher: findLauncher(options.launcher),
    executable,
    argv0: ARGV0,
    args: heapsize === undefined ? args : ["--heapsize", String(heapsize), ...args],
    version: options.version ?? "auto",
    addressSpace: memory,
    cpuSeconds: cpuSeconds === 0 ? undefined : cpuSeconds,
    calls: kernel.operations,
    ...(options.onUnknown === undefined ? {} : { unknown: options.onUnknown }),
  });
  const { pid } = child;
  if (pid === undefined) throw new EngineError("ERR_ENGINE_START", `${executable} cannot be executed`);
  let cpu: number | undefined;
  let peak: number | undefined;
  const look = (): void => {
    const time = cpuTimeOf(pid);
    cpu = time === undefined ? cpu : Number(time) / NANOSECONDS;
    peak = memoryOf(pid)?.peak ?? peak;
  };
  const ended: Promise<ProgramEnd> = child.ended.then(
    (end): ProgramEnd => (end.kind === "protocol" ? { kind: "breach", error: end.error } : end),
  );
  return {
    pid,
    ended: ended.catch((error: unknown): ProgramEnd => ({ kind: "failed", error })),
    kill: (reason) => {
      look();
      child.kill(reason);
    },
    cpuTime: () => {
      look();
      return cpu;
    },
    peak: () => {
      look();
      return peak;
    },
  };
}
