import type { Look } from "../../replay/look/look.js";
import type { Stack } from "../../replay/look/messages.js";
import type { Until } from "../../replay/target.js";
import { reasonOf } from "../../wire/thrown.js";
import { escapeLines, escapeText, type Paint } from "../terminal.js";
import { HELP, type LookCommand, parseCommand } from "./commands.js";
import type { Lines } from "./lines.js";
import { place, sourceLines, stackLines } from "./where.js";

/** How a look was left. */
export type Leave =
  | { readonly kind: "go"; readonly until: Until }
  | { readonly kind: "continue" }
  | { readonly kind: "quit" };

export interface LookReplOptions {
  readonly look: Look;
  readonly lines: Lines;
  readonly paint: Paint;
  readonly print: (text: string) => void;
  /** An operation of the trace, as a line. */
  readonly operation: (index: number) => string | undefined;
  /** A place as it is typed after `goto` or `at`. Throws for what is none. */
  readonly until: (kind: "goto" | "at", where: string, from: number) => Until;
}

/** Lines before and behind the one that a frame stands in. */
const FEW = 2;
const MANY = 5;
/** Characters of a line without an end that wait for it. */
const LINE_MAX = 65_536;

/** A person at one place of a replayed program. */
export class LookRepl {
  readonly #options: LookReplOptions;
  #stack: Stack = { frames: [] };
  #frame = 0;

  constructor(options: LookReplOptions) {
    this.#options = options;
  }

  /** The frame that is looked at. */
  get frame(): number {
    return this.#frame;
  }

  async interact(): Promise<Leave> {
    const { look, lines, print, paint } = this.#options;
    this.#stack = await look.stack();
    this.#frame = Math.max(0, this.#stack.frames.length - 1);
    this.#title();
    await this.#around(undefined, FEW);
    let source = "";
    for (;;) {
      const answer = await lines.read(paint("green", source === "" ? "look> " : "....> "));
      if (answer === "end") return { kind: "quit" };
      if (answer === "interrupt") {
        source = "";
        continue;
      }
      const command = source === "" ? parseCommand(answer.line) : undefined;
      try {
        if (command === undefined) source = await this.#python(source, answer.line);
        else {
          const leave = await this.#command(command);
          if (leave !== undefined) return leave;
        }
      } catch (error) {
        source = "";
        print(paint("red", escapeLines(reasonOf(error))));
      }
    }
  }

  /** Runs what has been typed so far, once it is whole; answers what is to be gone on with. */
  async #python(before: string, line: string): Promise<string> {
    const { look, print, paint } = this.#options;
    const source = before === "" ? line : `${before}\n${line}`;
    if (source.trim() === "") return "";
    let unfinished = "";
    const done = await look.evaluate(this.#frame, source, (data) => {
      const text = unfinished + Buffer.from(data).toString("utf8");
      const end = text.lastIndexOf("\n") + 1;
      if (end > 0) print(escapeLines(text.slice(0, end - 1)));
      unfinished = text.slice(end);
      if (unfinished.length > LINE_MAX) {
        print(escapeLines(unfinished));
        unfinished = "";
      }
    });
    if (unfinished !== "") print(escapeLines(unfinished));
    if (done.kind === "incomplete") return source;
    for (const shown of done.shown) print(escapeLines(shown));
    if (done.kind === "error") print(paint("red", escapeLines(done.error.trimEnd())));
    return "";
  }

  async #command(command: LookCommand): Promise<Leave | undefined> {
    const { look, print, paint, until } = this.#options;
    switch (command.kind) {
      case "where":
        for (const line of stackLines(this.#stack.frames, this.#frame, paint)) print(line);
        return undefined;
      case "up":
      case "down":
        await this.#move(command.kind === "up" ? -command.count : command.count);
        return undefined;
      case "list":
        await this.#around(command.line, MANY);
        return undefined;
      case "locals":
        for (const { name, type, repr } of await look.variables(this.#frame)) {
          print(`${paint("cyan", escapeText(name))}: ${escapeText(type)} = ${escapeLines(repr)}`);
        }
        return undefined;
      case "operation":
        this.#title();
        return undefined;
      case "operations":
        for (let at = Math.max(0, look.operations - command.count); at < look.operations; at += 1) {
          print(this.#options.operation(at) ?? "");
        }
        return undefined;
      case "next":
        return { kind: "go", until: look.operations + command.count };
      case "back":
        return { kind: "go", until: Math.max(0, look.operations - command.count) };
      case "goto":
      case "at":
        return { kind: "go", until: until(command.kind, command.where, look.operations + 1) };
      case "continue":
      case "quit":
        return { kind: command.kind };
      case "help":
        for (const [usage, what] of HELP) print(`  ${paint("cyan", usage.padEnd(28))}${what}`);
        print("  Everything else is Python, run in the frame; what it changes is gone at the next place.");
        return undefined;
    }
  }

  async #move(by: number): Promise<void> {
    this.#frame = Math.max(0, Math.min(this.#frame + by, this.#stack.frames.length - 1));
    await this.#around(undefined, FEW);
  }

  #title(): void {
    const { look, print, paint, operation } = this.#options;
    const { raised } = this.#stack;
    if (raised !== undefined) {
      const what = paint("red", escapeText(raised));
      print(`${paint("bold", "Raising")} ${what}, before operation ${look.operations}`);
      return;
    }
    const line = operation(look.operations)?.trim() ?? `operation ${look.operations}`;
    print(`${paint("bold", "Standing in")} ${line}`);
  }

  /** The frame's place and the source around a line of it. */
  async #around(line: number | undefined, around: number): Promise<void> {
    const { look, print, paint } = this.#options;
    const frame = this.#stack.frames[this.#frame];
    if (frame === undefined) {
      print("No frame of the program is there.");
      return;
    }
    print(place(frame, paint));
    const middle = line ?? frame.line;
    const first = Math.max(1, middle - around);
    const lines = await look.lines(this.#frame, first, middle + around);
    for (const each of sourceLines(lines, first, frame.line, paint)) print(each);
  }
}
