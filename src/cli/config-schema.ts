import * as v from "valibot";

const amount = v.union([v.string(), v.number()], 'give a number, or a text such as "256 MiB" or "5 s"');

const count = v.number("give a whole number");

/** What a config file may say; docs/config.schema.json is made from it. */
export const schema = v.strictObject({
  $schema: v.optional(v.string()),
  mounts: v.optional(
    v.record(
      v.pipe(v.string(), v.startsWith("/", 'a guest path begins with "/"')),
      v.union([
        v.string(),
        v.strictObject({ host: v.string(), mode: v.optional(v.picklist(["ro", "rw", "cow"])) }),
      ]),
    ),
  ),
  env: v.optional(v.record(v.string(), v.string())),
  cwd: v.optional(v.pipe(v.string(), v.startsWith("/", 'a guest path begins with "/"'))),
  limits: v.optional(
    v.strictObject({
      memory: v.optional(amount),
      cpu: v.optional(amount),
      wall: v.optional(amount),
      output: v.optional(amount),
      storage: v.optional(amount),
      message: v.optional(amount),
      totalCpu: v.optional(amount),
      grace: v.optional(amount),
      operations: v.optional(count),
      descriptors: v.optional(count),
    }),
  ),
  files: v.optional(
    v.strictObject({
      deny: v.optional(v.array(v.string())),
      readonly: v.optional(v.array(v.string())),
    }),
  ),
  timezone: v.optional(v.string()),
  seed: v.optional(v.string()),
  deterministic: v.optional(v.boolean()),
  image: v.optional(v.string()),
  engine: v.optional(v.picklist(["auto", "native", "wasm"])),
  hardened: v.optional(v.boolean()),
});

/** What sallyport.config.json, or the `config` that sallyport.config.ts exports, may say. */
export type Config = v.InferInput<typeof schema>;

/** The same, checked. */
export type Settings = v.InferOutput<typeof schema>;
