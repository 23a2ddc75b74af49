import type { OpenFile } from "../fs/filesystem.js";
import { Errno } from "../wire/errno.js";
import { SessionInput } from "./input.js";
import type { Output } from "./output.js";

/** Where a run's output goes, and how much of it there may be. */
export interface RunOutputs {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Bytes of both together. */
  readonly limit: number;
  /** More was written; called once. */
  readonly exceeded: () => void;
}

/** The guest's three standard streams, which belong to one run after the other. */
export class SessionStdio {
  readonly stdin: SessionInput;
  readonly stdout: OpenFile;
  readonly stderr: OpenFile;
  /** What is written was handed on before: it is kept, and told to nobody. */
  muted = false;
  readonly #written: ((name: "stdout" | "stderr", data: Uint8Array) => void) | undefined;
  #outputs: RunOutputs | undefined;
  #left = 0;

  /** `written` is told of all that counts as output, before anyone else is. */
  constructor(wake: () => void, written?: (name: "stdout" | "stderr", data: Uint8Array) => void) {
    this.#written = written;
    this.stdin = new SessionInput(wake);
    this.stdout = this.#stream("stdout");
    this.stderr = this.#stream("stderr");
  }

  begin(outputs: RunOutputs): void {
    this.#outputs = outputs;
    this.#left = outputs.limit;
  }

  end(): void {
    this.#outputs?.stdout.end();
    this.#outputs?.stderr.end();
    this.#outputs = undefined;
    this.stdin.end();
  }

  #stream(name: "stdout" | "stderr"): OpenFile {
    return {
      stream: true,
      read: () => {
        throw new Errno("EBADF");
      },
      write: (data) => {
        const outputs = this.#outputs;
        if (outputs === undefined) return data.length;
        const fits = data.length <= this.#left ? data : data.subarray(0, Math.max(0, this.#left));
        this.#written?.(name, fits);
        outputs[name].push(fits, this.muted);
        const exceeds = data.length > this.#left && this.#left >= 0;
        this.#left = exceeds ? -1 : this.#left - data.length;
        if (exceeds) outputs.exceeded();
        return data.length;
      },
      writable: () => this.#outputs?.[name].writable() ?? true,
    };
  }
}
