/**
 * Makes an image: boots an interpreter in the wasm engine, and takes its whole state.
 */
import { createHash } from "node:crypto";
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { EngineError } from "../errors.js";
import { linuxErrno } from "../wire/errno.js";
import { sallyport } from "../wire/operations.js";
import { createServer, joinServers, type Serve } from "../wire/serve.js";
import type { End } from "./engine.js";
import { encodeHeader, IMAGE_HEADER } from "./guest/image.js";
import { wasmEngine } from "./wasm.js";

export interface ImageOptions {
  /** The interpreter's module; it exports `boot` and `run`. */
  readonly module: string;
  /** The image file to write. */
  readonly output: string;
  /** Serves what the interpreter asks while it boots. The same answers make the same image. */
  readonly serve: Serve;
  /** Most bytes of memory while booting. Default: 256 MiB. */
  readonly memory?: number;
}

export interface MadeImage {
  /** Memory pages of 64 KiB. */
  readonly pages: number;
  readonly globals: number;
}

const VERB = { leave: 0, snapshot: 2 } as const;
const WASM_PAGE = 65_536;

/** @throws EngineError ERR_ENGINE_START where the interpreter does not boot. */
export const makeImage = async (options: ImageOptions): Promise<MadeImage> => {
  const file = openSync(options.output, "w");
  try {
    let made: MadeImage | undefined;
    let highest = 0;
    const { next, save_page, save_state } = sallyport;
    const taking = createServer(
      { next, save_page, save_state },
      {
        next: () => ({ verb: made === undefined ? VERB.snapshot : VERB.leave, argument: 0n }),
        save_page: ({ address, bytes }) => {
          highest = Math.max(highest, Number(address) + bytes.byteLength);
          writeAll(file, bytes, IMAGE_HEADER + Number(address));
        },
        save_state: ({ pages, globals }) => {
          const values = readValues(globals);
          const module = createHash("sha256").update(readFileSync(options.module)).digest();
          writeAll(file, encodeHeader({ pages, globals: values, module }), 0);
          ftruncateSync(file, IMAGE_HEADER + pages * WASM_PAGE);
          made = { pages, globals: values.length };
        },
      },
      { errno: linuxErrno },
    );
    const own = joinServers(taking);
    const serve: Serve = (request, answer) =>
      taking.has(request.number) ? own(request, answer) : options.serve(request, answer);
    const end = await bootUntilEnd(options, serve);
    if (made === undefined || end.kind !== "exit" || end.status !== 0 || highest > made.pages * WASM_PAGE) {
      throw new EngineError(
        "ERR_ENGINE_START",
        `the interpreter did not boot: ${JSON.stringify(describe(end))}`,
      );
    }
    return made;
  } finally {
    closeSync(file);
  }
};

const bootUntilEnd = async (options: ImageOptions, serve: Serve): Promise<End> => {
  const memory = options.memory ?? 256 * 2 ** 20;
  const program = { kind: "boot", file: options.module } as const;
  await using guest = await wasmEngine().start({ program, memory, serve });
  return await guest.ended;
};

const describe = (end: End): Readonly<Record<string, unknown>> => {
  if ("error" in end) return { kind: end.kind, error: String(end.error) };
  return end.kind === "died" ? { ...end, detail: String(end.detail) } : { ...end };
};

const readValues = (bytes: Uint8Array): bigint[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values: bigint[] = [];
  for (let at = 0; at < bytes.byteLength; at += 8) values.push(view.getBigUint64(at, true));
  return values;
};

const writeAll = (file: number, bytes: Uint8Array, position: number): void => {
  for (let at = 0; at < bytes.byteLength; ) {
    at += writeSync(file, bytes, at, bytes.byteLength - at, position + at);
  }
};
