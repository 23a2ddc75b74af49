import type { FileSystem, OpenFile } from "../fs/filesystem.js";
import { Errno } from "../wire/errno.js";
import { chain, get, type Steps } from "../wire/steps.js";
import { Alarm } from "./alarm.js";
import { type Clock, type ClockOptions, clock } from "./clock.js";
import type { Description } from "./description.js";
import { Descriptors } from "./descriptors.js";
import { DescriptorInode, DeviceInode, devices } from "./devices.js";
import { argumentBlock, environmentBlock, type Strings } from "./environment.js";
import { FileDescription } from "./file.js";
import { O_ACCMODE, O_RDWR, O_WRONLY } from "./flags.js";
import { type Identity, type IdentityOptions, identity } from "./identity.js";
import { FileLocks } from "./locks.js";
import { socketFiles } from "./loopback/files.js";
import { Loopback } from "./loopback/loopback.js";
import { Fifos } from "./pipes.js";
import { type Random, type SeededRandom, seededRandom, systemRandom } from "./random.js";
import { Scratch } from "./scratch.js";
import { Signals } from "./signals.js";
import { type Storage, skeleton } from "./skeleton.js";
import type { Stdio, Terminal } from "./stdio.js";
import { StreamDescription, type StreamStat } from "./stream.js";
import { anonymous, record } from "./vfs/attributes.js";
import { Mounts } from "./vfs/mounts.js";
import { type Opening, openExisting } from "./vfs/open.js";
import type { Place } from "./vfs/place.js";
import { type Ruling, Tree } from "./vfs/tree.js";
import { Waits } from "./waits.js";

/** CPU time and memory that the guest has used. */
export interface Usage {
  /** Nanoseconds. */
  readonly user: bigint;
  readonly system: bigint;
  /** The most memory it has had, in bytes. */
  readonly peak: number;
}

export interface WorldOptions {
  /** Guest path to file system. Where nothing is given at "/", it is a small Linux in memory: see skeleton.ts. */
  readonly mounts?: ReadonlyMap<string, FileSystem>;
  /** Quota of that. */
  readonly storage?: Storage;
  readonly stdio: Stdio;
  /** The standard streams that are terminals are this one; none are where it is missing. */
  readonly terminal?: Terminal;
  readonly args?: readonly string[];
  readonly env?: ReadonlyMap<string, string>;
  /** Default: "/". */
  readonly cwd?: string;
  readonly clock?: ClockOptions | Clock;
  /** A seed, or where random bytes come from. Default: the system. */
  readonly random?: { readonly seed: string | number | bigint | Uint8Array } | Random;
  readonly identity?: IdentityOptions;
  /**
   * Two runs see the same: the clock is frozen at 2025-01-01 (waiting moves it on), randomness has the seed 0, CPU time
   * follows the clock. `clock` and `random` still choose another time and seed.
   */
  readonly deterministic?: boolean;
  /** Most descriptors that are open at once, 3 to 65536. Default: 1024. */
  readonly descriptors?: number;
  /** What the guest has used so far. Default: the time since the start without waits. */
  readonly usage?: () => Usage;
  /** The guest's alarm went off while no operation waited: the process is to be sent SIGALRM. Default: it comes with the next answer. */
  readonly onAlarm?: () => void;
  /** Leave out /dev. */
  readonly devices?: boolean;
}

/** Everything that the guest's operations act on. */
export class World {
  readonly who: Identity;
  readonly signals = new Signals();
  readonly waits = new Waits(this.signals);
  readonly clock: Clock;
  readonly alarm: Alarm;
  readonly random: Random | SeededRandom;
  readonly descriptors: Descriptors;
  readonly mounts = new Mounts();
  readonly tree: Tree;
  readonly fifos = new Fifos(this.waits);
  readonly locks = new FileLocks(this.waits);
  readonly network: Loopback;
  readonly args: Strings;
  readonly env: Strings;
  readonly terminal: Terminal | undefined;
  readonly opening: Opening;
  readonly usage: () => Usage;
  /** Standard input, output and error, as they were opened. */
  readonly stdio: readonly StreamDescription[];
  /** The stream of completions, once the guest has asked for it. */
  completions: Description | undefined;
  /** CPU time of earlier processes of this guest, in ns. */
  usedBefore = { user: 0n, system: 0n };
  /** Bytes read and written so far. */
  readonly traffic = { read: 0, written: 0 };
  readonly #start = process.hrtime.bigint();
  #anonymous = 0;

  constructor(options: WorldOptions, ruling: Ruling | undefined) {
    this.who = identity(options.identity);
    const { deterministic = false } = options;
    const { clock: time = { mode: deterministic ? "frozen" : "real" } } = options;
    const { random = deterministic ? { seed: 0 } : undefined } = options;
    this.clock = "mode" in time ? clock(time) : time;
    this.alarm = new Alarm(this.clock, this.waits, this.signals, options.onAlarm);
    this.random =
      random === undefined
        ? systemRandom()
        : typeof random === "function"
          ? random
          : seededRandom(random.seed);
    this.descriptors = new Descriptors(options.descriptors, (description) => this.locks.closed(description));
    this.args = argumentBlock(options.args ?? []);
    this.env = environmentBlock(options.env ?? new Map());
    this.terminal = options.terminal;
    const used = options.usage ?? (() => this.#estimate());
    this.usage = () => {
      const { user, system, peak } = used();
      const before = this.usedBefore;
      return { user: before.user + user, system: before.system + system, peak };
    };
    this.tree = new Tree(this.mounts, this.who, this.descriptors, ruling, options.cwd ?? "/");
    this.network = new Loopback(this.who, socketFiles(this.tree));
    this.opening = {
      tree: this.tree,
      scratch: new Scratch(),
      special: (place, flags) => this.#openSpecial(place, flags),
    };
    if (options.mounts?.has("/") !== true) this.mount("/", skeleton(this.who, options.storage));
    for (const [path, fs] of options.mounts ?? []) this.mount(path, fs);
    if (options.devices !== false && options.mounts?.has("/dev") !== true) this.#mountDevices(options);
    this.stdio = this.#openStdio(options.stdio);
  }

  mount(path: string, fs: FileSystem): void {
    fs.setClock?.(() => this.clock.peek());
    this.mounts.mount(path, fs);
  }

  /** Attributes of something that is in no file system; each has an inode number of its own. */
  anonymous(type: "fifo" | "socket" | "character"): StreamStat {
    this.#anonymous += 1;
    const stat = anonymous(type, this.#anonymous, this.who.uid, this.who.gid);
    return () => stat;
  }

  #mountDevices({ stdio: { stdin, stderr } }: WorldOptions): void {
    const tty = (): OpenFile => forward(stdin, stderr);
    this.mount(
      "/dev",
      devices({
        descriptors: this.descriptors,
        random: this.random,
        ...(this.terminal === undefined ? {} : { tty }),
      }),
    );
  }

  #openStdio({ stdin, stdout, stderr }: Stdio): readonly StreamDescription[] {
    const terminal = this.terminal !== undefined;
    const type = terminal ? "character" : "fifo";
    const streams = [
      [stdin, terminal ? O_RDWR : 0],
      [stdout, terminal ? O_RDWR : O_WRONLY],
      [stderr, terminal ? O_RDWR : O_WRONLY],
    ] as const;
    return streams.map(([file, flags]) => {
      const stream = new StreamDescription(file, flags, this.anonymous(type), this.waits, { terminal });
      this.descriptors.add(stream, false);
      return stream;
    });
  }

  *#openSpecial(place: Place, flags: number): Steps<Description> {
    const { inode } = place;
    if (inode instanceof DescriptorInode) return yield* this.#reopen(inode.description, flags);
    const stat =
      (of: Place): StreamStat =>
      () =>
        chain(of.inode.stat(), (now) => record(of.mount.id, now));
    if (inode.type === "fifo") return yield* this.fifos.open(place, flags, stat);
    if (inode.open === undefined) throw new Errno("ENXIO");
    const access = flags & O_ACCMODE;
    const file = yield* get(inode.open({ read: access !== O_WRONLY, write: access !== 0 }));
    const terminal = inode instanceof DeviceInode && inode.terminal;
    return new StreamDescription(file, flags, stat(place), this.waits, { place, terminal });
  }

  *#reopen(description: Description, flags: number): Steps<Description> {
    const { place } = description;
    if (description instanceof FileDescription && place !== undefined) {
      return yield* get(openExisting(this.opening, place, flags));
    }
    const access = flags & O_ACCMODE;
    if (access !== 0 && !description.writable) throw new Errno("EACCES");
    if (access !== O_WRONLY && !description.readable) throw new Errno("EACCES");
    return description;
  }

  #estimate(): Usage {
    return { user: process.hrtime.bigint() - this.#start - this.waits.idle, system: 0n, peak: 0 };
  }
}

/** The terminal as one file: reads from one stream, writes to another. */
const forward = (from: OpenFile, to: OpenFile): OpenFile => ({
  stream: true,
  read: (into, offset) => from.read(into, offset),
  write: (data, offset) => {
    if (to.write === undefined) throw new Errno("EBADF");
    return to.write(data, offset);
  },
  readable: () => from.readable?.() !== false,
  writable: () => to.writable?.() !== false,
});
