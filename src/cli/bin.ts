#!/usr/bin/env node
/** The command: says its version at once; for the rest Node keeps the compiled code, where it can (22.8 and later). */
import module from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import { version } from "./version.js";

/** In the user's own cache: what is found there is executed. */
const keepCompiled = (): void => {
  const enable: unknown = Reflect.get(module, "enableCompileCache");
  if (typeof enable !== "function") return;
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  enable(join(cache, "sallyport", "compiled"));
};

const [only, ...more] = process.argv.slice(2);
if (more.length === 0 && (only === "--version" || only === "-V")) {
  process.stdout.write(`${version()}\n`);
} else {
  keepCompiled();
  await import("./main.js");
}
