import { join } from "node:path";
import { run } from "./processes.js";

/** Compiles a tool of bench/native; undefined, with a line on stderr, where there is no C compiler. */
export async function compile(source: string, folder: string): Promise<string | undefined> {
  const output = join(folder, source.replace(/\.c$/, ""));
  const file = join(import.meta.dirname, "../native", source);
  const ran = await run("cc", ["-O2", "-o", output, file]).catch(() => undefined);
  if (ran?.status === 0) return output;
  process.stderr.write(
    `bench: ${source} cannot be compiled (${ran?.stderr.trim() ?? "there is no cc"}); left out\n`,
  );
  return undefined;
}
