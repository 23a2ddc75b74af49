/**
 * What an engine is: a way to execute a guest. Both engines speak the same frames, so nothing above this depends
 * on which one it is.
 */
import type { ProtocolError } from "../errors.js";
import type { Serve } from "../wire/serve.js";

/**
 * What a guest executes: the Python that is shipped, perhaps from an image of its own; a WASI preview 1 command (its export `_start`); or an interpreter
 * that has no image yet (its export `boot`, then as Python), which is how images are made.
 */
export type Program =
  | { readonly kind: "python"; readonly image?: ImageFile }
  | { readonly kind: "command" | "boot"; readonly file: string };

/** An image in place of the one that is shipped; its file must not change while guests have it. */
export interface ImageFile {
  readonly path: string;
  /** What it is called by: 32 bytes. */
  readonly sha256: Uint8Array;
}

export interface StartOptions {
  /** Default: Python. */
  readonly program?: Program;
  /** Most bytes of the guest's linear memory: a multiple of 65536, up to 4 GiB. */
  readonly memory: number;
  /** CPU seconds after which the system kills the guest, whatever the controller does; 0: none. Default: 0. */
  readonly cpu?: number;
  /** Serves everything the guest asks for, but `hello` and `died`, which are the engine's. */
  readonly serve: Serve;
  /** Milliseconds until the guest must have said hello. Default: 30000. */
  readonly timeout?: number;
  /** Ends starting; has no effect on a guest that has started. */
  readonly signal?: AbortSignal;
}

/** Why the guest's code trapped. */
export type DeathReason =
  | "unreachable"
  | "out of bounds"
  | "integer arithmetic"
  | "stack overflow"
  | "indirect call"
  | "other";

/** How a guest process ended. */
export type End =
  /** It left by itself. */
  | { readonly kind: "exit"; readonly status: number }
  /** The system ended it, not the controller: most often SIGKILL for its hard CPU limit. */
  | { readonly kind: "signal"; readonly signal: string }
  /** Its code trapped, which is contained. `detail` is an address, for diagnosis. */
  | { readonly kind: "died"; readonly reason: DeathReason; readonly detail: bigint }
  /** It broke the protocol and was killed for it. */
  | { readonly kind: "breach"; readonly error: ProtocolError }
  /** `serve` failed, by an error of the controller's own, and the guest was killed. */
  | { readonly kind: "failed"; readonly error: unknown }
  /** `kill` was called. */
  | { readonly kind: "killed"; readonly reason: string };

/** Bytes of the guest process. */
export interface MemoryFigures {
  /** In memory now; pages of the image count, which all guests share. */
  readonly resident: number;
  /** The most that `resident` has been. */
  readonly peak: number;
  /** What is its own. */
  readonly private: number;
}

/** Signals that interrupt the guest's code; what they do is up to the guest. */
export type GuestSignal = "SIGINT" | "SIGTERM" | "SIGUSR1" | "SIGUSR2" | "SIGALRM" | "SIGXCPU";

/** A running guest. Closing it (`await using`) kills it and waits for its end. */
export interface GuestProcess extends AsyncDisposable {
  readonly pid: number;
  /** Which engine runs it. */
  readonly engine: EngineName;
  /** Never rejects. Everything the guest held has been released when it settles. */
  readonly ended: Promise<End>;
  /** Requests so far. */
  readonly requests: number;
  /** Whether a request waits for its answer: a signal then belongs into that answer, not to `signal`. */
  readonly waiting: boolean;
  /** Interrupts code that is computing. Without effect once the guest has ended. */
  signal(signal: GuestSignal): void;
  /** Ends it at once. Without effect once it has ended. */
  kill(reason?: string): void;
  /** CPU time used, in nanoseconds; at the end what was last seen. Undefined where the system does not tell. */
  cpuTime(): bigint | undefined;
  /** The most memory it has had resident, in bytes; at the end what was last seen. Costs far less than `memory`. */
  peakMemory(): number | undefined;
  memory(): MemoryFigures | undefined;
  /** Whether it keeps the controller's process alive. Default: yes. */
  ref(): void;
  unref(): void;
}

/** The guest compiled ahead of time, or its WebAssembly in a Node process. */
export type EngineName = "native" | "wasm";

export interface Engine {
  readonly name: EngineName;
  /**
   * Starts a guest; resolves when it is confined and ready.
   *
   * @throws EngineError ERR_ENGINE_MISSING where something it needs is not there, ERR_ENGINE_START where the
   * guest does not come up; the signal's reason where it is aborted.
   */
  start(options: StartOptions): Promise<GuestProcess>;
}
