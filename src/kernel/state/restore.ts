import { StateError } from "../../fs/state-error.js";
import { Errno } from "../../wire/errno.js";
import type { Description } from "../description.js";
import { DirectoryDescription } from "../directory.js";
import type { Driver } from "../driver.js";
import { FileDescription } from "../file.js";
import {
  AT_FDCWD,
  LOCK_EX,
  LOCK_NB,
  LOCK_SH,
  O_ACCMODE,
  O_APPEND,
  O_DIRECTORY,
  O_NONBLOCK,
  O_PATH,
  O_SYNC,
  O_WRONLY,
  S_ISGID,
  S_ISUID,
  SOCK_DGRAM,
} from "../flags.js";
import type { Flow } from "../flow.js";
import type { SavedSocket } from "../loopback/saved.js";
import { openCompletions } from "../operations/driver.js";
import { PathDescription } from "../path.js";
import { Pipe, PipeEnd } from "../pipes.js";
import { RuledErrno } from "../policy.js";
import { flowOf, LocalSocket } from "../socketpair.js";
import { openExisting } from "../vfs/open.js";
import { Place } from "../vfs/place.js";
import type { World } from "../world.js";
import type { DescriptionState, FlowState, KernelState, Reference } from "./schema.js";

/** Status flags that an open file can have. */
const STATUS = O_ACCMODE | O_APPEND | O_NONBLOCK | O_SYNC | O_DIRECTORY | O_PATH;

interface Ends {
  readonly pipes: readonly Pipe[];
  readonly pairs: readonly (readonly [Flow, Flow])[];
}

/**
 * Puts a world that no guest has used yet into a state. The state may come from anywhere: files are opened as the guest would
 * open them, so that it gets nothing that mounts, modes and rules do not give. Throws StateError.
 */
export const restoreState = async (
  world: World,
  state: KernelState,
  driver: Driver,
  cwd?: string,
): Promise<void> => {
  const ends: Ends = {
    pipes: state.pipes.map((contents, index) => {
      const pipe = new Pipe();
      if (pipe.ring.write(contents) !== contents.length) throw new StateError(`pipe ${index} is too full`);
      return pipe;
    }),
    pairs: state.pairs.map(({ type, flows: [there, back] }) => [filled(type, there), filled(type, back)]),
  };
  const descriptions: Description[] = [];
  for (const [index, description] of state.descriptions.entries()) {
    const restored = await naming(`descriptor ${fdOf(state, index)}`, () =>
      restore(world, description, ends, driver),
    );
    // Kept while the table is made; what no descriptor has is closed after.
    restored.acquire();
    descriptions.push(restored);
  }
  await world.descriptors.clear();
  for (const { fd, cloexec, description } of state.descriptors) {
    const restored = descriptions[description];
    if (restored === undefined) throw new StateError(`descriptor ${fd} has no description`);
    await naming(`descriptor ${fd}`, async () => world.descriptors.place(fd, restored, cloexec));
  }
  for (const { description, exclusive } of state.locks) {
    const holder = descriptions[description];
    if (holder === undefined) throw new StateError("a lock has no holder");
    await naming("a lock", async () => world.locks.flock(holder, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB));
  }
  for (const restored of descriptions) await restored.release();
  // Ends that nobody has any more were closed before.
  for (const [index, { flows }] of state.pairs.entries()) {
    for (const [side, flow] of flows.entries()) mark(ends.pairs[index]?.[side === 0 ? 0 : 1], flow);
  }
  await naming("the working directory", async () => {
    const place =
      cwd === undefined ? await locate(world, state.cwd) : await world.tree.resolve(AT_FDCWD, cwd, true);
    await world.tree.enter(place);
  });
  world.tree.umask = state.umask;
  if (state.clock !== null) world.clock.goOn?.(state.clock);
  if (state.random !== null && "goOn" in world.random) world.random.goOn(state.random);
  world.usedBefore = state.usage;
  world.traffic.read = state.counts.read;
  world.traffic.written = state.counts.written;
  for (const signal of state.signals) world.signals.raise(signal);
  if (state.alarm.left > 0n) world.alarm.set(state.alarm.left, state.alarm.again);
};

const fdOf = (state: KernelState, index: number): number =>
  state.descriptors.find(({ description }) => description === index)?.fd ?? -1;

/** Says of what it was that an errno came. */
const naming = async <T>(what: string, act: () => Promise<T>): Promise<T> => {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    throw new StateError(`${what} cannot be restored: ${error.message}`, { cause: error });
  }
};

const restore = async (
  world: World,
  state: DescriptionState,
  { pipes, pairs }: Ends,
  driver: Driver,
): Promise<Description> => {
  const flags = state.flags & STATUS;
  switch (state.kind) {
    case "stdio": {
      const stream = world.stdio[state.which];
      if (stream === undefined) throw new StateError("a standard stream is missing");
      stream.setFlags(flags);
      return stream;
    }
    case "completions": {
      const completions = world.completions ?? openCompletions(world, driver);
      completions.setFlags(flags);
      return completions;
    }
    case "file":
    case "directory": {
      const opened = await reopen(world, state.file, flags, state.kind);
      await opened.seek(BigInt(state.position), 0);
      return opened;
    }
    case "device":
      return await reopen(world, state.file, flags, state.kind);
    case "path":
      return new PathDescription(await locate(world, state.file), flags | O_PATH, world.tree.places);
    case "pipe": {
      const pipe = pipes[state.pipe];
      if (pipe === undefined) throw new StateError(`there is no pipe ${state.pipe}`);
      if (state.fifo === null) return new PipeEnd(pipe, flags, world.anonymous("fifo"), world.waits);
      const place = await locate(world, state.fifo);
      if (place.inode.type !== "fifo") throw new StateError(`${JSON.stringify(place.path)} is no FIFO`);
      return world.fifos.adopt(place, pipe, flags, world.anonymous("fifo"));
    }
    case "loopback":
      return await socketAnew(world, state.socket, flags);
    case "socket": {
      const pair = pairs[state.pair];
      if (pair === undefined) throw new StateError(`there is no pair of sockets ${state.pair}`);
      const [there, back] = pair;
      const [input, output] = state.side === 0 ? [there, back] : [back, there];
      return new LocalSocket(typeOf(there), input, output, flags, world.anonymous("socket"), world.waits);
    }
  }
};

/** A socket made again as the guest made it: it gets nothing that its own operations would not give. */
const socketAnew = async (world: World, saved: SavedSocket, flags: number): Promise<Description> => {
  const { family, type, protocol, own, peer, backlog, options } = saved;
  if (peer.length > 0 && type !== SOCK_DGRAM) throw new StateError("a connected socket");
  const socket = world.network.socket(family, type, protocol, flags, world.waits);
  for (const [level, option, value] of options) await socket.setOption(level, option, value);
  if (own.length > 0) await socket.bind(own);
  if (backlog !== null) await socket.listen(backlog);
  if (peer.length > 0) await socket.connect(peer);
  return socket;
};

const types = new WeakMap<Flow, number>();
const typeOf = (flow: Flow): number => types.get(flow) ?? 1;

const filled = (type: number, { packets }: FlowState): Flow => {
  const flow = flowOf(type);
  types.set(flow, type);
  for (const packet of packets) {
    if (packet.length > 65_536 || flow.write(packet) !== packet.length) {
      throw new StateError("a pair of sockets is too full");
    }
  }
  return flow;
};

const mark = (flow: Flow | undefined, { readerClosed, readerGone, writerClosed }: FlowState): void => {
  if (flow === undefined) return;
  if (readerClosed) flow.closeReader();
  if (writerClosed) flow.closeWriter();
  flow.readerGone ||= readerGone;
};

const reopen = async (
  world: World,
  file: Reference,
  flags: number,
  kind: "file" | "directory" | "device",
): Promise<Description> => {
  const place = await locate(world, file);
  const opened = place.removed
    ? await openRemoved(world, place, flags)
    : await openExisting(world.opening, place, flags & ~O_PATH);
  const wanted =
    kind === "file"
      ? opened instanceof FileDescription
      : kind === "directory"
        ? opened instanceof DirectoryDescription
        : !(opened instanceof FileDescription || opened instanceof DirectoryDescription);
  if (wanted) return opened;
  opened.acquire();
  await opened.release();
  throw new StateError(`${JSON.stringify(file.path)} is no ${kind} any more`);
};

/** Opens a file that has no name any more. */
const openRemoved = async (world: World, place: Place, flags: number): Promise<Description> => {
  const { inode, mount } = place;
  if (inode.type === "directory") {
    return new DirectoryDescription(place, flags & ~O_ACCMODE, world.tree.places, world.tree.listings);
  }
  const access = flags & O_ACCMODE;
  if (access !== 0 && mount.readOnly) throw new Errno("EROFS");
  if (inode.open === undefined || inode.type !== "file") throw new Errno("EACCES");
  const { mode } = await inode.stat();
  const opened = await inode.open({ read: access !== O_WRONLY, write: access !== 0 });
  return new FileDescription(place, opened, flags, (mode & (S_ISUID | S_ISGID)) !== 0, world.opening.scratch);
};

/** The place of a file: by its path, or by its number where the path leads to it no more. */
const locate = async (world: World, { mount: at, path, ino, removed }: Reference): Promise<Place> => {
  const mount = world.mounts.at(at);
  const numbered = mount?.fs.inode !== undefined;
  if (!removed) {
    try {
      const { place } = await world.tree.find(AT_FDCWD, path, "never");
      const same = place !== undefined && place.mount.path === at && (!numbered || place.inode.ino === ino);
      if (same) return place;
    } catch (error) {
      if (!(error instanceof Errno) || error instanceof RuledErrno) throw error;
    }
  }
  const inode = await mount?.fs.inode?.(ino);
  // Rules are about paths: what has one must not be opened around them.
  const nameable = inode !== undefined && world.tree.ruling !== undefined && (await inode.stat()).nlink > 0;
  if (mount === undefined || inode === undefined || nameable) {
    throw new StateError(`${JSON.stringify(path)} is not there any more`);
  }
  const place = new Place(
    mount,
    inode,
    await world.mounts.root(),
    path.slice(path.lastIndexOf("/") + 1),
    undefined,
  );
  place.removed = true;
  return place;
};
