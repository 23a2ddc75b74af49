import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { EngineName } from "../../src/engine/engine.js";
import {
  ClosedError,
  type GuestFunction,
  functions as made,
  ProtocolError,
  proxy,
  type RunResult,
  Sandbox,
} from "../../src/index.js";
import { ENGINES } from "../e2e/engines.js";

/** Python that writes whatever bytes it likes in its messages: the module that does so is there for every program. */
const FORGE = `
import _sallyport
from sallyport import _wire

def head(major, number): return bytes([major << 5 | 27]) + number.to_bytes(8, "big")
def text(s): return head(3, len(s.encode())) + s.encode()
def data(b): return head(2, len(b)) + b
def array(*items): return head(4, len(items)) + b"".join(items)
def map_of(*pairs): return head(5, len(pairs) // 2) + b"".join(pairs)
def tag(number, content): return head(6, number) + content
def host(thing): return tag(60021, map_of(text("id"), head(0, thing._reference_)))
def ask(request): return _wire.unpack_message(_sallyport.call(_wire.pack_message({**request, "dropped": []})))
def send(*args):
    return ask({"kind": "call", "target": {"name": "take"}, "args": array(*args), "kwargs": b"\\xa0"})
`;

/** The controller's side is the same for all of them. */
const [engine = "auto"]: readonly (EngineName | "auto")[] = ENGINES;

const forge = async <T>(
  source: string,
  functions: Record<string, (...args: never[]) => unknown> = {},
): Promise<RunResult<T>> => {
  await using sandbox = await Sandbox.create({
    engine,
    functions: { take: () => "taken", ...functions },
    limits: { wall: "20s", memory: "256 MiB", message: "8 MiB" },
  });
  return await sandbox.run<T>(FORGE + source);
};

describe("values that a guest forged", () => {
  test("are refused as soon as they were read, however long their texts and numbers are", async () => {
    // Each would keep the controller busy for minutes, if its time grew with the square of its length.
    expect(await forge(`send(tag(60009, text("1" * 1_000_000 + "x")))`)).toMatchObject({
      status: "protocol",
    });
    const url = await forge(`
host = "".join(map(chr, range(0x4e00, 0x9e00))) * 8
send(*(tag(32, text(f"{scheme}{host}/")) for scheme in ("http://", "ht\\ttp:", " \\nWSS:\\\\\\\\a@", "file://")))["kind"]`);
    expect(url).toMatchObject({ value: "value" });
    const path = await forge<string>(`
number = tag(2, data(b"\\xff" * 2**20))
value = tag(60021, map_of(text("id"), head(0, 1)))
for _ in range(7): value = map_of(head(0, 1), head(0, 1), number, value)
send(value)["error"]["message"]`);
    expect(path).toMatchObject({
      value: expect.stringMatching(/^value\[0\](\[<BigInt>\]){7}: the host's object is no longer there$/),
    });
  });

  test("mark no object of the host's", async () => {
    class Endless {
      async *[Symbol.asyncIterator]() {}
    }
    const own = new Endless();
    const thing = proxy({ act: () => 1 }, { methods: ["act"], name: "thing" });
    for (const given of [own, thing]) {
      const result = await forge(`send(tag(60012, array(text("a:B"), host(give()))))`, {
        give: () => given,
      });
      expect(result).toMatchObject({ status: "protocol" });
      expect(Object.getOwnPropertySymbols(given).map(String)).not.toContain("Symbol(sallyport.pythonType)");
    }
  });
});

describe("values that JavaScript calls by itself", () => {
  test("are no promises, and end nothing by what they raise", async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => void unhandled.push(reason);
    process.on("unhandledRejection", note);
    try {
      await using sandbox = await Sandbox.create({ engine });
      await sandbox.run("def act(*given): raise ValueError('no')");
      const never = await sandbox.run("{'then': act, 'x': 1}").value();
      expect(never).toEqual(
        new Map<string, unknown>([
          ["then", expect.any(Function)],
          ["x", 1],
        ]),
      );
      expect(
        await sandbox.run("same == {'then': act, 'x': 1}", { variables: { same: never } }),
      ).toMatchObject({ value: true });
      const field = await sandbox.run(`
from dataclasses import dataclass
@dataclass
class Later: then: object
Later(act)`);
      expect(field).toMatchObject({ status: "error", error: { type: "TypeError" } });
      const value = await sandbox.run("{'toJSON': act, 'toString': act, 'valueOf': act}").value();
      expect(JSON.stringify(value)).toBe("{}");
      expect(() => `${value}`).toThrow(TypeError);
      expect(await sandbox.run("1").value()).toBe(1);
      await setTimeout(10);
    } finally {
      process.off("unhandledRejection", note);
    }
    expect(unhandled).toEqual([]);
  });
});

describe("what a guest asks of host functions", () => {
  test("has its objects held once each, and given back, whether the function answers or throws", async () => {
    const kept: unknown[] = [];
    const result = await forge<number[]>(
      `
from sallyport._references import registry
def act(): pass
counts = []
for function in (keep, fail):
    try: function([act] * 1000)
    except Exception: pass
    counts.append(registry._objects[registry._numbers[id(act)]][1])
counts`,
      {
        keep: (given: unknown) => void kept.push(given),
        fail: (given: unknown) => {
          kept.push(given);
          throw new Error("no");
        },
      },
    );
    expect(result).toMatchObject({ value: [1, 1] });
  });

  test("is no more items than one answer has, of an iterator without end", async () => {
    const endless = function* () {
      for (let item = 0; ; item++) yield item;
    };
    const result = await forge(
      `
answer = ask({"kind": "next", "reference": numbers()._reference_, "count": 2**53 - 1})
[len(_wire.unpack_value(answer["value"], "items")), answer["done"]]`,
      { numbers: endless },
    );
    expect(result).toMatchObject({ value: [64, false] });
  });

  test("has its answers held within bounds, where the guest does not read them", async () => {
    const result = await forge<unknown[]>(
      `
import time
request = {"kind": "call", "target": {"name": "big"}, "args": array(), "kwargs": map_of(), "dropped": []}
calls = [_sallyport.start(_wire.pack_message(request)) for _ in range(24)]
time.sleep(0.3)
kinds = [_wire.unpack_message(_sallyport.answer(call)) for call in calls]
held = [answer for answer in kinds if answer["kind"] == "value"]
[len(held), {answer["error"]["type"] for answer in kinds if answer["kind"] == "error"}]`,
      {
        big: async () => {
          await setTimeout(1);
          return new Uint8Array(4 << 20);
        },
      },
    );
    expect(result).toMatchObject({ value: [15, new Set(["MemoryError"])] });
  });

  test("raises an exception, whatever it is that a host function throws", async () => {
    const trap = () => {
      throw new Error("trap");
    };
    const traps = { get: trap, getPrototypeOf: trap, has: trap, ownKeys: trap };
    const thrown = [
      Object.assign(new Error("x"), { message: 42 }),
      Object.defineProperty(new Error("x"), "name", { value: Symbol("name") }),
      Object.defineProperty(new Error("x"), "message", { get: trap }),
      new Proxy(new Error("x"), traps),
      new Proxy({}, traps),
      null,
      Symbol("thrown"),
      Object.create(null),
    ];
    const result = await forge<string[]>(
      `
names = []
for index in range(${thrown.length}):
    try: fail(index)
    except Exception as error: names.append(type(error).__mro__[0].__name__)
names`,
      {
        fail: (index: number) => {
          throw thrown[index];
        },
      },
    );
    expect(result).toMatchObject({ value: thrown.map(() => "HostError") });
  });
});

describe("a guest that breaks the protocol", () => {
  test("ends no other, whose host function or file system runs it", async () => {
    const breach = async (): Promise<unknown> => {
      await using inner = await Sandbox.create({ engine });
      return await inner.run(`import _sallyport; _sallyport.report(1, b"no result")`).value();
    };
    await expect(breach()).rejects.toThrow(ProtocolError);
    await using sandbox = await Sandbox.create({
      engine,
      functions: { breach },
      mounts: { "/made": made({ x: () => breach().then(() => "") }) },
    });
    const result = await sandbox.run<string[]>(`
seen = []
for attempt in (breach, lambda: open("/made/x").read()):
    try: attempt()
    except Exception as error: seen.append(type(error).__name__)
seen`);
    expect(result).toMatchObject({ value: ["HostError", "OSError"] });
  });

  test("in what the host asks of an object of its, between two runs, is gone", async () => {
    await using sandbox = await Sandbox.create({ engine });
    const act = await sandbox
      .run<GuestFunction>(`
from sallyport import _actions
def act():
    _actions.ok = lambda value: {"status": "ok", "value": b"\\xff"}
act`)
      .value();
    await expect(act?.()).rejects.toThrow(ProtocolError);
    expect(await sandbox.run("1").then(undefined, (error: unknown) => error)).toBeInstanceOf(ClosedError);
    expect(sandbox.closed).toMatch(/^it broke the protocol/);
  });
});

describe("a guest's iterator", () => {
  test("gives no more items than it was asked for", async () => {
    const result = await forge(
      `
from sallyport import _actions
_actions._next = lambda action: {"status": "items", "value": array(*[b"\\x01"] * 1_000_000), "done": False}
def numbers(): yield 1
read(numbers())`,
      {
        read: async (numbers: AsyncIterable<unknown>) => {
          for await (const number of numbers) return number;
          return undefined;
        },
      },
    );
    expect(result).toMatchObject({
      status: "protocol",
      error: { message: "The guest gave more items than were asked for." },
    });
  });
});

describe("what a guest displays", () => {
  test("counts with all that it has, its name as well", async () => {
    await using sandbox = await Sandbox.create({ engine, limits: { output: "1 MiB" } });
    const result = await sandbox.run(`
from sallyport.display import display
for _ in range(10): display({"text/plain": ""}, raw=True, display_id="x" * 300_000)`);
    expect(result).toMatchObject({ status: "output" });
    expect(result.displays.length).toBe(3);
    const metadata = await sandbox.run(`
${FORGE}
for _ in range(10): _sallyport.report(2, _wire.pack_message(
  {"data": {}, "metadata": array(*[b"\\x80"] * 10_000), "update": False}))`);
    expect(metadata).toMatchObject({ status: "output" });
    expect(metadata.displays.length).toBe(3);
  });
});
