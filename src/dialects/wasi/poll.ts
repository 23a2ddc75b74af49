import type { Description } from "../../kernel/description.js";
import { POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT } from "../../kernel/flags.js";
import { Errno, type ErrnoName, wasiErrno } from "../../wire/errno.js";
import { chain } from "../../wire/steps.js";
import type { Awaitable, WasiHandlers } from "../../wire/types.js";
import type { Context } from "./context.js";
import { FD_READ, FD_WRITE, POLL_FD_READWRITE } from "./rights.js";

const SUBSCRIPTION = 48;
const EVENT = 32;
const CLOCK = 0;
const FD_READY_READ = 1;
const FD_READY_WRITE = 2;
const ABSTIME = 1;
const HANGUP = 1;
const MONOTONIC = 1;

type Subscription =
  | { readonly kind: "clock"; readonly userdata: bigint; readonly wait: bigint }
  | { readonly kind: "read" | "write"; readonly userdata: bigint; readonly fd: number };

interface Event {
  readonly subscription: Subscription;
  readonly error?: ErrnoName;
  readonly nbytes?: number;
  readonly hangup?: boolean;
}

const TYPE = { clock: CLOCK, read: FD_READY_READ, write: FD_READY_WRITE } as const;

const encode = (events: readonly Event[]): Uint8Array => {
  const bytes = new Uint8Array(events.length * EVENT);
  const view = new DataView(bytes.buffer);
  for (const [index, { subscription, error, nbytes = 0, hangup = false }] of events.entries()) {
    const at = index * EVENT;
    view.setBigUint64(at, subscription.userdata, true);
    view.setUint16(at + 8, error === undefined ? 0 : wasiErrno(error), true);
    view.setUint8(at + 10, TYPE[subscription.kind]);
    view.setBigUint64(at + 16, BigInt(nbytes), true);
    view.setUint16(at + 24, hangup ? HANGUP : 0, true);
  }
  return bytes;
};

/** poll_oneoff: waits for descriptors and clocks. */
export const pollOneoff = ({ kernel, ops, rights }: Context): WasiHandlers["poll_oneoff"] => {
  const now = (id: number): bigint => {
    const { time } = atOnce(ops.clock({ id }));
    return time;
  };

  const decode = (view: DataView, at: number): Subscription => {
    const userdata = view.getBigUint64(at, true);
    switch (view.getUint8(at + 8)) {
      case CLOCK: {
        const id = view.getUint32(at + 16, true);
        const timeout = view.getBigUint64(at + 24, true);
        const flags = view.getUint16(at + 40, true);
        if ((flags & ~ABSTIME) !== 0) throw new Errno("EINVAL");
        if (id > MONOTONIC) throw new Errno(id > 3 ? "EINVAL" : "EOPNOTSUPP");
        const left = flags === ABSTIME ? timeout - now(id) : timeout;
        return { kind: "clock", userdata, wait: left > 0n ? left : 0n };
      }
      case FD_READY_READ:
        return { kind: "read", userdata, fd: view.getUint32(at + 16, true) };
      case FD_READY_WRITE:
        return { kind: "write", userdata, fd: view.getUint32(at + 16, true) };
      default:
        throw new Errno("EINVAL");
    }
  };

  /** Why a descriptor cannot be waited for, if so. */
  const refused = (subscription: Extract<Subscription, { fd: number }>): ErrnoName | undefined => {
    let description: Description;
    try {
      description = kernel.description(subscription.fd);
    } catch {
      return "EBADF";
    }
    const needed = subscription.kind === "read" ? FD_READ : FD_WRITE;
    const { base } = rights.get(description);
    const capable = (base & POLL_FD_READWRITE) !== 0n && (base & needed) !== 0n;
    return capable ? undefined : "ENOTCAPABLE";
  };

  const available = (fd: number): number => {
    try {
      return atOnce(ops.available({ fd })).length;
    } catch {
      // What cannot tell how much there is has at least something.
      return 1;
    }
  };

  return ({ subscriptions, nsubscriptions }) => {
    if (nsubscriptions === 0) throw new Errno("EINVAL");
    const view = new DataView(subscriptions.buffer, subscriptions.byteOffset, subscriptions.byteLength);
    const all: Subscription[] = [];
    for (let at = 0; at < nsubscriptions * SUBSCRIPTION; at += SUBSCRIPTION) all.push(decode(view, at));

    const events: Event[] = [];
    const waits: bigint[] = [];
    const polled: Extract<Subscription, { fd: number }>[] = [];
    for (const subscription of all) {
      if (subscription.kind === "clock") {
        waits.push(subscription.wait);
        continue;
      }
      const error = refused(subscription);
      if (error === undefined) polled.push(subscription);
      else events.push({ subscription, error });
    }
    const soonest = waits.reduce<bigint>((least, wait) => (least < 0n || wait < least ? wait : least), -1n);
    const timeout = events.length > 0 ? 0n : soonest > 2n ** 62n ? 2n ** 62n : soonest;
    const fds = new Uint8Array(polled.length * 8);
    const entries = new DataView(fds.buffer);
    for (const [index, { fd, kind }] of polled.entries()) {
      entries.setInt32(index * 8, fd, true);
      entries.setUint16(index * 8 + 4, kind === "read" ? POLLIN : POLLOUT, true);
    }
    const answer: Awaitable<{ readonly ready: Uint8Array }> = ops.poll({
      fds,
      timeout,
      capacity: polled.length * 2,
    });
    return chain(answer, ({ ready }) => {
      const revents = new DataView(ready.buffer, ready.byteOffset, ready.byteLength);
      for (const [index, subscription] of polled.entries()) {
        const found = revents.getUint16(index * 2, true);
        if (found === 0) continue;
        const hangup = (found & (POLLHUP | POLLERR)) !== 0;
        const reads = subscription.kind === "read" && (found & POLLIN) !== 0;
        const event = { subscription, nbytes: reads ? available(subscription.fd) : 0, hangup };
        events.push((found & POLLNVAL) === 0 ? event : { ...event, error: "EBADF" });
      }
      // Time is up only where nothing else happened, or for what was not to be waited for at all.
      const passed = events.length === 0 ? soonest : 0n;
      for (const subscription of all) {
        if (subscription.kind === "clock" && subscription.wait <= passed) events.push({ subscription });
      }
      return { events: encode(events), nevents: events.length };
    });
  };
};

/** Answers that only an interceptor could delay. */
const atOnce = <T>(value: Awaitable<T>): T => {
  if (typeof value === "object" && value !== null && "then" in value) {
    throw new Errno("EAGAIN", "an interceptor answers later where the answer is needed at once");
  }
  return value;
};
