import { readFileSync } from "node:fs";
import { Image, memory, Sandbox } from "../src/index.js";
import type { Context } from "./context.js";
import { interleaved } from "./lib/processes.js";
import { median } from "./lib/stats.js";
import { table } from "./lib/table.js";

/** What a sandbox costs that begins with so much data. */
export interface ImageTimes {
  /** Seconds (medians) from asking for it until a run has looked at the data and it is closed. */
  readonly seconds: number;
  /** Bytes of memory that are its own by then: what it has written to. */
  readonly private: number;
}

export interface ImageReport {
  /** Seconds to build the image and to read and check its file. */
  readonly build: number;
  readonly load: number;
  /** Bytes of memory that the setup made. */
  readonly changed: number;
  readonly rows: ReadonlyMap<string, ImageTimes>;
}

/** A module with about 10 MB of objects, and some modules of the library. */
const MODULE = `
import sqlite3, unittest, xml.etree.ElementTree, http.client
DATA = {f"key {n}": [n, n / 2, f"value {n}"] for n in range(38_000)}
`;
const SETUP = "import sys; sys.path.insert(0, '/lib'); from data import DATA";
const LOOK = "len(DATA), DATA['key 7']";

const timed = async <T>(work: () => Promise<T>): Promise<readonly [number, T]> => {
  const began = performance.now();
  const value = await work();
  return [(performance.now() - began) / 1000, value];
};

/** What a new sandbox costs: private memory is asked for in a round of its own, since that takes time. */
const contestant = (
  open: () => Promise<Sandbox>,
  code: string,
): { readonly time: () => Promise<number>; readonly own: () => Promise<number> } => {
  const use = async (look: (sandbox: Sandbox) => number): Promise<number> => {
    await using sandbox = await open();
    const result = await sandbox.run(code, { result: "repr" });
    if (!result.ok) throw new Error(`the sandbox has failed: ${JSON.stringify(result)}`);
    return look(sandbox);
  };
  return {
    time: async () => (await timed(() => use(() => 0)))[0],
    own: () => use((sandbox) => privateOf(sandbox)),
  };
};

const privateOf = ({ pid }: Sandbox): number => {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
  return Number(/^Anonymous:\s+(\d+)/m.exec(text)?.[1] ?? Number.NaN) * 1024;
};

export async function imageStarts(context: Context): Promise<ImageReport> {
  context.progress("starts from prepared images");
  const engine = "native" as const;
  const mounts = { "/lib": memory({ "data.py": MODULE }) };
  const [build, image] = await timed(() => Image.build({ engine, mounts, setup: SETUP }));
  await using loose = await Image.build({ engine, mounts, setup: SETUP, settle: false });
  await using built = image;
  const [load] = await timed(() => Image.load(built.path));
  const contestants = new Map([
    ["the shipped image, nothing imported", contestant(() => Sandbox.create({ engine }), "1, 2")],
    ["a prepared image", contestant(() => Sandbox.create({ engine, image: built }), LOOK)],
    [
      "a prepared image, all of its data read",
      contestant(() => Sandbox.create({ engine, image: built }), "sum(len(v) for v in DATA.values())"),
    ],
    [
      "the same, built with settle: false",
      contestant(() => Sandbox.create({ engine, image: loose }), "sum(len(v) for v in DATA.values())"),
    ],
    [
      "the shipped image, the same imported",
      contestant(() => Sandbox.create({ engine, mounts }), `${SETUP}\n${LOOK}`),
    ],
  ]);
  for (const { time } of contestants.values()) await time();
  const rounds = context.quick ? 3 : 30;
  const samples = await interleaved(
    new Map([...contestants].map(([name, { time }]) => [name, time])),
    rounds,
  );
  const rows = new Map<string, ImageTimes>();
  for (const [name, { own }] of contestants) {
    rows.set(name, { seconds: median(samples.get(name) ?? []), private: await own() });
  }
  return { build, load, changed: built.changed, rows };
}

export function printImages({ build, load, changed, rows }: ImageReport): string {
  const lines = [...rows].map(([name, { seconds, private: own }]) => [
    name,
    (seconds * 1000).toFixed(1),
    (own / 2 ** 20).toFixed(2),
  ]);
  return [
    table(["Start, one run, close", "ms", "own memory, MiB"], lines),
    `The image: ${(changed / 2 ** 20).toFixed(1)} MiB of the setup's, built in ${(build * 1000).toFixed(0)} ms, read and checked in ${(load * 1000).toFixed(0)} ms.`,
  ].join("\n");
}
