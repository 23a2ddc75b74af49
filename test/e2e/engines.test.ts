import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { chooseEngine } from "../../src/engine/choose.js";
import type { GuestProcess } from "../../src/engine/engine.js";
import { sallyport } from "../../src/wire/operations.js";
import { joinServers, type Serve } from "../../src/wire/serve.js";
import { noState, type SavedState, VERB, verbServer } from "../support/verbs.js";
import { onEachEngine } from "./engines.js";

const MEMORY = 256 * 2 ** 20;
const verbs = (list: number[], state: SavedState): Serve => joinServers(verbServer(list, state, 5n));

const gone = async (pid: number): Promise<void> => {
  for (;;) {
    try {
      // A process that nobody reaps yet is gone, too.
      if (/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))) return;
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

onEachEngine("an engine with Python's image", (name) => {
  const engine = chooseEngine(name);

  test("starts, and leaves as it is told", async () => {
    await using guest = await engine.start({ memory: MEMORY, serve: verbs([], noState()) });
    expect(guest.engine).toBe(name);
    expect(await guest.ended).toEqual({ kind: "exit", status: 5 });
    expect(guest.requests).toBe(2);
  });

  test("its state is the image's, and travels", async () => {
    const state = noState();
    await using one = await engine.start({ memory: MEMORY, serve: verbs([VERB.snapshot], state) });
    expect(await one.ended).toEqual({ kind: "exit", status: 5 });
    const changed = state.pages.reduce((sum, [, bytes]) => sum + bytes.byteLength, 0);
    expect(changed).toBeLessThan(65_536);
    // A page that is not in the image comes back with everything else.
    const mark = Buffer.alloc(4096, 0x5a);
    state.pages.push([BigInt(state.size) * 65_536n + 65_536n, mark]);
    state.size += 2;
    const again = noState();
    const serve = ((): Serve => {
      const restoring = verbs([VERB.restore], state);
      const saving = verbs([VERB.snapshot], again);
      let restored = false;
      return (request, answer) => {
        const serving = restored ? saving : restoring;
        if (request.number === sallyport.load_state.number) restored = true;
        return serving(request, answer);
      };
    })();
    await using two = await engine.start({ memory: MEMORY, serve });
    expect(await two.ended).toEqual({ kind: "exit", status: 5 });
    expect(again).toEqual(state);
  });

  test("the memory it may have cannot be too little or odd", async () => {
    const serve = verbs([], noState());
    await expect(engine.start({ memory: 65_536, serve })).rejects.toMatchObject({ code: "ERR_ENGINE_START" });
    await expect(engine.start({ memory: 100_000, serve })).rejects.toThrow(RangeError);
  });

  test("two hundred guests one after another leave nothing behind", async () => {
    const rounds = name === "native" ? 200 : 5;
    const before = readdirSync("/proc/self/fd").length;
    for (let round = 0; round < rounds; round++) {
      await using guest = await engine.start({ memory: MEMORY, serve: verbs([], noState()) });
      expect(await guest.ended).toEqual({ kind: "exit", status: 5 });
    }
    expect(readdirSync("/proc/self/fd").length).toBe(before);
  });

  test("a guest that is killed while it waits for an answer is gone", async () => {
    const guest: GuestProcess = await engine.start({
      memory: MEMORY,
      serve: () => new Promise(() => undefined),
    });
    while (!guest.waiting) await new Promise(setImmediate);
    guest.kill("enough");
    expect(await guest.ended).toEqual({ kind: "killed", reason: "enough" });
    guest.kill("again");
    guest.signal("SIGINT");
  });

  test("it does not outlive its controller", async () => {
    const script = fileURLToPath(new URL("../support/controller.mjs", import.meta.url));
    const dist = fileURLToPath(new URL("../../dist", import.meta.url));
    const stdio = ["ignore", "pipe", "inherit"] as const;
    const controller: ChildProcess = spawn(process.execPath, [script, dist, name], { stdio: [...stdio] });
    const [line]: unknown[] = await once(controller.stdout ?? controller, "data");
    const pid = Number(String(line));
    expect(pid).toBeGreaterThan(0);
    controller.kill("SIGKILL");
    await gone(pid);
  });
});
