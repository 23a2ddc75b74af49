/**
 * Many sessions, of which few are awake: an idle one is put to sleep as a snapshot, and wakes when it is used again.
 */
import { ClosedError, OptionError } from "../errors.js";
import type { SandboxOptions } from "../options/sandbox.js";
import { Sandbox } from "../sandbox.js";
import { Turns } from "../session/turns.js";
import { Snapshot } from "../snapshot/snapshot.js";
import { checkId, type SessionStore } from "./store.js";

/** Where sessions sleep, when, and what each is made with. */
export interface SessionsOptions {
  readonly store: SessionStore;
  /** The options of a session's sandbox, at its start and whenever it wakes. Default: none. */
  readonly sandbox?: (id: string) => SandboxOptions;
  /** Milliseconds without use after which a session is put to sleep: 1 to 2^31 - 1. Default: 60000. */
  readonly idle?: number;
  /** How many may be awake without being in use; those unused for longest are put to sleep first. Default: 16. */
  readonly awake?: number;
  /** Told when a session cannot be put to sleep; it then stays awake. Default: nobody is told. */
  readonly onError?: (id: string, error: unknown) => void;
}

interface Session {
  readonly turns: Turns;
  sandbox: Sandbox | undefined;
  /** Uses under way or waiting. */
  uses: number;
  timer: NodeJS.Timeout | undefined;
}

/** Sessions by name. `await using` puts all of them to sleep at the end. */
export class Sessions implements AsyncDisposable {
  readonly #options: SessionsOptions;
  readonly #idle: number;
  readonly #awake: number;
  /** Those that are awake or in use; the one used last stands last. */
  readonly #sessions = new Map<string, Session>();
  #closed = false;

  /** @throws OptionError */
  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#idle = inRange("idle", options.idle ?? 60_000, 1, 2 ** 31 - 1);
    this.#awake = inRange("awake", options.awake ?? 16, 0, 1_000_000);
  }

  /** Names of the sessions that are awake. */
  get awake(): readonly string[] {
    return [...this.#sessions].filter(([, { sandbox }]) => sandbox !== undefined).map(([id]) => id);
  }

  /**
   * Does something in a session: wakes it, or starts it where there is none of that name. Uses of one session take
   * turns. A sandbox that is closed meanwhile begins anew from its last snapshot at the next use.
   *
   * @throws what `task` throws; SnapshotError where it cannot be woken; OptionError for a name that cannot be
   */
  async use<T>(id: string, task: (sandbox: Sandbox) => Promise<T>): Promise<T> {
    checkId(id);
    if (this.#closed) throw new ClosedError("its sessions were put to sleep");
    const session = this.#sessions.get(id) ?? {
      turns: new Turns(),
      sandbox: undefined,
      uses: 0,
      timer: undefined,
    };
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
    session.uses++;
    clearTimeout(session.timer);
    try {
      return await session.turns.take(async () => {
        if (session.sandbox?.closed !== undefined) session.sandbox = undefined;
        session.sandbox ??= await this.#wake(id);
        return await task(session.sandbox);
      });
    } finally {
      session.uses--;
      this.#rest(id, session);
    }
  }

  /** Puts a session to sleep now, when what uses it is done. Rejects where it cannot be. */
  async sleep(id: string): Promise<void> {
    const session = this.#sessions.get(id);
    if (session !== undefined) await this.#toSleep(id, session);
  }

  /** Ends a session for good, asleep or awake. */
  async remove(id: string): Promise<void> {
    checkId(id);
    const session = this.#sessions.get(id);
    if (session !== undefined) {
      await session.turns.take(async () => {
        clearTimeout(session.timer);
        await session.sandbox?.close();
        session.sandbox = undefined;
      });
      if (session.uses === 0) this.#sessions.delete(id);
    }
    await this.#options.store.remove(id);
  }

  /** Puts all sessions to sleep. Rejects with an AggregateError where some cannot be; those are closed without. */
  async close(): Promise<void> {
    this.#closed = true;
    const all = [...this.#sessions];
    const slept = await Promise.allSettled(all.map(([id, session]) => this.#toSleep(id, session)));
    await Promise.all(all.map(([, { sandbox }]) => sandbox?.close()));
    const errors = slept.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
    if (errors.length > 0)
      throw new AggregateError(errors, `${errors.length} sessions could not be put to sleep`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #wake(id: string): Promise<Sandbox> {
    const options = this.#options.sandbox?.(id) ?? {};
    const bytes = await this.#options.store.read(id);
    return bytes === undefined
      ? Sandbox.create(options)
      : Sandbox.restore(await Snapshot.decode(bytes), options);
  }

  /** A use is over: the session may sleep soon, and if too many are awake the one unused for longest does at once. */
  #rest(id: string, session: Session): void {
    if (this.#closed || session.uses > 0) return;
    if (session.sandbox === undefined) {
      this.#sessions.delete(id);
      return;
    }
    session.timer = setTimeout(() => this.#trySleep(id, session), this.#idle);
    session.timer.unref();
    const resting = [...this.#sessions].filter(
      ([, { uses, sandbox }]) => uses === 0 && sandbox !== undefined,
    );
    for (const [other, oldest] of resting.slice(0, Math.max(0, resting.length - this.#awake))) {
      this.#trySleep(other, oldest);
    }
  }

  #trySleep(id: string, session: Session): void {
    this.#toSleep(id, session).catch((error: unknown) => this.#options.onError?.(id, error));
  }

  #toSleep(id: string, session: Session): Promise<void> {
    clearTimeout(session.timer);
    return session.turns.take(async () => {
      const { sandbox } = session;
      if (sandbox === undefined) return;
      if (sandbox.closed === undefined) {
        const snapshot = await sandbox.snapshot();
        await this.#options.store.write(id, await snapshot.bytes());
        await sandbox.close();
      }
      session.sandbox = undefined;
      if (session.uses === 0) this.#sessions.delete(id);
    });
  }
}

const inRange = (option: string, value: number, low: number, high: number): number => {
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new OptionError(option, `must be a whole number from ${low} to ${high}, not ${value}`);
};
