/**
 * Starts native guests by a small process of its own.
 *
 * To fork a controller is to copy the page tables of a large process, to hold it up until the guest has been
 * executed, and to make it copy every page that it writes soon after: most of what a start costs, and the more, the
 * larger its heap is. So the first guest has a helper (guest/spawner) started, which forks it and all others from its
 * few hundred kilobytes; to start a guest is one message to it. Its protocol is described in its source. Wherever it is
 * missing or fails guests are forked from here.
 *
 * A guest's pipes are made by the helper, and opened from here as /proc/PID/fd/N. It reaps a guest only when told to:
 * until then the guest's process id is no one else's, and may be signalled.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { Socket } from "node:net";
import { constants as system } from "node:os";
import type { Readable, Writable } from "node:stream";
import { late } from "../wire/late.js";
import { type Child, type Exit, setRef } from "./child.js";

const COMMAND = { start: 1, release: 2, reap: 3, widen: 4 } as const;
const EVENT = { ready: 1, started: 2, failed: 3, ended: 4 } as const;
/** Bytes of an event: its kind, and four numbers. */
const EVENT_SIZE = 20;
/** Bytes that a pipe of a guest which moves much may hold: as many as a user's pipes may by Linux's default. */
const WIDE = 1024 * 1024;
/** How many may at a time: a user has 64 MiB for all pipes, those of other programs too, which get small ones beyond that. */
const MOST_WIDE = 32;
/** Milliseconds until it must stand ready. */
const START_TIMEOUT = 5000;

type Helper = ChildProcessByStdio<Writable, Readable, null>;

interface Started {
  readonly pid: number;
  /** Descriptors of the helper's: to write to the guest, to read from it, and of its process. */
  readonly output: number;
  readonly input: number;
  readonly process: number;
}

/** The controller's ends of a guest's pipes, and their descriptors. */
interface Ends {
  readonly stdin: Socket;
  readonly stdout: Socket;
  readonly writing: number;
  readonly reading: number;
}

export class Spawner {
  readonly #helper: Helper;
  readonly #gone: () => void;
  /** Those whose guests are being started, in the order of their commands. */
  readonly #waiting: ((started: Started | undefined) => void)[] = [];
  readonly #children = new Map<number, (exit: Exit) => void>();
  #rest: Buffer = Buffer.alloc(0);
  /** Whether it stands ready, once that is known. */
  readonly ready: Promise<boolean>;
  #tellReady: (ready: boolean) => void = () => undefined;
  #pid: number | undefined;
  #ended = false;
  #holders = 0;
  #wide = 0;

  /** `gone` is called when the helper has ended, or has failed. */
  constructor(file: string, gone: () => void) {
    this.#gone = gone;
    const helper = spawn(file, [String(process.pid)], {
      cwd: "/",
      env: {},
      stdio: ["pipe", "pipe", "ignore"],
      windowsHide: true,
    });
    this.#helper = helper;
    helper.on("error", () => this.#end());
    if (helper.pid === undefined) {
      // Without a process there may be no streams either.
      this.ready = Promise.resolve(false);
      return;
    }
    helper.on("exit", () => this.#end());
    helper.stdin.on("error", () => this.#end());
    helper.stdout.on("error", () => this.#end());
    helper.stdout.on("data", (chunk: Buffer) => this.#receive(chunk));
    const timer = late(START_TIMEOUT, () => {
      if (this.#pid === undefined) helper.kill("SIGKILL");
    });
    this.#hold(1);
    this.ready = new Promise<boolean>((resolve) => {
      this.#tellReady = resolve;
    }).finally(() => {
      clearTimeout(timer);
      this.#hold(-1);
    });
  }

  /** Starts a guest; undefined where that fails, for whatever reason. */
  async start(file: string, argv: readonly string[]): Promise<Child | undefined> {
    if (this.#pid === undefined) return undefined;
    const strings = Buffer.from(`${[file, ...argv].join("\0")}\0`);
    const head = Buffer.allocUnsafe(8);
    head.writeUInt32LE(COMMAND.start, 0);
    head.writeUInt32LE(strings.byteLength, 4);
    this.#hold(1);
    const child = await new Promise<Child | undefined>((resolve) => {
      // At once: the next event may be the guest's end.
      this.#waiting.push((started) => resolve(started === undefined ? undefined : this.#adopt(started)));
      this.#helper.stdin.write(Buffer.concat([head, strings]));
    });
    if (child === undefined) this.#hold(-1);
    return child;
  }

  /** Opens a new guest's pipes. Where that cannot be, the guest is ended. */
  #adopt(started: Started): Child | undefined {
    const { pid, input, output } = started;
    const exited = new Promise<Exit>((resolve) => {
      this.#children.set(pid, (exit) => {
        this.#command(COMMAND.reap, pid, started.process);
        resolve(exit);
      });
    });
    const opened = this.#open(output, input);
    this.#command(COMMAND.release, output, input);
    if (opened === undefined) {
      send(pid, "SIGKILL");
      return undefined;
    }
    return this.#child(pid, exited, opened);
  }

  #open(output: number, input: number): Ends | undefined {
    const descriptors: number[] = [];
    try {
      const open = (number: number, how: number): number => {
        const fd = openSync(`/proc/${this.#pid}/fd/${number}`, how | constants.O_NONBLOCK);
        descriptors.push(fd);
        return fd;
      };
      const [writing, reading] = [open(output, constants.O_WRONLY), open(input, constants.O_RDONLY)];
      const stdin = new Socket({ fd: writing, readable: false, writable: true });
      descriptors.shift();
      const stdout = new Socket({ fd: reading, readable: true, writable: false });
      return { stdin, stdout, writing, reading };
    } catch {
      for (const fd of descriptors) closeSync(fd);
      return undefined;
    }
  }

  #child(pid: number, exited: Promise<Exit>, { stdin, stdout, writing, reading }: Ends): Child {
    let live = true;
    let held = true;
    const hold = (on: boolean): void => {
      if (on === held) return;
      held = on;
      this.#hold(on ? 1 : -1);
    };
    const read = new Promise<void>((resolve) => stdout.once("close", resolve));
    const closed = exited.then(async (exit) => {
      live = false;
      hold(false);
      await read;
      return exit;
    });
    return {
      pid,
      stdin,
      stdout,
      exited,
      closed,
      said: () => "",
      kill: (signal) => {
        if (live) send(pid, signal);
      },
      destroy: () => {
        stdout.destroy();
      },
      widen: (way) => {
        const [stream, descriptor] = way === "input" ? [stdout, reading] : [stdin, writing];
        if (stream.destroyed || this.#wide >= MOST_WIDE) return;
        this.#wide++;
        stream.once("close", () => this.#wide--);
        this.#command(COMMAND.widen, descriptor, WIDE);
      },
      setRef: (on) => {
        if (live) hold(on);
        setRef(stdin, on);
        setRef(stdout, on);
      },
    };
  }

  #command(kind: number, a: number, b: number): void {
    if (this.#helper.stdin.destroyed) return;
    const bytes = Buffer.allocUnsafe(12);
    bytes.writeUInt32LE(kind, 0);
    bytes.writeUInt32LE(a, 4);
    bytes.writeUInt32LE(b, 8);
    this.#helper.stdin.write(bytes);
  }

  #receive(chunk: Buffer): void {
    const bytes = this.#rest.byteLength === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (; at + EVENT_SIZE <= bytes.byteLength; at += EVENT_SIZE) {
      const number = (index: number): number => bytes.readUInt32LE(at + 4 * index);
      this.#event(number(0), number(1), number(2), number(3), number(4));
    }
    this.#rest = bytes.subarray(at);
  }

  #event(kind: number, a: number, b: number, c: number, d: number): void {
    switch (kind) {
      case EVENT.ready:
        this.#pid = a;
        this.#tellReady(true);
        return;
      case EVENT.started:
        this.#waiting.shift()?.({ pid: a, output: b, input: c, process: d });
        return;
      case EVENT.failed:
        this.#waiting.shift()?.(undefined);
        return;
      case EVENT.ended: {
        const ended = this.#children.get(a);
        this.#children.delete(a);
        ended?.(d === 0 ? { status: c, signal: undefined } : { status: 0, signal: signalName(c) });
        return;
      }
      default:
        this.#helper.kill("SIGKILL");
    }
  }

  /** The helper is gone, and its guests with it: the parent's death signal is theirs. */
  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#pid = undefined;
    this.#tellReady(false);
    for (const tell of this.#waiting.splice(0)) tell(undefined);
    const children = [...this.#children.values()];
    this.#children.clear();
    for (const ended of children) ended({ status: 0, signal: "SIGKILL" });
    this.#gone();
  }

  /** A helper is nothing to wait for by itself; a guest of it, or one that is starting, is. */
  #hold(by: 1 | -1): void {
    this.#holders += by;
    this.#setRef(this.#holders > 0);
  }

  #setRef(on: boolean): void {
    for (const handle of [this.#helper, this.#helper.stdin, this.#helper.stdout]) setRef(handle, on);
  }
}

const send = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended with the helper.
  }
};

const signalName = (number: number): string =>
  Object.entries(system.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`;

/** After so many helpers that failed, guests are forked from here for good. */
const PATIENCE = 3;
const helpers = new Map<string, Spawner>();
let failures = 0;

/** The helper with that executable, ready; undefined where there is none to be had. */
export const readySpawner = async (file: string): Promise<Spawner | undefined> => {
  let spawner = helpers.get(file);
  if (spawner === undefined) {
    if (failures >= PATIENCE) return undefined;
    const started = new Spawner(file, () => {
      failures++;
      helpers.delete(file);
    });
    spawner = started;
    helpers.set(file, started);
  }
  return (await spawner.ready) ? spawner : undefined;
};
