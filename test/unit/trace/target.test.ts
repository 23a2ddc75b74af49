import { describe, expect, it } from "vitest";
import { tracedSources } from "../../../src/replay/look/files.js";
import { targetOf } from "../../../src/replay/target.js";
import { TraceReader } from "../../../src/trace/reader.js";
import { allKinds, traceBytes } from "./kinds.js";

const reader = (): TraceReader => new TraceReader(traceBytes(allKinds(), 3));

describe("where a replay stops", () => {
  it("is an operation by its number, from the end, or by name and path", () => {
    using trace = reader();
    expect(targetOf(trace, 3)).toEqual({ kind: "operation", index: 3 });
    // The last one that the program asked for: not its exit.
    expect(targetOf(trace, -1)).toEqual({ kind: "operation", index: 8 });
    expect(targetOf(trace, -3)).toEqual({ kind: "operation", index: 6 });
    expect(targetOf(trace, -100)).toEqual({ kind: "operation", index: 1 });
    expect(targetOf(trace, { operation: "open" })).toEqual({ kind: "operation", index: 1 });
    expect(targetOf(trace, { path: "/none" })).toEqual({ kind: "operation", index: 2 });
    expect(targetOf(trace, { operation: "open", path: "/data/*.csv" })).toEqual({
      kind: "operation",
      index: 1,
    });
    expect(() => targetOf(trace, { operation: "open", from: 2 })).toThrow(
      "the trace has no open from operation 2 on",
    );
    expect(() => targetOf(trace, "error")).toThrow("no run of the trace ended by an exception");
  });

  it("has the sources that were read from their beginning, and no others", () => {
    using trace = reader();
    expect(tracedSources(trace.records())).toEqual([]);
  });
});
