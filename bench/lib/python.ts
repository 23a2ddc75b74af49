import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** A native CPython to compare with. */
export interface NativePython {
  readonly path: string;
  readonly version: string;
  /** Whether it was built with profile-guided and link-time optimisation. */
  readonly optimised: boolean;
}

const PROBE =
  "import sys, sysconfig; a = sysconfig.get_config_var('CONFIG_ARGS') or ''; " +
  "print(sys.version.split()[0], '--enable-optimizations' in a and '--with-lto' in a)";

const look = (path: string): NativePython | undefined => {
  if (!existsSync(path)) return undefined;
  const { stdout, status } = spawnSync(path, ["-I", "-c", PROBE], { encoding: "utf8" });
  const [version, optimised] = stdout.trim().split(" ");
  return status === 0 && version !== undefined
    ? { path, version, optimised: optimised === "True" }
    : undefined;
};

/**
 * The reference: SALLYPORT_REFERENCE, or what `bash guest/build/reference.sh` built, which is CPython of the guest's
 * own version with PGO and LTO. Throws with what to do where there is none.
 */
export function referencePython(): NativePython {
  const build = process.env["SALLYPORT_BUILD_DIR"] ?? join(homedir(), ".cache/sallyport/build");
  const path = process.env["SALLYPORT_REFERENCE"] ?? join(build, "reference/bin/python3.13");
  const python = look(path);
  if (python !== undefined) return python;
  throw new Error(
    `no native CPython to compare with at ${path}: run \`bash guest/build/reference.sh\`, or set SALLYPORT_REFERENCE`,
  );
}
