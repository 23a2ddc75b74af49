/** Files whose bytes several file systems share: what one writes is seen by no other, and the bytes stay as they are. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { MemoryFile } from "../../../src/fs/memory/file.js";
import { MemoryFileSystem, memory } from "../../../src/fs/memory/memory.js";

const SIZE = 150_000;
const contents = Uint8Array.from({ length: SIZE }, (_, at) => (at * 31) & 255);

const fileOf = (fs: MemoryFileSystem): MemoryFile => {
  const file = fs.root().lookup("file");
  if (!(file instanceof MemoryFile)) throw new Error("no file");
  return file;
};

const bytesOf = (file: MemoryFile): Buffer => {
  const into = Buffer.alloc(file.size);
  file.read(into, 0);
  return into;
};

/** The bytes of files in a state. */
const given = ({ nodes }: ReturnType<MemoryFileSystem["save"]>): Buffer =>
  Buffer.concat(
    nodes.flatMap((node) => (node.type === "file" ? node.chunks.map(([, , bytes]) => bytes) : [])),
  );

/** Some change of a file. */
const change = fc.oneof(
  fc.record({
    kind: fc.constant("write" as const),
    at: fc.nat(SIZE + 70_000),
    length: fc.integer({ min: 1, max: 70_000 }),
  }),
  fc.record({ kind: fc.constant("truncate" as const), at: fc.nat(SIZE + 70_000), length: fc.constant(0) }),
  fc.record({
    kind: fc.constant("allocate" as const),
    at: fc.nat(SIZE),
    length: fc.integer({ min: 1, max: 70_000 }),
  }),
);

const apply = (
  file: MemoryFile,
  { kind, at, length }: { kind: "write" | "truncate" | "allocate"; at: number; length: number },
): void => {
  if (kind === "write") file.write(new Uint8Array(length).fill(at & 255), at);
  else if (kind === "truncate") file.setattr({ size: at });
  else file.allocate(at, length);
};

it("files with shared bytes change as others do, and change none of the bytes that were given", () => {
  const saved = memory({ file: contents }).save();
  const before = given(saved);
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
      const [own, shared, untouched] = [
        new MemoryFileSystem(),
        new MemoryFileSystem(),
        new MemoryFileSystem(),
      ];
      own.restore(saved);
      shared.restore(saved, "shared");
      untouched.restore(saved, "shared");
      for (const one of changes) for (const fs of [own, shared]) apply(fileOf(fs), one);
      expect(bytesOf(fileOf(shared)).equals(bytesOf(fileOf(own)))).toBe(true);
      expect(shared.used).toEqual(own.used);
      expect(bytesOf(fileOf(untouched)).equals(contents)).toBe(true);
      expect(given(saved).equals(before)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

it("bytes beyond a file's size are not seen, and stay as they are", () => {
  const saved = memory({ file: "x".repeat(300) }).save();
  const cut = {
    ...saved,
    nodes: saved.nodes.map((node) => (node.type === "file" ? { ...node, size: 100 } : node)),
  };
  const fs = new MemoryFileSystem();
  fs.restore(cut, "shared");
  const file = fileOf(fs);
  file.setattr({ size: 300 });
  expect(bytesOf(file).toString()).toBe("x".repeat(100) + "\0".repeat(200));
  expect(given(cut).toString().replaceAll("\0", "")).toBe("x".repeat(300));
});
