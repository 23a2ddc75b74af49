import type { RunOptions } from "../options/sandbox.js";
import { Output, type OutputCallback } from "./output.js";

/** Who is told of the output of every action. */
export interface OutputCallbacks {
  readonly stdout: readonly OutputCallback[];
  readonly stderr: readonly OutputCallback[];
}

/** What one action prints, and what went wrong with those who are told of what it does. */
export class ActionOutputs {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Rejects with what a callback of the caller's threw. */
  readonly failure: Promise<never>;
  readonly fail: (error: unknown) => void;

  constructor(
    options: Pick<RunOptions, "capture" | "onStdout" | "onStderr">,
    callbacks: OutputCallbacks,
    /** The guest may perhaps write again. */
    drained: () => void,
  ) {
    let fail: (error: unknown) => void = () => undefined;
    this.failure = new Promise<never>((_resolve, reject) => {
      fail = reject;
    });
    this.failure.catch(() => undefined);
    this.fail = fail;
    const output = (callback: OutputCallback | undefined, others: readonly OutputCallback[]): Output =>
      new Output({
        keep: options.capture ?? true,
        callbacks: callback === undefined ? others : [callback, ...others],
        drained,
        failed: fail,
      });
    this.stdout = output(options.onStdout, callbacks.stdout);
    this.stderr = output(options.onStderr, callbacks.stderr);
  }

  /** The guest waits for no reader any more. */
  unblock(): void {
    this.stdout.unblock();
    this.stderr.unblock();
  }

  end(): void {
    this.stdout.end();
    this.stderr.end();
  }
}
