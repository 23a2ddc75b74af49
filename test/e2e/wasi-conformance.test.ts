import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine, GuestProcess } from "../../src/engine/engine.js";
import { executableEngine } from "../../src/engine/executable.js";
import { nativeSupported } from "../../src/engine/native.js";
import { wasmEngine } from "../../src/engine/wasm.js";
import { AT_FDCWD, O_RDWR } from "../../src/kernel/flags.js";
import type { Serve } from "../../src/wire/serve.js";
import type { WasiFunctionName } from "../../src/wire/wasi-functions.js";
import type { Reply, Values } from "../unit/dialects/frames.js";
import { descriptorCases } from "../unit/dialects/wasi-cases/descriptors.js";
import { pathCases } from "../unit/dialects/wasi-cases/paths.js";
import { systemCases } from "../unit/dialects/wasi-cases/system.js";
import { type WasiWorld, wasiWorld } from "../unit/dialects/wasi-world.js";
import { layOut, readBack } from "./wasi/arguments.js";
import { CONTROL, callerModule, PAGES } from "./wasi/caller.js";
import { Control } from "./wasi/control.js";

const directory = mkdtempSync(join(tmpdir(), "sallyport-wasi-"));
const file = join(directory, "caller.wasm");
writeFileSync(file, callerModule());
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What the build script answers where tools are missing. */
const UNAVAILABLE = 69;

/** The same program as a native guest, where this machine can make one of it. */
const translate = (): string | undefined => {
  const made = process.env["SALLYPORT_WASI_CALLER"];
  if (made !== undefined || !nativeSupported()) return made;
  const script = fileURLToPath(new URL("../../guest/build/native/build.sh", import.meta.url));
  const output = join(directory, "caller");
  const { status, stderr } = spawnSync("bash", [script, file, output], { encoding: "utf8" });
  if (status === UNAVAILABLE) return undefined;
  if (status !== 0) throw new Error(`the program cannot be translated: ${stderr}`);
  return output;
};

const translated = translate();
const engines: readonly (readonly [name: string, engine: () => Engine])[] = [
  ["wasm", () => wasmEngine()],
  ...(translated === undefined ? [] : [["native", () => executableEngine(translated)] as const]),
];

/** A running program that calls functions, each case in a world of its own. */
class Caller {
  readonly #engine: Engine;
  readonly #control = new Control();
  #guest: GuestProcess | undefined;
  #world: WasiWorld | undefined;
  /** The world in which the program waits to be told. */
  #waits: WasiWorld | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Makes a world in which `call` calls by way of the program. */
  async world(): Promise<WasiWorld> {
    const world = await wasiWorld({}, new Map([["/control", this.#control.fileSystem]]));
    const { operations } = world.kernel;
    const { fd } = await operations.open({ at: AT_FDCWD, path: "/control", flags: O_RDWR, mode: 0 });
    await operations.dup({ fd, minimum: CONTROL, flags: 0 });
    await operations.close({ fd });
    this.#world = world;
    return { ...world, call: (name, args) => this.#call(world, name, args) };
  }

  async #call(world: WasiWorld, name: WasiFunctionName, args: Values): Promise<Reply> {
    const strings = name === "args_get" ? { count: 3, size: 22 } : { count: 2, size: 11 };
    const laid = layOut(name, args, strings);
    const answered = this.#control.exchange(laid.message, laid.message.length - 88 + 4);
    const guest = await this.#running();
    (this.#waits ?? world).kernel.wake();
    const answer = await Promise.race([answered, guest.ended]);
    this.#waits = world;
    if (Buffer.isBuffer(answer)) return readBack(name, laid, answer);
    this.#guest = undefined;
    this.#waits = undefined;
    if (name !== "proc_exit" || answer.kind !== "exit") throw new Error(`the program ended: ${answer.kind}`);
    return { errno: "none", signal: 0, results: {} };
  }

  async #running(): Promise<GuestProcess> {
    const serve: Serve = (request, answer) => {
      if (this.#world === undefined) throw new Error("no world");
      return this.#world.serve(request, answer);
    };
    this.#guest ??= await this.#engine.start({
      program: { kind: "command", file },
      memory: PAGES * 65_536,
      serve,
    });
    return this.#guest;
  }

  async close(): Promise<void> {
    await this.#guest?.[Symbol.asyncDispose]();
  }
}

describe.each(engines)("WASI preview 1 by a program (%s)", (_name, engine) => {
  let caller: Caller;
  beforeAll(() => {
    caller = new Caller(engine());
  });
  afterAll(() => caller.close());

  for (const { name, title, args, errno, check, before = [] } of [
    ...systemCases,
    ...descriptorCases,
    ...pathCases,
  ]) {
    it(`${name}: ${errno}: ${title}`, async () => {
      const world = await caller.world();
      for (const [earlier, earlierArgs] of before) {
        expect((await world.call(earlier, earlierArgs)).errno, `${earlier} beforehand`).toBe("ok");
      }
      const reply = await world.call(name, args);
      expect(reply.errno).toBe(errno);
      await check?.(reply.results, world);
    });
  }
});
