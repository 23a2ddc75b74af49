import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { History } from "../../../src/cli/repl/history.js";
import { inColumns, widthOf } from "../../../src/cli/repl/screen.js";
import { EditedText } from "../../../src/cli/repl/text.js";

/** "|" is the cursor. */
const edited = (marked: string, ...edits: readonly ((text: EditedText) => void)[]): string => {
  const text = new EditedText();
  text.set(marked.replace("|", ""));
  while (text.cursor > marked.indexOf("|")) text.left();
  for (const edit of edits) edit(text);
  return `${text.before}|${text.after}`;
};

describe("an edited text", () => {
  it.each<[string, (text: EditedText) => void, string]>([
    ["ab|c", (text) => text.left(), "a|bc"],
    ["a👩‍👩‍👧|", (text) => text.left(), "a|👩‍👩‍👧"],
    ["e\u0301|", (text) => text.backspace(), "|"],
    ["a|\nb", (text) => text.right(), "a\n|b"],
    ["one two|", (text) => text.wordLeft(), "one |two"],
    ["|one two", (text) => text.wordRight(), "one| two"],
    ["a\nbc|d\ne", (text) => text.home(), "a\n|bcd\ne"],
    ["a\nb|cd\ne", (text) => text.end(), "a\nbcd|\ne"],
    ["abcd\nef|", (text) => text.up(), "ab|cd\nef"],
    ["a\nefgh|", (text) => text.up(), "a|\nefgh"],
    ["abc|d\ne\nf", (text) => text.down(), "abcd\ne|\nf"],
    ["\n\n|x", (text) => text.up(), "\n|\nx"],
    ["if x:\n        |", (text) => text.backspace(), "if x:\n    |"],
    ["a\n|b", (text) => text.backspace(), "a|b"],
    ["a|\nb", (text) => text.delete(), "a|b"],
    ["ab|cd\ne", (text) => text.cutToEnd(), "ab|\ne"],
    ["ab|\ne", (text) => text.cutToEnd(), "ab|e"],
    ["x\nab|cd", (text) => text.cutToStart(), "x\n|cd"],
    ["f(one, two|)", (text) => text.cutWordBefore(), "f(one, |)"],
    ["f(|one, two)", (text) => text.cutWordAfter(), "f(|, two)"],
  ])("%j becomes as it should", (before, edit, after) => {
    expect(edited(before, edit)).toBe(after);
  });

  it("pastes what was cut", () => {
    expect(
      edited(
        "one two|",
        (text) => text.cutWordBefore(),
        (text) => text.home(),
        (text) => text.paste(),
      ),
    ).toBe("two|one ");
  });

  it("keeps its cursor within it, whatever is done", () => {
    const names = ["left", "right", "wordLeft", "wordRight", "home", "end", "up", "down"] as const;
    const cuts = ["backspace", "delete", "cutToEnd", "cutToStart", "cutWordBefore", "paste"] as const;
    const step = fc.oneof(fc.constantFrom(...names, ...cuts), fc.string({ unit: "grapheme" }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const text = new EditedText();
        for (const one of steps) {
          const name = [...names, ...cuts].find((each) => each === one);
          if (name === undefined) text.insert(one);
          else text[name]();
          expect(text.cursor).toBeGreaterThanOrEqual(0);
          expect(text.cursor).toBeLessThanOrEqual(text.text.length);
          expect(text.before + text.after).toBe(text.text);
        }
      }),
    );
  });
});

describe("the screen", () => {
  it("knows how wide a text is", () => {
    expect([widthOf("abc"), widthOf("日本"), widthOf("e\u0301"), widthOf("\u001b[31mred\u001b[39m")]).toEqual(
      [3, 4, 1, 3],
    );
  });

  it("puts names into columns", () => {
    expect(inColumns(["a", "bb", "ccc", "d", "e"], 11)).toBe("a    d\r\nbb   e\r\nccc");
    expect(inColumns(["a".repeat(100), "b"], 20).split("\r\n")).toHaveLength(2);
  });
});

describe("the history", () => {
  it("keeps entries of several lines, at once, for the user alone", () => {
    const directory = mkdtempSync(join(tmpdir(), "sallyport-history-"));
    try {
      const file = join(directory, "below", "history");
      const one = new History(file);
      for (const entry of ["1 + 1", "def f():\n    pass", "def f():\n    pass", '"text"', "  "])
        one.add(entry);
      const two = new History(file);
      expect([two.length, two.at(0), two.at(1), two.at(2)]).toEqual([
        3,
        "1 + 1",
        "def f():\n    pass",
        '"text"',
      ]);
      expect(two.search("f()", two.length)).toBe(1);
      expect(two.search("f()", 1)).toBe(-1);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      for (let n = 0; n < 2100; n++) one.add(String(n));
      expect(new History(file).length).toBe(1000);
      expect(readFileSync(file, "utf8").split("\n")).toHaveLength(1001);
      expect(new History("/proc/no/such").length).toBe(0);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
