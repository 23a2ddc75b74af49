import { sallyportDialect } from "../../dialects/sallyport.js";
import { absentDriver } from "../../kernel/absent-driver.js";
import type { Driver } from "../../kernel/driver.js";
import { Kernel } from "../../kernel/kernel.js";
import { sink, source } from "../../kernel/stdio.js";
import { SandboxFiles } from "../../session/files.js";
import { libraryMounts } from "../../session/library.js";
import { sessionMounts } from "../../session/mounts.js";
import { joinServers, type Serve } from "../../wire/serve.js";
import type { TracedFile } from "./files.js";

/** Bytes that files in memory may have: those of the trace, and what is written while it is looked around. */
const STORAGE = 64 * 2 ** 20;

/**
 * The world of a guest that is looked into: Python's library, the sources that the program read, and nothing else. Its own
 * files and descriptors are not there: a trace has only what was asked of them.
 */
export const lookWorld = async (
  driver: Pick<Driver, "command" | "report">,
  files: readonly TracedFile[],
  output: (data: Uint8Array) => void,
): Promise<Serve> => {
  const mounts = sessionMounts({}, libraryMounts(), STORAGE);
  const into = new SandboxFiles(mounts);
  for (const { path, content } of files) {
    // A path that cannot be here (in the library, or below a file) is one whose source is not shown.
    await into.write(path, content).catch(() => undefined);
  }
  const kernel = new Kernel({
    mounts,
    stdio: { stdin: source("", () => {}), stdout: sink(output), stderr: sink(output) },
    cwd: "/sandbox",
    driver: { ...absentDriver, ...driver },
  });
  return joinServers(sallyportDialect(kernel));
};
