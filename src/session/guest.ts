import type { End, GuestProcess } from "../engine/engine.js";
import type { KernelState } from "../kernel/state/schema.js";
import type { StopReason } from "../limits/watch.js";

/** Counters of a guest since its start. */
export interface Counters {
  readonly operations: ReadonlyMap<string, number>;
  /** Bytes that it wrote, and read. */
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** Signals with a meaning for Python: SIGINT is KeyboardInterrupt, SIGXCPU a limit. */
export const SIGNAL = { SIGINT: 2, SIGXCPU: 24 } as const;
export type SoftSignal = keyof typeof SIGNAL;

/** A started guest with its kernel, as a session uses it. */
export interface Guest {
  readonly process: GuestProcess;
  /** Interrupts what the guest does: a wait with EINTR, else its code. */
  interrupt(signal: SoftSignal, reason: StopReason): void;
  /** Those who wait for something outside look again. */
  wake(): void;
  counters(): Counters;
  /** Calls `over` once when so many more operations were asked for. */
  limitOperations(most: number, over: () => void): void;
  /** The kernel's state between two runs. Throws StateError for what cannot be saved. */
  save(): Promise<KernelState>;
  /** Lets go of what the kernel holds, once the process has ended. */
  release(end: End): Promise<void>;
}
