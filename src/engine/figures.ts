/**
 * What Linux tells of a process: CPU time and memory. Undefined elsewhere, and for a process that is gone.
 */
import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import type { MemoryFigures } from "./engine.js";

/** More than any of these files has. */
const scratch = Buffer.allocUnsafeSlow(16_384);

/** A file of /proc, which one read gives as a whole: two system calls less than `readFileSync`. */
const read = (path: string): string | undefined => {
  try {
    const fd = openSync(path, "r");
    try {
      return scratch.toString("latin1", 0, readSync(fd, scratch, 0, scratch.byteLength, null));
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
};

let hardLimit: number | undefined;

/** Seconds of CPU time that this process, and what it starts, may have at most; Infinity where nothing says so. */
export const hardCpuLimit = (): number => {
  if (hardLimit === undefined) {
    const seconds = /^Max cpu time\s+\S+\s+(\d+)/m.exec(read("/proc/self/limits") ?? "")?.[1];
    hardLimit = seconds === undefined ? Number.POSITIVE_INFINITY : Number(seconds);
  }
  return hardLimit;
};

const threadTime = (pid: number, thread: string): bigint => {
  const [time] = (read(`/proc/${pid}/task/${thread}/schedstat`) ?? "").split(" ");
  return time !== undefined && /^\d+$/.test(time) ? BigInt(time) : 0n;
};

/** CPU time of a process that has one thread, in nanoseconds: a third of what the general way costs. */
export const cpuTimeOfSingle = (pid: number): bigint | undefined => {
  const [time] = (read(`/proc/${pid}/schedstat`) ?? "").split(" ");
  return time !== undefined && /^\d+$/.test(time) ? BigInt(time) : undefined;
};

/** User and system time of the whole process, threads that have ended included; in steps of 10 ms. */
const processTime = (pid: number): bigint => {
  const fields = (read(`/proc/${pid}/stat`) ?? "").replace(/^.*\) /s, "").split(" ");
  const ticks = Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  return BigInt(ticks) * 10_000_000n;
};

/** CPU time of all threads, in nanoseconds. */
export const cpuTimeOf = (pid: number): bigint | undefined => {
  if (process.platform !== "linux") return undefined;
  let threads: readonly string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return undefined;
  }
  const running = threads.reduce((sum, thread) => sum + threadTime(pid, thread), 0n);
  const whole = processTime(pid);
  if (running < whole) return whole;
  return running;
};

/** The sum of the lines with these names, in bytes. */
const sumOf = (text: string, ...names: readonly string[]): number => {
  let sum = 0;
  for (const line of text.split("\n")) {
    const [name, value] = line.split(/:\s+/);
    if (name !== undefined && names.includes(name)) sum += Number.parseInt(value ?? "0", 10) * 1024;
  }
  return sum;
};

/** The most memory that the process has had resident, in bytes: what alone costs little. */
export const peakOf = (pid: number): number | undefined => {
  if (process.platform !== "linux") return undefined;
  const kilobytes = /^VmHWM:\s+(\d+)/m.exec(read(`/proc/${pid}/status`) ?? "")?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
};

export const memoryOf = (pid: number): MemoryFigures | undefined => {
  if (process.platform !== "linux") return undefined;
  const status = read(`/proc/${pid}/status`);
  // A process that has ended and is not yet reaped has no memory.
  if (status === undefined || !status.includes("VmRSS")) return undefined;
  const rollup = read(`/proc/${pid}/smaps_rollup`) ?? "";
  return {
    resident: sumOf(status, "VmRSS"),
    peak: sumOf(status, "VmHWM"),
    private: sumOf(rollup, "Private_Clean", "Private_Dirty"),
  };
};
