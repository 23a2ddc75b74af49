import fc from "fast-check";
import { expect, it } from "vitest";
import { safeJson } from "../../../src/cli/json.js";
import { escapeText } from "../../../src/cli/terminal.js";

it("JSON of the command line's has nothing in it that a terminal would act on, and says the same", () => {
  const unsafe = fc
    .constantFrom(0x1b, 0x7f, 0x85, 0x9b, 0x61c, 0x200f, 0x2028, 0x202e, 0x2066, 0xd800, 0xfeff)
    .map((code) => String.fromCharCode(code));
  const text = fc.array(fc.oneof(unsafe, fc.string({ unit: "binary" }))).map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.dictionary(text, text), (value) => {
      const json = safeJson(value);
      expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(escapeText(json).replaceAll("\\\\", "\\")).toBe(json);
    }),
  );
});
