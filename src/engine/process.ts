/**
 * A guest process of either engine: its start, its channel, its end.
 */
import { EngineError, ProtocolError } from "../errors.js";
import { Channel } from "../wire/channel.js";
import { breach } from "../wire/frame.js";
import { late } from "../wire/late.js";
import { type Child, type Exit, forkChild } from "./child.js";
import type { End, EngineName, GuestProcess, GuestSignal, MemoryFigures, StartOptions } from "./engine.js";
import { cpuTimeOf, cpuTimeOfSingle, memoryOf, peakOf } from "./figures.js";
import { type Death, greet } from "./greeting.js";
import { readySpawner } from "./spawner.js";

/** How a guest is executed. */
export interface Execution {
  readonly engine: EngineName;
  readonly file: string;
  readonly argv: readonly string[];
  /** What `hello` must carry. */
  readonly image: Uint8Array;
  /** Whether it takes `--parent PID`, the process that it is to end with. */
  readonly takesParent?: boolean;
  /** The helper's executable (see spawner.ts) that may start it, if it takes its parent. */
  readonly spawner?: string | undefined;
}

const START_TIMEOUT = 30_000;
/** How long (ms) a process may live on after its last request or closing its output, or its streams after its exit. */
const LINGER = 2000;

class Guest implements GuestProcess {
  readonly engine: EngineName;
  readonly ended: Promise<End>;
  readonly pid: number;
  readonly #child: Child;
  readonly #channel: Channel;
  #verdict: End | undefined;
  /** What the guest announced; what counts where its process has to be helped to end. */
  #leaving: End | undefined;
  #timer: NodeJS.Timeout | undefined;
  #gone = false;
  // Figures, and the request during which they were looked up: while it waits for its answer a guest uses nothing.
  #cpu: bigint | undefined;
  #cpuAt: number | undefined;
  #peak: number | undefined;
  #peakAt: number | undefined;

  constructor(child: Child, execution: Execution, options: StartOptions, greeted: () => void) {
    this.engine = execution.engine;
    this.#child = child;
    this.pid = child.pid;
    const serve = greet(options.serve, {
      image: execution.image,
      greeted,
      died: ({ reason, detail }: Death) => {
        this.peakMemory();
        this.#judge({ kind: "died", reason, detail });
      },
      leaves: (status) => {
        this.#leaving = { kind: "exit", status };
      },
    });
    this.#channel = new Channel({
      input: child.stdout,
      output: child.stdin,
      serve,
      leaving: (after) => this.#expectEnd(after),
      much: (way) => this.#child.widen(way),
      failed: (error) => {
        this.#judge(error instanceof ProtocolError ? { kind: "breach", error } : { kind: "failed", error });
        this.#end();
      },
    });
    this.ended = this.#awaitEnd();
  }

  get requests(): number {
    return this.#channel.requests;
  }

  get waiting(): boolean {
    return this.#channel.busy;
  }

  signal(signal: GuestSignal): void {
    if (!this.#gone) this.#child.kill(signal);
  }

  kill(reason = "killed by its owner"): void {
    if (this.#gone) return;
    this.#judge({ kind: "killed", reason });
    this.#channel.close();
    this.#end();
  }

  cpuTime(): bigint | undefined {
    const { busy, requests } = this.#channel;
    if (this.#gone || (busy && this.#cpuAt === requests)) return this.#cpu;
    const time = this.engine === "native" ? cpuTimeOfSingle : cpuTimeOf;
    this.#cpu = time(this.pid) ?? this.#cpu;
    this.#cpuAt = busy ? requests : undefined;
    return this.#cpu;
  }

  peakMemory(): number | undefined {
    const { busy, requests } = this.#channel;
    if (this.#gone || (busy && this.#peakAt === requests)) return this.#peak;
    this.#peak = peakOf(this.pid) ?? this.#peak;
    this.#peakAt = busy ? requests : undefined;
    return this.#peak;
  }

  memory(): MemoryFigures | undefined {
    return this.#gone ? undefined : memoryOf(this.pid);
  }

  ref(): void {
    this.#child.setRef(true);
  }

  unref(): void {
    this.#child.setRef(false);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("closed");
    await this.ended;
  }

  /** The first cause counts. */
  #judge(end: End): void {
    this.#verdict ??= end;
  }

  #end(): void {
    this.cpuTime();
    this.peakMemory();
    this.#child.kill("SIGKILL");
  }

  /** The process must end now by itself; if it does not, it is ended. */
  #expectEnd(after: string): void {
    if (this.#gone) return;
    this.cpuTime();
    this.peakMemory();
    this.#timer ??= late(LINGER, () => {
      if (this.#gone) return;
      this.#judge(this.#leaving ?? { kind: "breach", error: breach(`it lives on after ${after}`) });
      this.#end();
    });
  }

  async #awaitEnd(): Promise<End> {
    const child = this.#child;
    child.stdout.once("end", () => this.#expectEnd("closing its output"));
    await child.exited;
    this.#gone = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => child.destroy(), LINGER);
    child.stdin.destroy();
    const exit = await child.closed;
    clearTimeout(this.#timer);
    if (this.#channel.partial > 0 && exit.signal === undefined && exit.status === 0) {
      this.#judge({ kind: "breach", error: breach("an end in the middle of a frame") });
    }
    this.#channel.close();
    return this.#verdict ?? endOf(exit);
  }
}

const endOf = ({ status, signal }: Exit): End =>
  signal === undefined ? { kind: "exit", status } : { kind: "signal", signal };

const describe = (end: End): string => {
  switch (end.kind) {
    case "exit":
      return `it left with status ${end.status}`;
    case "signal":
      return `it was ended by ${end.signal}`;
    case "died":
      return `its code trapped (${end.reason})`;
    case "killed":
      return end.reason;
    case "breach":
      return end.error.message;
    case "failed":
      return String(end.error);
  }
};

/** Starts a guest process; resolves when it has said hello. */
export const startProcess = async (execution: Execution, options: StartOptions): Promise<GuestProcess> => {
  options.signal?.throwIfAborted();
  const { file, argv, takesParent = false, spawner } = execution;
  const helper = spawner === undefined ? undefined : await readySpawner(spawner);
  const spawned = await helper?.start(file, argv);
  if (spawned !== undefined) {
    const guest = await greeted(spawned, execution, options);
    if (guest instanceof Guest) return guest;
    // What it had to say about that went nowhere: another try says it, or succeeds.
    options.signal?.throwIfAborted();
    if (guest.kind !== "exit" && guest.kind !== "signal") throw startError(guest, "");
  }
  const child = await forkChild(file, takesParent ? [...argv, "--parent", String(process.pid)] : argv);
  const guest = await greeted(child, execution, options);
  if (guest instanceof Guest) return guest;
  options.signal?.throwIfAborted();
  throw startError(guest, child.said());
};

const startError = (end: End, said: string): EngineError =>
  new EngineError(
    "ERR_ENGINE_START",
    `the guest did not start: ${describe(end)}${said}`,
    "error" in end ? { cause: end.error } : undefined,
  );

/** The guest, when it has said hello; or its end, where it does not. */
const greeted = async (child: Child, execution: Execution, options: StartOptions): Promise<Guest | End> => {
  let saidHello = (): void => undefined;
  const hello = new Promise<void>((resolve) => {
    saidHello = resolve;
  });
  const guest = new Guest(child, execution, options, saidHello);
  const abort = (): void => guest.kill("starting was aborted");
  options.signal?.addEventListener("abort", abort, { once: true });
  if (options.signal?.aborted === true) abort();
  const timeout = options.timeout ?? START_TIMEOUT;
  let waiting = true;
  const timer = late(timeout, () => {
    if (waiting) guest.kill(`it did not say hello within ${timeout} ms`);
  });
  try {
    return (await Promise.race([hello, guest.ended])) ?? guest;
  } finally {
    waiting = false;
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", abort);
  }
};
