import type { Awaitable, OpenFile } from "../fs/filesystem.js";
import type { Random } from "../kernel/random.js";
import type { Usage } from "../kernel/world.js";
import { isPromise } from "../wire/awaitable.js";
import { Errno } from "../wire/errno.js";
import { chain } from "../wire/steps.js";
import { readErrno, writeErrno } from "./errnos.js";
import { ITEM } from "./format.js";
import type { Tape } from "./tape.js";

/** Random bytes that are in the journal. */
export const durableRandom =
  (random: Random, tape: Tape): Random =>
  (into) => {
    const recorded = tape.take(ITEM.random);
    if (recorded === undefined) {
      random(into);
      tape.put(ITEM.random, (body) => body.raw(into));
      return;
    }
    into.set(recorded.raw(into.length));
    recorded.end();
  };

/** What the guest has used, as it was told; it never becomes less. */
export const durableUsage = (usage: () => Usage, tape: Tape): (() => Usage) => {
  let told: Usage = { user: 0n, system: 0n, peak: 0 };
  let before = { user: 0n, system: 0n };
  tape.onLive(() => {
    const { user, system } = usage();
    before = { user: more(told.user, user), system: more(told.system, system) };
  });
  return () => {
    const now = (): Usage => {
      const { user, system, peak } = usage();
      return { user: before.user + user, system: before.system + system, peak: Math.max(told.peak, peak) };
    };
    if (!tape.within) return tape.live ? now() : told;
    const recorded = tape.take(ITEM.usage);
    if (recorded === undefined) {
      told = now();
      tape.put(ITEM.usage, (body) => body.i64(told.user).i64(told.system).number(told.peak));
    } else {
      told = { user: recorded.i64(), system: recorded.i64(), peak: recorded.number() };
      recorded.end();
    }
    return told;
  };
};

const more = (one: bigint, other: bigint): bigint => (one > other ? one - other : 0n);

const GOT = 0;
const FAILED = 1;
/** Bytes of input that are passed over at once. */
const PIECE = 65_536;

/**
 * A stdin whose bytes are in the journal. The run that goes on is given the same input again: what the guest has read of it
 * is passed over.
 */
export const durableInput = (input: OpenFile, tape: Tape): OpenFile & { begin(): void } => {
  /** Bytes that the guest has, and of these those that the input given now still brings. */
  let had = 0;
  let over = 0;
  tape.onLive(() => {
    over = had;
  });
  /** Whether a read would not wait. */
  const readable = (): boolean => {
    while (over > 0) {
      if (input.readable?.() === false) return false;
      const length = input.read(Buffer.allocUnsafe(Math.min(over, PIECE)), 0);
      // A source that has no `readable` may have to be waited for; none of a session's is such.
      if (isPromise(length)) throw new Errno("EIO", "an input that cannot be passed over");
      over = length === 0 ? 0 : over - length;
    }
    return input.readable?.() !== false;
  };
  const read = (into: Uint8Array): Awaitable<number> => {
    const recorded = tape.take(ITEM.input);
    if (recorded !== undefined) {
      if (recorded.u8() === FAILED) throw readErrno(recorded);
      const data = recorded.data().subarray(0, into.length);
      recorded.end();
      into.set(data);
      had += data.length;
      return data.length;
    }
    try {
      return chain(input.read(into, 0), (length) => {
        had += length;
        tape.put(ITEM.input, (body) => body.u8(GOT).data(into.subarray(0, length)));
        return length;
      });
    } catch (error) {
      tape.put(ITEM.input, (body) => writeErrno(body.u8(FAILED), error));
      throw error;
    }
  };
  return {
    stream: true,
    read,
    readable: () => tape.has(ITEM.input) ?? readable(),
    /** Another run begins, with an input of its own. */
    begin: () => {
      had = 0;
      over = 0;
    },
  };
};

/** An output that is told nothing twice, but for what it was being told when the controller ended. */
export const durableOutput = (output: OpenFile, tape: Tape, mute: (muted: boolean) => void): OpenFile => ({
  stream: true,
  read: (into, offset) => output.read(into, offset),
  write: (data, offset) => {
    const recorded = tape.take(ITEM.output);
    recorded?.end();
    mute(recorded !== undefined);
    try {
      const written = output.write?.(data, offset) ?? data.length;
      if (recorded === undefined) tape.put(ITEM.output, () => {});
      return written;
    } finally {
      mute(false);
    }
  },
  writable: () => tape.has(ITEM.output) ?? output.writable?.() !== false,
});
