import { createInterface } from "node:readline";

/** A line that was typed; "end" where none will come, "interrupt" where it was given up. */
export type Line = { readonly line: string } | "end" | "interrupt";

/** Where the lines of a look come from: a terminal, or a file. */
export interface Lines extends Disposable {
  read(prompt: string): Promise<Line>;
}

export interface TypedOptions {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  /** What the last word of a line could become, and that word. */
  readonly complete: (line: string) => Promise<readonly [matches: string[], word: string]>;
  /** Ctrl-C while no line is waited for. */
  readonly interrupted: () => void;
}

/** Lines that were pasted and may wait to be read; what is beyond is dropped. */
const MOST_EARLY = 10_000;

/** Lines that a person types. */
export const typedLines = ({ input, output, complete, interrupted }: TypedOptions): Lines => {
  let waiting: ((line: Line) => void) | undefined;
  let ended = false;
  const early: string[] = [];
  const settle = (line: Line): void => {
    const to = waiting;
    waiting = undefined;
    to?.(line);
  };
  const readline = createInterface({
    input,
    output,
    terminal: true,
    completer: (line: string, done: (error: null, result: [string[], string]) => void) => {
      complete(line).then(
        ([matches, word]) => done(null, [matches, word]),
        () => done(null, [[], line]),
      );
    },
  });
  readline.on("line", (line) => {
    if (waiting !== undefined) settle({ line });
    else if (early.length < MOST_EARLY) early.push(line);
  });
  readline.on("SIGINT", () => {
    if (waiting === undefined) interrupted();
    else {
      // What was typed is wiped away: the line is begun anew.
      readline.write(null, { ctrl: true, name: "e" });
      readline.write(null, { ctrl: true, name: "u" });
      output.write("\n");
      settle("interrupt");
    }
  });
  readline.on("close", () => {
    ended = true;
    settle("end");
  });
  return {
    read: (prompt) => {
      const pasted = early.shift();
      if (pasted !== undefined) return Promise.resolve({ line: pasted });
      if (ended) return Promise.resolve("end");
      return new Promise((resolve) => {
        waiting = resolve;
        readline.setPrompt(prompt);
        readline.prompt();
      });
    },
    [Symbol.dispose]: () => readline.close(),
  };
};

/** Lines of a stream that is no terminal; all of it, up to `most` characters, is read at once. */
export const pipedLines = (input: AsyncIterable<Uint8Array | string>, most: number): Lines => {
  let lines: string[] | undefined;
  return {
    read: async () => {
      lines ??= await all(input, most);
      const line = lines.shift();
      return line === undefined ? "end" : { line };
    },
    [Symbol.dispose]: () => {},
  };
};

const all = async (input: AsyncIterable<Uint8Array | string>, most: number): Promise<string[]> => {
  let text = "";
  for await (const chunk of input) {
    text += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8");
    if (text.length > most) throw new Error(`more than ${most} characters of commands`);
  }
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
};
