/**
 * Before the tests: the wasm engine's guest process runs compiled code, which must be that of the sources.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

const newest = (directory: string): number => {
  const entries = readdirSync(directory, { recursive: true, encoding: "utf8" });
  return Math.max(...entries.map((entry) => statSync(join(directory, entry)).mtimeMs));
};

export const setup = (): void => {
  const compiled = statSync(join(root, "dist/engine/guest/main.js"), { throwIfNoEntry: false });
  if (compiled !== undefined && compiled.mtimeMs > newest(join(root, "src"))) return;
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], {
    cwd: root,
    encoding: "utf8",
  });
  // Errors of types are for `npm run types` to tell; what matters here is that the code is there.
  statSync(join(root, "dist/engine/guest/main.js"), { throwIfNoEntry: true });
  if (stdout !== "") console.warn(stdout);
};
