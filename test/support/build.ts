/**
 * Before the tests: the wasm engine's guest process runs compiled code, which must be that of the sources.
 *
 * Files are exchanged one by one and only where they differ, so that guests of another run go on undisturbed.
 */
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const dist = join(root, "dist");
/** Written after a build: what is newer than it has not been compiled. */
const stamp = join(dist, ".built");

const filesOf = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

const fresh = (): boolean => {
  const built = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return filesOf(join(root, "src")).every((file) => statSync(file).mtimeMs < built);
};

const differs = (file: string, from: string): boolean =>
  !existsSync(file) || !readFileSync(file).equals(readFileSync(from));

export const setup = (): void => {
  if (fresh()) return;
  const begun = new Date();
  const output = join(root, "node_modules/.cache", `sallyport-${process.pid}`);
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  try {
    // Errors of types are for `npm run types` to tell; what matters here is that the code is there.
    const options = ["-p", "tsconfig.build.json", "--outDir", output];
    const { stdout } = spawnSync(process.execPath, [tsc, ...options], { cwd: root, encoding: "utf8" });
    if (stdout !== "") console.warn(stdout);
    for (const from of filesOf(output)) {
      const to = join(dist, from.slice(output.length));
      if (!differs(to, from)) continue;
      mkdirSync(dirname(to), { recursive: true });
      renameSync(from, to);
    }
    // The command is a bundle of that code.
    const bundle = ["--import", "tsx", join(root, "scripts/bundle.ts")];
    const bundled = spawnSync(process.execPath, bundle, { cwd: root, encoding: "utf8" });
    if (bundled.status !== 0) console.warn(bundled.stderr);
    writeFileSync(stamp, "");
    utimesSync(stamp, begun, begun);
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
};
