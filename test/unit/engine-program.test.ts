import { expect, test } from "vitest";
import { prepareModule } from "../../src/engine/guest/binary.js";
import { Interrupts } from "../../src/engine/guest/interrupt.js";
import { compileModule, Program } from "../../src/engine/guest/program.js";
import { trapReason } from "../../src/engine/guest/trap.js";
import { linuxErrno } from "../../src/wire/errno.js";
import { createServer, joinServers } from "../../src/wire/serve.js";
import { Loopback } from "../support/loopback.js";
import { assemble, type ModuleParts, op } from "../support/modules.js";

const loopback = () => new Loopback(joinServers(createServer({}, {}, { errno: linuxErrno })));

const load = (parts: ModuleParts, pages = 16): Program =>
  new Program(compileModule(assemble(parts), pages), loopback());

const run = (code: readonly number[], globals: readonly number[] = []): ModuleParts => ({
  memory: [1],
  globals,
  functions: [{ name: "run", result: true, code }],
});

test("memory becomes shared and bounded; growing beyond the limit answers -1", () => {
  const program = load(run([...op.const(3), ...op.grow]), 4);
  expect(program.memory.memory.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(program.maximumPages).toBe(4);
  expect(program.call("run")).toBe(1);
  expect(program.pages).toBe(4);
  expect(program.call("run")).toBe(2 ** 32 - 1);
  expect(program.memory.bytes.byteLength).toBe(4 * 65_536);
});

test("a module's own maximum counts where it is lower; what needs more than the limit is refused", () => {
  expect(prepareModule(assemble({ ...run([...op.const(0)]), memory: [1, 3] }), 8).maximumPages).toBe(3);
  expect(() => prepareModule(assemble({ ...run([...op.const(0)]), memory: [9] }), 8)).toThrow(/589824 bytes/);
});

test("tables cannot take what memory's limit does not count", () => {
  const grows = (elements: number) => load({ ...run(op.growTable(elements)), table: 10 }).call("run");
  expect(grows(1000)).toBe(10);
  expect(grows(2 ** 21)).toBe(2 ** 32 - 1);
  expect(() => load({ ...run([...op.const(0)]), table: 2 ** 21 })).toThrow(/elements/);
});

test("mutable globals are read and written in order, beside exports of the module's own", () => {
  const code = [...op.getGlobal(1), ...op.const(1), ...op.add, ...op.setGlobal(1), ...op.getGlobal(0)];
  const program = load(run(code, [-5, 70_000]));
  expect(program.readGlobals()).toEqual([2n ** 32n - 5n, 70_000n]);
  expect(program.call("run")).toBe(2 ** 32 - 5);
  program.writeGlobals([9n, 2n ** 32n - 1n]);
  expect(program.call("run")).toBe(9);
  expect(program.readGlobals()).toEqual([9n, 0n]);
});

test.each([
  ["unreachable", [...op.unreachable, ...op.const(0)], 1],
  ["a load out of bounds", [...op.const(-8), ...op.load], 2],
  ["a division by zero", [...op.const(1), ...op.const(0), ...op.divide], 3],
  ["endless recursion", [...op.call(0), ...op.const(1), ...op.add], 4],
])("%s is a trap of its kind", (_what, code, reason) => {
  const program = load(run(code));
  let caught: unknown;
  try {
    program.call("run");
  } catch (error) {
    caught = error;
  }
  expect(trapReason(caught)).toBe(reason);
  expect(trapReason(new Error("unreachable"))).toBeUndefined();
});

test("what is no module, or imports what is no function, is refused", () => {
  expect(() => prepareModule(Uint8Array.of(0, 0x61, 0x73, 0x6d, 2, 0, 0, 0), 8)).toThrow(
    /not a WebAssembly module/,
  );
  expect(() => prepareModule(Uint8Array.of(0, 0x61), 8)).toThrow(RangeError);
  const whole = assemble(run([...op.const(0)]));
  for (let length = 8; length < whole.byteLength; length++) {
    expect(() => compileModule(whole.subarray(0, length), 8)).toThrow();
  }
});

test("an interrupt marks the interpreter's words, and nothing where the addresses are wrong", () => {
  const program = load(run([...op.const(0)]));
  const words = program.memory.view;
  const set = (...values: number[]): void => {
    for (const [index, value] of values.entries()) words.setUint32(64 + 4 * index, value, true);
  };
  set(1024, 8, 2048, 2052, 16, 65);
  words.setUint32(2052, 1, true);
  const interrupts = new Interrupts(program.memory.memory, 64);
  interrupts.trip(2);
  expect([1040, 2048, 2052].map((at) => words.getUint32(at, true))).toEqual([1, 1, 17]);
  interrupts.trip(65);
  expect(words.getUint32(1024 + 65 * 8, true)).toBe(0);
  for (const wrong of [65_536, 65_535, 2 ** 32 - 4, 1026]) {
    set(wrong, 0, wrong, wrong, 255, 65);
    expect(() => interrupts.trip(1)).not.toThrow();
  }
  for (const address of [0, 2, 65_536 - 20, 2 ** 32 - 4]) {
    expect(() => new Interrupts(program.memory.memory, address).trip(1)).not.toThrow();
  }
});
