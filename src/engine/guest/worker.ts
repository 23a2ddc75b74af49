/**
 * The thread that executes the guest. It never returns to its event loop: it computes, or waits for an answer.
 */
import { writeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { reasonOf } from "../../wire/thrown.js";
import type { GuestArguments } from "./arguments.js";
import { PipeExchange, STATUS } from "./frames.js";
import { Image } from "./image.js";
import { Interrupts } from "./interrupt.js";
import { loop, runCommand, sayHello, statusOf } from "./loop.js";
import { type CompiledModule, Program } from "./program.js";
import { awaitSettled, type Settled } from "./settling.js";
import { loadImage } from "./state.js";

const start = (
  { image: file, imageHash }: GuestArguments,
  settled: Settled,
  compiled: CompiledModule,
): number => {
  let interrupts: Interrupts | undefined;
  const exchange = new PipeExchange((signal) => interrupts?.trip(signal));
  let image: Image | undefined;
  let program: Program;
  try {
    image = file === undefined ? undefined : new Image(file);
    program = new Program(compiled, exchange);
    if (image !== undefined) loadImage(program, image);
  } catch (error) {
    writeSync(2, `sallyport: ${reasonOf(error)}\n`);
    return STATUS.image;
  }
  try {
    sayHello(exchange, program.maximumPages, imageHash);
    if (image === undefined && program.has("_initialize")) program.call("_initialize");
    const boots = image === undefined && program.has("boot");
    const failure = boots ? program.call("boot") : 0;
    if (failure !== 0) return failure;
    if (program.has("interrupt_words")) {
      const address = program.call("interrupt_words");
      interrupts = new Interrupts(program.memory.memory, address);
      parentPort?.postMessage({ memory: program.memory.memory, address });
    }
    if (image === undefined && !boots) return runCommand(program, exchange);
    return loop(program, image, exchange, () => {
      if (parentPort !== null) awaitSettled(settled, parentPort);
    });
  } catch (error) {
    return statusOf(error, exchange);
  }
};

const { args, settled }: { args: GuestArguments; settled: Settled } = workerData;
parentPort?.once("message", (compiled: CompiledModule) => process.exit(start(args, settled, compiled)));
