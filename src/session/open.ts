import { isDeepStrictEqual } from "node:util";
import { sameness } from "../durable/same.js";
import { DurableSession } from "../durable/session.js";
import { Image } from "../engine/guest/image.js";
import { ClosedError, OptionError, ProtocolError } from "../errors.js";
import { Bridge } from "../functions/bridge.js";
import { flatten } from "../functions/spec.js";
import type { PreparedFile } from "../image/file.js";
import { type Ground, layGround } from "../image/ground.js";
import { fillMounts, imageMounts } from "../image/mounts.js";
import { openImage } from "../image/prepared.js";
import { parseDurable } from "../options/durable.js";
import { hardCpuSeconds, type ParsedLimits, parseLimits } from "../options/limits.js";
import { checkSandboxOptions, type SandboxOptions } from "../options/sandbox.js";
import type { Outcome, ReferenceAction, Result } from "../protocol/messages.js";
import { restoreMounts } from "../snapshot/mounts.js";
import type { SnapshotState } from "../snapshot/state.js";
import { MemoryTransfer } from "../snapshot/transfer.js";
import { PythonDriver } from "./driver.js";
import { SandboxFiles } from "./files.js";
import { libraryMounts } from "./library.js";
import { restoreMemory } from "./memory.js";
import { normalMounts, sessionMounts } from "./mounts.js";
import {
  asImageError,
  asSnapshotError,
  baseOf,
  checkImage,
  checkRoom,
  imageHash,
  mapsMemory,
} from "./origin.js";
import { PythonSession } from "./python.js";
import { Session } from "./session.js";
import { startGuest } from "./start.js";
import { SessionStdio } from "./stdio.js";
import { environment, modulePaths, seedOf, worldOf } from "./world.js";

/** Bounds of one value that the guest sends, of messages of so many bytes: what else is in one takes little. */
const valueLimits = (message: number) => ({ depth: 200, bytes: message - 4096 });
/** Bytes of messages to one unit of memory of what is decoded of them (see values/options.ts). */
const BYTES_PER_ITEM = 8;

const checkDirectory = async (files: SandboxFiles, cwd: string): Promise<void> => {
  const info = await files.stat(cwd).catch(() => undefined);
  if (info?.type === "directory") return;
  throw new OptionError("cwd", `the guest has no directory ${JSON.stringify(cwd)}`);
};

/** Starts a guest, and all that stands between it and its owner. */
export const openPython = async (
  options: SandboxOptions,
  from?: SnapshotState,
  ground?: Ground,
): Promise<PythonSession> => {
  checkSandboxOptions(options);
  const limits = parseLimits(options.limits);
  const image = options.image === undefined ? undefined : await openImage(options.image);
  if (options.durable === undefined) return await openOn(options, limits, image, from, ground);
  if (from !== undefined) throw new OptionError("durable", "does not go with a snapshot to restore");
  const durable = openDurable(options, options.durable, limits, image);
  try {
    return await openSession(options, limits, image, await durable.saved(), durable);
  } catch (error) {
    durable[Symbol.dispose]();
    options.signal?.throwIfAborted();
    throw error;
  }
};

const openDurable = (
  options: SandboxOptions,
  how: NonNullable<SandboxOptions["durable"]>,
  limits: ParsedLimits,
  image: PreparedFile | undefined,
): DurableSession => {
  const parsed = parseDurable(how);
  return DurableSession.open(parsed, sameness(options, limits, imageHash(image), parsed.same));
};

/** A session whose memory, where it goes on from a large state, is mapped: on the ground that is given, or one of its own. */
const openOn = async (
  options: SandboxOptions,
  limits: ParsedLimits,
  image: PreparedFile | undefined,
  from: SnapshotState | undefined,
  given: Ground | undefined,
): Promise<PythonSession> => {
  if (from === undefined || from.memory.pages * 65_536 > limits.memory || !mapsMemory(options)) {
    return await openSession(options, limits, image, from);
  }
  checkImage(from, image);
  given?.acquire();
  const ground = given ?? (await layGround(baseOf(image), from.memory));
  try {
    return await openSession(options, limits, image, from, undefined, ground);
  } catch (error) {
    ground?.release();
    throw error;
  } finally {
    if (given === undefined) await ground?.hide();
  }
};

const openSession = async (
  options: SandboxOptions,
  limits: ParsedLimits,
  image: PreparedFile | undefined,
  from: SnapshotState | undefined,
  durable?: DurableSession,
  ground?: Ground,
): Promise<PythonSession> => {
  if (image !== undefined) checkRoom(image, limits.memory);
  if (from !== undefined) checkImage(from, image);
  options.signal?.throwIfAborted();
  const functions = flatten(options.functions ?? {});
  const own = normalMounts(options.mounts ?? {});
  const given = image === undefined ? own : imageMounts(image.state, own, limits.storage);
  const mounts = sessionMounts(given, libraryMounts(), limits.storage, options.identity);
  if (from !== undefined) await asSnapshotError(() => restoreMounts(from.mounts, mounts));
  else if (image !== undefined) await asImageError(() => fillMounts(image.state, own, mounts));
  const files: SandboxFiles = new SandboxFiles(
    mounts,
    durable && {
      // Runs that are over are done again first; a host function that looks at files does so within one.
      ready: async () => {
        if (!durable.caughtUp) await session.exclusive(async () => undefined);
      },
      change: (change) => durable.change(change),
      apart: (action) => durable.guest.tape.apart(action),
    },
  );
  durable?.guest.onChange((change) => files.repeat(change));
  if (options.cwd !== undefined) await checkDirectory(files, options.cwd);
  const transfer = new MemoryTransfer(limits.memory, () => new Image(baseOf(image)), ground);
  let wake = (): void => undefined;
  const stdio = new SessionStdio(() => wake(), durable && ((name, data) => durable.written(name, data)));
  let idle: (action: ReferenceAction) => Promise<Outcome> = () =>
    Promise.reject(new ClosedError("it is starting"));
  const bridge = new Bridge({
    functions,
    adapters: options.adapters ?? [],
    items: Math.ceil(limits.message / BYTES_PER_ITEM),
    // What the guest holds of an earlier process's objects must not come to mean one of this one's.
    referencesAfter: durable?.standing.resumed === true ? Date.now() * 1024 : 0,
    callId: durable && ((number) => `${durable.id}-${number}`),
    busy: () => driver.busy,
    idle: (action) => idle(action),
    breach: (error) => session.kill(`it broke the protocol: ${error.message}`),
  });
  const driver: PythonDriver = new PythonDriver({
    calls: bridge.calls,
    dropped: (ids) => bridge.dropped(ids),
    takeReleased: () => bridge.takeReleased(),
  });
  const cwd = options.cwd ?? image?.state.cwd ?? "/sandbox";
  const env = environment(options, image?.state.env);
  const terminal = options.terminal;
  const specs = bridge.specs();
  const known = specs.map(textOf);
  const begun = from?.session.begun === true;
  // A restored guest knows who it is; being told again would begin its random numbers anew.
  const sameFunctions = begun && isDeepStrictEqual(from?.session.functions, known);
  if (!sameFunctions)
    driver.setup({
      argv: options.argv ?? [""],
      seed: seedOf(options),
      terminals: [terminal !== undefined, terminal !== undefined, terminal !== undefined],
      cwd,
      path: modulePaths(env, cwd),
      warnings: [],
      functions: specs,
      limits: valueLimits(limits.message),
    });
  const starting = startGuest({
    engine: options.engine ?? "auto",
    hardened: options.hardened ?? false,
    memory: limits.memory,
    cpuSeconds: hardCpuSeconds(limits, durable?.cpu),
    descriptors: limits.descriptors,
    message: limits.message,
    mounts,
    image: ground ?? image,
    env,
    world: worldOf(options),
    cwd,
    stdio,
    terminal,
    python: driver,
    fault: (error, operation) => options.onFault?.(error, operation),
    signal: options.signal,
    record: options.record,
    durable: durable && {
      guest: durable.guest,
      mute: (muted) => {
        stdio.muted = muted;
      },
    },
    transfer,
    restore: from ?? (image && { kernel: image.state.kernel, ...(options.cwd === undefined ? {} : { cwd }) }),
  });
  const guest = await (from === undefined && image !== undefined ? asImageError : asSnapshotError)(
    () => starting,
  );
  wake = () => guest.wake();
  const session: Session = new Session({
    guest,
    driver,
    stdio,
    limits,
    durable: durable && { journal: durable, save: () => python.save() },
    toBundle: ({ data, metadata, id, update }) => ({
      data,
      metadata: bridge.decode(metadata, "metadata"),
      update,
      ...(id === undefined ? {} : { id }),
    }),
    callbacks: {
      stdout: options.onStdout === undefined ? [] : [options.onStdout],
      stderr: options.onStderr === undefined ? [] : [options.onStderr],
    },
    signal: options.signal,
  });
  const aborted = (): void => session.kill("its signal was aborted");
  options.signal?.addEventListener("abort", aborted, { once: true });
  void session.ended.then((reason) => {
    options.signal?.removeEventListener("abort", aborted);
    bridge.end(new ClosedError(reason));
    files.end();
    ground?.release();
  });
  const python: PythonSession = new PythonSession({
    durable: durable?.standing,
    cells: (from?.session.cells ?? 0) + (durable?.finished ?? 0),
    session,
    files,
    bridge,
    memory: limits.memory,
    engine: guest.process.engine,
    pid: guest.process.pid,
    keeping: {
      options,
      open: openPython,
      driver,
      transfer,
      guest,
      mounts,
      image: imageHash(image),
      base: baseOf(image),
      cwd,
      functions: known,
      begun,
    },
  });
  if (from !== undefined && ground === undefined) {
    await restoreMemory({ session, driver, transfer, limit: limits.memory }, from.memory);
  }
  durable?.restored();
  idle = async (action) => toOutcome(await python.act(action));
  return python;
};

/** A host function as text, to compare by. */
const textOf = (spec: object): string =>
  JSON.stringify(spec, (_key, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value,
  );

/** What came of an action with a guest object. */
const toOutcome = (result: Result): Outcome => {
  switch (result.status) {
    case "ok":
      if (result.value === undefined)
        throw new ProtocolError("The guest sent no value where one was asked for");
      return { status: "ok", value: result.value };
    case "items":
    case "error":
      return result;
    default:
      throw new OptionError("action", `the guest's object ended its Python (${result.status})`);
  }
};
