/**
 * The guest process's arguments: as the native guest's, and the module to run.
 */
export interface GuestArguments {
  /** The WebAssembly module's file. */
  readonly module: string;
  /** The image; none for commands. */
  readonly image: string | undefined;
  /** SHA-256 of the image file. */
  readonly imageHash: Uint8Array;
  /** Most bytes of linear memory. */
  readonly memory: number;
  /** Most CPU seconds; 0: no limit. */
  readonly cpu: number;
}

/** @throws RangeError for arguments that are not understood. */
export const parseArguments = (argv: readonly string[]): GuestArguments => {
  const values = new Map<string, string>();
  for (let index = 0; index < argv.length; index += 2) {
    const [name, value] = argv.slice(index, index + 2);
    if (name === undefined || value === undefined || !NAMES.has(name))
      throw new RangeError(`unknown: ${name}`);
    values.set(name, value);
  }
  const module = values.get("--module");
  const memory = Number(values.get("--memory"));
  const cpu = Number(values.get("--cpu") ?? "0");
  if (module === undefined || !Number.isSafeInteger(memory) || !Number.isSafeInteger(cpu)) {
    throw new RangeError(
      "usage: --module FILE [--image FILE --image-sha256 HEX] --memory BYTES [--cpu SECONDS]",
    );
  }
  const image = values.get("--image");
  const imageHash = Buffer.from(values.get("--image-sha256") ?? "", "hex");
  return { module, image, imageHash, memory, cpu };
};

const NAMES: ReadonlySet<string> = new Set(["--module", "--image", "--image-sha256", "--memory", "--cpu"]);
