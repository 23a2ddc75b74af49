import { createHash } from "node:crypto";
import { join } from "node:path";
import { ARTIFACTS, findPrebuilt } from "./engine/prebuilt.js";
import { ImageError, SallyportError } from "./errors.js";
import { readImageFile } from "./image/file.js";
import { imageError, openImage, PreparedImage } from "./image/prepared.js";
import type { ImageState } from "./image/state.js";
import { temporaryDirectory } from "./image/temporary.js";
import { writeImageFile } from "./image/write.js";
import { type KernelState, parseState } from "./kernel/state/schema.js";
import type { RunOptions, SandboxOptions } from "./options/sandbox.js";
import { toError } from "./result.js";
import { Sandbox } from "./sandbox.js";
import type { SnapshotState } from "./snapshot/state.js";

/** How an image is made: a sandbox's options for its setup, which also sees its input and output. */
export interface ImageOptions
  extends Omit<SandboxOptions, "record" | "onStdout" | "onStderr">,
    Pick<RunOptions, "variables" | "stdin" | "onStdout" | "onStderr"> {
  /** Python code that is run once; the names of its `__main__` are there for all that starts from the image. */
  readonly setup: string;
  /** The file name that tracebacks show for it. Default: "<setup>". */
  readonly name?: string;
  /**
   * Makes all objects that the setup leaves live for ever, so that sandboxes share their memory even where they use them.
   * They are never freed then: no finalizer of theirs runs. Default: true.
   */
  readonly settle?: boolean;
}

/** Python's own end of a setup: a heap that those who start from it share and seldom write to. */
const SETTLE = `
import gc, _sallyport
gc.collect()
objects = gc.get_objects()
gc.freeze()
_sallyport.settle(objects)
`;

/**
 * A prepared image: what a setup made once (imports, data, files), from which any number of sandboxes start as fast as
 * from the image that is shipped. They map its file copy-on-write, and share what they do not change.
 *
 *     await using image = await Image.build({ setup: "import json; words = json.load(open('/data/words.json'))", mounts });
 *     await image.save("words.image");
 *     await using sandbox = await Sandbox.create({ image: "words.image" });
 */
export class Image extends PreparedImage {
  /**
   * Runs a setup and keeps what it made, in a temporary file until `save`. The file goes when the image is closed, or
   * the process ends.
   *
   * @throws PythonError, LimitError, KilledError for a setup that does not end well; ImageError that names what it leaves
   * open and no image can keep: objects and streams of the host's, sockets that are connected; else as `Sandbox.create`
   */
  static async build(options: ImageOptions): Promise<Image> {
    const { setup, name = "<setup>", settle = true, variables, stdin, onStdout, onStderr, ...rest } = options;
    const base = rest.image === undefined ? undefined : await openImage(rest.image);
    await using sandbox = await Sandbox.create(rest);
    const result = await sandbox.run(setup, {
      name,
      result: "none",
      capture: false,
      ...(variables === undefined ? {} : { variables }),
      ...(stdin === undefined ? {} : { stdin }),
      ...(onStdout === undefined ? {} : { onStdout }),
      ...(onStderr === undefined ? {} : { onStderr }),
    });
    if (!result.ok) throw toError(result);
    const env = await environmentOf(sandbox);
    const python = String(await sandbox.call("platform:python_version"));
    if (settle) await sandbox.call("builtins:exec", [SETTLE, {}]);
    const prebuilt = findPrebuilt();
    const saved = await snapshotOf(sandbox);
    const { memory, mounts, session } = saved;
    const state: ImageState = {
      guest: prebuilt.artifact(ARTIFACTS.wasm).sha256,
      library: prebuilt.artifact(ARTIFACTS.library).sha256,
      base: saved.image,
      setup: createHash("sha256").update(setup).digest(),
      python: python.slice(0, 100),
      changed: memory.runs.reduce((sum, [, contents]) => sum + contents.byteLength / 4096, 0),
      env,
      cwd: session.cwd,
      kernel: anew(saved.kernel),
      mounts,
    };
    const directory = await temporaryDirectory();
    try {
      const file = join(directory.path, "image");
      await writeImageFile(file, 0o600, base?.path ?? prebuilt.artifact(ARTIFACTS.image).path, memory, state);
      return new Image(await readImageFile(file), directory.remove);
    } catch (error) {
      await directory.remove();
      throw error;
    }
  }

  /**
   * Reads the file of an image, from wherever it comes: it is checked completely, and what only concerns the guest's own memory
   * is at worst a guest that misbehaves within its confinement.
   *
   * @throws ImageError for anything that is not a whole image of this release, or cannot be read
   */
  static async load(file: string): Promise<Image> {
    try {
      return new Image(await readImageFile(file));
    } catch (error) {
      throw imageError(file, error);
    }
  }
}

/** What the setup left in `os.environ`. */
const environmentOf = async (sandbox: Sandbox): Promise<[string, string][]> => {
  const env = await sandbox.call("os:environ.copy");
  if (env === null || typeof env !== "object") throw new ImageError("the setup left os.environ unusable");
  const entries: Iterable<readonly [unknown, unknown]> = env instanceof Map ? env : Object.entries(env);
  const kept: [string, string][] = [];
  for (const [key, value] of entries) {
    if (typeof key !== "string" || typeof value !== "string") {
      throw new ImageError("the setup left os.environ with what is no text");
    }
    kept.push([key, value]);
  }
  return kept;
};

const snapshotOf = async (sandbox: Sandbox): Promise<SnapshotState> => {
  try {
    return (await sandbox.snapshot()).state;
  } catch (error) {
    if (!(error instanceof SallyportError) || error.code !== "ERR_SNAPSHOT") throw error;
    throw new ImageError(`the setup cannot be kept: ${error.message}`, { cause: error });
  }
};

/** A kernel's state of which each sandbox has its own beginning: nothing used or counted yet, randomness of its own. */
const anew = (kernel: unknown): KernelState => {
  const state = parseState(kernel);
  return {
    ...state,
    random: null,
    usage: { user: 0n, system: 0n },
    counts: { operations: [], read: 0, written: 0 },
  };
};
