/**
 * The controller's part of a prepared image, and the checks of everything that is not checked elsewhere: the kernel
 * checks its own state, file systems theirs.
 */
import * as v from "valibot";
import { hash, mount, path } from "../snapshot/state.js";
import { damaged } from "./format.js";

const schema = v.strictObject({
  /** What it belongs to, by SHA-256: the guest's program, its library, and the image that it was made from. */
  guest: hash,
  library: hash,
  base: hash,
  /** SHA-256 of the setup's source. */
  setup: hash,
  python: v.pipe(v.string(), v.maxLength(100)),
  /** How many pages of 4096 bytes differ from the base. */
  changed: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 20)),
  /** Variables of the environment at the end of the setup. */
  env: v.pipe(v.array(v.strictTuple([v.string(), v.string()])), v.maxLength(10_000)),
  cwd: path,
  /** See KernelState. */
  kernel: v.unknown(),
  mounts: v.pipe(v.array(mount), v.maxLength(10_000)),
});

export type ImageState = v.InferOutput<typeof schema>;

/** @throws ImageError that says which part is wrong */
export const parseImageState = (value: unknown): ImageState => {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    throw damaged(`at ${v.getDotPath(issue) ?? "the top"}: ${issue.message}`);
  }
  for (const [name, text] of result.output.env) {
    if (name === "" || name.includes("=") || name.includes("\0") || text.includes("\0")) {
      throw damaged("a variable of its environment cannot be");
    }
  }
  return result.output;
};
