import { parseSize, type Size } from "../checks/units.js";
import { OptionError } from "../errors.js";

/** When what was written is made to survive the machine's own end, too. */
export type Fsync = "never" | "runs" | "answers";

/** How a session is made durable. */
export interface DurableOptions {
  /** A directory of its own: made where it is not there, gone on from where it is. */
  readonly directory: string;
  /**
   * When what is written has to survive the end of the machine, too: "answers" before each answer that depends on
   * the world, "runs" when a run is over, "never" leaves it to the system. The end of this process alone never loses
   * anything. Default: "runs".
   */
  readonly fsync?: Fsync;
  /** Most bytes of the journal; beyond them the run ends with a DurableError. Default: 4 GiB. */
  readonly limit?: Size;
  /** When a run is over and the journal has more bytes, the state is saved and the journal begun anew. Default: 16 MiB. */
  readonly snapshot?: Size;
  /** What else has to be the same when the session is gone on with: texts by name, such as a program's hash. */
  readonly same?: Readonly<Record<string, string>>;
}

export interface ParsedDurable {
  readonly directory: string;
  readonly fsync: Fsync;
  readonly limit: number;
  readonly snapshot: number;
  readonly same: Readonly<Record<string, string>>;
}

const SIZE = { min: 4096, max: 2 ** 44 };
const FSYNC: ReadonlySet<unknown> = new Set(["never", "runs", "answers"]);

/** Throws OptionError. */
export const parseDurable = (given: string | DurableOptions): ParsedDurable => {
  const options: DurableOptions = typeof given === "string" ? { directory: given } : given;
  const { directory, fsync = "runs", limit, snapshot, same = {} } = options;
  if (typeof directory !== "string" || directory === "" || directory.includes("\0")) {
    throw new OptionError("durable", "give the path of a directory");
  }
  if (!FSYNC.has(fsync)) {
    throw new OptionError("durable.fsync", `${JSON.stringify(fsync)} is none of "never", "runs", "answers"`);
  }
  return {
    directory,
    fsync,
    limit: limit === undefined ? 4 * 2 ** 30 : parseSize(limit, "durable.limit", SIZE),
    snapshot: snapshot === undefined ? 16 * 2 ** 20 : parseSize(snapshot, "durable.snapshot", SIZE),
    same,
  };
};
