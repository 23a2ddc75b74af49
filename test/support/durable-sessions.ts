import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import type { EngineName } from "../../src/engine/engine.js";
import type { DurableOptions } from "../../src/options/durable.js";
import type { SandboxOptions } from "../../src/options/sandbox.js";
import { Sandbox } from "../../src/sandbox.js";

/** Directories for the durable sessions of a file's tests. */
export const places = () => {
  const top = mkdtempSync(join(tmpdir(), "sallyport-durable-sessions-"));
  afterAll(() => rmSync(top, { recursive: true, force: true }));
  let count = 0;
  const fresh = (): string => join(top, String(count++));
  /** What a controller that is killed now leaves. */
  const killed = async (sandbox: Sandbox, directory: string): Promise<string> => {
    const left = fresh();
    cpSync(directory, left, { recursive: true });
    rmSync(join(left, "lock"));
    sandbox.kill();
    await sandbox.close();
    return left;
  };
  return { fresh, killed };
};

/** Opens durable sessions. */
export const opener =
  (engine: EngineName = "wasm") =>
  (directory: string, more: Partial<DurableOptions> = {}, options: SandboxOptions = {}) =>
    Sandbox.create({ engine, ...options, durable: { directory, fsync: "never", ...more } });
