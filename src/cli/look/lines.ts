import type { NoLine } from "../repl/terminal.js";

/** Where the lines of a look come from: a terminal, or a file. */
export interface Lines extends Disposable {
  read(prompt: string): Promise<{ readonly line: string } | NoLine>;
}

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
