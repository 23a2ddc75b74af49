import type { Usage } from "../../result.js";

export const NO_USAGE: Usage = { cpu: 0, wall: 0, peakMemory: 0, operations: {}, bytesIn: 0, bytesOut: 0 };

/** What two runs used together. */
export const addUsage = (a: Usage, b: Usage): Usage => {
  const operations = new Map(Object.entries(a.operations));
  for (const [name, count] of Object.entries(b.operations)) {
    operations.set(name, (operations.get(name) ?? 0) + count);
  }
  return {
    cpu: a.cpu + b.cpu,
    wall: a.wall + b.wall,
    peakMemory: Math.max(a.peakMemory, b.peakMemory),
    operations: Object.fromEntries(operations),
    bytesIn: a.bytesIn + b.bytesIn,
    bytesOut: a.bytesOut + b.bytesOut,
  };
};
