import { resolve } from "node:path/posix";
import { DurableError } from "../errors.js";
import { ArchiveFileSystem } from "../fs/archive/archive.js";
import type { FileSystem } from "../fs/filesystem.js";
import { MemoryFileSystem } from "../fs/memory/memory.js";
import { OneFileSystem } from "../fs/one-file.js";
import { OverlayFileSystem } from "../fs/overlay/overlay.js";
import { type Clock, clock as makeClock } from "../kernel/clock.js";
import type { HostSide } from "../kernel/host.js";
import type { KernelOptions } from "../kernel/kernel.js";
import { systemRandom } from "../kernel/random.js";
import { parseState } from "../kernel/state/schema.js";
import type { Serve } from "../wire/serve.js";
import { DurableCalls } from "./calls.js";
import { DurableClock } from "./clock.js";
import { type CommandingSide, Commands } from "./commands.js";
import { OuterFileSystem } from "./files/outer.js";
import { givenOutcomes } from "./given.js";
import { decodeChange, type HostChange } from "./host-changes.js";
import { type InterruptReason, Interrupts } from "./interrupts.js";
import { durableServe } from "./serve.js";
import { durableInput, durableOutput, durableRandom, durableUsage } from "./sources.js";
import type { Tape } from "./tape.js";

/** Where a durable guest begins: at the start of its session, or as its snapshot was taken. */
export interface Beginning {
  /** ms since 1970. */
  readonly begun: number;
  /** Host calls that were made before. */
  readonly calls: number;
}

/** A durable guest's surroundings: everything from outside goes through its journal. */
export class DurableGuest {
  readonly tape: Tape;
  readonly #beginning: Beginning;
  readonly #outer: OuterFileSystem[] = [];
  readonly #interrupts: Interrupts;
  readonly #commands: Commands;
  #calls: DurableCalls | undefined;
  #renew: () => void = () => {};
  #beginInput: () => void = () => {};
  /** Where something is mounted, and whether that is outside. */
  readonly #mounted = new Map<string, boolean>();
  #changeAgain: (change: HostChange) => Promise<void> = async () => {};
  #reopened = false;

  constructor(tape: Tape, beginning: Beginning) {
    this.tape = tape;
    this.#beginning = beginning;
    this.#interrupts = new Interrupts(tape);
    this.#commands = new Commands(tape);
  }

  /** Host calls so far. */
  get calls(): number {
    return this.#calls?.count ?? this.#beginning.calls;
  }

  /** The kernel's options, with the journal between it and the world. `mute`: outputs are not to be handed on. */
  kernelOptions(options: KernelOptions, mute: (muted: boolean) => void): KernelOptions {
    const { tape } = this;
    const { stdio, usage, observe, onAlarm: _onAlarm, ...rest } = options;
    const clock = this.#clock(options.clock);
    this.#renew = () => clock.renew?.();
    const stdin = durableInput(stdio.stdin, tape);
    this.#beginInput = () => stdin.begin();
    return {
      ...rest,
      mounts: this.#mounts(options.mounts ?? new Map()),
      stdio: {
        stdin,
        stdout: durableOutput(stdio.stdout, tape, mute),
        stderr: durableOutput(stdio.stderr, tape, mute),
      },
      clock,
      ...(options.random === undefined ? { random: durableRandom(systemRandom(), tape) } : {}),
      ...(usage === undefined ? {} : { usage: durableUsage(usage, tape) }),
      // What is done again was seen before.
      ...(observe === undefined ? {} : { observe: (seen) => (tape.live ? observe(seen) : undefined) }),
      around: (operations) => givenOutcomes(operations, clock, tape),
      outside: () => this.#interrupts.take(),
    };
  }

  /**
   * Why a state cannot be gone on from; undefined where it can. A file outside that is open, or a directory there that is
   * worked in, may be called otherwise by the time that the state is needed.
   */
  unkeepable(kernel: unknown): string | undefined {
    if (this.#calls?.open === true) return "calls of host functions are under way";
    const { cwd, descriptions } = parseState(kernel);
    const files = descriptions.flatMap((one) => ("file" in one ? [one.file] : []));
    const outside = [cwd, ...files].find(
      ({ mount, path }) => this.#mounted.get(mount) === true && path !== mount,
    );
    return outside && `${JSON.stringify(outside.path)} is open`;
  }

  /** Makes again the changes that the host made to the guest's files, up to where the guest is. */
  async makeChanges(): Promise<void> {
    for (const { body } of this.tape.due(this.tape.operations + 1))
      await this.#changeAgain(decodeChange(body));
  }

  /** How a change of the host's is made again. Not told of those that are outside, where they are made already. */
  onChange(make: (change: HostChange) => Promise<void>): void {
    this.#changeAgain = async (change) => {
      if (!this.#outside(change.path)) await make(change);
    };
  }

  /** Whether a path leads to a file system outside. */
  #outside(path: string): boolean {
    const absolute = resolve("/sandbox", path);
    let [longest, outside] = ["", false];
    for (const [at, isOuter] of this.#mounted) {
      const within = at === "/" || absolute === at || absolute.startsWith(`${at}/`);
      if (within && at.length >= longest.length) [longest, outside] = [at, isOuter];
    }
    return outside;
  }

  /** What the guest asks of its session, through the journal. */
  side(side: CommandingSide): HostSide {
    const { tape } = this;
    const calls = new DurableCalls(
      (request, signal, started, number) => side.call(request, signal, started, number),
      tape,
      this.#beginning.calls,
    );
    this.#calls = calls;
    tape.hook({ arrival: (body) => calls.arrive(body), begun: () => this.#begun(calls) });
    return {
      command: () => this.#commands.get(side),
      report: (kind, message) => side.report(kind, message),
      call: (request, signal, started) => calls.call(request, signal, started),
      withoutRoom: (answer, limit) => side.withoutRoom(answer, limit),
    };
  }

  /** The guest asks what to do next: it has done what it was told. */
  next(): void {
    this.#beginInput();
    this.#commands.next();
  }

  serve(serve: Serve): Serve {
    return durableServe(serve, this.tape, () => this.#ready());
  }

  /** A signal for the guest; it comes with an answer. Answers whether an operation that waits is to be ended for it. */
  interrupt(signal: number, reason: InterruptReason): boolean {
    this.#interrupts.add(signal, reason);
    return this.tape.live;
  }

  /** Told why a run was interrupted, when that is done again. */
  onInterrupted(tell: (reason: InterruptReason) => void): void {
    this.#interrupts.again(tell);
  }

  /** An operation begins. */
  #begun(calls: DurableCalls): boolean {
    this.#renew();
    return calls.deliver();
  }

  #clock(given: KernelOptions["clock"]): Clock {
    const own = given !== undefined && !("mode" in given) ? given : makeClock(given);
    if (own.virtual) return own;
    return new DurableClock(own, this.tape, this.#beginning.begun);
  }

  #mounts(mounts: ReadonlyMap<string, FileSystem>): ReadonlyMap<string, FileSystem> {
    return new Map(
      [...mounts].map(([path, fs]) => {
        const through = this.#throughJournal(path, fs);
        this.#mounted.set(path, through instanceof OuterFileSystem);
        return [path, through];
      }),
    );
  }

  /** What is the same whenever the same is done with it needs no journal; all else does. */
  #throughJournal(path: string, fs: FileSystem): FileSystem {
    if (fs instanceof MemoryFileSystem || fs instanceof ArchiveFileSystem) return fs;
    if (fs instanceof OverlayFileSystem) {
      if (!fs.replaceLayers((layer) => this.#throughJournal(path, layer))) {
        throw new DurableError(
          "state",
          `the overlay at ${JSON.stringify(path)} has been used before: make a new one for a durable run`,
        );
      }
      return fs;
    }
    if (fs instanceof OneFileSystem) return fs.within((all) => this.#throughJournal(path, all));
    const outer = new OuterFileSystem(fs, this.tape, path);
    this.#outer.push(outer);
    return outer;
  }

  /** Before an operation: what the host changed before it, and what is open once the journal is at its end. */
  #ready(): Promise<void> | undefined {
    const changes = this.tape.due(this.tape.operations);
    const reopens = !this.#reopened && this.tape.settled;
    if (changes.length === 0 && !reopens) return undefined;
    return (async () => {
      for (const { body } of changes) await this.#changeAgain(decodeChange(body));
      if (!reopens) return;
      this.#reopened = true;
      for (const fs of this.#outer) await fs.reopen();
    })();
  }
}
