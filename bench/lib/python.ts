import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** A native CPython to compare with. */
export interface NativePython {
  readonly path: string;
  readonly version: string;
  readonly compiler: string;
}

const PROBE = "import platform; print(platform.python_version(), platform.python_compiler())";

/**
 * The reference: SALLYPORT_REFERENCE, or what bench/reference.sh has fetched, which it does here if need be.
 * Throws with what to do where there is none.
 */
export function referencePython(): NativePython {
  const own = process.env["SALLYPORT_REFERENCE"];
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const path = own ?? join(cache, "sallyport/reference/bin/python3.13");
  if (own === undefined && !existsSync(path)) {
    process.stderr.write("bench: fetching the native Python to compare with\n");
    spawnSync("bash", [join(import.meta.dirname, "../reference.sh")], {
      stdio: ["ignore", "ignore", "inherit"],
    });
  }
  const { stdout, status } = spawnSync(path, ["-I", "-c", PROBE], { encoding: "utf8" });
  if (status !== 0)
    throw new Error(`no native CPython at ${path}: run bench/reference.sh, or set SALLYPORT_REFERENCE`);
  const [version = "", ...compiler] = stdout.trim().split(" ");
  return { path, version, compiler: compiler.join(" ") };
}
