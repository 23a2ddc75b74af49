import { Exit } from "../../kernel/ending.js";
import { O_NONBLOCK, SOCK_NONBLOCK } from "../../kernel/flags.js";
import { asSocket, NO_ADDRESS } from "../../kernel/sockets.js";
import { Errno } from "../../wire/errno.js";
import { chain } from "../../wire/steps.js";
import type { Awaitable, WasiHandlers } from "../../wire/types.js";
import type { Context } from "./context.js";
import { pollOneoff } from "./poll.js";
import { FD_READ, FD_WRITE, SOCK_ACCEPT, SOCK_SHUTDOWN } from "./rights.js";
import { FDFLAGS_NONBLOCK } from "./structs.js";

export type SystemFunction = Extract<
  keyof WasiHandlers,
  | `args_${string}`
  | `environ_${string}`
  | `clock_${string}`
  | `proc_${string}`
  | `sock_${string}`
  | "poll_oneoff"
  | "sched_yield"
  | "random_get"
>;

const SIGNAL_MAX = 30;
/** chld, cont, urg, winch: ignored unless a program says otherwise, and no program of preview 1 can. */
const IGNORED = new Set([0, 16, 17, 22, 27]);
/** From chld on WASI's numbers are one below Linux's, which has stkflt at 16. */
const FIRST_SHIFTED = 16;

const MSG_PEEK = 0x2;
const MSG_WAITALL = 0x100;
const MSG_TRUNC = 0x20;
const RECV_PEEK = 1;
const RECV_WAITALL = 2;
const RECV_TRUNCATED = 1;
const SHUT_READ = 1;
const SHUT_BOTH = 3;
const EVERYTHING = 2 ** 31;

const strings = (block: Uint8Array): number => block.reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0);

/** The functions on everything but files. */
export const systemFunctions = (context: Context): Pick<WasiHandlers, SystemFunction> => {
  const { kernel, ops, rights } = context;
  const args = (): Awaitable<{ readonly data: Uint8Array }> =>
    ops.arguments({ offset: 0, capacity: EVERYTHING });
  const environment = (): Awaitable<{ readonly data: Uint8Array }> =>
    ops.environment({ offset: 0, capacity: EVERYTHING });
  const socket = (fd: number, needed: bigint): void =>
    rights.require(asSocket(kernel.description(fd)), needed);

  return {
    args_get: () => chain(args(), ({ data }) => ({ strings: data })),
    args_sizes_get: () => chain(args(), ({ data }) => ({ argc: strings(data), size: data.length })),
    environ_get: () => chain(environment(), ({ data }) => ({ strings: data })),
    environ_sizes_get: () =>
      chain(environment(), ({ data }) => ({ count: strings(data), size: data.length })),
    clock_res_get: ({ id }) => chain(ops.resolution({ id }), ({ time }) => ({ resolution: time })),
    clock_time_get: ({ id }) => ops.clock({ id }),
    poll_oneoff: pollOneoff(context),
    proc_exit: ({ status }) => ops.exit({ status }),
    proc_raise: ({ signal }) => {
      if (signal > SIGNAL_MAX) throw new Errno("EINVAL");
      if (IGNORED.has(signal)) return;
      throw new Exit(128 + (signal < FIRST_SHIFTED ? signal : signal + 1));
    },
    sched_yield: () => ops.yield({}),
    random_get: ({ capacity }) => ops.random({ capacity }),
    sock_accept: ({ fd, flags }) => {
      socket(fd, SOCK_ACCEPT);
      if ((flags & ~FDFLAGS_NONBLOCK) !== 0) throw new Errno("EINVAL");
      const nonblock = flags === 0 ? 0 : SOCK_NONBLOCK & O_NONBLOCK;
      return chain(ops.accept({ fd, flags: nonblock, address_capacity: 0 }), ({ connection }) => ({
        connection,
      }));
    },
    sock_recv: ({ fd, capacity, flags }) => {
      socket(fd, FD_READ);
      if ((flags & ~(RECV_PEEK | RECV_WAITALL)) !== 0) throw new Errno("EINVAL");
      const message =
        ((flags & RECV_PEEK) === 0 ? 0 : MSG_PEEK) |
        ((flags & RECV_WAITALL) === 0 ? 0 : MSG_WAITALL) |
        MSG_TRUNC;
      return chain(
        ops.receive({ fd, capacity, flags: message, address_capacity: 0 }),
        ({ data, length = data.length }) => ({
          data,
          nread: data.length,
          roflags: length > data.length ? RECV_TRUNCATED : 0,
        }),
      );
    },
    sock_send: ({ fd, data, flags }) => {
      socket(fd, FD_WRITE);
      if (flags !== 0) throw new Errno("EINVAL");
      return chain(ops.send({ fd, data, flags: 0, address: NO_ADDRESS }), ({ length }) => ({
        nwritten: length,
      }));
    },
    sock_shutdown: ({ fd, how }) => {
      socket(fd, SOCK_SHUTDOWN);
      if (how < SHUT_READ || how > SHUT_BOTH) throw new Errno("EINVAL");
      return ops.shutdown({ fd, how: how - 1 });
    },
  };
};
