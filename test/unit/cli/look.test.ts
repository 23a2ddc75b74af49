import { describe, expect, it } from "vitest";
import { differenceLines } from "../../../src/cli/difference.js";
import { parseCommand } from "../../../src/cli/look/commands.js";
import { pipedLines } from "../../../src/cli/look/lines.js";
import { sourceLines, stackLines } from "../../../src/cli/look/where.js";
import type { Paint } from "../../../src/cli/terminal.js";

const plain: Paint = (_style, text) => text;

describe("commands of a look", () => {
  it("are whole lines; everything else is Python", () => {
    expect(parseCommand("where")).toEqual({ kind: "where" });
    expect(parseCommand("  w  ")).toEqual({ kind: "where" });
    expect(parseCommand("up 3")).toEqual({ kind: "up", count: 3 });
    expect(parseCommand("d")).toEqual({ kind: "down", count: 1 });
    expect(parseCommand("list")).toEqual({ kind: "list", line: undefined });
    expect(parseCommand("l 40")).toEqual({ kind: "list", line: 40 });
    expect(parseCommand("goto -1")).toEqual({ kind: "goto", where: "-1" });
    expect(parseCommand("at open /data/**")).toEqual({ kind: "at", where: "open /data/**" });
    expect(parseCommand("?")).toEqual({ kind: "help" });
    for (const python of [
      "",
      "x",
      "(where)",
      "up = 3",
      "list(x)",
      "next(iter(x))",
      "d['a']",
      "quit()",
      "where x",
    ]) {
      expect(parseCommand(python), python).toBeUndefined();
    }
    for (const name of ["constructor", "__proto__", "toString"]) expect(parseCommand(name)).toBeUndefined();
  });

  it("come from a pipe, line by line", async () => {
    const chunks = (async function* () {
      yield Buffer.from("one\ntw");
      yield "o\n\nthree";
    })();
    using lines = pipedLines(chunks, 100);
    const read = [];
    for (let line = await lines.read(""); line !== "end"; line = await lines.read("")) read.push(line);
    expect(read).toEqual([{ line: "one" }, { line: "two" }, { line: "" }, { line: "three" }]);
    using many = pipedLines(
      (async function* () {
        yield "x".repeat(101);
      })(),
      100,
    );
    await expect(many.read("")).rejects.toThrow("more than 100 characters");
  });
});

describe("what a look shows", () => {
  it("is safe for a terminal, and leaves code as it is", () => {
    const frame = { file: "/a\x1b[2J.py", line: 2, function: "f\u202e", source: '  x = "\\n\x07"' };
    const shown = [
      ...stackLines([frame], 0, plain),
      ...sourceLines(["\tif x:", 'y = "\\t\x1b"'], 1, 2, plain),
    ];
    expect(shown).toEqual([
      "> /a\\x1b[2J.py:2 in f\\u{202e}",
      '      x = "\\n\\x07"',
      "      1      if x:",
      '->    2  y = "\\t\\x1b"',
    ]);
  });
});

describe("a difference", () => {
  const bytes = (text: string): Uint8Array => Buffer.from(text);

  it("of two operations shows both", () => {
    const recorded = { name: "open", args: { at: -100, path: "/a" }, outcome: undefined };
    const asked = { name: "stat", args: { path: "/a\x1b" }, outcome: undefined };
    expect(differenceLines(recorded, asked, plain)).toEqual([
      '  recorded  open(at=-100, path="/a")',
      '  now       stat(path="/a\\x1b")',
    ]);
  });

  it("of one operation shows the arguments that differ, from where they do", () => {
    const long = "x".repeat(100);
    const recorded = { name: "write", args: { fd: 1, data: bytes(`${long}one${long}`) }, outcome: undefined };
    const asked = { name: "write", args: { fd: 1, data: bytes(`${long}two`) }, outcome: undefined };
    expect(differenceLines(recorded, asked, plain)).toEqual([
      "  both      write(fd=1)",
      `  recorded  data="…${"x".repeat(20)}one${"x".repeat(37)}…"[203], from 100 on`,
      `  now       data="…${"x".repeat(20)}two"[103], from 100 on`,
    ]);
    const shorter = { name: "write", args: { fd: 1, data: bytes(long) }, outcome: undefined };
    expect(differenceLines(recorded, shorter, plain)[2]).toBe(
      `  now       data="…${"x".repeat(20)}"[100], from 100 on`,
    );
    const other = { name: "write", args: { fd: 2, data: recorded.args.data }, outcome: undefined };
    expect(differenceLines(recorded, other, plain).slice(1)).toEqual([
      "  recorded  fd=1",
      "  now       fd=2",
    ]);
  });
});
