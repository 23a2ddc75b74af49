import { sallyportDialect } from "../dialects/sallyport.js";
import type { CommandingSide } from "../durable/commands.js";
import type { DurableGuest } from "../durable/guest.js";
import { chooseEngine } from "../engine/choose.js";
import type { Engine, GuestProcess, GuestSignal, ImageFile } from "../engine/engine.js";
import { nativeEngine } from "../engine/native.js";
import type { FileSystem } from "../fs/filesystem.js";
import { absentDriver } from "../kernel/absent-driver.js";
import { Host } from "../kernel/host.js";
import { Kernel, type KernelOptions } from "../kernel/kernel.js";
import type { Stdio, Terminal } from "../kernel/stdio.js";
import type { StopReason } from "../limits/watch.js";
import type { EngineChoice, RecordOptions } from "../options/sandbox.js";
import type { MemoryTransfer } from "../snapshot/transfer.js";
import { record } from "../trace/record.js";
import { joinServers, lateServer } from "../wire/serve.js";
import { type Guest, SIGNAL, type SoftSignal } from "./guest.js";

const SIGALRM = 14;

/** What the Python driver's side of a guest can do: messages, and what to do next. */
export interface PythonSide extends CommandingSide {
  next():
    | { readonly verb: number; readonly argument: bigint }
    | Promise<{ readonly verb: number; readonly argument: bigint }>;
}

export interface GuestOptions {
  readonly engine: EngineChoice;
  readonly hardened: boolean;
  /** Default: the image that is shipped. */
  readonly image: ImageFile | undefined;
  /** Bytes. */
  readonly memory: number;
  /** CPU time after which the system ends it, whatever becomes of the controller. */
  readonly cpuSeconds: number;
  readonly descriptors: number;
  /** Most bytes of the guest's messages that are held at once. */
  readonly message: number;
  readonly mounts: ReadonlyMap<string, FileSystem>;
  readonly env: ReadonlyMap<string, string>;
  readonly cwd: string;
  readonly stdio: Stdio;
  readonly terminal: Terminal | undefined;
  /** What else the kernel is to virtualise, watch or refuse. */
  readonly world: Pick<KernelOptions, "intercept" | "files" | "observe" | "clock" | "random" | "identity">;
  readonly python: PythonSide;
  /** A file system's own failure, which the guest sees as EIO. */
  readonly fault: (error: unknown, operation: string) => void;
  readonly signal: AbortSignal | undefined;
  /** Takes the guest's memory out and in, for snapshots. */
  readonly transfer: MemoryTransfer;
  /** A kernel's state to begin with, from a snapshot or an image, and a working directory in place of its own. */
  readonly restore: { readonly kernel: unknown; readonly cwd?: string } | undefined;
  readonly record: string | RecordOptions | undefined;
  /** Its journal, where it is durable; and what keeps output from being handed on. */
  readonly durable: { readonly guest: DurableGuest; readonly mute: (muted: boolean) => void } | undefined;
}

/** Starts a Python guest: the engine, the kernel that answers it, and the dialect between them. */
export const startGuest = async (options: GuestOptions): Promise<Guest> => {
  let guest: GuestProcess | undefined;
  let overBudget: (() => void) | undefined;
  const engine = engineFor(options);
  const recorded =
    options.record === undefined
      ? undefined
      : record(options.record, {
          memory: options.memory,
          engine: engine.name,
          ...(options.image === undefined ? {} : { image: options.image.sha256 }),
        });
  const late = lateServer();
  // The guest comes up while its kernel is made: neither waits for the other.
  const starting = engine.start({
    ...(options.image === undefined ? {} : { program: { kind: "python", image: options.image } }),
    memory: options.memory,
    cpu: options.cpuSeconds,
    serve: recorded === undefined ? late.serve : recorded.serve(late.serve),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  starting.catch(() => undefined);
  try {
    const durable = options.durable?.guest;
    const host = new Host(durable?.side(options.python) ?? options.python, () => kernel.wake(), {
      message: options.message,
    });
    const kernelOptions: KernelOptions = {
      ...options.world,
      mounts: options.mounts,
      stdio: options.stdio,
      ...(options.terminal === undefined ? {} : { terminal: options.terminal }),
      env: options.env,
      cwd: options.cwd,
      descriptors: options.descriptors,
      driver: {
        ...absentDriver,
        next: () => {
          host.giveUp();
          kernel.forgetInterrupt();
          durable?.next();
          return options.python.next();
        },
        command: (args) => host.command(args),
        report: (args) => host.report(args),
        call: (args) => host.call(args),
        start: (args) => host.start(args),
        answer: (args) => host.answer(args),
        completions: () => host.completions(),
        save_page: (args) => options.transfer.save_page(args),
        save_state: (args) => options.transfer.save_state(args),
        load_page: (args) => options.transfer.load_page(args),
        load_state: (args) => options.transfer.load_state(args),
      },
      usage: () => ({ user: guest?.cpuTime() ?? 0n, system: 0n, peak: guest?.peakMemory() ?? 0 }),
      onAlarm: () => {
        if (guest !== undefined) tell(guest, "SIGALRM", SIGALRM);
      },
      onBudget: () => overBudget?.(),
      onFault: options.fault,
    };
    const kernel: Kernel = new Kernel(
      options.durable?.guest.kernelOptions(kernelOptions, options.durable.mute) ?? kernelOptions,
    );
    if (options.restore !== undefined) await kernel.restore(options.restore.kernel, options.restore.cwd);
    const tell = (to: GuestProcess, name: GuestSignal, signal: number): void => {
      // With the answer where one is to come: so it is in the trace, and takes effect at the same place again.
      if (to.waiting) {
        kernel.raise(signal);
        return;
      }
      recorded?.signalled(signal, to.cpuTime());
      to.signal(name);
    };
    const serve = joinServers(sallyportDialect(kernel));
    late.open(durable?.serve(serve) ?? serve);
    const started = await starting;
    guest = started;
    return {
      process: started,
      interrupt: (signal: SoftSignal, reason: StopReason) => {
        if (durable !== undefined) {
          if (durable.interrupt(SIGNAL[signal], reason)) kernel.nudge();
          return;
        }
        // Where nothing waits the kernel remembers it for a wait that is just about to begin.
        if (!kernel.interrupt(SIGNAL[signal])) tell(started, signal, SIGNAL[signal]);
      },
      wake: () => kernel.wake(),
      counters: () => {
        const { byName, bytesRead, bytesWritten } = kernel.counts;
        return { operations: byName, bytesIn: bytesWritten, bytesOut: bytesRead };
      },
      limitOperations: (most, over) => {
        kernel.budget = most;
        overBudget = over;
      },
      save: () => kernel.save(),
      release: async (end) => {
        host.abort();
        recorded?.close(end);
        await kernel.close(new Error(`the guest has ended (${end.kind})`));
      },
    };
  } catch (error) {
    recorded?.close({ kind: "failed", error });
    await starting.then(
      (started) => started[Symbol.asyncDispose](),
      () => undefined,
    );
    throw error;
  }
};

const engineFor = ({ engine, hardened }: GuestOptions): Engine =>
  hardened ? nativeEngine({ flavour: "hardened" }) : chooseEngine(engine);
