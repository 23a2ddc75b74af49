import { createWriteStream } from "node:fs";
import { type Command, Option } from "commander";
import { formatDuration } from "../checks/units.js";
import { rpython } from "../programs/rpython.js";
import { EXIT } from "./exit-codes.js";
import { addSandboxOptions } from "./flags.js";
import { parseMount } from "./mounts.js";
import { type ProgramFlags, runProgramGuest, withConfig } from "./program-guest.js";
import { escapeText } from "./terminal.js";

interface PypyFlags extends ProgramFlags {
  readonly heapsize?: string;
  readonly tmp?: string;
  readonly lib?: string;
  readonly log?: string;
  readonly verbose?: boolean;
  readonly protocol: "auto" | "1" | "2";
  readonly launcher: "auto" | "require" | "none";
}

const EXAMPLES = `
Examples:
  $ sallyport pypy ./pypy-c-sandbox                             PyPy's prompt, confined
  $ sallyport pypy --tmp ./scripts ./pypy-c-sandbox x.py        a script of a folder that is read-only at /tmp
  $ sallyport pypy --heapsize 64m --timeout 10s ./pypy-c-sandbox -c 'print 42'

The program sees itself at /bin/pypy-c, its libraries at /bin/lib-python and /bin/lib_pypy, works in /tmp, and has an
empty environment. Time that it waits for input does not count for --timeout.
`;

/** Adds `sallyport pypy`: PyPy's own sandboxed executables, and others that RPython translated. */
export const addPypy = (root: Command, done: (exitCode: number) => void): void => {
  addSandboxOptions(root.command("pypy"))
    .summary("run PyPy's own sandbox")
    .description("Run an executable that RPython translated with --sandbox, such as pypy-c-sandbox.")
    .argument("<executable>", "the executable, of the host's")
    .argument("[args...]", "its arguments; none: its interactive prompt")
    .passThroughOptions()
    .option("--heapsize <size>", "the program's own limit on its heap (as 64m, 1g)")
    .option("--tmp <dir>", "show this directory, read-only, at /tmp")
    .option("--lib <dir>", "the folder of lib-python and lib_pypy (default: found beside the executable)")
    .option("--stdin <file>", "what it reads from stdin (default: this command's)")
    .option("--log <file>", "append what is typed to this file")
    .option("--verbose", "show every operation on stderr: --trace -")
    .option("--json", "print the outcome as one JSON object instead of the output")
    .addOption(
      new Option("--protocol <version>", "which protocol it speaks")
        .choices(["auto", "1", "2"])
        .default("auto"),
    )
    .addOption(
      new Option("--launcher <when>", "confine it from outside")
        .choices(["auto", "require", "none"])
        .default("auto"),
    )
    .addHelpText("after", EXAMPLES)
    .action(async (executable: string, args: string[], given: PypyFlags) => {
      done(await pypy(executable, args, await withConfig(given)));
    });
};

const pypy = async (executable: string, args: readonly string[], flags: PypyFlags): Promise<number> => {
  const guest = rpython({
    executable,
    launcher: flags.launcher,
    version: flags.protocol === "auto" ? "auto" : flags.protocol === "1" ? 1 : 2,
    ...(flags.lib === undefined ? {} : { libraries: flags.lib }),
    ...(flags.heapsize === undefined ? {} : { heapsize: sizeOf(flags.heapsize) }),
    onUnknown: (name) => {
      process.stderr.write(`sallyport: the program asks for an unknown function: ${escapeText(name)}\n`);
    },
  });
  const typed = new TypedInput(flags.log);
  const limit = new ActiveTime(flags.timeout, () => typed.waited());
  const { timeout: _, ...rest } = flags;
  const mount =
    flags.tmp === undefined ? flags.mount : [...flags.mount, parseMount(`${flags.tmp}:/tmp:ro`, "--tmp")];
  const all: ProgramFlags = {
    ...rest,
    mount,
    ...(flags.verbose === true ? { trace: flags.trace ?? "-" } : {}),
  };
  return runProgramGuest(guest, args, all, {
    input: (stdin) => typed.wrap(stdin),
    began: (kill) => limit.begin(kill),
    verdict: () => limit.verdict(),
  });
};

/** As PyPy's own controller takes it: "64m" is 64 MiB. */
const sizeOf = (text: string): `${number}K` | `${number}M` | `${number}G` | number => {
  const [, digits = "", unit = ""] = /^(\d+)([kmg]?)$/i.exec(text) ?? [];
  const value = Number(digits === "" ? Number.NaN : digits);
  switch (unit.toLowerCase()) {
    case "k":
      return `${value}K`;
    case "m":
      return `${value}M`;
    case "g":
      return `${value}G`;
    default:
      return value;
  }
};

/** The guest's stdin, which knows how long the guest has waited for it, and keeps a log. */
class TypedInput {
  readonly #log: string | undefined;
  #waited = 0;
  #since: number | undefined;

  constructor(log: string | undefined) {
    this.#log = log;
  }

  /** Milliseconds so far. */
  waited(): number {
    return this.#waited + (this.#since === undefined ? 0 : performance.now() - this.#since);
  }

  async *wrap(
    input: string | Uint8Array | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
  ): AsyncGenerator<string | Uint8Array> {
    if (typeof input === "string" || input instanceof Uint8Array) {
      yield input;
      return;
    }
    const log = this.#log === undefined ? undefined : createWriteStream(this.#log, { flags: "a" });
    const iterator = Symbol.asyncIterator in input ? input[Symbol.asyncIterator]() : input[Symbol.iterator]();
    try {
      for (;;) {
        this.#since = performance.now();
        const next = await iterator.next();
        this.#waited = this.waited();
        this.#since = undefined;
        if (next.done === true) return;
        log?.write(next.value);
        yield next.value;
      }
    } finally {
      log?.end();
      await iterator.return?.();
    }
  }
}

/** A limit on time in which waiting for input does not count. */
class ActiveTime {
  readonly #limit: number | undefined;
  readonly #waited: () => number;
  #over = false;

  constructor(limit: number | undefined, waited: () => number) {
    this.#limit = limit;
    this.#waited = waited;
  }

  begin(kill: () => void): () => void {
    const limit = this.#limit;
    if (limit === undefined) return () => undefined;
    const began = performance.now();
    let timer: NodeJS.Timeout;
    const look = (): void => {
      const left = limit - (performance.now() - began - this.#waited());
      if (left > 0) timer = setTimeout(look, Math.max(10, left));
      else {
        this.#over = true;
        kill();
      }
    };
    timer = setTimeout(look, limit);
    return () => clearTimeout(timer);
  }

  verdict(): { readonly code: number; readonly message: string } | undefined {
    if (!this.#over || this.#limit === undefined) return undefined;
    return { code: EXIT.time, message: `The time limit of ${formatDuration(this.#limit)} was reached` };
  }
}
