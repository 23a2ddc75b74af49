import * as v from "valibot";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  defineFunction,
  type GuestFunction,
  type GuestIterator,
  type HostProxy,
  keywords,
  OptionError,
  PythonError,
  proxy,
  RaiseError,
  type RunResult,
  Sandbox,
  unwrap,
} from "../../../src/index.js";
import { onEachEngine } from "../engines.js";

class Account {
  balance = 100;
  withdraw(amount: number): number {
    if (amount > this.balance) throw new RangeError("not enough money");
    this.balance -= amount;
    return this.balance;
  }
  destroy(): void {
    this.balance = 0;
  }
}

const errorOf = (result: RunResult): { type: string; message: string; traceback: string } => {
  if (result.ok) throw new Error("expected an error");
  return result.error;
};

onEachEngine("host functions", (engine) => {
  let sandbox: Sandbox;
  let account: HostProxy;
  const log: string[] = [];
  const state = { closed: false, aborted: false, gateAborted: false, waitAborted: false };
  let open = (): void => undefined;
  const meeting: (() => void)[] = [];

  beforeAll(async () => {
    sandbox = await Sandbox.create({
      engine,
      // However busy the machine is, what can stop by itself does so before it is killed.
      limits: { grace: "30 s" },
      functions: {
        add: (a: number, b = 2) => a + b,
        options: (...args: unknown[]) => args,
        later: async (value: number) => value,
        // Answers nobody before there are three who wait.
        meet: async (value: number) => {
          await new Promise<void>((resolve) => {
            meeting.push(resolve);
            if (meeting.length === 3) for (const go of meeting) go();
          });
          return value;
        },
        fail: (kind: string) => {
          if (kind === "range") throw new RangeError("out of range");
          if (kind === "key") throw new RaiseError("KeyError", "no such key");
          throw new Error("/secret/path is on the host");
        },
        db: {
          find: defineFunction({
            description: "Finds customers by name.",
            parameters: [
              { name: "name", type: "str" },
              { name: "limit", type: "int", default: 10, keyword: true },
            ],
            returns: "list[dict]",
            input: v.object({ name: v.pipe(v.string(), v.minLength(1)), limit: v.number() }),
            handler: ({ name, limit }) => [{ name: name.toUpperCase(), limit }],
          }),
        },
        slow: defineFunction({
          parameters: [],
          timeout: "50 ms",
          handler: (_input, { signal }) =>
            new Promise(() => {
              signal.addEventListener("abort", () => {
                state.aborted = true;
              });
            }),
        }),
        numbers: async function* (n: number) {
          try {
            for (let i = 0; i < n; i++) yield i;
          } finally {
            state.closed = true;
          }
        },
        account: () => account,
        apply: async (fn: GuestFunction, ...args: unknown[]) => await fn(...args),
        total: async (items: GuestIterator) => {
          let sum = 0;
          for await (const item of items) sum += Number(item);
          return sum;
        },
        print_on_host: (text: string) => {
          log.push(text);
        },
        gate: defineFunction({
          parameters: [],
          async: true,
          handler: (_input, { signal }) => {
            signal.addEventListener("abort", () => {
              state.gateAborted = true;
            });
            return new Promise((resolve) => {
              open = () => resolve("opened");
            });
          },
        }),
        waits: defineFunction({
          parameters: [],
          async: true,
          handler: (_input, { signal }) =>
            new Promise(() => {
              signal.addEventListener("abort", () => {
                state.waitAborted = true;
              });
            }),
        }),
        bad_result: () => ({ ok: [new WeakMap()] }),
      },
    });
    account = proxy(new Account(), { methods: ["withdraw"] });
  });
  afterAll(() => sandbox.close());

  it("calls them with positional, keyword and default arguments", async () => {
    expect(unwrap(await sandbox.run("add(1), add(1, 5), add(a=1, b=3), add(1, b=0)"))).toEqual([3, 6, 4, 1]);
    expect(unwrap(await sandbox.run("options(1, 'two', [3])"))).toEqual([1, "two", [3]]);
    expect(errorOf(await sandbox.run("add()")).type).toBe("TypeError");
    expect(errorOf(await sandbox.run("add(1, 2, 3)")).type).toBe("TypeError");
  });

  it("shows signatures and docstrings to inspect and help", async () => {
    const code = "import inspect; str(inspect.signature(db.find)), inspect.getdoc(db.find)";
    expect(unwrap(await sandbox.run(code))).toEqual([
      "(name: str, *, limit: int = 10) -> list[dict]",
      "Finds customers by name.",
    ]);
    expect(unwrap(await sandbox.run("str(inspect.signature(add))"))).toBe("(a, b=...)");
  });

  it("checks arguments with a schema, and raises ValueError for what it refuses", async () => {
    expect(unwrap(await sandbox.run("db.find('ada')"))).toEqual([{ name: "ADA", limit: 10 }]);
    expect(unwrap(await sandbox.run("db.find('ada', limit=3)"))).toEqual([{ name: "ADA", limit: 3 }]);
    const refused = errorOf(await sandbox.run("db.find('ada', limit='many')"));
    expect([refused.type, refused.message]).toEqual(["ValueError", expect.stringContaining("limit: ")]);
  });

  it("raises the host's exceptions without its stack or paths", async () => {
    expect(errorOf(await sandbox.run("fail('range')"))).toMatchObject({
      type: "ValueError",
      message: "out of range",
    });
    expect(errorOf(await sandbox.run("fail('key')")).type).toBe("KeyError");
    const other = errorOf(await sandbox.run("fail('other')"));
    expect(other.traceback).not.toContain(".ts");
    const caught =
      "from sallyport import HostError\ntry: fail('range')\nexcept HostError as e: r = str(e)\nr";
    expect(unwrap(await sandbox.run(caught))).toBe("out of range");
  });

  it("says which part of a result cannot travel", async () => {
    const { type, message } = errorOf(await sandbox.run("bad_result()"));
    expect([type, message]).toEqual(["TypeError", expect.stringContaining("result.ok[0]")]);
  });

  it("runs concurrently from asyncio", async () => {
    const code = "import asyncio\nawait asyncio.gather(meet(30), meet(20), meet(10))";
    expect(unwrap(await sandbox.run(code))).toEqual([30, 20, 10]);
    expect(unwrap(await sandbox.run("later.sync(1)"))).toBe(1);
  });

  it("ends a call at its own time limit, and tells its handler", async () => {
    expect(errorOf(await sandbox.run("slow()")).type).toBe("TimeoutError");
    expect(state.aborted).toBe(true);
  });

  it("gives async iterables as iterators, and closes what was not read to its end", async () => {
    expect(unwrap(await sandbox.run("list(numbers(1000)) == list(range(1000))"))).toBe(true);
    expect(unwrap(await sandbox.run("[x async for x in numbers(3)]"))).toEqual([0, 1, 2]);
    state.closed = false;
    await sandbox.run("for x in numbers(10**9):\n    if x > 2: break\ndel x\nimport gc; gc.collect()");
    await sandbox.run("1");
    expect(state.closed).toBe(true);
  });

  it("hands objects in by reference, with the listed methods only, until they are revoked", async () => {
    expect(unwrap(await sandbox.run("a = account()\na.withdraw(30), a.withdraw(20)"))).toEqual([70, 50]);
    expect(errorOf(await sandbox.run("a.destroy()")).type).toBe("AttributeError");
    expect(errorOf(await sandbox.run("a.balance")).type).toBe("AttributeError");
    expect(errorOf(await sandbox.run("a.withdraw(1000)"))).toMatchObject({
      type: "ValueError",
      message: "not enough money",
    });
    account.revoke();
    const revoked = errorOf(await sandbox.run("a.withdraw(1)"));
    expect([revoked.type, revoked.message]).toEqual(["ReferenceError", expect.stringContaining("revoked")]);
  });

  it("calls the guest's functions from the host, within a call and after it", async () => {
    expect(unwrap(await sandbox.run("apply(lambda x, y: x * y, 6, 7)"))).toBe(42);
    expect(unwrap(await sandbox.run("apply(lambda n: apply(lambda m: add(m, 1), n), 1)"))).toBe(2);
    const scale = unwrap(
      await sandbox.run<GuestFunction>("def scale(x, factor=2): return x * factor\nscale"),
    );
    expect(await scale?.(21)).toBe(42);
    expect(await scale?.(21, keywords({ factor: 3 }))).toBe(63);
    const failing = unwrap(await sandbox.run<GuestFunction>("def boom(): raise KeyError('x')\nboom"));
    await expect(failing?.()).rejects.toThrow(PythonError);
    await expect(failing?.()).rejects.toMatchObject({ type: "KeyError" });
    scale?.release();
    await expect(scale?.(1)).rejects.toThrow("released");
  });

  it("tells a function that its call was given up, and lets started ones go on in later runs", async () => {
    const code = "import asyncio\ntask = gate()\nawait asyncio.sleep(0)";
    expect(await sandbox.run(code)).toMatchObject({ ok: true });
    expect(state.gateAborted).toBe(false);
    open();
    expect(unwrap(await sandbox.run("await task"))).toBe("opened");
    const stopped = await sandbox.run("waits.sync()", { limits: { wall: 100 } });
    expect(stopped).toMatchObject({ status: "timeout", closed: false });
    expect(state.waitAborted).toBe(true);
  });

  it("asks through the call that it is within, while others are open", async () => {
    const code = "import asyncio\nwaiting = gate()\nawait asyncio.sleep(0)\napply.sync(lambda n: n + 1, 1)";
    expect(unwrap(await sandbox.run(code))).toBe(2);
    open();
    expect(unwrap(await sandbox.run("await waiting"))).toBe("opened");
  });

  it("brings the guest's exceptions back to the guest as themselves", async () => {
    const code = `
      class Mine(Exception): pass
      def boom(): raise Mine("x", 1)
      try:
          apply(boom)
      except Mine as e:
          r = e.args
      r
    `;
    expect(unwrap(await sandbox.run(code))).toEqual(["x", 1]);
  });

  it("reads the guest's generators as async iterables", async () => {
    expect(unwrap(await sandbox.run("total(n for n in range(100))"))).toBe(4950);
    const code =
      "def count():\n    try:\n        for n in range(10**9): yield n\n    finally: globals()['ended'] = True\ncount()";
    const items: unknown[] = [];
    const numbers = unwrap(await sandbox.run<GuestIterator>(code));
    if (numbers === undefined) throw new Error("no iterator");
    for await (const item of numbers) {
      items.push(item);
      if (items.length === 5) break;
    }
    expect(items).toEqual([0, 1, 2, 3, 4]);
    expect(unwrap(await sandbox.run("ended"))).toBe(true);
    expect(
      unwrap(await sandbox.run("async def agen():\n    yield 'a'\n    yield 'b'\nagen()").then(drain)),
    ).toEqual(["a", "b"]);
  });

  it("keeps names from the guest from becoming properties", async () => {
    const code = "options(**{'__proto__': 1, 'constructor': 2})";
    const [received] = unwrap(await sandbox.run<unknown[]>(code)) ?? [];
    expect(Object.keys(Object(received))).toEqual(expect.arrayContaining(["__proto__", "constructor"]));
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  it("refuses names that Python cannot have", async () => {
    await expect(Sandbox.create({ engine, functions: { "not-a-name": () => 1 } })).rejects.toThrow(
      OptionError,
    );
    await expect(Sandbox.create({ engine, functions: { lambda: () => 1 } })).rejects.toThrow(
      "functions.lambda",
    );
  });

  it("asks one session from within a call of another's", async () => {
    await using inner = await Sandbox.create({
      engine,
      functions: { ask: async (n: number) => (await callback?.(n)) ?? null },
    });
    let callback: GuestFunction | undefined;
    await using outer = await Sandbox.create({
      engine,
      functions: {
        through: async (fn: GuestFunction, n: number) => {
          callback = fn;
          return inner.run(`[ask(${n}), ask(${n} + 1)]`).value();
        },
      },
    });
    expect(unwrap(await outer.run("through(lambda n: n * 10, 4)"))).toEqual([40, 50]);
  });
});

/** Reads the iterator that a run answered. */
const drain = async (result: RunResult): Promise<RunResult> => {
  const iterator = unwrap(result);
  const items: unknown[] = [];
  if (typeof iterator === "object" && iterator !== null && Symbol.asyncIterator in iterator) {
    const iterable: unknown = iterator;
    for await (const item of iterable as AsyncIterable<unknown>) items.push(item);
  }
  return result.status === "ok" ? { ...result, value: items } : result;
};
