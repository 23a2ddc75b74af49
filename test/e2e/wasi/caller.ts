/**
 * A WASI program that calls what it is told to: it reads a function's number, arguments and a piece of memory from
 * descriptor 900, calls the function, and writes the errno and the piece of memory back; again until it reads nothing.
 */
import { signatureOf } from "../../../src/wire/signature.js";
import { wasi } from "../../../src/wire/wasi-functions.js";
import { assemble, type ImportedFunction, op } from "../../support/modules.js";

export const CONTROL = 900;
/** Where the header is: the function's number u32, bytes of memory that follow u32, ten arguments u64. */
export const HEADER = 1024;
export const HEADER_SIZE = 8 + 10 * 8;
/** Where the piece of memory is, that travels both ways. */
export const DATA = 65_536;
export const PAGES = 48;

/** The iovec that all reading and writing uses, and the count behind it. */
const IOVEC = 0;
const COUNT = 8;

const functions = Object.entries(wasi);
const imports: readonly ImportedFunction[] = functions.map(([name, { parameters }]) => ({
  module: "wasi_snapshot_preview1",
  name,
  slots: signatureOf(parameters)
    .map((type) => (type === "i64" ? "I" : "i"))
    .join(""),
  result: name !== "proc_exit",
}));
const indexOf = (name: string): number => functions.findIndex(([other]) => other === name);

const localGet = (index: number): number[] => [0x20, index];
const localSet = (index: number): number[] => [0x21, index];
const greaterOrEqual = [0x4f];
const subtract = [0x6b];
const load = (address: number): number[] => [...op.const(address), ...op.load];
const load64 = (address: number): number[] => [...op.const(address), 0x29, 3, 0];
const store = (address: number, value: readonly number[]): number[] => [
  ...op.const(address),
  ...value,
  ...op.store,
];
const leave = [0x0f];

const N = 0;
const DONE = 1;

/** Reads or writes `length` bytes at `address` through the control descriptor; leaves when nothing comes any more. */
const transfer = (
  name: "fd_read" | "fd_write",
  address: readonly number[],
  length: readonly number[],
): number[] => [
  ...op.const(0),
  ...localSet(DONE),
  ...op.block,
  ...op.loop,
  ...localGet(DONE),
  ...length,
  ...greaterOrEqual,
  ...op.brIf(1),
  ...store(IOVEC, [...address, ...localGet(DONE), ...op.add]),
  ...store(IOVEC + 4, [...length, ...localGet(DONE), ...subtract]),
  ...op.const(CONTROL),
  ...op.const(IOVEC),
  ...op.const(1),
  ...op.const(COUNT),
  ...op.call(indexOf(name)),
  // An errno, or nothing read: the end.
  ...[0x04, 0x40, ...leave, 0x0b],
  ...load(COUNT),
  ...op.equalsZero,
  ...[0x04, 0x40, ...leave, 0x0b],
  ...localGet(DONE),
  ...load(COUNT),
  ...op.add,
  ...localSet(DONE),
  ...op.br(0),
  ...op.end,
  ...op.end,
];

const arm = (index: number): number[] => {
  const entry = imports[index];
  if (entry === undefined) return [];
  const args = [...entry.slots].flatMap((slot, at) =>
    slot === "I" ? load64(HEADER + 8 + 8 * at) : load(HEADER + 8 + 8 * at),
  );
  if (!entry.result) return [...args, ...op.call(index)];
  return store(HEADER, [...args, ...op.call(index)]);
};

const leb = (value: number): number[] => (value < 128 ? [value] : [(value & 0x7f) | 0x80, value >> 7]);
const count = imports.length;
const labels = Array.from({ length: count }, (_, index) => leb(index)).flat();

const dispatch: number[] = [
  ...op.block,
  ...imports.flatMap(() => op.block),
  ...load(HEADER),
  ...[0x0e, ...leb(count - 1), ...labels],
  ...imports.flatMap((_, index) => [...op.end, ...arm(index), ...op.br(count - 1 - index)]),
  ...op.end,
];

/** The program's WebAssembly. */
export const callerModule = (): Uint8Array =>
  assemble({
    imports,
    memory: [PAGES, PAGES],
    functions: [
      {
        name: "_start",
        result: false,
        locals: 2,
        code: [
          ...op.loop,
          ...transfer("fd_read", op.const(HEADER), op.const(HEADER_SIZE)),
          ...load(HEADER + 4),
          ...localSet(N),
          ...transfer("fd_read", op.const(DATA), localGet(N)),
          ...dispatch,
          ...transfer("fd_write", op.const(HEADER), op.const(4)),
          ...transfer("fd_write", op.const(DATA), localGet(N)),
          ...op.br(0),
          ...op.end,
        ],
      },
    ],
  });
