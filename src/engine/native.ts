/**
 * The native engine: the guest compiled ahead of time to a Linux executable, which confines itself to reading
 * its stdin and writing its stdout before it executes anything of the guest's.
 */
import { EngineError } from "../errors.js";
import type { Engine, GuestProcess, StartOptions } from "./engine.js";
import { hardCpuLimit } from "./figures.js";
import { ARTIFACTS, findPrebuilt, type Prebuilt } from "./prebuilt.js";
import { startProcess } from "./process.js";

export interface NativeOptions {
  /** `fast`, or `hardened`: built with every check that costs time. Default: fast. */
  readonly flavour?: "fast" | "hardened";
  /** Default: the package's artifacts. */
  readonly prebuilt?: Prebuilt;
}

/** Whether native guests can run on this machine at all. */
export const nativeSupported = (): boolean => process.platform === "linux" && process.arch === "x64";

const PAGE = 65_536;
const MAX_MEMORY = 2 ** 32;

/** @throws RangeError for what cannot be the size of a linear memory. */
export const checkMemory = (memory: number): number => {
  if (Number.isInteger(memory) && memory > 0 && memory <= MAX_MEMORY && memory % PAGE === 0) return memory;
  throw new RangeError(`memory of ${memory} bytes: must be a multiple of ${PAGE}, up to ${MAX_MEMORY}`);
};

export const nativeEngine = ({ flavour = "fast", prebuilt }: NativeOptions = {}): Engine => ({
  name: "native",
  async start(options: StartOptions): Promise<GuestProcess> {
    const wanted = options.program ?? { kind: "python" };
    if (wanted.kind !== "python") {
      throw new EngineError(
        "ERR_ENGINE_MISSING",
        "the native engine runs Python only; a command needs the wasm engine",
      );
    }
    if (!nativeSupported()) {
      throw new EngineError(
        "ERR_ENGINE_MISSING",
        `the native engine needs Linux on x64, this is ${process.platform} on ${process.arch}; use the wasm engine`,
      );
    }
    const artifacts = prebuilt ?? findPrebuilt();
    const image = wanted.image ?? artifacts.artifact(ARTIFACTS.image);
    const executable = artifacts.artifact(flavour === "fast" ? ARTIFACTS.native : ARTIFACTS.hardened);
    const sha256 = Buffer.from(image.sha256).toString("hex");
    const argv = ["--image", image.path, "--image-sha256", sha256];
    argv.push("--memory", String(checkMemory(options.memory)));
    // No process may raise what it was given itself (by `ulimit -t`, or a batch system).
    argv.push("--cpu", String(Math.min(Math.ceil(options.cpu ?? 0), hardCpuLimit())));
    // Bun does not read from the pipes that a helper has made.
    const helps = artifacts.has(ARTIFACTS.spawner) && !("bun" in process.versions);
    const spawner = helps ? artifacts.artifact(ARTIFACTS.spawner).path : undefined;
    const made = { file: executable.path, argv, image: image.sha256 };
    return startProcess({ engine: "native", ...made, takesParent: true, spawner }, options);
  },
});
