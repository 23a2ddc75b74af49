/**
 * Starts a compromised guest in place of the real one, with handlers that answer the little it needs.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { GuestProcess, StartOptions } from "../../src/engine/engine.js";
import { nativeSupported } from "../../src/engine/native.js";
import { ARTIFACTS, findPrebuilt } from "../../src/engine/prebuilt.js";
import { startProcess } from "../../src/engine/process.js";
import { linuxErrno, wasiErrno } from "../../src/wire/errno.js";
import { sallyport } from "../../src/wire/operations.js";
import { createServer, joinServers } from "../../src/wire/serve.js";
import { wasi } from "../../src/wire/wasi-functions.js";

const script = fileURLToPath(new URL("guests/compromised.mjs", import.meta.url));
const { access, exit, poll, read, write } = sallyport;
const { poll_oneoff } = wasi;
const scratch = Buffer.alloc(1 << 20, 0x2a);

/** What the handlers saw: nothing of a refused request may be among it. */
export interface Seen {
  readonly calls: string[];
}

const serve = (seen: Seen) =>
  joinServers(
    createServer(
      { access, exit, poll, read, write },
      {
        access: () => void seen.calls.push("access"),
        exit: () => void seen.calls.push("exit"),
        poll: () => new Promise(() => seen.calls.push("poll")),
        read: ({ capacity }) => {
          if (seen.calls.length < 100) seen.calls.push("read");
          return { data: scratch.subarray(0, capacity) };
        },
        write: ({ data }) => {
          seen.calls.push("write");
          return { length: data.byteLength };
        },
      },
      { errno: linuxErrno },
    ),
    createServer(
      { poll_oneoff },
      {
        poll_oneoff: () => {
          seen.calls.push("poll_oneoff");
          return { events: new Uint8Array(0) };
        },
      },
      { errno: wasiErrno },
    ),
  );

/** Ways in which guests are started: on pipes by the spawner, as native ones are, or on sockets by a fork of this process. */
export const WAYS = nativeSupported() ? (["spawner", "fork"] as const) : (["fork"] as const);
export type Way = (typeof WAYS)[number];

export const compromised = (
  behaviour: string,
  argument = "",
  options: Partial<StartOptions> = {},
  how: Way = WAYS[0],
): { readonly started: Promise<GuestProcess>; readonly seen: Seen } => {
  const seen: Seen = { calls: [] };
  const execution = {
    engine: "native",
    file: process.execPath,
    argv: ["--max-old-space-size=32", script, behaviour, argument],
    image: new Uint8Array(0),
    ...(how === "spawner"
      ? { takesParent: true, spawner: findPrebuilt().artifact(ARTIFACTS.spawner).path }
      : {}),
  } as const;
  return { started: startProcess(execution, { memory: 65_536, serve: serve(seen), ...options }), seen };
};

/** Processes that this one has started and that are still there. */
export const children = (): string[] =>
  readdirSync("/proc/self/task").flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, "utf8").split(" ").filter(Boolean),
  );

/** Pipes and sockets that are open. */
export const descriptors = (): number => readdirSync("/proc/self/fd").length;
