/**
 * The guest's artifacts: where they are, and whether they are whole.
 *
 * `manifest.json` stands beside them: `{ "version": 1, "files": { "python.wasm": { "size": 1, "sha256": "…" }, … } }`,
 * with a name relative to the directory for each file; what else it holds is for people. At the first use every file
 * that is asked for is checked to be there with its size; hashes are checked by `verify` (`sallyport doctor`).
 */
import { createHash } from "node:crypto";
import { createReadStream, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { EngineError } from "../errors.js";
import { packageRoot } from "./package.js";

/** What there can be. */
export const ARTIFACTS = {
  /** CPython for the wasm engine, and for making images. */
  wasm: "python.wasm",
  /** Memory and globals after boot. */
  image: "python.image",
  /** Python's library and time zones. */
  library: "library",
  /** The native guest, and the one built with all checks. */
  native: "guest-linux-x64",
  hardened: "guest-linux-x64-hardened",
  /** Confines executables that cannot confine themselves. */
  launcher: "launcher-linux-x64",
  /** Starts native guests from a small process; without it they are forked from the controller. */
  spawner: "spawner-linux-x64",
} as const;

export interface Artifact {
  readonly path: string;
  readonly size: number;
  /** 32 bytes. */
  readonly sha256: Uint8Array;
}

/** A file of the guest's that is not there, and what can be done about it. */
export const missing = (what: string, directory: string, cause?: unknown): EngineError =>
  new EngineError(
    "ERR_ENGINE_MISSING",
    `${what} (looked in ${directory}). Install the package again; where its code was bundled into another file, keep it out of the bundle ("external"), or set SALLYPORT_PREBUILT to its guest/prebuilt`,
    { cause },
  );

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export class Prebuilt {
  readonly directory: string;
  readonly #files: ReadonlyMap<string, Artifact>;
  readonly #checked = new Set<string>();

  private constructor(directory: string, files: ReadonlyMap<string, Artifact>) {
    this.directory = directory;
    this.#files = files;
  }

  /** @throws EngineError ERR_ENGINE_MISSING without a readable manifest. */
  static open(directory: string): Prebuilt {
    let manifest: unknown;
    try {
      manifest = JSON.parse(readFileSync(join(directory, "manifest.json"), "utf8"));
    } catch (error) {
      throw missing("the guest's manifest.json is missing or unreadable", directory, error);
    }
    if (!isRecord(manifest) || manifest["version"] !== 1 || !isRecord(manifest["files"])) {
      throw missing("the guest's manifest.json is not of version 1", directory);
    }
    const files = new Map<string, Artifact>();
    for (const [name, entry] of Object.entries(manifest["files"])) {
      const { size, sha256 } = isRecord(entry) ? entry : {};
      if (typeof size !== "number" || typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256)) {
        throw missing(
          `the guest's manifest.json has no size and sha256 of ${JSON.stringify(name)}`,
          directory,
        );
      }
      files.set(name, { path: join(directory, name), size, sha256: Buffer.from(sha256, "hex") });
    }
    return new Prebuilt(directory, files);
  }

  /** Whether the manifest has a file; `artifact` may still find it broken. */
  has(name: string): boolean {
    return this.#files.has(name);
  }

  /** @throws EngineError ERR_ENGINE_MISSING where a file is not there, or has not its size. */
  artifact(name: string): Artifact {
    const artifact = this.#files.get(name);
    if (artifact === undefined) throw missing(`${name} is not in the guest's manifest.json`, this.directory);
    if (this.#checked.has(name)) return artifact;
    const size = statSync(artifact.path, { throwIfNoEntry: false })?.size;
    if (size === undefined) throw missing(`${name} is missing`, this.directory);
    if (size !== artifact.size) {
      throw missing(`${name} has ${size} bytes, not the ${artifact.size} of its manifest`, this.directory);
    }
    this.#checked.add(name);
    return artifact;
  }

  /** Reads every file; answers the names of those that are missing or differ from the manifest. */
  async verify(): Promise<readonly string[]> {
    const bad: string[] = [];
    for (const [name, artifact] of this.#files) {
      const digest = await hash(artifact.path).catch(() => undefined);
      if (digest === undefined || !digest.equals(artifact.sha256)) bad.push(name);
    }
    return bad;
  }
}

const hash = async (path: string): Promise<Buffer> => {
  const sum = createHash("sha256");
  for await (const chunk of createReadStream(path)) sum.update(chunk);
  return sum.digest();
};

/** SALLYPORT_PREBUILT, or the package's own. */
export const prebuiltDirectory = (): string => {
  const given = process.env["SALLYPORT_PREBUILT"];
  // Whoever starts the guest may have another working directory.
  return given === undefined ? join(packageRoot(), "guest", "prebuilt") : resolve(given);
};

const opened = new Map<string, Prebuilt>();

/** The artifacts in a directory, by default `prebuiltDirectory()`. @throws EngineError ERR_ENGINE_MISSING. */
export const findPrebuilt = (directory: string = prebuiltDirectory()): Prebuilt => {
  const known = opened.get(directory);
  if (known !== undefined) return known;
  const prebuilt = Prebuilt.open(directory);
  opened.set(directory, prebuilt);
  return prebuilt;
};
