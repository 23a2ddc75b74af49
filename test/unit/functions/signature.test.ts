import { describe, expect, it } from "vitest";
import { OptionError } from "../../../src/errors.js";
import { DefinedFunction, defineFunction } from "../../../src/functions/define.js";
import { RaiseError } from "../../../src/functions/host-error.js";
import { invoke } from "../../../src/functions/invoke.js";
import { parametersOf } from "../../../src/functions/signature.js";
import { flatten, functionSpec } from "../../../src/functions/spec.js";

const NONE = new Uint8Array();
const never = new AbortController().signal;

describe("signatures of plain functions", () => {
  it.each([
    [(a: number) => a, ["a both"]],
    [(a: number, b = 2) => a + b, ["a both", "b both?"]],
    [async (a: number, ...rest: number[]) => [a, rest], ["a both", "rest variadic"]],
    [
      function named(first: string, second = ",") {
        return first + second;
      },
      ["first both", "second both?"],
    ],
    [() => 1, []],
    [(a: string, b = "x(y", c = [1, { d: 2 }]) => [a, b, c], ["a both", "b both?", "c both?"]],
  ])("%s", (fn, expected) => {
    const parameters = parametersOf(fn)?.map(
      ({ name, kind, optional }) => `${name} ${kind}${optional === true ? "?" : ""}`,
    );
    expect(parameters).toEqual(expected);
  });

  it.each([
    [({ a }: { a: number }) => a],
    [(...anything: unknown[]) => anything],
    [Math.max],
    [((a: number) => a).bind(null)],
    [(lambda: number) => lambda],
    [(a = 1, b: number) => a + b],
  ])("leaves %s open", (fn) => {
    expect(parametersOf(fn)).toBeUndefined();
  });
});

describe("functions by name", () => {
  it("flattens namespaces, and refuses names that Python cannot have", () => {
    expect([...flatten({ a: () => 1, db: { find: () => 2, deep: { er: () => 3 } } }).keys()]).toEqual([
      "a",
      "db.find",
      "db.deep.er",
    ]);
    for (const bad of [{ "a-b": () => 1 }, { class: () => 1 }, { a: { "1": () => 1 } }]) {
      expect(() => flatten(bad)).toThrow(OptionError);
    }
    const circular: { a?: unknown } = {};
    circular.a = circular;
    expect(() => flatten(JSON.parse('{"a":{"b":1}}'))).toThrow("functions.a.b");
  });

  it("puts keyword parameters last", () => {
    const fn = defineFunction({
      description: "Doc.",
      parameters: [{ name: "k", keyword: true, default: 1 }, "a", { name: "b", optional: true, type: "int" }],
      returns: "str",
      handler: () => "",
    });
    const { doc, parameters, returns } = functionSpec("f", fn, () => NONE);
    expect([doc, returns, parameters?.map(({ name, kind }) => `${name} ${kind}`)]).toEqual([
      "Doc.",
      "str",
      ["a both", "b both", "k keyword"],
    ]);
  });
});

describe("invoke", () => {
  const fn = defineFunction({
    parameters: ["a", { name: "b", default: 2 }, { name: "k", keyword: true, optional: true }],
    handler: (input) => ({ ...input }),
  });
  const call = (args: unknown[], kwargs: Record<string, unknown> = {}) =>
    invoke(fn, undefined, { args, kwargs: new Map(Object.entries(kwargs)) }, never);

  it("binds as Python does", async () => {
    expect(await call([1])).toEqual({ a: 1, b: 2 });
    expect(await call([1, 5], { k: 9 })).toEqual({ a: 1, b: 5, k: 9 });
    expect(await call([], { a: 1, b: 3 })).toEqual({ a: 1, b: 3 });
  });

  it.each([
    [[], {}, "missing a required argument: 'a'"],
    [[1, 2, 3], {}, "takes 2 positional arguments but 3 were given"],
    [[1], { a: 2 }, "multiple values for argument 'a'"],
    [[1], { z: 2 }, "unexpected keyword argument 'z'"],
  ])("refuses %j %j", async (args, kwargs, message) => {
    await expect(call(args, kwargs)).rejects.toThrow(message);
    await expect(call(args, kwargs)).rejects.toBeInstanceOf(RaiseError);
  });

  it("keeps hostile names from becoming more than names", async () => {
    const plain = (...args: unknown[]) => args;
    const kwargs = new Map<string, unknown>([["__proto__", { polluted: true }]]);
    const [given] = (await invoke(plain, undefined, { args: [], kwargs }, never)) as [object];
    expect(Object.getPrototypeOf(given)).toBeNull();
    expect(Object.keys(given)).toEqual(["__proto__"]);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  it("ends a call at its time limit", async () => {
    let aborted = false;
    const slow = new DefinedFunction({
      parameters: [],
      timeout: 10,
      handler: (_input, { signal }) =>
        new Promise(() => signal.addEventListener("abort", () => (aborted = true))),
    });
    const late = invoke(slow, undefined, { args: [], kwargs: new Map() }, never);
    await expect(late).rejects.toMatchObject({ type: "TimeoutError" });
    expect(aborted).toBe(true);
  });
});
