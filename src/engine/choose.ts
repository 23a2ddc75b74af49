/**
 * Which engine to use where nobody says.
 */
import type { Engine, EngineName } from "./engine.js";
import { nativeEngine, nativeSupported } from "./native.js";
import { ARTIFACTS, findPrebuilt } from "./prebuilt.js";
import { wasmEngine } from "./wasm.js";

/** "auto" is native where the machine can and the executable is there; else wasm. */
export const chooseEngine = (name: EngineName | "auto" = "auto"): Engine => {
  switch (name) {
    case "native":
      return nativeEngine();
    case "wasm":
      return wasmEngine();
    case "auto":
      return nativeSupported() && findPrebuilt().has(ARTIFACTS.native) ? nativeEngine() : wasmEngine();
  }
};
