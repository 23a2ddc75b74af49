import { describe, expect, test } from "vitest";
import { SnapshotError } from "../../src/errors.js";
import { Sandbox } from "../../src/sandbox.js";
import { Snapshot } from "../../src/snapshot/snapshot.js";

describe("a snapshot from a hostile hand", () => {
  const changed = async (change: (state: Snapshot["state"]) => Snapshot["state"]): Promise<Snapshot> => {
    await using sandbox = await Sandbox.create();
    await sandbox.run("x = 1");
    return new Snapshot(change((await sandbox.snapshot()).state));
  };

  test("of another image is refused", async () => {
    const other = await changed((state) => ({ ...state, image: new Uint8Array(32) }));
    await expect(Sandbox.restore(other)).rejects.toThrow(/belongs to image 0000000000000000…/);
  });

  test.each<[string, (state: Snapshot["state"]) => Snapshot["state"]]>([
    ["more memory than the limit", (state) => ({ ...state, memory: { ...state.memory, pages: 65_536 } })],
    [
      "globals of another number",
      (state) => ({ ...state, memory: { ...state.memory, globals: new Uint8Array(80) } }),
    ],
  ])("with %s is refused", async (_what, change) => {
    const snapshot = await changed(change);
    await expect(Sandbox.restore(snapshot, { limits: { memory: "128MiB" } })).rejects.toBeInstanceOf(
      SnapshotError,
    );
  });

  test("with a kernel's state that cannot be is refused", async () => {
    const snapshot = await changed((state) => ({ ...state, kernel: { version: 1 } }));
    await expect(Sandbox.restore(snapshot)).rejects.toBeInstanceOf(SnapshotError);
  });

  test("with memory that makes no sense is at worst a guest that crashes", async () => {
    for (const byte of [1, 0xff]) {
      const snapshot = await changed((state) => ({
        ...state,
        memory: {
          ...state.memory,
          runs: state.memory.runs.map(([address, bytes]) => [
            address,
            new Uint8Array(bytes.byteLength).fill(byte),
          ]),
        },
      }));
      await using sandbox = await Sandbox.restore(snapshot, { limits: { wall: "5s", grace: "500ms" } });
      const result = await sandbox.run("1 + 1");
      expect(["killed", "protocol", "timeout", "exit", "error", "memory"]).toContain(result.status);
    }
    await using sound = await Sandbox.create();
    expect(await sound.run("1 + 1")).toMatchObject({ status: "ok", value: 2 });
  });
});
