import type { FileSystem } from "../../../src/fs/filesystem.js";
import { memory } from "../../../src/fs/memory/memory.js";
import { absentDriver } from "../../../src/kernel/absent-driver.js";
import { AT_FDCWD, O_CREAT, O_RDWR } from "../../../src/kernel/flags.js";
import { Kernel, type KernelOptions } from "../../../src/kernel/kernel.js";
import { sink, source } from "../../../src/kernel/stdio.js";
import { Errno } from "../../../src/wire/errno.js";
import type { Awaitable } from "../../../src/wire/types.js";

export interface Setting {
  readonly kernel: Kernel;
  readonly ops: Kernel["operations"];
  /** What was written to stdout and stderr. */
  readonly written: { out: string; err: string };
}

export type Options = Partial<KernelOptions> & { readonly input?: string };

export const setting = ({ input = "", ...options }: Options = {}): Setting => {
  const written = { out: "", err: "" };
  const kernel: Kernel = new Kernel({
    driver: absentDriver,
    mounts: new Map<string, FileSystem>([["/", memory({}, { mode: 0o755 })]]),
    stdio: {
      stdin: source(input, () => kernel.wake()),
      stdout: sink((chunk) => {
        written.out += Buffer.from(chunk).toString();
      }),
      stderr: sink((chunk) => {
        written.err += Buffer.from(chunk).toString();
      }),
    },
    ...options,
  });
  return { kernel, ops: kernel.operations, written };
};

export const text = (data: Uint8Array): string => Buffer.from(data).toString();
export const bytes = (data: string): Uint8Array => Buffer.from(data);

/** The errno that an operation fails with; "ok" if it does not. */
export const errno = async (act: () => Awaitable<unknown>): Promise<string> => {
  try {
    await act();
    return "ok";
  } catch (error) {
    if (error instanceof Errno) return error.code;
    throw error;
  }
};

/** An answer that came without waiting. */
export const now = <T>(value: Awaitable<T>): T => {
  if (typeof value === "object" && value !== null && "then" in value) throw new Error("it had to wait");
  return value;
};

/** Operations by path, from the working directory, in fewer words. */
export const files = ({ ops }: Pick<Setting, "ops">) => ({
  open: (path: string, flags = 0, mode = 0o644): number =>
    now(ops.open({ at: AT_FDCWD, path, flags, mode })).fd,
  put: (path: string, data = ""): void => {
    const { fd } = now(ops.open({ at: AT_FDCWD, path, flags: O_CREAT | O_RDWR, mode: 0o644 }));
    now(ops.write({ fd, data: bytes(data) }));
    now(ops.close({ fd }));
  },
  get: (path: string): string => {
    const { fd } = now(ops.open({ at: AT_FDCWD, path, flags: 0, mode: 0 }));
    const data = text(now(ops.read({ fd, capacity: 65_536 })).data);
    now(ops.close({ fd }));
    return data;
  },
  mkdir: (path: string, mode = 0o755): void => now(ops.mkdir({ at: AT_FDCWD, path, mode })),
  stat: (path: string, flags = 0) => now(ops.stat({ at: AT_FDCWD, path, flags })).stat,
  symlink: (target: string, path: string): void => now(ops.symlink({ target, at: AT_FDCWD, path })),
  link: (path: string, to: string): void =>
    now(ops.link({ at: AT_FDCWD, path, to_at: AT_FDCWD, to_path: to, flags: 0 })),
  rename: (path: string, to: string, flags = 0): void =>
    now(ops.rename({ at: AT_FDCWD, path, to_at: AT_FDCWD, to_path: to, flags })),
  unlink: (path: string): void => now(ops.unlink({ at: AT_FDCWD, path, flags: 0 })),
  rmdir: (path: string): void => now(ops.unlink({ at: AT_FDCWD, path, flags: 0x200 })),
  cwd: (): string => text(now(ops.getcwd({ capacity: 4096 })).path),
  chdir: (path: string): void => now(ops.chdir({ path })),
  list: (path: string): string[] => {
    const { fd } = now(ops.open({ at: AT_FDCWD, path, flags: 0o200000, mode: 0 }));
    const names: string[] = [];
    for (let cookie = 0n; ; ) {
      const { entries } = now(ops.readdir({ fd, cookie, capacity: 4096 }));
      if (entries.length === 0) break;
      const buffer = Buffer.from(entries);
      for (let at = 0; at < buffer.length; ) {
        cookie = buffer.readBigUInt64LE(at);
        const length = buffer.readUInt16LE(at + 18);
        names.push(buffer.toString("utf8", at + 20, at + 20 + length));
        at += 20 + length;
      }
    }
    now(ops.close({ fd }));
    return names;
  },
});
