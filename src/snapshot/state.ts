/**
 * What a snapshot holds, as it is after decoding, and the checks of everything that is not checked elsewhere: the
 * kernel checks its own state, file systems theirs, and the guest's memory is the guest's.
 */
import * as v from "valibot";
import { SnapshotError } from "../errors.js";

const PAGE = 4096;
const WASM_PAGE = 65_536;
const MAX_PAGES = 65_536;
/** Bytes of all globals. */
const MAX_GLOBALS = 4096;

/** Bytes as they are. */
const bytes = v.custom<Uint8Array>((value) => value instanceof Uint8Array, "no bytes");
/** A path of the guest. */
export const path = v.pipe(v.string(), v.startsWith("/"), v.maxLength(4096));

export const hash = v.pipe(
  bytes,
  v.check((value) => value.byteLength === 32, "no hash"),
);

/** A file system by where it was mounted. */
export const mount = v.strictObject({
  path,
  /** What the file system calls itself. */
  kind: v.pipe(v.string(), v.maxLength(100)),
  /** Its contents; null where they are elsewhere: such a mount has to be given again. */
  contents: v.unknown(),
});

const run = v.strictTuple([
  v.pipe(v.number(), v.integer(), v.minValue(0), v.multipleOf(PAGE)),
  v.pipe(
    bytes,
    v.check((run) => run.byteLength > 0 && run.byteLength % PAGE === 0, "no whole pages"),
  ),
]);

const memory = v.pipe(
  v.strictObject({
    /** Of 64 KiB. */
    pages: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_PAGES)),
    globals: v.pipe(
      bytes,
      v.check((globals) => globals.byteLength % 8 === 0 && globals.byteLength <= MAX_GLOBALS, "no globals"),
    ),
    /**
     * Address and contents of what differs from the image, ascending: bytes exclusive-ored with those of the image, so that
     * what differs in little shrinks to little. The image is zero beyond its end.
     */
    runs: v.array(run),
  }),
  v.check(({ pages, runs }) => {
    let end = 0;
    for (const [address, contents] of runs) {
      if (address < end) return false;
      end = address + contents.byteLength;
    }
    return end <= pages * WASM_PAGE;
  }, "pages that overlap, or are beyond memory's end"),
);

const schema = v.strictObject({
  /** SHA-256 of the image that memory is compared with. */
  image: hash,
  memory,
  /** See KernelState. */
  kernel: v.unknown(),
  mounts: v.array(mount),
  session: v.strictObject({
    /** Whether Python has been told who it is. */
    begun: v.boolean(),
    /** The host functions that it knows, each as text. */
    functions: v.array(v.string()),
    /** Cells that have run. */
    cells: v.pipe(v.number(), v.integer(), v.minValue(0)),
    cwd: path,
  }),
});

export type SnapshotState = v.InferOutput<typeof schema>;
export type MemoryState = SnapshotState["memory"];
export type MountState = SnapshotState["mounts"][number];

/** @throws SnapshotError that says which part is wrong. */
export const parseSnapshot = (value: unknown): SnapshotState => {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const where = issue.path?.map(({ key }) => String(key)).join(".") ?? "";
  throw new SnapshotError(`the snapshot is damaged${where === "" ? "" : ` at ${where}`}: ${issue.message}`);
};
