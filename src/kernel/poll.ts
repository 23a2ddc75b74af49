import { Errno } from "../wire/errno.js";
import type { Awaitable } from "../wire/types.js";
import type { Clock } from "./clock.js";
import type { Description } from "./description.js";
import type { Descriptors } from "./descriptors.js";
import { POLLERR, POLLHUP, POLLNVAL } from "./flags.js";
import type { Waits } from "./waits.js";

const ENTRY = 8;
/** Most descriptors that are waited for at once; the same one may be among them more than once. */
const POLL_MAX = 1024;
const ALWAYS = POLLERR | POLLHUP | POLLNVAL;

interface Asked {
  readonly description: Description | undefined;
  /** Not to be looked at: a negative number stands there. */
  readonly ignored: boolean;
  readonly events: number;
}

/** Waits for some descriptors: entries of i32 fd, u16 events, u16 zero; answers u16 revents each. */
export const poll = (
  entries: Uint8Array,
  timeout: bigint,
  descriptors: Descriptors,
  clock: Clock,
  waits: Waits,
): Awaitable<Uint8Array> => {
  const count = entries.length / ENTRY;
  if (!Number.isInteger(count) || count > POLL_MAX) throw new Errno("EINVAL");
  const view = new DataView(entries.buffer, entries.byteOffset, entries.byteLength);
  const asked: Asked[] = [];
  for (let at = 0; at < entries.length; at += ENTRY) {
    const fd = view.getInt32(at, true);
    asked.push({
      description: fd >= 0 && descriptors.has(fd) ? descriptors.get(fd) : undefined,
      ignored: fd < 0,
      events: view.getUint16(at + 4, true),
    });
  }
  const answer = new Uint8Array(count * 2);
  const ready = new DataView(answer.buffer);
  const look = (): boolean => {
    let any = false;
    for (const [index, { description, ignored, events }] of asked.entries()) {
      let found = 0;
      if (description === undefined) found = ignored ? 0 : POLLNVAL;
      else found = description.poll() & (events | ALWAYS);
      ready.setUint16(index * 2, found, true);
      any ||= found !== 0;
    }
    return any;
  };
  if (look() || timeout === 0n) return answer;
  const external = asked.some(({ description }) => description?.external === true);
  return pause(look, timeout, external, clock, waits, () => answer);
};

/** Waits until `ready`, or for `timeout` ns of the guest's clock (negative: for ever). */
export const pause = <T>(
  ready: () => boolean,
  timeout: bigint,
  external: boolean,
  clock: Clock,
  waits: Waits,
  answer: () => T,
): Awaitable<T> => {
  if (timeout < 0n) return waits.until(ready).then(answer);
  if (!clock.virtual) return waits.until(ready, clock.pass(timeout)).then(answer);
  if (!external) {
    clock.pass(timeout);
    return answer();
  }
  // Only the world outside can say when it is ready: it gets the time, and the clock moves on if it took all of it.
  return waits.until(ready, timeout).then((became) => {
    if (!became) clock.pass(timeout);
    return answer();
  });
};
