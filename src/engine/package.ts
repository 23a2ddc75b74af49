import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** A bundler that makes CommonJS leaves no address of this module. */
const here: string = import.meta.url ?? pathToFileURL(process.argv[1] ?? join(process.cwd(), "main.js")).href;

const find = (): string => {
  const own = fileURLToPath(new URL("../..", here));
  if (existsSync(join(own, "guest", "prebuilt", "manifest.json"))) return own;
  try {
    // This code was bundled into another program: the package is where that one finds it.
    return dirname(createRequire(here).resolve("sallyport/package.json"));
  } catch {
    return own;
  }
};

let root: string | undefined;

/** The folder of the package: its files that are not code are beneath. */
export const packageRoot = (): string => {
  root ??= find();
  return root;
};
