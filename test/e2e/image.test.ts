import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { sallyportDialect } from "../../src/dialects/sallyport.js";
import { prebuiltDirectory } from "../../src/engine/prebuilt.js";
import { wasmEngine } from "../../src/engine/wasm.js";
import { openLibrary } from "../../src/fs/library.js";
import { absentDriver } from "../../src/kernel/absent-driver.js";
import { Host } from "../../src/kernel/host.js";
import { Kernel } from "../../src/kernel/kernel.js";
import { sink, source } from "../../src/kernel/stdio.js";
import { encodeCommand } from "../../src/protocol/codec.js";
import type { Action } from "../../src/protocol/messages.js";
import { joinServers } from "../../src/wire/serve.js";

const PAGE = 4096;
const VERBS = { run: 1, snapshot: 2, leave: 0 } as const;

const command = (action: Action): Uint8Array =>
  encodeCommand({
    setup: {
      argv: [""],
      seed: new Uint8Array(32).fill(7),
      terminals: [false, false, false],
      cwd: "/sandbox",
      path: [],
      warnings: [],
      functions: [],
      limits: { depth: 100, bytes: 1 << 24 },
    },
    action,
  });

/** Runs one command in a guest of its own: the pages it wrote to, and the operations it asked for. */
const observe = async (
  action: Action,
): Promise<{ readonly pages: number; readonly operations: ReadonlyMap<string, number> }> => {
  let pages = 0;
  const verbs: number[] = [VERBS.run, VERBS.snapshot, VERBS.leave];
  const message = command(action);
  const host = new Host(
    {
      command: () => message,
      report: () => undefined,
      call: () => {
        throw new Error("there is no host function");
      },
      withoutRoom: (answer) => answer,
    },
    () => kernel.wake(),
  );
  const kernel: Kernel = new Kernel({
    mounts: openLibrary(join(prebuiltDirectory(), "library")),
    stdio: {
      stdin: source("", () => kernel.wake()),
      stdout: sink(() => undefined),
      stderr: sink(() => undefined),
    },
    cwd: "/sandbox",
    driver: {
      ...absentDriver,
      next: () => ({ verb: verbs.shift() ?? VERBS.leave, argument: 0n }),
      command: (args) => host.command(args),
      report: (args) => host.report(args),
      save_page: ({ bytes }) => {
        pages += bytes.byteLength / PAGE;
      },
      save_state: () => undefined,
    },
  });
  await using guest = await wasmEngine().start({
    memory: 2 ** 28,
    serve: joinServers(sallyportDialect(kernel)),
  });
  expect(await guest.ended).toEqual({ kind: "exit", status: 0 });
  return { pages, operations: kernel.counts.byName };
};

const program = (source: string): Action => ({
  kind: "program",
  what: { source, name: "main.py" },
  args: [],
});

describe("the image", () => {
  it("is written to in few places by a sandbox that only starts", { timeout: 60_000 }, async () => {
    const { pages } = await observe({ kind: "none" });
    expect(pages).toBeLessThanOrEqual(96);
  });

  it("is written to in few places by a small program, which asks for nothing but what it must", async () => {
    const { pages, operations } = await observe(program("print(1 + 1)"));
    expect(pages).toBeLessThanOrEqual(128);
    expect(Object.fromEntries(operations)).toEqual({ command: 1, environment: 1, write: 1, report: 1 });
  });

  it("has what programs import most, and finds the rest in few steps", async () => {
    const most =
      "import asyncio, collections, csv, dataclasses, datetime, decimal, inspect, json, logging, pathlib, re, typing";
    const { operations: none } = await observe(program(most));
    expect(none.has("open")).toBe(false);
    const { operations: some } = await observe(
      program("import unittest, http.client, xml.etree.ElementTree"),
    );
    // Thirty modules.
    expect(some.get("pread")).toBeLessThanOrEqual(10);
  });
});
