/**
 * What the guest process does: says hello, then what the controller wants next.
 */
import { sallyport } from "../../wire/operations.js";
import { wasi } from "../../wire/wasi-functions.js";
import { type Exchange, Leave, STATUS } from "./frames.js";
import type { Image } from "./image.js";
import type { Program } from "./program.js";
import { restoreState, saveState, toImage } from "./state.js";
import { trapReason } from "./trap.js";

const VERSION = 1;
const ENGINE_WASM = 3;
const VERB = { leave: 0, run: 1, snapshot: 2, restore: 3 } as const;

export const sayHello = (exchange: Exchange, pages: number, image: Uint8Array): void => {
  const { view, bytes, start } = exchange;
  for (const [index, value] of [VERSION, ENGINE_WASM, pages, image.byteLength].entries()) {
    view.setUint32(start + 4 * index, value, true);
  }
  bytes.set(image, start + 16);
  const size = exchange.exchange(sallyport.hello.number, 16 + image.byteLength);
  if (size !== 0 || exchange.errno !== 0) throw new Leave(STATUS.protocol);
};

const next = (exchange: Exchange): { readonly verb: number; readonly argument: number } => {
  const size = exchange.exchange(sallyport.next.number, 0);
  if (size !== 12 || exchange.errno !== 0) throw new Leave(STATUS.protocol);
  const { view, start } = exchange;
  return { verb: view.getUint32(start, true), argument: view.getUint32(start + 4, true) };
};

/** A WASI command: from `_start` to its end. */
export const runCommand = (program: Program, exchange: Exchange): never => {
  program.call("_start");
  exchange.view.setUint32(exchange.start, 0, true);
  exchange.send(wasi.proc_exit.number, 4);
  throw new Leave(0);
};

/**
 * Serves the controller's verbs, until it leaves by throwing `Leave`. `settle` returns when signals that came before
 * have been passed on.
 */
export const loop = (
  program: Program,
  image: Image | undefined,
  exchange: Exchange,
  settle: () => void,
): never => {
  // Whether memory is still as it is in the image.
  let fresh = image !== undefined;
  for (;;) {
    const { verb, argument } = next(exchange);
    switch (verb) {
      case VERB.leave:
        throw new Leave(argument);
      case VERB.run: {
        settle();
        fresh = false;
        const status = program.call("run");
        if (status !== 0) throw new Leave(status);
        break;
      }
      case VERB.snapshot:
        saveState(program, image, exchange);
        break;
      case VERB.restore:
        if (!fresh) toImage(program, image);
        restoreState(program, image, exchange);
        fresh = false;
        break;
      default:
        throw new Leave(STATUS.protocol);
    }
  }
};

/** The status with which to leave for what was thrown; a trap is reported first. */
export const statusOf = (error: unknown, exchange: Exchange): number => {
  if (error instanceof Leave) return error.status;
  const reason = trapReason(error);
  if (reason === undefined) throw error;
  exchange.view.setUint32(exchange.start, reason, true);
  exchange.view.setBigUint64(exchange.start + 4, 0n, true);
  exchange.send(sallyport.died.number, 12);
  return STATUS.trap;
};
