// What the peers measure of themselves, each in its own process.
import { readFileSync } from "node:fs";

/** Bytes that no other process shares. */
export const privateMemory = () =>
  [
    ...readFileSync("/proc/self/smaps_rollup", "latin1").matchAll(/^Private_(?:Clean|Dirty):\s+(\d+)/gm),
  ].reduce((sum, match) => sum + Number(match[1]) * 1024, 0);
export const middle = (values) => values.sort((a, b) => a - b)[values.length >> 1];
export const seconds = async (work) => {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
};
