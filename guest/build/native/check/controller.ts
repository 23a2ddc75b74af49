/** A controller for the small programs: answers what they ask, and says how the guest ended. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";

export interface Outcome {
  readonly output: string;
  readonly status: number | null;
  readonly signal: string | null;
  /** The reason of the guest's last frame, if it trapped. */
  readonly died: number | undefined;
}

const OPERATION = {
  hello: 1,
  died: 3,
  args_get: 256,
  args_sizes_get: 257,
  fd_read: 276,
  fd_write: 282,
  proc_exit: 294,
  random_get: 297,
};
const ARGUMENTS = "one\0two words\0";

const u32 = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => {
    bytes.writeUInt32LE(value >>> 0, i * 4);
  });
  return bytes;
};

const counted = (data: Buffer): Buffer => Buffer.concat([u32(data.length), data]);

/** Answers one request; undefined: no answer. */
const answer = (operation: number, payload: Buffer, wrote: (text: Buffer) => void): Buffer | undefined => {
  switch (operation) {
    case OPERATION.hello:
      return Buffer.alloc(0);
    case OPERATION.args_sizes_get:
      return u32(2, ARGUMENTS.length);
    case OPERATION.args_get:
      return counted(Buffer.from(ARGUMENTS));
    case OPERATION.fd_write: {
      if (payload.readUInt32LE(0) === 1) wrote(payload.subarray(8));
      return u32(payload.readUInt32LE(4));
    }
    case OPERATION.fd_read: {
      const data = Buffer.alloc(10_000, 3);
      return Buffer.concat([u32(data.length, data.length), data]);
    }
    case OPERATION.random_get:
      return counted(Buffer.alloc(payload.readUInt32LE(0), 7));
    default:
      return undefined;
  }
};

/** A guest, and its ends of what it reads and writes. */
export interface Child {
  readonly process: ChildProcess;
  readonly stdin: Writable;
  readonly stdout: Readable;
}

/** Starts a guest on sockets, as Node makes them. */
export const start = (file: string, argv: readonly string[]): Child => {
  const child = spawn(file, argv, { stdio: ["pipe", "pipe", "inherit"], env: {} });
  return { process: child, stdin: child.stdin, stdout: child.stdout };
};

/** Starts a guest on pipes, as the spawner makes them. */
export const startOnPipes = (file: string, argv: readonly string[]): Child => {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-check-"));
  const pipe = (name: string): { readonly read: number; readonly write: number } => {
    const path = join(folder, name);
    execFileSync("mkfifo", [path]);
    const read = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return { read, write: openSync(path, constants.O_WRONLY | constants.O_NONBLOCK) };
  };
  /** What a pipe is open as for the guest: blocking. */
  const blocking = (name: string, how: number): number => openSync(join(folder, name), how);
  const [to, from] = [pipe("to"), pipe("from")];
  const [input, output] = [blocking("to", constants.O_RDONLY), blocking("from", constants.O_WRONLY)];
  rmSync(folder, { recursive: true });
  const child = spawn(file, argv, { stdio: [input, output, "inherit"], env: {} });
  for (const fd of [input, output, to.read, from.write]) closeSync(fd);
  return {
    process: child,
    stdin: new Socket({ fd: to.write, readable: false, writable: true }),
    stdout: new Socket({ fd: from.read, readable: true, writable: false }),
  };
};

/** Serves until the guest's end. `changed` may answer a request otherwise (raw bytes), to test a bad controller. */
export const serve = (
  child: Child,
  changed: (operation: number) => Buffer | undefined = () => undefined,
): Promise<Outcome> => {
  let pending = Buffer.alloc(0);
  let output = "";
  let died: number | undefined;
  child.stdin.on("error", () => undefined);
  child.stdout.on("data", (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 8 && pending.length >= 8 + pending.readUInt32LE(0)) {
      const length = pending.readUInt32LE(0);
      const operation = pending.readUInt16LE(4);
      const payload = pending.subarray(8, 8 + length);
      pending = pending.subarray(8 + length);
      if (operation === OPERATION.died) died = payload.readUInt32LE(0);
      if (operation === OPERATION.died || operation === OPERATION.proc_exit) continue;
      const raw = changed(operation);
      if (raw !== undefined) {
        child.stdin.write(raw);
        continue;
      }
      const body = answer(operation, payload, (text) => {
        output += text.toString("latin1");
      });
      child.stdin.write(
        body === undefined
          ? Buffer.concat([u32(0), Buffer.from([52, 0, 0, 0])])
          : Buffer.concat([u32(body.length, 0), body]),
      );
    }
  });
  const read = new Promise<void>((resolve) => child.stdout.once("close", resolve));
  return new Promise((resolve) => {
    child.process.on("exit", (status, signal) => read.then(() => resolve({ output, status, signal, died })));
  });
};
