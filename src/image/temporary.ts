/**
 * Files of images that were built and have no place of their own: they go with the image, or with the process; those of a process that
 * was killed, when another makes one.
 */
import { createHash } from "node:crypto";
import { readFileSync, readlinkSync, rmSync } from "node:fs";
import { lstat, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const left = new Set<string>();
const swept = new Set<string>();
let listening = false;

/** A new directory, readable by its owner alone. */
export const temporaryDirectory = async (
  place: string = tmpdir(),
): Promise<{
  readonly path: string;
  readonly remove: () => Promise<void>;
}> => {
  if (!swept.has(place)) {
    swept.add(place);
    // Nobody waits for it, and what cannot be removed is left.
    void sweep(place).catch(() => undefined);
  }
  const path = await mkdtemp(join(place, `sallyport-image-${process.pid}-${here()}-`));
  left.add(path);
  if (!listening) {
    listening = true;
    process.once("exit", () => {
      for (const directory of left) rmSync(directory, { recursive: true, force: true });
    });
  }
  return {
    path,
    remove: async () => {
      left.delete(path);
      await rm(path, { recursive: true, force: true });
    },
  };
};

/** Where numbers of processes mean the same: this machine since it was started, and the container in it. */
const here = (): string => {
  if (process.platform !== "linux") return "0";
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "latin1");
    const space = readlinkSync("/proc/self/ns/pid");
    return createHash("sha256").update(boot).update(space).digest("hex").slice(0, 16);
  } catch {
    return "unknown";
  }
};

const NAME = /^sallyport-image-(\d{1,10})-([0-9a-f]{16})-\w{6}$/;

/** Removes what this user's processes left that have ended without a chance to. */
export const sweep = async (place: string): Promise<void> => {
  const own = process.geteuid?.();
  const where = here();
  for (const name of await readdir(place)) {
    const [, pid, there] = NAME.exec(name) ?? [];
    if (pid === undefined || there !== where || lives(Number(pid))) continue;
    const path = join(place, name);
    const stats = await lstat(path);
    if (stats.isDirectory() && stats.uid === own) await rm(path, { recursive: true, force: true });
  }
};

const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's cannot be signalled, and lives.
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
};
