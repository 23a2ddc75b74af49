/**
 * The engine of executables that `sallyport build` made: a WASI command with the native guest's runtime in it.
 */
import { EngineError } from "../errors.js";
import type { Engine, GuestProcess, StartOptions } from "./engine.js";
import { checkMemory, nativeSupported } from "./native.js";
import { startProcess } from "./process.js";

/** Runs one executable; it confines itself as the native guest does. */
export const executableEngine = (file: string): Engine => ({
  name: "native",
  async start(options: StartOptions): Promise<GuestProcess> {
    if (!nativeSupported()) {
      throw new EngineError(
        "ERR_ENGINE_MISSING",
        `${file} is an executable for Linux on x64, this is ${process.platform} on ${process.arch}; run the WebAssembly itself`,
      );
    }
    const argv = ["--memory", String(checkMemory(options.memory))];
    argv.push("--cpu", String(Math.ceil(options.cpu ?? 0)), "--parent", String(process.pid));
    return startProcess({ engine: "native", file, argv, image: new Uint8Array(0) }, options);
  },
});
