import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { DurableError } from "../errors.js";
import { reasonOf } from "../wire/thrown.js";
import { readPlain, writeWhole } from "./plain.js";

const VERSION = 1;
export const MANIFEST = "manifest.json";
const MANIFEST_MAX = 1 << 20;

const safe = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

const schema = v.strictObject({
  version: v.literal(VERSION),
  /** A name that no other has. */
  id: v.pipe(v.string(), v.uuid()),
  /** What has to be the same for the run to go on: names, and values or hashes of them. */
  same: v.record(v.string(), v.string()),
  /** The number of the journal, and of the snapshot that it goes on from; 0: from the start. */
  number: safe,
  /** SHA-256 of the snapshot's file. */
  snapshot: v.nullable(hash),
});
export type Manifest = v.InferOutput<typeof schema>;

/** A new run's. */
export const newManifest = (id: string, same: Readonly<Record<string, string>>): Manifest => ({
  version: VERSION,
  id,
  same: { ...same },
  number: 0,
  snapshot: null,
});

export const sha256 = (of: string | Uint8Array): string => createHash("sha256").update(of).digest("hex");

/** Undefined where there is none. @throws DurableError where it is damaged, or of another version */
export const readManifest = (directory: string): Manifest | undefined => {
  const file = join(directory, MANIFEST);
  if (!existsSync(file)) return undefined;
  const text = readPlain(file, MANIFEST_MAX).toString("utf8");
  let value: unknown;
  try {
    const line = text.indexOf("\n");
    if (sha256(Buffer.from(text.slice(line + 1))) !== text.slice(0, line))
      throw new SyntaxError("its hash is another");
    value = JSON.parse(text.slice(line + 1));
  } catch (error) {
    const why = reasonOf(error);
    throw new DurableError("damaged", `${JSON.stringify(file)} is damaged: ${why}`, { cause: error });
  }
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  throw new DurableError(
    "damaged",
    `${JSON.stringify(file)} is damaged, or of another version: ${parsed.issues[0].message}`,
  );
};

export const writeManifest = (directory: string, manifest: Manifest): void => {
  const text = `${JSON.stringify(manifest, undefined, 2)}\n`;
  writeWhole(directory, MANIFEST, Buffer.from(`${sha256(Buffer.from(text))}\n${text}`));
};

/** @throws DurableError where something is not the same as when the run was begun */
export const compareManifest = (
  directory: string,
  then: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): void => {
  const before = new Map(Object.entries(then));
  const after = new Map(Object.entries(now));
  const other = [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => before.get(name) !== after.get(name),
  );
  if (other.length === 0) return;
  const said = other.map(
    (name) => `${name.replace(/^own\./, "")} (${show(before.get(name))}, now ${show(after.get(name))})`,
  );
  throw new DurableError(
    "different",
    `${JSON.stringify(directory)} was begun with other options: ${said.join("; ")}. Give the same, or another directory`,
  );
};

const show = (value: string | undefined): string => {
  if (value === undefined) return "none";
  const text = value.length > 100 ? `${value.slice(0, 100)}…` : value;
  return JSON.stringify(text);
};
