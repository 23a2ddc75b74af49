/**
 * The process of a guest: two pipes and an end. How it was started makes no other difference.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { EngineError } from "../errors.js";
import type { Way } from "../wire/channel.js";
import { reasonOf } from "../wire/thrown.js";
import { Excerpt } from "./excerpt.js";

export interface Exit {
  readonly status: number;
  /** What ended it, if it did not leave by itself. */
  readonly signal: string | undefined;
}

export interface Child {
  readonly pid: number;
  /** What it reads. */
  readonly stdin: Writable;
  /** What it writes. */
  readonly stdout: Readable;
  /** Settles when the process has ended; never rejects. */
  readonly exited: Promise<Exit>;
  /** Settles when, besides, what it wrote has been read; never rejects. */
  readonly closed: Promise<Exit>;
  /** `: …` with the beginning of what it said on stderr; or nothing. */
  said(): string;
  /** Without effect once it has ended. */
  kill(signal: NodeJS.Signals): void;
  /** Closes what is still open of its streams. */
  destroy(): void;
  /** The pipe that it writes ("input") or reads may hold more from now on: it moves much. */
  widen(way: Way): void;
  /** Whether it keeps the controller's process alive. Default: yes. */
  setRef(on: boolean): void;
}

/** Streams of child processes are sockets, which can be unreferenced; the type does not say so. */
export const setRef = (handle: ChildProcess | Readable | Writable, on: boolean): void => {
  const method: unknown = Reflect.get(handle, on ? "ref" : "unref");
  if (typeof method === "function") method.call(handle);
};

/** Not by the child's own `kill`: to Deno a child that was sent a signal so has ended by it. */
const interrupt = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just ended.
  }
};

const exitOf = (status: number | null, signal: NodeJS.Signals | null): Exit => ({
  status: status ?? 0,
  signal: signal ?? undefined,
});

/** A process that is forked from this one. @throws EngineError ERR_ENGINE_START where it cannot be executed. */
export const forkChild = async (file: string, argv: readonly string[]): Promise<Child> => {
  const child = spawn(file, [...argv], {
    cwd: "/",
    env: {},
    stdio: ["pipe", "pipe", "pipe"],
    windowsHide: true,
  });
  const failed = new Promise<never>((_, reject) => child.on("error", reject));
  failed.catch(() => undefined);
  const { pid } = child;
  if (pid === undefined) {
    return failed.catch((error: unknown) => {
      const why = reasonOf(error);
      throw new EngineError("ERR_ENGINE_START", `the guest cannot be executed: ${why}`, { cause: error });
    });
  }
  // Without a process there may be no streams either.
  const { stdin, stdout, stderr } = child;
  const excerpt = new Excerpt(stderr);
  const settled = (event: "exit" | "close"): Promise<Exit> =>
    new Promise((resolve) => child.once(event, (status, signal) => resolve(exitOf(status, signal))));
  return {
    pid,
    stdin,
    stdout,
    exited: settled("exit"),
    closed: settled("close"),
    said: () => excerpt.text(),
    kill: (signal) => {
      if (signal === "SIGKILL") child.kill(signal);
      else if (child.exitCode === null && child.signalCode === null) interrupt(pid, signal);
    },
    destroy: () => {
      stdout.destroy();
      stderr.destroy();
    },
    // Node's are sockets, which hold enough.
    widen: () => undefined,
    setRef: (on) => {
      for (const handle of [child, stdin, stdout, stderr]) setRef(handle, on);
    },
  };
};
