import { Errno } from "../../wire/errno.js";
import type { StatRecord } from "../../wire/records.js";
import type { Awaitable } from "../../wire/types.js";
import type { Arguments } from "./arguments.js";
import {
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_NOFOLLOW,
  identity,
  listPath,
  MAX_READ,
  nanoseconds,
  seconds,
  strings,
  writeAll,
} from "./calls.js";
import { facts } from "./facts1.js";
import { ascii, type Implementation, int, type World } from "./implementation1.js";
import type { Marshalled } from "./marshal.js";
import { connect } from "./network.js";

const at = AT_FDCWD;

/** Codes `i I I i i i I f f f`. */
const statTuple = (s: StatRecord): Marshalled => ({
  tuple: [
    int(s.mode),
    BigInt(s.ino),
    BigInt(s.dev),
    int(s.nlink),
    int(s.uid),
    int(s.gid),
    BigInt(s.size),
    seconds(s.atime),
    seconds(s.mtime),
    seconds(s.ctime),
  ],
});

const nothing = async (done: Awaitable<unknown>): Promise<null> => {
  await done;
  return null;
};

const yes = async (ask: () => Awaitable<unknown>): Promise<boolean> => {
  try {
    await ask();
    return true;
  } catch (error) {
    if (error instanceof Errno) return false;
    throw error;
  }
};

const id =
  (which: number): Implementation =>
  async ({ calls }) =>
    int(await identity(calls, which));

const ids =
  (real: number, effective: number): Implementation =>
  async ({ calls }) => {
    const [r, e] = [await identity(calls, real), await identity(calls, effective)];
    return { tuple: [int(r), int(e), int(e)] };
  };

const refuse: Implementation = () => {
  throw new Errno("EPERM");
};

async function utime({ calls }: World, args: Arguments): Promise<null> {
  const times = args.times(1);
  const [atime, mtime] = times === undefined ? [0n, 0n] : [nanoseconds(times[0]), nanoseconds(times[1])];
  await calls.utimens({
    at,
    path: args.path(0),
    atime,
    mtime,
    which: times === undefined ? 12 : 3,
    flags: 0,
  });
  return null;
}

async function times({ calls }: World): Promise<Marshalled> {
  const { usage } = await calls.usage({});
  const view = new DataView(usage.buffer, usage.byteOffset, usage.byteLength);
  const { time } = await calls.clock({ id: 1 });
  return {
    tuple: [seconds(view.getBigUint64(0, true)), seconds(view.getBigUint64(8, true)), 0, 0, seconds(time)],
  };
}

async function statvfs({ calls }: World, args: Arguments): Promise<Marshalled> {
  const { statvfs: s } = await calls.statvfs({ at, path: args.path(0) });
  const figures = [s.bsize, s.frsize, s.blocks, s.bfree, s.bavail, s.files, s.ffree, s.ffree, 0, s.namemax];
  return { tuple: figures.map(BigInt) };
}

async function open({ calls }: World, args: Arguments): Promise<Marshalled> {
  const path = args.path(0);
  if (path.startsWith("tcp://")) return int(await connect(calls, path));
  return int((await calls.open({ at, path, flags: args.word(1), mode: args.word(2) })).fd);
}

const implementations: Readonly<Record<string, Implementation>> = {
  // Files by path.
  stat: async ({ calls }, a) => statTuple((await calls.stat({ at, path: a.path(0), flags: 0 })).stat),
  lstat: async ({ calls }, a) =>
    statTuple((await calls.stat({ at, path: a.path(0), flags: AT_SYMLINK_NOFOLLOW })).stat),
  open,
  access: ({ calls }, a) => yes(() => calls.access({ at, path: a.path(0), mode: a.word(1), flags: 0 })),
  listdir: async ({ calls }, a) => ({ list: (await listPath(calls, a.path(0))).map(({ name }) => name) }),
  readlink: async ({ calls }, a) =>
    Uint8Array.from((await calls.readlink({ at, path: a.path(0), capacity: 4096 })).target),
  mkdir: ({ calls }, a) => nothing(calls.mkdir({ at, path: a.path(0), mode: a.word(1) })),
  rmdir: ({ calls }, a) => nothing(calls.unlink({ at, path: a.path(0), flags: AT_REMOVEDIR })),
  unlink: ({ calls }, a) => nothing(calls.unlink({ at, path: a.path(0), flags: 0 })),
  rename: ({ calls }, a) =>
    nothing(calls.rename({ at, path: a.path(0), to_at: at, to_path: a.path(1), flags: 0 })),
  link: ({ calls }, a) =>
    nothing(calls.link({ at, path: a.path(0), to_at: at, to_path: a.path(1), flags: 0 })),
  symlink: ({ calls }, a) => nothing(calls.symlink({ target: a.path(0), at, path: a.path(1) })),
  chmod: ({ calls }, a) => nothing(calls.chmod({ at, path: a.path(0), mode: a.word(1), flags: 0 })),
  chown: ({ calls }, a) =>
    nothing(calls.chown({ at, path: a.path(0), uid: a.int(1), gid: a.int(2), flags: 0 })),
  lchown: ({ calls }, a) =>
    nothing(calls.chown({ at, path: a.path(0), uid: a.int(1), gid: a.int(2), flags: AT_SYMLINK_NOFOLLOW })),
  utime,
  mkfifo: ({ calls }, a) => nothing(calls.mkfifo({ at, path: a.path(0), mode: a.word(1) })),
  chdir: ({ calls }, a) => nothing(calls.chdir({ path: a.path(0) })),
  getcwd: async ({ calls }) => Uint8Array.from((await calls.getcwd({ capacity: 4096 })).path),
  statvfs,

  // Files by descriptor.
  close: ({ calls }, a) => nothing(calls.close({ fd: a.int(0) })),
  read: async ({ calls }, a) => {
    const wanted = a.long(1);
    if (wanted < 0n) throw new Errno("EINVAL");
    const capacity = wanted > BigInt(MAX_READ) ? MAX_READ : Number(wanted);
    return Uint8Array.from((await calls.read({ fd: a.int(0), capacity })).data);
  },
  write: async ({ calls }, a) => int(await writeAll(calls, a.int(0), a.bytes(1))),
  lseek: async ({ calls }, a) =>
    (await calls.seek({ fd: a.int(0), offset: a.long(1), whence: a.word(2) })).position,
  fstat: async ({ calls }, a) => statTuple((await calls.fstat({ fd: a.int(0) })).stat),
  ftruncate: ({ calls }, a) => nothing(calls.ftruncate({ fd: a.int(0), size: a.long(1) })),
  fsync: ({ calls }, a) => nothing(calls.sync({ fd: a.int(0), data: 0 })),
  fdatasync: ({ calls }, a) => nothing(calls.sync({ fd: a.int(0), data: 1 })),
  fchmod: ({ calls }, a) => nothing(calls.fchmod({ fd: a.int(0), mode: a.word(1) })),
  fchown: ({ calls }, a) => nothing(calls.fchown({ fd: a.int(0), uid: a.int(1), gid: a.int(2) })),
  fchdir: ({ calls }, a) => nothing(calls.fchdir({ fd: a.int(0) })),
  // PyPy's start-up dies where its three streams are no terminals.
  isatty: ({ calls }, a) =>
    a.int(0) >= 0 && a.int(0) <= 2 ? true : yes(() => calls.isatty({ fd: a.int(0) })),
  ttyname: async ({ calls }, a) => {
    await calls.isatty({ fd: a.int(0) });
    return ascii("/dev/tty");
  },
  dup: async ({ calls }, a) => int((await calls.dup({ fd: a.int(0), minimum: 0, flags: 0 })).copy),
  dup2: ({ calls }, a) => nothing(calls.dup2({ fd: a.int(0), to: a.int(1), flags: 0 })),
  pipe: async ({ calls }) => {
    const { fds } = await calls.pipe({ flags: 0 });
    return { tuple: fds.map(int) };
  },

  // Clock, randomness.
  time: async ({ calls }) => seconds((await calls.clock({ id: 0 })).time),
  clock: async ({ calls }) => seconds((await calls.clock({ id: 2 })).time),
  times,
  sleep: ({ calls }, a) =>
    nothing(calls.sleep({ id: 1, until: nanoseconds(Math.max(0, a.float(0))), flags: 0 })),
  urandom: async ({ calls }, a) => {
    const wanted = a.int(0);
    if (wanted < 0 || wanted > MAX_READ) throw new Errno("EINVAL");
    return Uint8Array.from((await calls.random({ capacity: wanted })).data);
  },

  // Identity and environment.
  getpid: id(0),
  getppid: id(1),
  getuid: id(2),
  geteuid: id(3),
  getgid: id(4),
  getegid: id(5),
  getpgrp: id(6),
  getpgid: id(6),
  getsid: id(7),
  getresuid: ids(2, 3),
  getresgid: ids(4, 5),
  getgroups: async ({ calls }) => ({ list: [int(await identity(calls, 4))] }),
  getlogin: async ({ calls }) => {
    const [name = new Uint8Array(0)] = strings((await calls.user({ capacity: 4096 })).data);
    return Uint8Array.from(name);
  },
  uname: async ({ calls }) => {
    const fields = strings((await calls.uname({ capacity: 4096 })).data).map((f) => Uint8Array.from(f));
    return { tuple: [0, 1, 2, 3, 4].map((i) => fields[i] ?? new Uint8Array(0)) };
  },
  umask: async ({ calls }, a) => int((await calls.umask({ mask: a.int(0) & 0o777 })).old),
  getenv: ({ environment }, a) => environment.get(a.bytes(0)),
  envitems: async ({ environment }) => ({
    list: (await environment.items()).map(([name, value]) => ({ tuple: [name, value] })),
  }),
  putenv: ({ environment }, a) => environment.put(a.bytes(0), a.bytes(1)).then(() => null),
  unsetenv: ({ environment }, a) => environment.unset(a.bytes(0)).then(() => null),

  ...facts,

  // Known, and refused whatever the policy: there is one process, and it stays who it is.
  chroot: refuse,
  fork: refuse,
  forkpty: refuse,
  openpty: refuse,
  system: refuse,
  kill: refuse,
  killpg: refuse,
  nice: refuse,
  mknod: refuse,
  setsid: refuse,
  setuid: refuse,
  setgid: refuse,
  seteuid: refuse,
  setegid: refuse,
  setreuid: refuse,
  setregid: refuse,
  setresuid: refuse,
  setresgid: refuse,
  setpgid: refuse,
  setpgrp: refuse,
  setgroups: refuse,
  initgroups: refuse,
  tcgetpgrp: refuse,
  tcsetpgrp: refuse,
  fpathconf: refuse,
  pathconf: refuse,
};

const byName = new Map<string, Implementation>();
for (const [name, implementation] of Object.entries(implementations)) {
  const module = ["time", "clock", "sleep"].includes(name) ? "ll_time.ll_time_" : "ll_os.ll_os_";
  byName.set(module + name, implementation);
}

/** The implementation of a function by its whole name, "ll_os.ll_os_open"; undefined for unknown ones. */
export const functionNamed = (name: string): Implementation | undefined => byName.get(name);

const catchable = new Set(
  (
    "access close dup dup2 fchdir fsync fdatasync fork fstat ftruncate getcwd getgroups getlogin getpid isatty link lseek " +
    "lstat nice open pipe read readlink setsid setuid stat system times ttyname uname unlink waitpid write"
  )
    .split(" ")
    .map((name) => `ll_os.ll_os_${name}`),
);

/** Whether the child's wrapper turns an errno into a catchable OSError; elsewhere an errno would be fatal to it. */
export const catchesErrno = (name: string): boolean => catchable.has(name);

/** The functions that end the run, with the status in their first argument. */
export const isExit = (name: string): boolean =>
  name === "ll_os.ll_os__exit" || name === "ll_os.ll_os___exit";
