import { Errno } from "../../wire/errno.js";
import type { Awaitable, Handlers } from "../../wire/types.js";
import { part } from "../environment.js";
import { identityNumber } from "../identity.js";
import { pause } from "../poll.js";
import { SIGNAL_MAX } from "../signals.js";
import type { World } from "../world.js";

export type SystemOperation =
  | "clock"
  | "resolution"
  | "sleep"
  | "random"
  | "arguments"
  | "environment"
  | "identity"
  | "uname"
  | "user"
  | "umask"
  | "usage"
  | "exit"
  | "kill"
  | "timer"
  | "yield";

const REALTIME = 0;
const MONOTONIC = 1;
const PROCESS = 2;
const THREAD = 3;
const TIMER_ABSTIME = 1;

const nulEnded = (texts: readonly string[]): Uint8Array =>
  Buffer.from(texts.map((text) => `${text}\0`).join(""));

/** The operations on clocks, randomness, identity and the process itself. */
export const systemOperations = (
  world: World,
  exited: (status: number) => void,
): Pick<Handlers, SystemOperation> => {
  const { clock, who } = world;
  /** Processor time is a clock as others are: it moves in their steps. */
  const stepped = (time: bigint): bigint => time - (time % clock.resolution);
  const uname = nulEnded([
    who.uname.sysname,
    who.uname.nodename,
    who.uname.release,
    who.uname.version,
    who.uname.machine,
  ]);
  const user = nulEnded([who.user, who.home, who.shell]);

  const time = (id: number): bigint => {
    switch (id) {
      case REALTIME:
        return clock.realtime();
      case MONOTONIC:
        return clock.monotonic();
      case PROCESS:
      case THREAD: {
        // Under a clock that stands still or steps, computing takes the time that the clock says.
        if (clock.virtual) return clock.monotonic();
        const used = world.usage();
        return stepped(used.user + used.system);
      }
      default:
        throw new Errno("EINVAL");
    }
  };

  const sleep = (id: number, until: bigint, flags: number): Awaitable<{ left: bigint }> => {
    if (id > MONOTONIC || flags > TIMER_ABSTIME) throw new Errno("EINVAL");
    if (until < 0n && flags === 0) throw new Errno("EINVAL");
    const span = flags === TIMER_ABSTIME ? until - time(id) : until;
    if (span <= 0n) return { left: 0n };
    return pause(
      () => false,
      span,
      false,
      clock,
      world.waits,
      () => ({ left: 0n }),
    );
  };

  return {
    clock: ({ id }) => ({ time: time(id) }),
    resolution: ({ id }) => {
      if (id > THREAD) throw new Errno("EINVAL");
      return { time: clock.resolution };
    },
    sleep: ({ id, until, flags }) => sleep(id, until, flags),
    random: ({ capacity }) => {
      const data = world.opening.scratch.take(capacity);
      world.random(data);
      return { data };
    },
    arguments: ({ offset, capacity }) => ({
      data: part(world.args.bytes, offset, capacity),
      length: world.args.bytes.length,
    }),
    environment: ({ offset, capacity }) => ({
      data: part(world.env.bytes, offset, capacity),
      length: world.env.bytes.length,
    }),
    identity: ({ which }) => {
      const value = identityNumber(who, which);
      if (value === undefined) throw new Errno("EINVAL");
      return { value };
    },
    uname: ({ capacity }) => ({ data: uname.subarray(0, capacity), length: uname.length }),
    user: ({ capacity }) => ({ data: user.subarray(0, capacity), length: user.length }),
    umask: ({ mask }) => {
      const old = world.tree.umask;
      if (mask !== -1) world.tree.umask = mask;
      return { old };
    },
    usage: () => {
      const used = world.usage();
      const bytes = new Uint8Array(24);
      const view = new DataView(bytes.buffer);
      view.setBigUint64(0, clock.virtual ? clock.monotonic() : stepped(used.user), true);
      view.setBigUint64(8, clock.virtual ? 0n : stepped(used.system), true);
      view.setBigUint64(16, BigInt(clock.virtual ? 0 : used.peak), true);
      return { usage: bytes };
    },
    exit: ({ status }) => exited(status & 0xff),
    kill: ({ pid, signal }) => {
      if (signal > SIGNAL_MAX) throw new Errno("EINVAL");
      if (pid !== 0 && pid !== who.pid && pid !== -who.pid) throw new Errno(pid === -1 ? "EPERM" : "ESRCH");
      if (signal !== 0) world.signals.raise(signal);
    },
    timer: ({ value, interval }) => {
      const { left, again } = value === -1n ? world.alarm.ask() : world.alarm.set(value, interval);
      const old = new Uint8Array(16);
      const view = new DataView(old.buffer);
      view.setBigInt64(0, left, true);
      view.setBigInt64(8, again, true);
      return { old };
    },
    yield: () => undefined,
  };
};
