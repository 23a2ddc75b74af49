import type { FileSystem } from "../fs/filesystem.js";
import { isPromise } from "../wire/awaitable.js";
import { Errno } from "../wire/errno.js";
import type { OperationName, sallyport } from "../wire/operations.js";
import { thrownText } from "../wire/thrown.js";
import type { Arguments, Awaitable, Handlers, Results, RuntimeOperationName } from "../wire/types.js";
import type { Description } from "./description.js";
import type { Driver, DriverOperation } from "./driver.js";
import { ends } from "./ending.js";
import { Interception } from "./intercept.js";
import type { Interceptors } from "./interception.js";
import { type Observer, observed } from "./observe.js";
import { describeFiles } from "./operations/describe.js";
import { driverOperations } from "./operations/driver.js";
import { fileOperations } from "./operations/files.js";
import { pathOperations } from "./operations/paths.js";
import { socketOperations } from "./operations/sockets.js";
import { systemOperations } from "./operations/system.js";
import { type FileRules, rulingOf } from "./policy.js";
import { restoreState } from "./state/restore.js";
import { saveState } from "./state/save.js";
import { type KernelState, parseState } from "./state/schema.js";
import { isForeign, timed } from "./turns.js";
import { World, type WorldOptions } from "./world.js";
import { wrapAll } from "./wrap.js";

export interface KernelOptions extends WorldOptions {
  readonly driver: Driver;
  /** The guest leaves, with a status of 0 to 255. */
  readonly onExit?: (status: number) => void;
  /** Called once, when `budget` gets to 0; the operation goes on. */
  readonly onBudget?: () => void;
  /** See interception.ts; of several, the first is the outermost. */
  readonly intercept?: Interceptors | readonly Interceptors[];
  /** Milliseconds that an interceptor may take for one operation. Default: 10,000. */
  readonly interceptLimit?: number;
  /** Rules on files. */
  readonly files?: FileRules;
  /** Told of every operation that was answered. What it throws ends the sandbox. */
  readonly observe?: Observer;
  /** Stands between the kernel's own operations and those who watch them. */
  readonly around?: (operations: Handlers) => Handlers;
  /** Asked at each answer: a signal (1 to 63) from outside that is to go with it, or 0. Default: none ever. */
  readonly outside?: () => number;
  /** A file system (or another part given from outside) threw what is no Errno. The guest sees EIO. */
  readonly onFault?: (error: unknown, operation: string) => void;
}

/** What the guest has asked for so far. */
export interface Counts {
  /** Operations, in all and by name; the runtime's own are not counted. */
  readonly operations: number;
  readonly byName: ReadonlyMap<string, number>;
  /** Bytes that reading operations answered, and that writing operations took. */
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** Operations that are not the guest's doing: they are not counted. */
const RUNTIME: ReadonlySet<string> = new Set<RuntimeOperationName>([
  "hello",
  "next",
  "died",
  "save_page",
  "save_state",
  "load_page",
  "load_state",
]);

/** Operations whose failures are the session's own: they end the sandbox. */
const DRIVEN: ReadonlySet<string> = new Set<DriverOperation>([
  "command",
  "report",
  "call",
  "start",
  "answer",
]);

/**
 * The virtual kernel of one guest: what its operations mean.
 *
 * `operations` has a method for each operation of the table, named as there, that answers at once or by a promise, and
 * throws `Errno` where the guest gets an errno. Any other error ends the sandbox.
 */
export class Kernel {
  readonly operations: Handlers;
  /** Operations that are left until `onBudget` is called. */
  budget = Number.POSITIVE_INFINITY;
  readonly #world: World;
  readonly #options: KernelOptions;
  /** Why the guest is gone, once it is. */
  #gone: Error | undefined;
  readonly #counters = new Map<string, { count: number }>();

  /**
   * @throws RangeError, TypeError for options that cannot be; Errno for mount points that cannot be (EINVAL, EBUSY)
   */
  constructor(options: KernelOptions) {
    this.#options = options;
    this.#world = new World(options, rulingOf(options.files ?? {}));
    this.operations = this.#assemble();
  }

  /** Does one operation, by its name. */
  dispatch<Name extends OperationName>(name: Name, args: Arguments<Name>): Awaitable<Results<Name>> {
    return this.operations[name](args);
  }

  /** The signal (1 to 63) that goes to the guest with the answer being made, or 0. Asking takes it. */
  takeSignal(): number {
    const outside = this.#options.outside?.() ?? 0;
    if (outside !== 0) this.#world.signals.raise(outside);
    this.#world.alarm.check();
    return this.#world.signals.take();
  }

  /**
   * Ends the operation that is waiting (a sleep, a poll, a read, a call) with EINTR, and gives the guest the signal with it.
   * Answers false when none waits: nothing has happened then.
   */
  interrupt(signal: number): boolean {
    return this.#world.waits.interrupt(signal);
  }

  /** What the last interrupt was for has ended: it shall not end a wait of what comes next. */
  forgetInterrupt(): void {
    this.#world.waits.forgetInterrupt();
  }

  /** As `interrupt`, but the signal is another's to give. Answers whether an operation was waiting. */
  nudge(): boolean {
    return this.#world.waits.nudge();
  }

  /** Has the guest get a signal with the answer that is being made. Throws EINVAL for what is none (1 to 63). */
  raise(signal: number): void {
    this.#world.signals.raise(signal);
  }

  /** Something outside has become readable or writable: operations that wait look again. */
  wake(): void {
    this.#world.waits.wake();
  }

  /** Whether an operation is waiting. */
  get waiting(): boolean {
    return this.#world.waits.waiting;
  }

  /** Nanoseconds of real time in which operations have waited: the guest was idle. */
  get idle(): bigint {
    return this.#world.waits.idle;
  }

  get counts(): Counts {
    const byName = new Map<string, number>();
    let operations = 0;
    for (const [name, { count }] of this.#counters) {
      if (count === 0) continue;
      byName.set(name, count);
      operations += count;
    }
    const { read, written } = this.#world.traffic;
    return { operations, byName, bytesRead: read, bytesWritten: written };
  }

  /** The open file that a descriptor has. Throws EBADF. */
  description(fd: number): Description {
    return this.#world.descriptors.get(fd);
  }

  /** Moves a descriptor to another number that is open, as WASI's fd_renumber. Throws EBADF. */
  move(from: number, to: number): Awaitable<void> {
    return this.#world.descriptors.move(from, to);
  }

  /**
   * The state between two operations as plain data: all but what is in file systems, and the session's own.
   * Throws StateError, naming what cannot be saved.
   */
  save(): Promise<KernelState> {
    const { read, written } = this.#world.traffic;
    const operations = [...this.#counters].map(([name, { count }]): [string, number] => [name, count]);
    return saveState(this.#world, { operations, read, written });
  }

  /**
   * Puts a kernel that no guest has used yet into a saved state, which may come from anywhere. Mounts have to be where they
   * were. Throws StateError, and is then of no further use. `cwd`: a working directory in place of that one.
   */
  async restore(saved: unknown, cwd?: string): Promise<void> {
    const state = parseState(saved);
    await restoreState(this.#world, state, this.#options.driver, cwd);
    for (const [name, count] of state.counts.operations) {
      const counter = this.#counters.get(name);
      if (counter !== undefined) counter.count = count;
    }
  }

  /** Mounts another file system. Throws Errno (EINVAL, EBUSY). */
  mount(path: string, fs: FileSystem): void {
    this.#world.mount(path, fs);
  }

  /** The guest is gone: what waits is rejected with `reason`, files are closed. File systems are their owner's to close. */
  async close(reason: Error = new Error("the guest is gone")): Promise<void> {
    this.#gone = reason;
    this.#world.alarm.stop();
    this.#world.waits.abort(reason);
    await this.#world.descriptors.clear();
  }

  #assemble(): Handlers {
    const world = this.#world;
    const { driver, onExit = () => {} } = this.#options;
    const all: Handlers = {
      ...driverOperations(world, driver),
      ...pathOperations(world),
      ...fileOperations(world),
      ...systemOperations(world, onExit),
      ...socketOperations(world),
    };
    const { intercept = [], interceptLimit = 10_000, observe, around = (same) => same } = this.#options;
    const interception = new Interception([intercept].flat(), describeFiles(world), interceptLimit);
    return wrapAll<typeof sallyport>(around(all), (name, handler) => {
      if (RUNTIME.has(name)) return handler;
      const counted = this.#counted(name, interception.wrap(name, this.#guarded(name, handler)));
      return observe === undefined ? counted : observed(name, counted, observe);
    });
  }

  #counted<Args, Answer>(
    name: string,
    handler: (args: Args) => Awaitable<Answer>,
  ): (args: Args) => Awaitable<Answer> {
    const counter = { count: 0 };
    this.#counters.set(name, counter);
    const done = timed(name, this.#watched, handler);
    return (args) => {
      counter.count += 1;
      this.budget -= 1;
      if (this.budget === 0) this.#options.onBudget?.();
      return done(args);
    };
  }

  /** Whether code of the host's may have a turn in any operation. */
  get #watched(): boolean {
    const { intercept = [], observe, mounts } = this.#options;
    return (
      [intercept].flat().length > 0 || observe !== undefined || [...(mounts?.values() ?? [])].some(isForeign)
    );
  }

  /** Makes what file systems throw to the guest's EIO. */
  #guarded<Args, Answer>(
    name: string,
    handler: (args: Args) => Awaitable<Answer>,
  ): (args: Args) => Awaitable<Answer> {
    if (DRIVEN.has(name)) return handler;
    const fail = (error: unknown): never => {
      if (error instanceof Errno || ends(error) || error === this.#gone) throw error;
      this.#options.onFault?.(error, name);
      throw new Errno("EIO", `in ${name}: ${thrownText(error)}`);
    };
    return (args) => {
      try {
        const results = handler(args);
        return isPromise(results) ? results.then(undefined, fail) : results;
      } catch (error) {
        return fail(error);
      }
    };
  }
}
