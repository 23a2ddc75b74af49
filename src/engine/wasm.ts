/**
 * The portable engine: a Node process that executes the guest's WebAssembly, and speaks the native guest's frames.
 *
 * WebAssembly's own confinement is the wall here: the guest's code has the imports it is given, which do nothing but
 * exchange frames. Around it the process has an empty environment, no descriptors but its three, a bounded heap,
 * and Node's permission model: it may read its own program and the guest's files, and nothing else.
 */
import { execFile } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { promisify } from "node:util";
import { EngineError } from "../errors.js";
import { isNode } from "../wire/runtime.js";
import type { Engine, GuestProcess, StartOptions } from "./engine.js";
import { checkMemory } from "./native.js";
import { packageRoot } from "./package.js";
import { ARTIFACTS, findPrebuilt, type Prebuilt } from "./prebuilt.js";
import { startProcess } from "./process.js";

export interface WasmOptions {
  /** The Node (20 or later) that executes guests. Default: the one that runs this, or `node` in other runtimes. */
  readonly node?: string;
  /** Default: the package's artifacts. */
  readonly prebuilt?: Prebuilt;
}

/** JavaScript's heap of the process's first thread (MiB). */
const HEAP = 64;

interface Entry {
  readonly main: string;
  /** What the process has to read to run it. */
  readonly readable: readonly string[];
}

let entry: Entry | undefined;

/** The compiled program of the guest process: in `dist`, whether this is there, too, or in a bundle, or in the sources. */
const findEntry = (): Entry => {
  if (entry !== undefined) return entry;
  const root = packageRoot();
  const main = join(root, "dist", "engine", "guest", "main.js");
  if (!existsSync(main)) {
    throw new EngineError(
      "ERR_ENGINE_MISSING",
      `the wasm engine's program is missing (${main}); run: npm run build`,
    );
  }
  const readable = [join(root, "dist"), join(root, "package.json")];
  entry = { main: realpathSync(main), readable: readable.map((path) => realpathSync(path)) };
  return entry;
};

/** What the permission model's flag is called, by Node version. */
const permissionFlag = (version: string): string => {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  const stable = major > 23 || (major === 23 && minor >= 5) || (major === 22 && minor >= 13);
  return stable ? "--permission" : "--experimental-permission";
};

const versions = new Map<string, Promise<string>>();

/** The version of a Node executable, asked once. */
const versionOf = (node: string): Promise<string> => {
  if (isNode && node === process.execPath) return Promise.resolve(process.version);
  const known = versions.get(node);
  if (known !== undefined) return known;
  const asked = promisify(execFile)(node, ["--version"], { env: {}, timeout: 10_000 }).then(
    ({ stdout }) => stdout.trim(),
    (error: unknown) => {
      throw new EngineError("ERR_ENGINE_MISSING", `the wasm engine needs Node: ${node} cannot be executed`, {
        cause: error,
      });
    },
  );
  versions.set(node, asked);
  asked.catch(() => versions.delete(node));
  return asked;
};

/** The guest's working directory is another, so a relative path is made absolute. */
const nodeExecutable = (given: string | undefined): string => {
  if (given === undefined) return isNode ? process.execPath : "node";
  return given.includes(sep) ? resolve(given) : given;
};

const permissions = (version: string, readable: readonly string[]): string[] => [
  permissionFlag(version),
  "--allow-worker",
  ...readable.map((path) => `--allow-fs-read=${path}`),
];

export const wasmEngine = ({ node, prebuilt }: WasmOptions = {}): Engine => ({
  name: "wasm",
  async start(options: StartOptions): Promise<GuestProcess> {
    const program = options.program ?? { kind: "python" };
    const { main, readable } = findEntry();
    const artifacts = program.kind === "python" ? (prebuilt ?? findPrebuilt()) : undefined;
    const given = program.kind === "python" ? program.image : undefined;
    const image = given ?? artifacts?.artifact(ARTIFACTS.image);
    const file = program.kind !== "python" ? program.file : artifacts?.artifact(ARTIFACTS.wasm).path;
    if (file === undefined || !existsSync(file)) {
      throw new EngineError("ERR_ENGINE_MISSING", `the guest's program is missing: ${file}`);
    }
    const module = realpathSync(file);
    const files = image === undefined ? [module] : [module, realpathSync(image.path)];
    const executable = nodeExecutable(node);
    const allowed = permissions(await versionOf(executable), [...readable, ...files]);
    const argv = ["--no-warnings", `--max-old-space-size=${HEAP}`, ...allowed, main];
    argv.push("--module", module, "--memory", String(checkMemory(options.memory)));
    argv.push("--cpu", String(Math.ceil(options.cpu ?? 0)));
    const sha256 = image?.sha256 ?? new Uint8Array(0);
    if (image !== undefined) {
      argv.push("--image", realpathSync(image.path), "--image-sha256", Buffer.from(sha256).toString("hex"));
    }
    return startProcess({ engine: "wasm", file: executable, argv, image: sha256 }, options);
  },
});
