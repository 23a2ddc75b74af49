import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { TreeWatch, type WatchOne } from "../../../src/cli/watch-tree.js";
import { OptionError } from "../../../src/errors.js";

let top = "";
const at = (...names: string[]): string => join(top, ...names);
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "sallyport-watch-"));
  mkdirSync(at("a", "b"), { recursive: true });
  writeFileSync(at("a", "b", "file"), "");
  symlinkSync("..", at("a", "up"));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

const noSpace = (): Error =>
  Object.assign(new Error("ENOSPC: System limit for number of file watchers reached"), { code: "ENOSPC" });

/** The system's watches, of which there are `room`; and what is watched now. */
const counting = (
  room = Number.POSITIVE_INFINITY,
): { readonly watchOne: WatchOne; readonly now: Set<string> } => {
  const now = new Set<string>();
  const watchOne: WatchOne = (path, listener) => {
    if (now.size >= room) throw noSpace();
    const one = watch(path, listener);
    const name = relative(top, path);
    now.add(name);
    return {
      on: (event, told) => one.on(event, told),
      close: () => {
        now.delete(name);
        one.close();
      },
    };
  };
  return { watchOne, now };
};

describe.runIf(process.platform === "linux")("a tree", () => {
  test("is watched by its directories, those among them that come and go", async () => {
    const { watchOne, now } = counting();
    const changed = vi.fn();
    const failed = vi.fn();
    const tree = new TreeWatch(top, changed, failed, watchOne);
    expect([...now].sort()).toEqual(["", "a", "a/b"]);
    const seen = async (change: () => void, watched: readonly string[]): Promise<void> => {
      changed.mockClear();
      change();
      await vi.waitFor(
        () => {
          expect(changed).toHaveBeenCalled();
          expect([...now].sort()).toEqual(watched);
        },
        { timeout: 10_000 },
      );
    };
    await seen(() => writeFileSync(at("a", "b", "file"), "new"), ["", "a", "a/b"]);
    await seen(
      () => mkdirSync(at("c", "d", "e"), { recursive: true }),
      ["", "a", "a/b", "c", "c/d", "c/d/e"],
    );
    await seen(() => writeFileSync(at("c", "d", "e", "made"), ""), ["", "a", "a/b", "c", "c/d", "c/d/e"]);
    await seen(
      () => renameSync(at("c"), at("a", "b", "c")),
      ["", "a", "a/b", "a/b/c", "a/b/c/d", "a/b/c/d/e"],
    );
    await seen(() => rmSync(at("a", "b"), { recursive: true }), ["", "a"]);
    await seen(() => rmSync(at("a", "up")), ["", "a"]);
    tree.close();
    expect(now.size).toBe(0);
    expect(failed).not.toHaveBeenCalled();
  });

  test("of more directories than may be watched is refused, with what to do; nothing is left watched", () => {
    const { watchOne, now } = counting(2);
    const all = (): TreeWatch => new TreeWatch(top, vi.fn(), vi.fn(), watchOne);
    expect(all).toThrow(OptionError);
    expect(all).toThrow(/^--watch: cannot watch ".*\/a\/b": ENOSPC: .* raise fs\.inotify\.max_user_watches/);
    expect(now.size).toBe(0);
  });

  test("that becomes too large says so", async () => {
    const { watchOne } = counting(3);
    const failed = vi.fn();
    const tree = new TreeWatch(top, vi.fn(), failed, watchOne);
    mkdirSync(at("one more"));
    await vi.waitFor(() => expect(failed).toHaveBeenCalledOnce(), { timeout: 10_000 });
    expect(failed.mock.calls[0]?.[0]).toMatchObject({ code: "ERR_OPTION", option: "--watch" });
    tree.close();
  });

  test("of which something is gone when it is looked at, or may not be read, is watched otherwise", () => {
    const { watchOne, now } = counting();
    for (const code of ["ENOENT", "EACCES"]) {
      const tree = new TreeWatch(top, vi.fn(), vi.fn(), (path, listener) => {
        if (path === at("a")) throw Object.assign(new Error(code), { code });
        return watchOne(path, listener);
      });
      expect([...now]).toEqual([""]);
      tree.close();
    }
    expect(() => new TreeWatch(at("nothing"), vi.fn(), vi.fn())).toThrow(/cannot watch ".*nothing": ENOENT/);
  });
});
