import { closeSync, existsSync, openSync, readSync, realpathSync } from "node:fs";
import { basename } from "node:path";
import { sallyportDialect } from "../dialects/sallyport.js";
import { wasiDialect } from "../dialects/wasi.js";
import type { Engine } from "../engine/engine.js";
import { executableEngine } from "../engine/executable.js";
import { wasmEngine } from "../engine/wasm.js";
import { OptionError } from "../errors.js";
import { joinServers } from "../wire/serve.js";
import { exportsOf } from "./exports.js";
import type { ProgramGuest, ProgramProcess, ProgramStart } from "./guest.js";

/** How the program sees itself. */
export interface WasiOptions {
  /** What the program sees as its own name. Default: the file's. */
  readonly argv0?: string;
  /** Its working directory, for programs that ask. Default: "/". */
  readonly cwd?: string;
}

const NANOSECONDS = 1e6;

/**
 * A WASI preview 1 command as a guest: a WebAssembly file with `_start`, or an executable that
 * `sallyport build` made of one.
 *
 * @throws OptionError where the file is neither
 */
export function wasi(file: string, options: WasiOptions = {}): ProgramGuest {
  const real = existsSync(file) ? realpathSync(file) : undefined;
  const form = real === undefined ? "missing" : formOf(real);
  if (real === undefined || form === "missing")
    throw new OptionError("program", `${JSON.stringify(file)} does not exist`);
  if (form === "other") {
    throw new OptionError(
      "program",
      `${JSON.stringify(file)} is neither WebAssembly nor an executable that \`sallyport build\` made`,
    );
  }
  if (form === "wasm" && exportsOf(real)?.has("_start") === false) {
    throw new OptionError(
      "program",
      `${JSON.stringify(file)} is no command: it exports no _start (a library, or a reactor that needs a host of its own)`,
    );
  }
  const engine: Engine = form === "wasm" ? wasmEngine() : executableEngine(real);
  return {
    kind: "wasi",
    argv0: options.argv0 ?? basename(file),
    cwd: options.cwd ?? "/",
    mounts: () => new Map(),
    start: (start) => startCommand(engine, real, start),
  };
}

type Form = "wasm" | "elf" | "other" | "missing";

function formOf(file: string): Form {
  const head = Buffer.alloc(8);
  const fd = openSync(file, "r");
  try {
    if (readSync(fd, head) < 8) return "other";
  } finally {
    closeSync(fd);
  }
  if (head.equals(Buffer.from("\0asm\x01\0\0\0", "latin1"))) return "wasm";
  return head.subarray(0, 4).equals(Buffer.from("\x7fELF", "latin1")) ? "elf" : "other";
}

async function startCommand(engine: Engine, file: string, start: ProgramStart): Promise<ProgramProcess> {
  const { kernel, mounted, memory, cpuSeconds, signal } = start;
  const preopens = mounted.map((path) => ({ name: path, path }));
  const guest = await engine.start({
    program: { kind: "command", file },
    memory,
    cpu: cpuSeconds,
    serve: joinServers(await wasiDialect(kernel, preopens), sallyportDialect(kernel)),
    ...(signal === undefined ? {} : { signal }),
  });
  return {
    pid: guest.pid,
    ended: guest.ended,
    kill: (reason) => guest.kill(reason),
    cpuTime: () => {
      const time = guest.cpuTime();
      return time === undefined ? undefined : Number(time) / NANOSECONDS;
    },
    peak: () => guest.memory()?.peak,
  };
}
