import { type ChildProcess, spawn } from "node:child_process";
import { ProtocolError } from "../../errors.js";
import type { Calls } from "./calls.js";
import type { MarshalLimits } from "./marshal.js";
import type { Speaker, SpeakerEvents } from "./speaker.js";
import { Version1 } from "./version1.js";
import { Version2 } from "./version2.js";

/** Which of RPython's sandbox protocols; `auto` takes it from the first byte. */
export type RpythonVersion = "auto" | 1 | 2;

export interface RpythonStart {
  /** The launcher that confines the child, or undefined to start it directly. */
  readonly launcher: string | undefined;
  /** Real path of the translated executable. */
  readonly executable: string;
  /** `argv[0]` as the child sees it: a virtual path. */
  readonly argv0: string;
  /** Arguments after argv[0], the child's own flags (`--heapsize N`) first. */
  readonly args: readonly string[];
  readonly version: RpythonVersion;
  /** Bytes of address space; undefined: no limit. */
  readonly addressSpace: number | undefined;
  /** Hard limit on CPU time, in seconds; undefined: no limit. */
  readonly cpuSeconds: number | undefined;
  readonly calls: Calls;
  readonly marshal?: Partial<MarshalLimits>;
  /** Called for each function that nobody knows. */
  readonly unknown?: (name: string) => void;
}

/** How an RPython guest ended. */
export type RpythonEnd =
  | { readonly kind: "exit"; readonly status: number }
  | { readonly kind: "signal"; readonly signal: NodeJS.Signals }
  /** The child ran out of its heap or address space, and said so. */
  | { readonly kind: "memory"; readonly message: string }
  /** "Fatal RPython error: …" and the like. */
  | { readonly kind: "fatal"; readonly message: string }
  | { readonly kind: "protocol"; readonly error: ProtocolError }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "killed"; readonly reason: string };

/** The child's own stderr is kept up to this many bytes; it carries its last words only. */
const MAX_STDERR = 64 << 10;

/** A running RPython child: its pipe, its speaker, and its end. */
export class RpythonProcess {
  readonly ended: Promise<RpythonEnd>;
  readonly #child: ChildProcess;
  readonly #start: RpythonStart;
  readonly #events: SpeakerEvents;
  #speaker: Speaker | undefined;
  #verdict: RpythonEnd | undefined;
  #stderr = Buffer.alloc(0);

  constructor(start: RpythonStart) {
    this.#start = start;
    this.#events = {
      send: (bytes) => this.#send(bytes),
      violation: (message) =>
        this.#conclude({
          kind: "protocol",
          error: new ProtocolError(`The guest broke RPython's protocol: ${message}`),
        }),
      unknown: (name) => start.unknown?.(name),
      exit: (status) => this.#conclude({ kind: "exit", status }),
      failed: (error) => this.#conclude({ kind: "failed", error }),
    };
    const [command, args] = commandLine(start);
    // An environment would be read by the child's C runtime before its first message.
    this.#child = spawn(command, args, {
      env: {},
      stdio: ["pipe", "pipe", "pipe"],
      ...(start.launcher === undefined ? { argv0: start.argv0 } : {}),
    });
    this.#child.stdin?.on("error", () => {});
    this.#child.stdout?.on("data", (chunk: Buffer) => this.#receive(chunk));
    this.#child.stderr?.on("data", (chunk: Buffer) => this.#hear(chunk));
    this.ended = new Promise((resolve, reject) => {
      this.#child.on("error", reject);
      this.#child.on("close", (status, signal) => resolve(this.#end(status, signal)));
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** What the child itself wrote to its real stderr, bounded; not escaped. */
  get stderr(): string {
    return this.#stderr.toString("utf8");
  }

  kill(reason: string): void {
    this.#conclude({ kind: "killed", reason });
  }

  #receive(chunk: Buffer): void {
    if (this.#verdict !== undefined) return;
    // A child that never reads would have its answers pile up here.
    if ((this.#child.stdin?.writableLength ?? 0) > 0) {
      this.#events.violation("the child went on before it took the last answer");
      return;
    }
    this.#speaker ??= this.#choose(chunk[0]);
    this.#speaker.feed(chunk);
  }

  #choose(first: number | undefined): Speaker {
    const { version, calls, marshal } = this.#start;
    const one = version === 1 || (version === "auto" && first === "s".charCodeAt(0));
    return one ? new Version1(calls, this.#events, marshal) : new Version2(calls, this.#events);
  }

  #send(bytes: Uint8Array): void {
    if (this.#verdict === undefined) this.#child.stdin?.write(bytes);
  }

  #hear(chunk: Buffer): void {
    const room = MAX_STDERR - this.#stderr.length;
    if (room > 0) this.#stderr = Buffer.concat([this.#stderr, chunk.subarray(0, room)]);
  }

  #conclude(verdict: RpythonEnd): void {
    if (this.#verdict !== undefined) return;
    this.#verdict = verdict;
    this.#child.kill("SIGKILL");
  }

  #end(status: number | null, signal: NodeJS.Signals | null): RpythonEnd {
    if (this.#verdict !== undefined) return this.#verdict;
    const message = lastWords(this.stderr);
    if (/MemoryError|out of memory/i.test(message)) return { kind: "memory", message };
    if (/^Fatal RPython error|^Not implemented: sandboxing/m.test(this.stderr))
      return { kind: "fatal", message };
    return signal === null ? { kind: "exit", status: status ?? 255 } : { kind: "signal", signal };
  }
}

function commandLine(start: RpythonStart): readonly [string, readonly string[]] {
  if (start.launcher === undefined) return [start.executable, start.args];
  const options: string[] = [];
  if (start.addressSpace !== undefined) options.push("--address-space", String(start.addressSpace));
  if (start.cpuSeconds !== undefined) options.push("--cpu", String(start.cpuSeconds));
  return [start.launcher, [...options, start.executable, start.argv0, ...start.args]];
}

/** The line that says why, or the last one. */
function lastWords(stderr: string): string {
  const lines = stderr
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return lines.find((line) => /Fatal RPython error|Not implemented/.test(line)) ?? lines.at(-1) ?? "";
}
