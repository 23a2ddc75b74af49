import type { Observer } from "../../kernel/observe.js";
import type { RunResult, Usage } from "../../result.js";
import { Sandbox } from "../../sandbox.js";
import type { Run } from "../../session/run.js";
import { reasonOf } from "../../wire/thrown.js";
import { loadConfig, mergeFlags } from "../config.js";
import type { SandboxFlags } from "../flags.js";
import { run as runProgram } from "../run.js";
import { sandboxOptions } from "../sandbox.js";
import { escapeLines, escapeText, painter, wantsColor } from "../terminal.js";
import { textLine } from "../trace.js";
import { version } from "../version.js";
import { writeTo } from "../write.js";
import { COMMANDS } from "./commands.js";
import { LineTerminal } from "./terminal.js";
import { paintTraceback } from "./traceback.js";
import { addUsage, NO_USAGE } from "./usage.js";

/** `sallyport` alone: an interactive Python on a terminal, a program from stdin elsewhere. */
export const repl = async (given: SandboxFlags): Promise<number> => {
  if (process.stdin.isTTY !== true) return runProgram("-", [], given);
  const flags = mergeFlags(await loadConfig(given.config, process.cwd()), given);
  const session = new Repl(flags);
  return session.interact();
};

class Repl {
  readonly #flags: SandboxFlags;
  readonly #paint = painter(wantsColor(process.stdout));
  #sandbox: Sandbox | undefined;
  #running: Run<unknown> | undefined;
  #usage: Usage = NO_USAGE;
  #tracing: boolean;
  /** The exit code, once `exit()` was called. */
  #left: number | undefined;
  /** How often Ctrl-C was pressed during this run. */
  #interrupts = 0;
  /** What the guest has printed since the last newline: readline would wipe it away, were it not its prompt. */
  #unfinished = "";

  constructor(flags: SandboxFlags) {
    this.#flags = flags;
    this.#tracing = flags.trace === "-";
  }

  async interact(): Promise<number> {
    const sandbox = await this.#start();
    const { value } = await sandbox
      .run<string>("import sys; sys.version.split()[0]")
      .then((result) => (result.ok ? result : { value: "?" }));
    this.#print(
      `${this.#paint("bold", "Sallyport")} ${version()}: Python ${escapeText(String(value))}, confined (${sandbox.engine}). ` +
        `${this.#paint("cyan", "!help")} for more, Ctrl-D to leave.`,
    );
    using terminal = new LineTerminal({
      input: process.stdin,
      output: process.stdout,
      complete: (text) => this.#complete(text),
      interrupted: () => this.#interrupt(),
    });
    for (;;) {
      const source = await this.#readSource(terminal);
      if (source === undefined) break;
      if (source.trim() === "") continue;
      await this.#handle(LEAVES.test(source) ? `${source.trim()}()` : source, terminal);
      if (this.#left !== undefined) break;
    }
    if (this.#left === undefined) this.#print("");
    await this.#sandbox?.close();
    return this.#left ?? 0;
  }

  /** One whole input, of as many lines as it takes; undefined at the end. */
  async #readSource(terminal: LineTerminal): Promise<string | undefined> {
    const answer = await terminal.read(this.#paint("green", ">>> "), {
      more: this.#paint("green", "... "),
      accept: (text) => this.#accept(text),
    });
    if (answer === "end") return undefined;
    if (answer !== "interrupt") return answer.line;
    this.#print(this.#paint("dim", "KeyboardInterrupt"));
    return "";
  }

  /** A block ends with an empty line, anything else where it is complete. */
  async #accept(text: string): Promise<{ readonly whole: boolean; readonly indent: string }> {
    if (text.startsWith("!") || text.trim() === "") return { whole: true, indent: "" };
    const lines = text.split("\n");
    const ended = lines.length > 1 && (lines.at(-1) ?? "").trim() === "";
    const sandbox = await this.#live();
    const { state, indent } = await sandbox.check(`${(ended ? lines.slice(0, -1) : lines).join("\n")}\n`);
    const block = lines.length > 1 && BLOCK.test(text);
    return { whole: state !== "incomplete" && (ended || !block), indent };
  }

  async #handle(source: string, terminal: LineTerminal): Promise<void> {
    try {
      if (!source.startsWith("!")) await this.#run(source, undefined, terminal);
      else await this.#command(source.slice(1).trim(), terminal);
    } catch (error) {
      this.#print(this.#paint("red", escapeLines(reasonOf(error))));
    }
  }

  async #command(text: string, terminal: LineTerminal): Promise<void> {
    const [name = "", ...rest] = text.split(" ");
    const command = COMMANDS.get(name);
    if (command === undefined) {
      this.#print(this.#paint("red", `there is no !${escapeText(name)}; !help lists what there is`));
      return;
    }
    await command.action(rest.join(" ").trim(), {
      sandbox: await this.#live(),
      paint: this.#paint,
      print: (line) => this.#print(line),
      usage: this.#usage,
      toggleTrace: () => {
        this.#tracing = !this.#tracing;
        return this.#tracing;
      },
      reset: async () => {
        await this.#sandbox?.close();
        await this.#start();
      },
      run: (code, file) => this.#run(code, file, terminal),
    });
  }

  async #run(source: string, name: string | undefined, terminal: LineTerminal): Promise<void> {
    const sandbox = await this.#live();
    this.#interrupts = 0;
    this.#unfinished = "";
    this.#running = sandbox.run(source, {
      result: "repr",
      capture: false,
      stdin: this.#typedLines(terminal),
      onStdout: (chunk) => this.#pass(chunk, toStdout),
      onStderr: (chunk) => this.#pass(chunk, toStderr),
      onDisplay: ({ data }) => {
        const text = data.get("text/plain");
        if (typeof text === "string") this.#print(escapeLines(text));
      },
      ...(name === undefined ? {} : { name }),
    });
    try {
      const result = await this.#running;
      if (this.#unfinished !== "") this.#print("");
      this.#show(result);
      if (result.status === "exit" && sandbox.closed === undefined) this.#left = result.code;
    } finally {
      this.#running = undefined;
    }
  }

  #pass(
    chunk: Uint8Array,
    write: (chunk: Uint8Array) => Promise<void> | undefined,
  ): Promise<void> | undefined {
    this.#unfinished = unfinishedLine(this.#unfinished, chunk);
    return write(chunk);
  }

  #show(result: RunResult): void {
    this.#usage = addUsage(this.#usage, result.usage);
    if (result.status === "exit") return;
    if (result.ok) {
      if (typeof result.value === "string") this.#print(escapeLines(result.value));
    } else if (result.error.traceback === "") {
      this.#print(
        this.#paint("red", `${escapeText(result.error.type)}: ${escapeLines(result.error.message)}`),
      );
    } else this.#print(paintTraceback(result.error.traceback, this.#paint).trimEnd());
  }

  /** What the guest reads from stdin is asked for on the terminal, line by line. */
  async *#typedLines(terminal: LineTerminal): AsyncGenerator<string, void, undefined> {
    for (;;) {
      const answer = await terminal.read(this.#unfinished, { plain: true });
      if (typeof answer === "string") {
        if (answer === "interrupt") this.#interrupt();
        return;
      }
      this.#unfinished = "";
      yield `${answer.line}\n`;
    }
  }

  async #complete(text: string): Promise<readonly [readonly string[], string]> {
    if (text.startsWith("!")) {
      const names = [...COMMANDS.keys()].map((name) => `!${name}`);
      return [names.filter((name) => name.startsWith(text)), text];
    }
    const sandbox = await this.#live();
    const { start, matches } = await sandbox.complete(text);
    return [matches.map((match) => escapeText(match.text)), [...text].slice(start).join("")];
  }

  #interrupt(): void {
    this.#interrupts++;
    if (this.#interrupts === 1) this.#running?.interrupt();
    else this.#running?.kill();
  }

  /** The guest; a fresh one where the last has died. */
  async #live(): Promise<Sandbox> {
    const sandbox = this.#sandbox;
    if (sandbox !== undefined && sandbox.closed === undefined) return sandbox;
    if (sandbox !== undefined) {
      this.#print(
        this.#paint(
          "yellow",
          `The guest is gone (${escapeText(sandbox.closed ?? "")}); this is a fresh one.`,
        ),
      );
    }
    return this.#start();
  }

  async #start(): Promise<Sandbox> {
    const observe: Observer = (observed) => {
      if (this.#tracing) process.stderr.write(`${textLine(observed, this.#paint)}\n`);
    };
    const { rows, columns } = process.stdout;
    this.#sandbox = await Sandbox.create({
      ...sandboxOptions(this.#flags, observe),
      terminal: { rows: rows ?? 24, columns: columns ?? 80 },
    });
    return this.#sandbox;
  }

  #print(text: string): void {
    process.stdout.write(`${text}\n`);
  }
}

/** What leaves as it is, as in Python's own. */
const LEAVES = /^\s*(?:exit|quit)\s*$/;

/** How a statement with a block begins. */
const BLOCK = /^\s*(?:@|(?:async|class|def|for|if|match|try|while|with)\b)/;

const toStdout = writeTo(process.stdout);
const toStderr = writeTo(process.stderr);

const unfinishedLine = (before: string, chunk: Uint8Array): string => {
  const text = before + new TextDecoder().decode(chunk);
  return escapeText(text.slice(text.lastIndexOf("\n") + 1)).slice(-200);
};
