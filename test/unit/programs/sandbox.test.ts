import { describe, expect, it } from "vitest";
import type { ProgramGuest } from "../../../src/programs/guest.js";
import { Sandbox } from "../../../src/sandbox.js";

const guest: ProgramGuest = {
  kind: "wasi",
  argv0: "program",
  cwd: "/",
  mounts: () => new Map(),
  start: () => Promise.reject(new Error("never started")),
};

describe("a sandbox for a program", () => {
  it.each(["functions", "adapters", "argv", "engine", "hardened", "image", "record", "durable"])(
    "refuses what is for Python alone: %s",
    async (option) => {
      await expect(Sandbox.create({ guest, [option]: "x" })).rejects.toMatchObject({
        code: "ERR_OPTION",
        option,
      });
      await expect(Sandbox.create({ guest, [option]: undefined })).resolves.toBeDefined();
    },
  );
});
