import { describe, expect, it } from "vitest";
import { OptionError } from "../../../src/errors.js";
import { defineFunction } from "../../../src/functions/define.js";
import { proxy } from "../../../src/functions/proxy.js";

const handler = (): void => {};

describe("defineFunction", () => {
  it("refuses two parameters of one name, which Python could not bind", () => {
    expect(() => defineFunction({ parameters: ["id", { name: "id", optional: true }], handler })).toThrow(
      new OptionError("parameters", '"id" is there twice'),
    );
  });

  it("refuses a required parameter behind an optional one", () => {
    expect(() => defineFunction({ parameters: [{ name: "a", optional: true }, "b"], handler })).toThrow(
      new OptionError("parameters", "b is required and stands behind an optional parameter"),
    );
  });
});

describe("proxy", () => {
  it("is called after its class, or an object where there is none", () => {
    class Counter {
      next(): number {
        return 1;
      }
    }
    const bare: { next(): number } = Object.assign(Object.create(null), { next: () => 1 });
    const nameless = new (class {
      next(): number {
        return 1;
      }
    })();
    expect(proxy(new Counter(), { methods: ["next"] }).name).toBe("Counter");
    expect(proxy(bare, { methods: ["next"] }).name).toBe("object");
    expect(proxy(nameless, { methods: ["next"] }).name).toBe("object");
    expect(proxy(bare, { methods: ["next"], name: "clock" }).name).toBe("clock");
  });

  it("refuses what is no method", () => {
    // @ts-expect-error: the types refuse it, too.
    expect(() => proxy({ size: 1 }, { methods: ["size"] })).toThrow(OptionError);
  });
});
