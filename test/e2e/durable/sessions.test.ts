import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DurableError } from "../../../src/errors.js";
import { directory as directoryMount } from "../../../src/fs/directory/directory.js";
import { defineFunction } from "../../../src/functions/define.js";
import { proxy } from "../../../src/functions/proxy.js";
import { opener, places } from "../../support/durable-sessions.js";
import { ENGINES, onEachEngine } from "../engines.js";

const { fresh, killed } = places();

onEachEngine("durable sessions", (engine) => {
  const open = opener(engine);

  it("have all runs that were over in effect, and give their results again", async () => {
    const directory = fresh();
    const code =
      "import random, time\nnumbers = globals().get('numbers', []) + [random.random()]\nprint(len(numbers))\nnumbers";
    const first = await open(directory);
    expect(first.durable).toEqual({ resumed: false, finished: [], unfinished: false });
    const results = [await first.run(code, { id: "a" }), await first.run(code, { id: "b" })];
    const left = await killed(first, directory);

    await using again = await open(left);
    expect(again.durable).toEqual({ resumed: true, finished: ["a", "b"], unfinished: false });
    expect(await again.run("this is not even looked at", { id: "a" })).toEqual(results[0]);
    expect(await again.run(code, { id: "b" })).toEqual(results[1]);
    const third = await again.run<number[]>(code, { id: "c" }).value();
    expect(third?.slice(0, 2)).toEqual(await again.run(code, { id: "b" }).value());
    expect(third).toHaveLength(3);
    await again.close();
    expect(readFileSync(join(left, "stdout"), "utf8")).toBe("1\n2\n3\n");
    await using last = await open(left);
    expect((await last.run("", { id: "c" })).stdout).toBe("3\n");
    expect((await last.run(code)).stdout).toBe("4\n");
  });

  it("go on with the run that was not over, and with no other", async () => {
    const directory = fresh();
    let called: () => void = () => undefined;
    const calling = new Promise<void>((resolve) => {
      called = resolve;
    });
    const ids: (string | undefined)[] = [];
    const functions = (answer: () => Promise<number>) => ({
      ask: defineFunction({
        parameters: ["n"],
        handler: async ({ n }, { id }) => {
          ids.push(id);
          return n === 2 ? await answer() : Number(n) * 10;
        },
      }),
    });
    const code = "import random\ndrawn = [random.random(), ask(1), ask(2), random.random()]\ndrawn";
    const first = await open(
      directory,
      {},
      {
        functions: functions(() => {
          called();
          return new Promise(() => undefined);
        }),
      },
    );
    await first.run("start = 5").value();
    const lost = first.run(code).catch(() => undefined);
    await calling;
    const left = await killed(first, directory);
    await lost;

    await using again = await open(left, {}, { functions: functions(async () => 20) });
    expect(again.durable?.unfinished).toBe(true);
    await expect(again.files.write("/tmp/x", "x")).rejects.toMatchObject({
      code: "ERR_DURABLE",
      reason: "state",
    });
    const value = await again.run<number[]>(code).value();
    expect(value?.slice(1, 3)).toEqual([10, 20]);
    // The call that had no answer was made twice, under one name; the other once.
    expect(ids).toHaveLength(3);
    expect(ids[1]).toBe(ids[2]);
    expect(ids[0]).not.toBe(ids[1]);
    expect(await again.run("start + len(drawn)").value()).toBe(9);
  });
});

// What is the guest's part of it is the same on both engines, and was seen above.
describe("a durable session", () => {
  const open = opener(ENGINES[0]);

  it("refuse another run in the place of the one that was not over", async () => {
    const directory = fresh();
    let called: () => void = () => undefined;
    const calling = new Promise<void>((resolve) => {
      called = resolve;
    });
    const functions = {
      wait: async () => {
        called();
        await new Promise(() => undefined);
      },
    };
    const first = await open(directory, {}, { functions });
    const lost = first.run("import os\nos.urandom(2)\nwait()").catch(() => undefined);
    await calling;
    const left = await killed(first, directory);
    await lost;
    await using again = await open(left, {}, { functions });
    await expect(again.run("1 + 1")).rejects.toMatchObject({ code: "ERR_DURABLE", reason: "different" });
  });

  it("save their state when the journal is long, and go on from there", async () => {
    const directory = fresh();
    const first = await open(directory, { snapshot: 4096 });
    await first.run("import os\nfile = open('/tmp/log', 'a+')\nseen = []").value();
    for (let n = 0; n < 4; n += 1) {
      await first.run(`seen.append(os.urandom(1500))\nprint(${n}, file=file, flush=True)\nprint(len(seen))`, {
        id: `r${n}`,
      });
    }
    const total = await first.run("[len(seen), hash(bytes().join(seen)) and None]").value();
    expect(readdirSync(directory).some((name) => name.startsWith("snapshot-"))).toBe(true);
    const left = await killed(first, directory);

    await using again = await open(left, { snapshot: 4096 });
    expect(again.durable?.finished).toEqual(["r0", "r1", "r2", "r3"]);
    expect((await again.run("", { id: "r3" })).stdout).toBe("4\n");
    expect(await again.run("[len(seen), None]").value()).toEqual(total);
    expect(await again.run("file.seek(0)\nfile.read()").value()).toBe("0\n1\n2\n3\n");
  });

  it("have the host's changes of files, each at its time", async () => {
    const directory = fresh();
    const first = await open(
      directory,
      {},
      {
        functions: { put: async (text: string) => await first.files.write("/sandbox/from-host", text) },
      },
    );
    await first.files.write("/sandbox/in", "one");
    const code = "import os\n(open('in').read(), os.stat('in').st_mtime)";
    const one = await first.run(code, { id: "one" }).value();
    await first.files.write("in", "two");
    await first.files.mkdir("made/deep");
    const two = await first
      .run(`open('in', 'a').write('+')\nput('given')\nopen('from-host').read()`, { id: "two" })
      .value();
    await first.files.rename("in", "made/moved");
    const left = await killed(first, directory);

    await using again = await open(left, {}, { functions: { put: async () => undefined } });
    expect(await again.files.readText("made/moved")).toBe("two+");
    expect(await again.run(code, { id: "one" }).value()).toEqual(one);
    expect(await again.run("", { id: "two" }).value()).toBe(two);
    expect(await again.run("open('from-host').read() + str(os.path.exists('in'))").value()).toBe(
      "givenFalse",
    );
  });

  it("take back tasks that wait, and their calls", async () => {
    const directory = fresh();
    const asked: string[] = [];
    let release: () => void = () => undefined;
    const functions = (known: boolean) => ({
      fetch: async (name: string) => {
        asked.push(name);
        if (name === "slow" && !known) await new Promise<void>(() => release());
        return name.toUpperCase();
      },
    });
    const code = [
      "import asyncio",
      "async def both():",
      "    a, b, c = await asyncio.gather(fetch('quick'), fetch('slow'), fetch('quick2'))",
      "    await asyncio.sleep(0.01)",
      "    return [a, b, c]",
      "await both()",
    ].join("\n");
    const waiting = new Promise<void>((resolve) => {
      release = resolve;
    });
    const first = await open(directory, {}, { functions: functions(false) });
    const lost = first.run(code).catch(() => undefined);
    await waiting;
    await new Promise((resolve) => setTimeout(resolve, 50));
    const left = await killed(first, directory);
    await lost;
    const before = asked.length;
    await using again = await open(left, {}, { functions: functions(true) });
    expect(await again.run(code).value()).toEqual(["QUICK", "SLOW", "QUICK2"]);
    expect(asked.slice(before)).toContain("slow");
    expect(asked.filter((name) => name === "quick")).toHaveLength(1);
  });

  it("say that they died while a host function was calling the guest", async () => {
    const directory = fresh();
    let called: () => void = () => undefined;
    const calling = new Promise<void>((resolve) => {
      called = resolve;
    });
    const functions = {
      each: async (fn: (n: number) => Promise<unknown>) => [await fn(1), await fn(2)],
      wait: async (n: number) => {
        if (n === 2) called();
        return n === 2 ? await new Promise(() => undefined) : n;
      },
    };
    const code = "each(lambda n: wait(n))";
    const first = await open(directory, {}, { functions });
    const lost = first.run(code).catch(() => undefined);
    await calling;
    const left = await killed(first, directory);
    await lost;
    await using again = await open(left, {}, { functions });
    await expect(again.run(code)).rejects.toMatchObject({ code: "ERR_DURABLE", reason: "state" });
  });

  it("mix up no object of the host's with one that an earlier process had", async () => {
    class Box {
      readonly name: string;
      constructor(name: string) {
        this.name = name;
      }
      open(): string {
        return this.name;
      }
    }
    const directory = fresh();
    const functions = (name: string) => ({ box: () => proxy(new Box(name), { methods: ["open"] }) });
    const first = await open(directory, {}, { functions: functions("first") });
    expect(await first.run("old = box()\nold.open()").value()).toBe("first");
    const left = await killed(first, directory);
    await using again = await open(left, {}, { functions: functions("second") });
    expect(await again.run("new = box()\nnew.open()").value()).toBe("second");
    const result = await again.run("old.open()");
    expect(result.ok).toBe(false);
  });

  it("keep no state while a file outside is open, and go on from the journal", async () => {
    const directory = fresh();
    const data = fresh();
    mkdirSync(data);
    const mounts = () => ({ mounts: { "/data": directoryMount(data, { mode: "rw" }) } });
    const first = await open(directory, { snapshot: 4096 }, mounts());
    await first.run("import os\nlog = open('/data/log', 'a')\nos.urandom(5000)\nNone").value();
    await first.run("log.write('one\\n'); log.flush(); os.rename('/data/log', '/data/old')\nNone").value();
    expect(readdirSync(directory).some((name) => name.startsWith("snapshot-"))).toBe(false);
    const left = await killed(first, directory);
    await using again = await open(left, { snapshot: 4096 }, mounts());
    await again.run("log.write('two\\n'); log.close()\nNone").value();
    expect(readFileSync(join(data, "old"), "utf8")).toBe("one\ntwo\n");
    await again.run("os.urandom(5000)\nNone").value();
    await again.run("None").value();
    expect(readdirSync(left).some((name) => name.startsWith("snapshot-"))).toBe(true);
  });

  it("are not continued with other options, and say so", async () => {
    const directory = fresh();
    await (await open(directory)).close();
    const error = await open(directory, {}, { env: { A: "secret" } }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DurableError);
    expect(error).toMatchObject({ reason: "different", message: expect.stringContaining("env") });
    expect(String(error)).not.toContain("secret");
  });
});
