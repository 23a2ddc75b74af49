import { describe, expect, it } from "vitest";
import { overdue, redoLimits } from "../../../src/durable/redo.js";

const NONE = Number.POSITIVE_INFINITY;

describe("how long a run may take that is done again", () => {
  it("is as long as its limits and its session's leave for a slower machine", () => {
    const session = { cpu: 60_000, wall: NONE };
    expect(redoLimits({ cpu: 1000, wall: 2000 }, session)).toEqual({ cpu: 15_000, wall: 25_000 });
    // A forged journal cannot give it more than the session has.
    expect(redoLimits({ cpu: 1e300, wall: NONE }, session)).toEqual({ cpu: 605_000, wall: NONE });
    expect(redoLimits({ cpu: NONE, wall: NONE })).toEqual({ cpu: NONE, wall: NONE });
    expect(redoLimits({ cpu: 0, wall: 0 })).toEqual({ cpu: 5000, wall: 5000 });
  });

  it("is told in the error", () => {
    const error = overdue({ cpu: 15_000, wall: 25_000 }, "cpu");
    expect(error).toMatchObject({ code: "ERR_DURABLE", reason: "diverged" });
    expect(error.message).toContain("15 s of CPU time");
    expect(overdue({ cpu: 15_000, wall: 25_000 }, "wall").message).toContain("25 s");
  });
});
