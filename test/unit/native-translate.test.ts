/** What the native translation reads of a WebAssembly file and makes of wasm2c's lines. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { completeDispatch } from "../../guest/build/native/dispatch.js";
import { renameFunctions, steadyNames } from "../../guest/build/native/names.js";
import { Reader } from "../../guest/build/native/reader.js";
import { withReplacements } from "../../guest/build/native/replacements.js";
import { readWasm, UnsupportedWasm } from "../../guest/build/native/wasm.js";

const MAGIC = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

const section = (id: number, ...body: readonly number[]): number[] => [id, body.length, ...body];
const module = (...sections: readonly (readonly number[])[]): Uint8Array =>
  Uint8Array.from([...MAGIC, ...sections.flat()]);

describe("reading a module", () => {
  test("finds types, functions, memory and exports", () => {
    const bytes = module(
      section(1, 2, 0x60, 0, 1, 0x7f, 0x60, 2, 0x7f, 0x7e, 0),
      section(3, 1, 0),
      section(5, 1, 1, 2, 9),
      section(7, 1, 3, 0x72, 0x75, 0x6e, 0, 0),
    );
    const read = readWasm(bytes);
    expect(read.types).toEqual([
      { parameters: [], results: ["i32"] },
      { parameters: ["i32", "i64"], results: [] },
    ]);
    expect(read.functions).toEqual([0]);
    expect(read.memory).toEqual({ minimum: 2, maximum: 9 });
    expect(read.exports.get("run")).toEqual({ kind: "function", index: 0 });
  });

  test.each([
    ["a shared memory", section(5, 1, 3, 1, 1)],
    ["two memories", section(5, 2, 0, 1, 0, 1)],
    ["an imported memory", section(2, 1, 1, 0x61, 1, 0x62, 2, 0, 1)],
    ["a vector type", section(1, 1, 0x60, 1, 0x7b, 0)],
    ["an unknown section", section(13, 0)],
  ])("refuses %s by name", (_, part) => {
    expect(() => readWasm(module(part))).toThrow(UnsupportedWasm);
  });

  test("refuses what is cut short, wherever it is", () => {
    const whole = module(section(1, 1, 0x60, 0, 1, 0x7f), section(3, 1, 0), section(5, 1, 0, 1));
    const ends = new Set([8, 8 + 7, 8 + 7 + 4, whole.length]);
    for (let length = 0; length < whole.length; length++)
      if (!ends.has(length)) expect(() => readWasm(whole.subarray(0, length))).toThrow();
  });

  test("reads every 32-bit number as it was written", () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (value) => {
        const bytes: number[] = [];
        let rest = value;
        for (;;) {
          const byte = rest & 0x7f;
          rest >>= 7;
          const last = (rest === 0 && (byte & 0x40) === 0) || (rest === -1 && (byte & 0x40) !== 0);
          bytes.push(last ? byte : byte | 0x80);
          if (last) break;
        }
        expect(new Reader(Uint8Array.from(bytes)).s32()).toBe(value);
      }),
    );
  });
});

const dispatch = (cases: number): string[] => [
  "  FUNC_PROLOGUE;",
  "  var_L1: ",
  "    var_i1 = 1u;",
  "    var_i0 -= var_i1;",
  "    switch (var_i0) {",
  ...Array.from({ length: cases }, (_, i) => `      case ${i}: goto var_B${i};`),
  "      default: goto var_B999;",
  "    }",
];

describe("an interpreter's dispatch", () => {
  test("has a place for every byte, where the opcodes start", () => {
    const lines = completeDispatch(dispatch(100)).map((line) => line.trim());
    expect(lines).toContain("u32 opcode = var_i0 + 1u;");
    expect(lines).toContain("if (UNLIKELY(opcode >= 256u)) goto var_B999;");
    expect(lines).toContain("case 0: goto var_B999;");
    expect(lines).toContain("case 1: goto var_B0;");
    expect(lines).toContain("case 100: goto var_B99;");
    expect(lines).toContain("case 101: goto var_B999;");
    expect(lines.filter((line) => line.startsWith("case "))).toHaveLength(256);
  });

  test("is only what looks like one", () => {
    for (const lines of [dispatch(10), dispatch(300), dispatch(100).slice(2)])
      expect(completeDispatch(lines)).toEqual(lines);
  });
});

describe("names of equal functions", () => {
  test("do not change with the functions before them", () => {
    const one = ["w2c_guest_a", "w2c_guest_b", "w2c_guest_a_2", "w2c_guest_a_3", "w2c_guest_sha_256"];
    const two = [
      "w2c_new",
      "w2c_guest_a",
      "w2c_guest_b",
      "w2c_guest_a_3",
      "w2c_guest_a_4",
      "w2c_guest_sha_256",
    ];
    const rename = (names: readonly string[]) =>
      names.map((name) => renameFunctions(name, steadyNames(names)));
    expect(rename(one)).toEqual([
      "w2c_guest_a",
      "w2c_guest_b",
      "w2c_guest_a__2",
      "w2c_guest_a__3",
      "w2c_guest_sha_256",
    ]);
    expect(rename(two).slice(1)).toEqual(rename(one));
  });
});

describe("functions that the runtime does in the program's stead", () => {
  /** One function of three words, exported. */
  const exporting = (name: string, ...type: readonly number[]) =>
    readWasm(
      module(
        section(1, 1, ...type),
        section(3, 1, 0),
        section(7, 1, name.length, ...Buffer.from(name, "latin1"), 0, 0),
      ),
    );
  const THREE = [0x60, 3, 0x7f, 0x7f, 0x7f, 0];
  const names = {
    functions: ["w2c_guest_f"],
    signatures: [{ result: "void", parameters: "u32, u32, u32" }],
    tables: [],
    globals: [],
  };
  const body = "static void w2c_guest_f(u32 var_p0, u32 var_p1, u32 var_p2) {\n  FUNC_PROLOGUE;\n}";

  test("begin with the runtime's, and go on where it does nothing", () => {
    expect(withReplacements(body, exporting("sha1_blocks", ...THREE), names)).toBe(
      body.replace("{", "{\n  if (replace_sha1_blocks(var_p0, var_p1, var_p2)) return;"),
    );
  });

  test("answer what the runtime's answer", () => {
    const answering = body.replace("static void", "static u32");
    expect(
      withReplacements(answering, exporting("sallyport_memchr", 0x60, 3, 0x7f, 0x7f, 0x7f, 1, 0x7f), names),
    ).toBe(
      answering.replace(
        "{",
        "{\n  u32 answer;\n  if (replace_sallyport_memchr(var_p0, var_p1, var_p2, &answer)) return answer;",
      ),
    );
  });

  test("are those of known names alone", () => {
    expect(withReplacements(body, exporting("sha2_blocks", ...THREE), names)).toBe(body);
  });

  test("have the signature that the runtime expects", () => {
    expect(() => withReplacements(body, exporting("sha1_blocks", 0x60, 1, 0x7f, 0), names)).toThrow(
      "the export sha1_blocks has the signature (i32) -> (), not (i32,i32,i32) -> ()",
    );
    expect(() => withReplacements("", exporting("sha1_blocks", ...THREE), names)).toThrow("has no body");
  });
});
