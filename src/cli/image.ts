import { readFile, stat } from "node:fs/promises";
import type { Command } from "commander";
import { formatSize } from "../checks/units.js";
import { OptionError, PythonError } from "../errors.js";
import type { PreparedImage } from "../image/prepared.js";
import { Image } from "../image.js";
import { forOneRun } from "../options/limits.js";
import { reasonOf } from "../wire/thrown.js";
import { loadConfig, mergeFlags } from "./config.js";
import { EXIT } from "./exit-codes.js";
import { checkPlace } from "./files.js";
import { addPythonOptions, type SandboxFlags } from "./flags.js";
import { safeJson } from "./json.js";
import { sandboxOptions } from "./sandbox.js";
import { escapeLines, escapeText, painter, wantsColor } from "./terminal.js";
import { tracer } from "./trace.js";
import { writeTo } from "./write.js";

interface BuildFlags extends SandboxFlags {
  readonly output: string;
  readonly code?: string;
  readonly settle: boolean;
}

const EXAMPLES = `
Examples:
  $ sallyport image build setup.py -o team.image        run a setup once, and keep what it made
  $ sallyport image build -m ./lib:/usr/lib/python3.13/site-packages -c 'import ours' -o team.image
  $ sallyport image show team.image                     what is in it, and what it belongs to
  $ sallyport run --image team.image program.py         start from it
`;

/** Adds `sallyport image`: prepared images, which sandboxes start from. */
export const addImage = (root: Command, done: (exitCode: number) => void): void => {
  const image = root
    .command("image")
    .summary("prepare images to start from")
    .description(
      "Run a setup (imports, data, files) once, and start any number of sandboxes from what it made.",
    )
    .addHelpText("after", EXAMPLES);
  addPythonOptions(image.command("build"), "begin with this image instead of the one that is shipped")
    .summary("run a setup and keep what it made")
    .description('Run a setup and write what it made to a file. FILE is a file of the host\'s; "-" is stdin.')
    .argument("[file]", "the setup")
    .requiredOption("-o, --output <file>", "the image to write")
    .option("-c, --code <code>", "run this code instead of a file")
    .option("--no-settle", "let what the setup made be freed again; sandboxes then share less of it")
    .addHelpText("after", EXAMPLES)
    .action(async (file: string | undefined, flags: BuildFlags) => {
      done(await build(file, flags));
    });
  image
    .command("show")
    .alias("inspect")
    .summary("what is in an image")
    .description(
      "Check an image completely and show what is in it; exits with 2 where it cannot be used here.",
    )
    .argument("<file>", "the image")
    .option("--json", "as one JSON object")
    .action(async (file: string, flags: { readonly json?: boolean }) => {
      await show(file, flags.json === true);
      done(0);
    });
};

const setupOf = async (
  file: string | undefined,
  code: string | undefined,
): Promise<{ readonly setup: string; readonly name: string }> => {
  if (code !== undefined) return { setup: code, name: "-c" };
  if (file === undefined) throw new OptionError("FILE", 'give a setup, "-" for stdin, or -c CODE');
  try {
    if (file !== "-") return { setup: await readFile(file, "utf8"), name: file };
    process.stdin.setEncoding("utf8");
    let setup = "";
    for await (const chunk of process.stdin) setup += String(chunk);
    return { setup, name: "<stdin>" };
  } catch (error) {
    const why = reasonOf(error);
    throw new OptionError("FILE", `cannot read ${JSON.stringify(file)}: ${why}`, { cause: error });
  }
};

const build = async (file: string | undefined, given: BuildFlags): Promise<number> => {
  const flags = { ...given, ...mergeFlags(await loadConfig(given.config, process.cwd()), given) };
  const { setup, name } = await setupOf(file, given.code);
  checkPlace("--output", given.output);
  const trace =
    flags.trace === undefined
      ? undefined
      : tracer(flags.trace, painter(wantsColor(process.stderr)), process.stderr);
  const options = sandboxOptions(flags, trace?.observe);
  try {
    await using image = await Image.build({
      ...options,
      limits: forOneRun(options.limits ?? {}),
      setup,
      name,
      settle: given.settle,
      onStdout: writeTo(process.stdout),
      onStderr: writeTo(process.stderr),
    });
    await image.save(given.output);
    process.stderr.write(`sallyport: ${escapeText(given.output)}, ${summary(image)}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof PythonError)) throw error;
    process.stderr.write(escapeLines(error.traceback));
    return EXIT.exception;
  } finally {
    await trace?.close();
  }
};

const summary = (image: PreparedImage): string =>
  `${formatSize(image.memory)} of memory, ${formatSize(image.changed)} of it the setup's`;

const show = async (file: string, json: boolean): Promise<void> => {
  const image = await Image.load(file);
  const stored = (await stat(file)).blocks * 512;
  const { hash, python, setup, memory, changed, size, env, mounts, origin } = image;
  if (json) {
    const shown = { hash, python, setup, memory, changed, size, stored, env, mounts, origin };
    process.stdout.write(`${safeJson(shown)}\n`);
    return;
  }
  const lines: readonly (readonly [string, string])[] = [
    ["image", hash],
    ["Python", python],
    ["guest", origin.guest],
    ["library", origin.library],
    ["made from", origin.base],
    ["setup", setup],
    ["memory", `${summary(image)} (${changed / 4096} pages)`],
    ["file", `${formatSize(size)}, ${formatSize(stored)} on the disk`],
    ["environment", env.join(" ")],
    ...mounts.map(({ path, kind, kept }): [string, string] => [
      "mount",
      `${path} (${kind}${kept ? ", contents kept" : ""})`,
    ]),
  ];
  for (const [what, value] of lines) process.stdout.write(`${what.padEnd(12)}${escapeText(value)}\n`);
};
