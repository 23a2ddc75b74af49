import { StateError } from "../../fs/state-error.js";
import { Errno } from "../../wire/errno.js";
import type { Description } from "../description.js";
import { DirectoryDescription } from "../directory.js";
import { FileDescription } from "../file.js";
import type { Flow } from "../flow.js";
import { DatagramSocket } from "../loopback/datagram.js";
import { StreamSocket } from "../loopback/stream.js";
import { PathDescription } from "../path.js";
import { type Pipe, PipeEnd } from "../pipes.js";
import { LocalSocket } from "../socketpair.js";
import { StreamDescription } from "../stream.js";
import type { Place } from "../vfs/place.js";
import type { World } from "../world.js";
import type { DescriptionState, FlowState, KernelState, Reference } from "./schema.js";

/** What the kernel itself counts. */
export type Counts = KernelState["counts"];

/** The state of a world in which no operation waits. Throws StateError for what cannot be saved. */
export const saveState = async (world: World, counts: Counts): Promise<KernelState> => {
  if (world.waits.waiting) throw new StateError("an operation of the guest is waiting");
  const saved = new Saved(world);
  for (const [fd, description] of world.descriptors.all()) {
    saved.descriptors.push({
      fd,
      cloexec: world.descriptors.isCloexec(fd),
      description: await saved.index(fd, description),
    });
  }
  const { user, system } = world.usage();
  return {
    version: 1,
    umask: world.tree.umask,
    cwd: await referenceTo(await world.tree.cwd()),
    clock: world.clock.elapsed?.() ?? null,
    random: "drawn" in world.random ? world.random.drawn() : null,
    usage: { user, system },
    counts,
    descriptors: saved.descriptors,
    descriptions: saved.descriptions,
    pipes: saved.pipes.map(({ ring }) => ring.read(ring.length, true)),
    pairs: saved.pairs,
    locks: saved.locks(),
    alarm: world.alarm.ask(),
    signals: [...world.signals.pending],
  };
};

class Saved {
  readonly descriptors: { fd: number; cloexec: boolean; description: number }[] = [];
  readonly descriptions: DescriptionState[] = [];
  readonly pipes: Pipe[] = [];
  readonly pairs: KernelState["pairs"] = [];
  readonly #world: World;
  readonly #known = new Map<Description, number>();
  /** The first direction of each pair that is known. */
  readonly #flows: Flow[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  /** The number of a description; saved when it is new. */
  async index(fd: number, description: Description): Promise<number> {
    const known = this.#known.get(description);
    if (known !== undefined) return known;
    const state = await this.#describe(fd, description);
    this.#known.set(description, this.descriptions.length);
    return this.descriptions.push(state) - 1;
  }

  locks(): KernelState["locks"] {
    const locks: KernelState["locks"] = [];
    for (const [holder, exclusive] of this.#world.locks.all()) {
      const index = this.#known.get(holder);
      if (index !== undefined) locks.push({ description: index, exclusive });
    }
    return locks;
  }

  async #describe(fd: number, description: Description): Promise<DescriptionState> {
    const { flags, place } = description;
    const which = description instanceof StreamDescription ? this.#world.stdio.indexOf(description) : -1;
    if (which === 0 || which === 1 || which === 2) return { kind: "stdio", which, flags };
    if (description === this.#world.completions) return { kind: "completions", flags };
    if (description instanceof FileDescription) {
      const file = await referenceTo(description.place);
      return { kind: "file", file, flags, position: description.position };
    }
    if (description instanceof DirectoryDescription) {
      const file = await referenceTo(description.place);
      return { kind: "directory", file, flags, position: description.position };
    }
    if (description instanceof PathDescription) {
      return { kind: "path", file: await referenceTo(description.place), flags };
    }
    if (description instanceof PipeEnd) {
      const fifo = place === undefined ? null : await referenceTo(place);
      return { kind: "pipe", pipe: this.#pipe(description.pipe), flags, fifo };
    }
    if (description instanceof LocalSocket) return this.#socket(description);
    const what = `descriptor ${fd} (${place === undefined ? "no file" : JSON.stringify(place.path)})`;
    if (description instanceof StreamDescription && place?.mount.fs.kind === "devices") {
      return { kind: "device", file: await referenceTo(place), flags };
    }
    if (description instanceof StreamSocket || description instanceof DatagramSocket) {
      const socket = description.saved();
      if (typeof socket === "string")
        throw new StateError(`descriptor ${fd} is ${socket}: it cannot be saved`);
      return {
        kind: "loopback",
        flags,
        socket: { ...socket, options: socket.options.map((option) => [...option]) },
      };
    }
    throw new StateError(`${what} is a stream of the host's: it cannot be saved`);
  }

  #pipe(pipe: Pipe): number {
    const known = this.pipes.indexOf(pipe);
    return known >= 0 ? known : this.pipes.push(pipe) - 1;
  }

  #socket({ type, input, output, flags }: LocalSocket): DescriptionState {
    if (type !== 1 && type !== 2 && type !== 5) throw new StateError(`a pair of sockets of type ${type}`);
    // The first of a pair reads from the first flow, the second from the other.
    const asSecond = this.#flows.indexOf(output);
    if (asSecond >= 0) return { kind: "socket", pair: asSecond, side: 1, flags };
    this.#flows.push(input);
    const pair = this.pairs.push({ type, flows: [flowState(input), flowState(output)] }) - 1;
    return { kind: "socket", pair, side: 0, flags };
  }
}

const flowState = (flow: Flow): FlowState => ({
  packets: [...flow.contents()],
  readerClosed: flow.readerClosed,
  readerGone: flow.readerGone,
  writerClosed: flow.writerClosed,
});

/** How a file is found again. Throws StateError for one that is gone where it cannot be found by its number. */
const referenceTo = async (place: Place): Promise<Reference> => {
  const { mount, inode, path } = place;
  let nlink = 0;
  try {
    nlink = (await inode.stat()).nlink;
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
  }
  const removed = place.detached || nlink === 0;
  if (removed && mount.fs.inode === undefined) {
    throw new StateError(`${JSON.stringify(path)} is open, but was removed: it cannot be saved`);
  }
  return { mount: mount.path, path, ino: inode.ino, removed };
};
