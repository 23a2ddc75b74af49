import { type RunResult, unwrap } from "../result.js";
import type { OutputStream } from "./output.js";

/** What a handle needs to steer its run. */
export interface RunControl<T> {
  readonly result: Promise<RunResult<T>>;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly interrupt: () => void;
  readonly kill: () => void;
}

/**
 * A run under way: a promise of its result, with its output while it comes.
 *
 * It settles in every case; it rejects only where nothing ran (a closed sandbox, wrong options) or where a callback
 * of yours threw.
 */
export class Run<T = unknown> implements Promise<RunResult<T>> {
  readonly [Symbol.toStringTag] = "Run";
  /** What it prints, as it comes; a reader that is slow makes the guest wait. */
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly #control: RunControl<T>;

  /** @internal */
  constructor(control: RunControl<T>) {
    this.#control = control;
    this.stdout = control.stdout;
    this.stderr = control.stderr;
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise, as its interface says
  then<A = RunResult<T>, B = never>(
    fulfilled?: ((result: RunResult<T>) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#control.result.then(fulfilled, rejected);
  }

  catch<B = never>(rejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<RunResult<T> | B> {
    return this.#control.result.catch(rejected);
  }

  finally(settled?: (() => void) | null): Promise<RunResult<T>> {
    return this.#control.result.finally(settled);
  }

  /** The value alone; throws the fitting SallyportError where the run did not go well. */
  async value(): Promise<T | undefined> {
    return unwrap(await this.#control.result);
  }

  /** Raises KeyboardInterrupt in the guest, as Ctrl-C does; a guest that goes on is killed after `limits.grace`. */
  interrupt(): void {
    this.#control.interrupt();
  }

  /** Kills the guest; the sandbox is closed. */
  kill(): void {
    this.#control.kill();
  }
}
