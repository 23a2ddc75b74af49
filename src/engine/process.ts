/**
 * A guest process of either engine: its start, its channel, its end.
 */
import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { EngineError, ProtocolError } from "../errors.js";
import { Channel } from "../wire/channel.js";
import { breach } from "../wire/frame.js";
import type { End, EngineName, GuestProcess, GuestSignal, MemoryFigures, StartOptions } from "./engine.js";
import { Excerpt } from "./excerpt.js";
import { cpuTimeOf, cpuTimeOfSingle, memoryOf, peakOf } from "./figures.js";
import { type Death, greet } from "./greeting.js";

/** How a guest is executed. */
export interface Execution {
  readonly engine: EngineName;
  readonly file: string;
  readonly argv: readonly string[];
  /** What `hello` must carry. */
  readonly image: Uint8Array;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

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
  #cpu: bigint | undefined;
  #peak: number | undefined;

  constructor(child: Child, pid: number, execution: Execution, options: StartOptions, greeted: () => void) {
    this.engine = execution.engine;
    this.#child = child;
    this.pid = pid;
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
    const time = this.engine === "native" ? cpuTimeOfSingle : cpuTimeOf;
    if (!this.#gone) this.#cpu = time(this.pid) ?? this.#cpu;
    return this.#cpu;
  }

  peakMemory(): number | undefined {
    if (!this.#gone) this.#peak = peakOf(this.pid) ?? this.#peak;
    return this.#peak;
  }

  memory(): MemoryFigures | undefined {
    return this.#gone ? undefined : memoryOf(this.pid);
  }

  ref(): void {
    for (const handle of [this.#child, this.#child.stdin, this.#child.stdout, this.#child.stderr])
      setRef(handle, true);
  }

  unref(): void {
    for (const handle of [this.#child, this.#child.stdin, this.#child.stdout, this.#child.stderr])
      setRef(handle, false);
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
    this.#timer ??= setTimeout(() => {
      this.#judge(this.#leaving ?? { kind: "breach", error: breach(`it lives on after ${after}`) });
      this.#end();
    }, LINGER);
  }

  #awaitEnd(): Promise<End> {
    const child = this.#child;
    return new Promise((resolve) => {
      child.stdout.once("end", () => this.#expectEnd("closing its output"));
      child.once("exit", () => {
        this.#gone = true;
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => {
          child.stdout.destroy();
          child.stderr.destroy();
        }, LINGER);
        child.stdin.destroy();
      });
      child.once("close", (status: number | null, signal: NodeJS.Signals | null) => {
        this.#gone = true;
        clearTimeout(this.#timer);
        if (this.#channel.partial > 0 && status === 0) {
          this.#judge({ kind: "breach", error: breach("an end in the middle of a frame") });
        }
        this.#channel.close();
        resolve(this.#verdict ?? endOf(status, signal));
      });
    });
  }
}

const endOf = (status: number | null, signal: NodeJS.Signals | null): End =>
  signal === null ? { kind: "exit", status: status ?? 0 } : { kind: "signal", signal };

/** Streams of child processes are sockets, which can be unreferenced; the type does not say so. */
const setRef = (handle: ChildProcess | Readable | Writable, on: boolean): void => {
  const method: unknown = Reflect.get(handle, on ? "ref" : "unref");
  if (typeof method === "function") method.call(handle);
};

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
  const child = spawn(execution.file, [...execution.argv], {
    cwd: "/",
    env: {},
    stdio: ["pipe", "pipe", "pipe"],
    windowsHide: true,
  });
  const stderr = new Excerpt(child.stderr);
  const failed = new Promise<never>((_, reject) => child.on("error", reject));
  failed.catch(() => undefined);
  const { pid } = child;
  if (pid === undefined) {
    return failed.catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      throw new EngineError("ERR_ENGINE_START", `the guest cannot be executed: ${why}`, { cause: error });
    });
  }

  let greeted = (): void => undefined;
  const hello = new Promise<void>((resolve) => {
    greeted = resolve;
  });
  const guest = new Guest(child, pid, execution, options, greeted);
  const abort = (): void => guest.kill("starting was aborted");
  options.signal?.addEventListener("abort", abort, { once: true });
  const timeout = options.timeout ?? START_TIMEOUT;
  const timer = setTimeout(() => guest.kill(`it did not say hello within ${timeout} ms`), timeout);
  try {
    const end = await Promise.race([hello, guest.ended]);
    if (end === undefined) return guest;
    options.signal?.throwIfAborted();
    const cause = "error" in end ? { cause: end.error } : undefined;
    throw new EngineError(
      "ERR_ENGINE_START",
      `the guest did not start: ${describe(end)}${stderr.text()}`,
      cause,
    );
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", abort);
  }
};
