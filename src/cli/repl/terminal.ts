import { emitKeypressEvents } from "node:readline";
import { History, historyFile } from "./history.js";
import { inColumns, Screen } from "./screen.js";
import { EditedText } from "./text.js";

/** What the word before the cursor could become, and the word. */
export type Complete = (text: string) => Promise<readonly [matches: readonly string[], word: string]>;

export interface TerminalOptions {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly complete: Complete;
  /** Ctrl-C while nobody waits for an input. */
  readonly interrupted: () => void;
}

/** Why nothing was read. */
export type NoLine = "end" | "interrupt";

/** Whether an input is whole; if not, what the next line may start with. */
export type Accept = (text: string) => Promise<{ readonly whole: boolean; readonly indent: string }>;

export interface ReadOptions {
  /** Before further lines. */
  readonly more?: string;
  /** Default: an input is one line. */
  readonly accept?: Accept;
  /** Without history and completion: what is typed is not for us. Default: false. */
  readonly plain?: boolean;
}

interface Reading extends ReadOptions {
  readonly prompt: string;
  readonly settle: (answer: { readonly line: string } | NoLine) => void;
}

interface Key {
  readonly text: string;
  /** As "ctrl-a", "meta-b", "up"; empty for what is only text. */
  readonly name: string;
}

/** Keys that may wait while nobody reads; what is beyond is dropped. */
const MOST_KEYS = 1_000_000;
const MOST_MATCHES = 100;

/** Inputs of several lines from a terminal, with editing, history, search and completion. */
export class LineTerminal implements Disposable {
  readonly #options: TerminalOptions;
  readonly #screen: Screen;
  readonly #history = new History(historyFile());
  readonly #keys: Key[] = [];
  readonly #listener = (text: string | undefined, key: KeyEvent): void => this.#pressed(toKey(text, key));
  readonly #resized = (): void => this.#draw();
  readonly #closed = (): void => {
    this.#ended = true;
    this.#reading?.settle("end");
  };
  #text = new EditedText();
  #reading: Reading | undefined;
  #busy = false;
  #pasting = false;
  #ended = false;
  /** Which entry of the history is shown, and what was typed before. */
  #shown: { index: number; readonly typed: string } | undefined;
  #search: { query: string; index: number } | undefined;

  constructor(options: TerminalOptions) {
    this.#options = options;
    this.#screen = new Screen(options.output);
    const { input, output } = options;
    emitKeypressEvents(input);
    input.setRawMode(true);
    input.on("keypress", this.#listener);
    input.once("end", this.#closed);
    output.on("resize", this.#resized);
    // Pasted text comes between marks.
    output.write("\u001b[?2004h");
    input.resume();
  }

  read(prompt: string, options: ReadOptions = {}): Promise<{ readonly line: string } | NoLine> {
    if (this.#ended) return Promise.resolve("end");
    return new Promise((resolve) => {
      this.#text = new EditedText();
      this.#shown = undefined;
      this.#reading = {
        ...options,
        prompt,
        settle: (answer) => {
          this.#reading = undefined;
          resolve(answer);
        },
      };
      this.#draw();
      void this.#work();
    });
  }

  [Symbol.dispose](): void {
    const { input, output } = this.#options;
    input.off("keypress", this.#listener);
    input.off("end", this.#closed);
    output.off("resize", this.#resized);
    output.write("\u001b[?2004l");
    input.setRawMode(false);
    input.pause();
  }

  #pressed(key: Key): void {
    if (key.name === "ctrl-c" && this.#reading === undefined) {
      this.#keys.length = 0;
      this.#options.interrupted();
    } else if (this.#keys.length < MOST_KEYS) {
      this.#keys.push(key);
      void this.#work();
    }
  }

  /** Does what the keys say, one after the other. */
  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      while (this.#reading !== undefined) {
        const key = this.#keys.shift();
        if (key === undefined) break;
        const reading = this.#reading;
        await this.#do(key, reading);
        if (this.#reading === reading && (this.#keys.length === 0 || this.#keys.length % 1000 === 0)) {
          this.#draw();
        }
      }
    } finally {
      this.#busy = false;
    }
  }

  async #do(key: Key, reading: Reading): Promise<void> {
    if (key.name === "paste-start") this.#pasting = true;
    else if (key.name === "paste-end") this.#pasting = false;
    else if (this.#pasting) this.#text.insert(key.text.replaceAll("\r", "\n").replaceAll("\t", "    "));
    else if (this.#search !== undefined && this.#searching(this.#search, key)) return;
    else if (key.name === "enter") await this.#enter(reading);
    else if (key.name === "tab") await this.#complete(reading);
    else if (key.name === "ctrl-c" || (key.name === "ctrl-d" && this.#text.text === "")) {
      this.#screen.leave();
      reading.settle(key.name === "ctrl-c" ? "interrupt" : "end");
    } else if (key.name === "ctrl-r") this.#search = { query: "", index: this.#history.length };
    else if (key.name === "ctrl-l") {
      this.#options.output.write("\u001b[2J\u001b[H");
      this.#screen.reset();
    } else if (!this.#move(key.name)) {
      const edit = EDITS.get(key.name);
      if (edit !== undefined) edit(this.#text);
      else if (key.name === "" && isPrintable(key.text)) this.#text.insert(key.text);
    }
  }

  async #enter(reading: Reading): Promise<void> {
    const { text } = this.#text;
    const breaks = reading.accept !== undefined && !this.#text.onLastLine;
    const { whole, indent } = breaks
      ? { whole: false, indent: /^\s*/.exec(this.#text.lineBefore)?.[0] ?? "" }
      : ((await reading.accept?.(text).catch(() => undefined)) ?? { whole: true, indent: "" });
    if (whole) {
      const line = text.trimEnd() === "" ? "" : text.replace(/(?:\n[ \t]*)+$/, "");
      this.#text.set(line);
      this.#draw();
      this.#screen.leave();
      if (reading.plain !== true) this.#history.add(line);
      reading.settle({ line: reading.plain === true ? text : line });
      return;
    }
    if (!breaks) this.#text.end();
    // What is typed this fast is pasted, and has its own indentation.
    this.#text.insert(`\n${this.#keys.length > 0 ? "" : indent}`);
  }

  /** Through the lines, and beyond them through the history. */
  #move(name: string): boolean {
    if (name === "up" || name === "ctrl-p") {
      if (!this.#text.up()) this.#recall(-1);
    } else if (name === "down" || name === "ctrl-n") {
      if (!this.#text.down()) this.#recall(1);
    } else return false;
    return true;
  }

  #recall(step: number): void {
    if (this.#reading === undefined || this.#reading.plain === true) return;
    const { index, typed } = this.#shown ?? { index: this.#history.length, typed: this.#text.text };
    const next = index + step;
    if (next < 0 || next > this.#history.length) return;
    this.#shown = { index: next, typed };
    this.#text.set(this.#history.at(next) ?? typed);
  }

  /** Answers whether the key was for the search, which else has found what there is. */
  #searching(search: { query: string; index: number }, { name, text }: Key): boolean {
    if (name === "ctrl-r") search.index = this.#history.search(search.query, search.index);
    else if (name === "backspace") search.query = search.query.slice(0, -1);
    else if (name === "" && isPrintable(text)) search.query += text;
    else {
      this.#search = undefined;
      return name === "ctrl-c" || name === "ctrl-g" || name === "escape";
    }
    if (name !== "ctrl-r") search.index = this.#history.search(search.query, this.#history.length);
    const found = this.#history.at(search.index);
    if (found !== undefined) this.#text.set(found);
    return true;
  }

  async #complete(reading: Reading): Promise<void> {
    if (reading.plain === true || this.#text.lineBefore.trim() === "") {
      this.#text.insert("    ");
      return;
    }
    const [matches, word] = await this.#options.complete(this.#text.before).catch(() => NOTHING);
    const [first = ""] = matches;
    const common = matches.reduce(sharedStart, first);
    if (common.length > word.length && common.startsWith(word)) this.#text.insert(common.slice(word.length));
    else if (matches.length > 1) {
      this.#screen.leave();
      const more = matches.length > MOST_MATCHES ? `\r\n… and ${matches.length - MOST_MATCHES} more` : "";
      const { columns } = this.#options.output;
      this.#options.output.write(`${inColumns(matches.slice(0, MOST_MATCHES), columns)}${more}\r\n`);
    }
  }

  #draw(): void {
    const reading = this.#reading;
    if (reading === undefined) return;
    const prompt = this.#search === undefined ? reading.prompt : `(search: ${this.#search.query}) `;
    const { text, cursor } = this.#text;
    this.#screen.draw({ prompt, more: reading.more ?? "", text, cursor });
  }
}

const NOTHING = [[], ""] as const;

const EDITS: ReadonlyMap<string, (text: EditedText) => void> = new Map([
  ["left", (text) => text.left()],
  ["ctrl-b", (text) => text.left()],
  ["right", (text) => text.right()],
  ["ctrl-f", (text) => text.right()],
  ["home", (text) => text.home()],
  ["ctrl-a", (text) => text.home()],
  ["end", (text) => text.end()],
  ["ctrl-e", (text) => text.end()],
  ["ctrl-left", (text) => text.wordLeft()],
  ["meta-b", (text) => text.wordLeft()],
  ["ctrl-right", (text) => text.wordRight()],
  ["meta-f", (text) => text.wordRight()],
  ["backspace", (text) => text.backspace()],
  ["ctrl-h", (text) => text.backspace()],
  ["delete", (text) => text.delete()],
  ["ctrl-d", (text) => text.delete()],
  ["ctrl-k", (text) => text.cutToEnd()],
  ["ctrl-u", (text) => text.cutToStart()],
  ["ctrl-w", (text) => text.cutWordBefore()],
  ["meta-backspace", (text) => text.cutWordBefore()],
  ["meta-d", (text) => text.cutWordAfter()],
  ["ctrl-y", (text) => text.paste()],
  ["meta-enter", (text) => text.insert("\n")],
]);

/** What Node tells of a key. */
interface KeyEvent {
  readonly sequence?: string | undefined;
  readonly name?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly meta?: boolean | undefined;
}

const toKey = (text: string | undefined, { name, ctrl, meta, sequence }: KeyEvent): Key => {
  const typed = text ?? sequence ?? "";
  // A carriage return is "return" to Node, a line feed "enter".
  const plain = name === "return" ? "enter" : (name ?? "");
  if (ctrl === true) return { text: typed, name: `ctrl-${plain}` };
  if (meta === true && plain !== "escape") return { text: typed, name: `meta-${plain}` };
  return { text: typed, name: isPrintable(typed) ? "" : plain };
};

const isPrintable = (text: string): boolean => text !== "" && !/\p{Cc}/u.test(text);

const sharedStart = (a: string, b: string): string => {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return a.slice(0, length);
};
