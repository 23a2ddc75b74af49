import * as v from "valibot";
import { DurableError } from "../errors.js";
import { decodeData, encodeData } from "../snapshot/data.js";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const amount = v.pipe(v.number(), v.minValue(0));
const bytes = v.custom<Uint8Array>((value) => value instanceof Uint8Array, "no bytes");
const range = v.pipe(
  v.strictTuple([count, count]),
  v.check(([from, to]) => from <= to, "a range that ends before it begins"),
);

const schema = v.strictObject({
  /** Its name; null for one that has none. */
  id: v.nullable(v.string()),
  /** Operations of its session when it was over. */
  operations: count,
  /** It was in the journal before this one. */
  carried: v.boolean(),
  /** Where its output is in the files. */
  stdout: range,
  stderr: range,
  /** The report of its result, as it came; null where there was none. */
  result: v.nullable(bytes),
  displays: v.array(bytes),
  /** Why it was told to stop, and why the sandbox was closed for that. */
  stopped: v.nullable(
    v.strictObject({
      reason: v.picklist(["cpu", "wall", "output", "operations", "aborted", "interrupted"]),
      closed: v.nullable(v.string()),
    }),
  ),
  /** How the guest ended with it, where it did. */
  ended: v.nullable(
    v.variant("kind", [
      v.strictObject({ kind: v.literal("exit"), status: count }),
      v.strictObject({
        kind: v.literal("died"),
        reason: v.picklist([
          "unreachable",
          "out of bounds",
          "integer arithmetic",
          "stack overflow",
          "indirect call",
          "other",
        ]),
        detail: v.bigint(),
      }),
    ]),
  ),
  peakMemory: amount,
  limits: v.strictObject({ cpu: amount, wall: amount, output: amount, operations: amount }),
  usage: v.strictObject({
    cpu: amount,
    wall: amount,
    peakMemory: amount,
    operations: v.record(v.string(), count),
    bytesIn: count,
    bytesOut: count,
  }),
});

/** What a run that is over left, as the journal has it. */
export type RunRecord = v.InferOutput<typeof schema>;

export const encodeRun = (run: RunRecord): Uint8Array => Buffer.concat(encodeData(run));

/** Throws DurableError for what is no such record. */
export const decodeRun = (body: Uint8Array): RunRecord => {
  let value: unknown;
  try {
    value = decodeData(body);
  } catch (error) {
    throw new DurableError("damaged", "the journal is damaged: the record of a run cannot be read", {
      cause: error,
    });
  }
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  throw new DurableError(
    "damaged",
    `the journal is damaged: the record of a run: ${parsed.issues[0].message}`,
  );
};
