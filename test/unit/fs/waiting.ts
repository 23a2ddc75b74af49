import type { FileSystem } from "../../../src/fs/filesystem.js";

const originals = new WeakMap<object, object>();
const unwrapped = (value: unknown): unknown => originals.get(Object(value)) ?? value;
const isLive = (value: unknown): value is object =>
  typeof value === "object" && value !== null && ("stat" in value || "read" in value);

function slow<T extends object>(target: T): T {
  const proxy = new Proxy(target, {
    get(of, key) {
      const value: unknown = Reflect.get(of, key, of);
      if (typeof value !== "function" || key === "setClock") return value;
      return async (...given: unknown[]) => {
        await new Promise<void>((resolve) => setImmediate(resolve));
        const answer: unknown = await Reflect.apply(value, of, given.map(unwrapped));
        return isLive(answer) ? slow(answer) : answer;
      };
    },
  });
  originals.set(proxy, target);
  return proxy;
}

/** A file system all of whose methods answer with promises, later. */
export const waiting = (fs: FileSystem): FileSystem => slow(fs);
