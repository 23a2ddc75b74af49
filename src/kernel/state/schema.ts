import * as v from "valibot";
import { StateError } from "../../fs/state-error.js";
import { DESCRIPTORS_MAX } from "../descriptors.js";
import { PATH_MAX } from "../flags.js";

const safe = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const index = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(DESCRIPTORS_MAX));
const flags = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31 - 1));
const path = v.pipe(v.string(), v.startsWith("/"), v.maxLength(1 << 20));
const nanoseconds = v.pipe(v.bigint(), v.minValue(0n), v.maxValue(2n ** 62n));
const bytes = v.custom<Uint8Array>((value) => value instanceof Uint8Array, "no bytes");
/** A socket's address, or the value of an option. */
const address = v.pipe(
  bytes,
  v.check((value) => value.length <= 256, "too long"),
);
const few = <const Item extends v.GenericSchema>(item: Item) =>
  v.pipe(v.array(item), v.maxLength(DESCRIPTORS_MAX));

/** A file by where it is, and by its inode number where it has no path any more. */
const reference = v.strictObject({
  /** Guest path of its mount; "" for a directory that is in no file system. */
  mount: v.pipe(v.string(), v.maxLength(PATH_MAX)),
  path,
  ino: safe,
  /** Its directory entry is gone. */
  removed: v.boolean(),
});

const description = v.variant("kind", [
  v.strictObject({ kind: v.literal("stdio"), which: v.picklist([0, 1, 2]), flags }),
  v.strictObject({ kind: v.literal("file"), file: reference, flags, position: safe }),
  v.strictObject({ kind: v.literal("directory"), file: reference, flags, position: safe }),
  v.strictObject({ kind: v.literal("path"), file: reference, flags }),
  v.strictObject({ kind: v.literal("device"), file: reference, flags }),
  v.strictObject({ kind: v.literal("pipe"), pipe: index, flags, fifo: v.nullable(reference) }),
  v.strictObject({ kind: v.literal("socket"), pair: index, side: v.picklist([0, 1]), flags }),
  v.strictObject({ kind: v.literal("completions"), flags }),
  /** A socket of the loopback without a connection. */
  v.strictObject({
    kind: v.literal("loopback"),
    flags,
    socket: v.strictObject({
      family: flags,
      type: flags,
      protocol: flags,
      own: address,
      peer: address,
      backlog: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(4096))),
      options: v.pipe(v.array(v.strictTuple([flags, flags, address])), v.maxLength(128)),
    }),
  }),
]);

const flow = v.strictObject({
  packets: v.pipe(v.array(bytes), v.maxLength(256)),
  readerClosed: v.boolean(),
  readerGone: v.boolean(),
  writerClosed: v.boolean(),
});

const stateSchema = v.strictObject({
  version: v.literal(1),
  umask: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0o777)),
  cwd: reference,
  /** How far the clock has gone; null for a clock that does not tell. */
  clock: v.nullable(nanoseconds),
  /** Bytes drawn of seeded randomness; null for other. */
  random: v.nullable(safe),
  /** CPU time so far. */
  usage: v.strictObject({ user: nanoseconds, system: nanoseconds }),
  counts: v.strictObject({
    operations: v.pipe(v.array(v.strictTuple([v.string(), safe])), v.maxLength(1024)),
    read: safe,
    written: safe,
  }),
  descriptors: few(v.strictObject({ fd: index, cloexec: v.boolean(), description: index })),
  descriptions: few(description),
  /** What is in each pipe. */
  pipes: few(bytes),
  pairs: few(v.strictObject({ type: v.picklist([1, 2, 5]), flows: v.strictTuple([flow, flow]) })),
  locks: few(v.strictObject({ description: index, exclusive: v.boolean() })),
  alarm: v.strictObject({ left: nanoseconds, again: nanoseconds }),
  signals: v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(63))), v.maxLength(63)),
});

/** A kernel's state between two operations, as plain data. */
export type KernelState = v.InferOutput<typeof stateSchema>;
export type DescriptionState = v.InferOutput<typeof description>;
export type FlowState = v.InferOutput<typeof flow>;
export type Reference = v.InferOutput<typeof reference>;

/** Checks data from anywhere. Throws StateError. */
export const parseState = (value: unknown): KernelState => {
  const result = v.safeParse(stateSchema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const where = issue.path?.map(({ key }) => String(key)).join(".") ?? "";
  throw new StateError(`the saved state is damaged${where === "" ? "" : ` at ${where}`}: ${issue.message}`);
};
