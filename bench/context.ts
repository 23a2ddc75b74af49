import type { NativePython } from "./lib/python.js";

/** What the parts of the benchmark share. */
export interface Context {
  /** Fewer rounds, and no peers: a check that all of it works. */
  readonly quick: boolean;
  readonly python: NativePython;
  /** The folder with the peers' workers and their packages. */
  readonly peers: string;
  readonly guest: {
    /** Times a program's main() in a guest. */
    measure(
      file: string,
      seconds: number,
    ): Promise<{ readonly times: readonly number[]; readonly result: string } | undefined>;
  };
  readonly progress: (text: string) => void;
}
