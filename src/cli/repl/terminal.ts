import { createInterface, type Interface } from "node:readline";
import { historyFile, readHistory, writeHistory } from "./history.js";

/** What the word before the cursor could become: readline's form. */
export type Complete = (line: string) => Promise<readonly [matches: string[], word: string]>;

export interface TerminalOptions {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly complete: Complete;
  /** Ctrl-C while nobody waits for a line. */
  readonly interrupted: () => void;
}

/** Why a line was not read. */
export type NoLine = "end" | "interrupt";

/** Lines of a paste that may wait to be read; what is beyond is dropped. */
const MOST_PENDING = 100_000;

/** Lines from a terminal, with editing, history and completion. */
export class LineTerminal implements Disposable {
  readonly #readline: Interface;
  readonly #output: NodeJS.WriteStream;
  readonly #history = historyFile();
  readonly #lines: string[];
  #waiting: ((line: string | NoLine, isLine: boolean) => void) | undefined;
  /** What was pasted and is still to be read. */
  readonly #pending: string[] = [];
  #ended = false;

  constructor(options: TerminalOptions) {
    this.#output = options.output;
    this.#lines = readHistory(this.#history);
    this.#readline = createInterface({
      input: options.input,
      output: options.output,
      terminal: true,
      history: [...this.#lines],
      historySize: 1000,
      removeHistoryDuplicates: true,
      tabSize: 4,
      completer: (line: string, done: (error: null, result: [string[], string]) => void) => {
        options.complete(line).then(
          ([matches, word]) => done(null, [matches, word]),
          () => done(null, [[], line]),
        );
      },
    });
    this.#readline.on("line", (line) => {
      if (this.#waiting !== undefined) this.#settle(line, true);
      else if (this.#pending.length < MOST_PENDING) this.#pending.push(line);
    });
    this.#readline.on("history", (history) => {
      this.#lines.splice(0, this.#lines.length, ...history);
    });
    this.#readline.on("close", () => {
      this.#ended = true;
      this.#settle("end", false);
    });
    this.#readline.on("SIGINT", () => {
      this.#pending.length = 0;
      if (this.#waiting === undefined) options.interrupted();
      else this.#settle("interrupt", false);
    });
  }

  /** Reads a line; `prefill` stands in it already. */
  read(prompt: string, prefill = ""): Promise<{ readonly line: string } | NoLine> {
    const pasted = this.#pending.shift();
    if (pasted !== undefined) return Promise.resolve({ line: pasted });
    if (this.#ended) return Promise.resolve("end");
    return new Promise((resolve) => {
      this.#waiting = (answer, isLine) => {
        if (isLine) resolve({ line: answer });
        else resolve(answer === "end" ? "end" : "interrupt");
      };
      this.#readline.setPrompt(prompt);
      this.#readline.prompt();
      if (prefill !== "") this.#readline.write(prefill);
    });
  }

  /** Clears what was typed into an interrupted line. */
  discard(): void {
    this.#output.write("\n");
    this.#readline.setPrompt("");
    this.#readline.write(null, { ctrl: true, name: "e" });
    this.#readline.write(null, { ctrl: true, name: "u" });
  }

  [Symbol.dispose](): void {
    writeHistory(this.#history, this.#lines);
    this.#readline.close();
  }

  #settle(answer: string, isLine: boolean): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(answer, isLine);
  }
}
