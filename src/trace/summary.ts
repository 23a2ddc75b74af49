import type { Decoded } from "./decode.js";
import type { TraceRecord } from "./format.js";
import { pathsOf } from "./select.js";

export interface Sums {
  readonly calls: number;
  /** Nanoseconds in all, waits included. */
  readonly time: number;
  readonly failed: number;
}

export interface Summary {
  /** By operation, and by path as it was given; the longest time first. */
  readonly operations: readonly (readonly [name: string, sums: Sums])[];
  readonly paths: readonly (readonly [path: string, sums: Sums])[];
}

/** Most different paths that are summed up; those that come later count together, as "…". */
const PATHS_MAX = 100_000;

/** Sums up calls, times and failures. */
export const summary = (records: Iterable<readonly [TraceRecord, Decoded]>): Summary => {
  const operations = new Map<string, Sums>();
  const paths = new Map<string, Sums>();
  const add = (to: Map<string, Sums>, key: string, time: number, failed: boolean): void => {
    const before = to.get(key) ?? { calls: 0, time: 0, failed: 0 };
    to.set(key, {
      calls: before.calls + 1,
      time: before.time + time,
      failed: before.failed + (failed ? 1 : 0),
    });
  };
  for (const [{ duration }, decoded] of records) {
    const failed = decoded.outcome !== undefined && "error" in decoded.outcome;
    add(operations, decoded.name, duration, failed);
    for (const path of pathsOf(decoded)) {
      add(paths, paths.size < PATHS_MAX || paths.has(path) ? path : "…", duration, failed);
    }
  }
  const sorted = (sums: Map<string, Sums>) => [...sums].sort(([, a], [, b]) => b.time - a.time);
  return { operations: sorted(operations), paths: sorted(paths) };
};
