import { readFileSync } from "node:fs";
import type { EngineName } from "../engine/engine.js";
import { nativeSupported } from "../engine/native.js";
import { prebuiltDirectory } from "../engine/prebuilt.js";
import { Sandbox } from "../sandbox.js";
import { reasonOf } from "../wire/thrown.js";
import { escapeText, type Paint, painter, wantsColor } from "./terminal.js";
import { version } from "./version.js";

interface EngineReport {
  readonly engine: string;
  readonly works: boolean;
  /** Milliseconds from nothing to the first result. */
  readonly start?: number;
  readonly python?: string;
  /** The guest process as Linux shows it. */
  readonly confinement?: Readonly<Record<string, string>>;
  readonly problem?: string;
}

interface Report {
  readonly sallyport: string;
  readonly node: string;
  readonly platform: string;
  readonly prebuilt: string;
  readonly engines: readonly EngineReport[];
}

/** `sallyport doctor`: tries every engine, and tells what confines it. */
export const doctor = async (json: boolean): Promise<number> => {
  const report: Report = {
    sallyport: version(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    prebuilt: prebuiltDirectory(),
    engines: [await examine("native"), await examine("native", true), await examine("wasm")],
  };
  if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else print(report, painter(wantsColor(process.stdout)));
  return report.engines.some(({ works }) => works) ? 0 : 1;
};

const examine = async (engine: EngineName, hardened = false): Promise<EngineReport> => {
  const name = hardened ? `${engine}, hardened` : engine;
  if (engine === "native" && !nativeSupported()) {
    return { engine: name, works: false, problem: "it needs Linux on x86-64" };
  }
  try {
    const start = performance.now();
    await using sandbox = await Sandbox.create({ engine, hardened });
    const result = await sandbox.run<string>("import sys; sys.version");
    const taken = performance.now() - start;
    if (!result.ok) return { engine: name, works: false, problem: result.error.message };
    return {
      engine: name,
      works: true,
      start: Math.round(taken * 10) / 10,
      python: String(result.value),
      confinement: confinementOf(sandbox.pid),
    };
  } catch (error) {
    return { engine: name, works: false, problem: reasonOf(error) };
  }
};

const UNKNOWN = "unknown";

const fieldOf = (status: string, name: string): string =>
  new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1] ?? UNKNOWN;

/**
 * The seccomp filter of a guest, by its /proc/PID/status and this process's. A container may have put one on all its processes:
 * what counts is the guest's own. How many a process has is told by Linux 5.9 and later.
 */
export const seccompOf = (guest: string, own: string): string => {
  const [inner, outer] = [fieldOf(guest, "Seccomp_filters"), fieldOf(own, "Seccomp_filters")];
  const filtered = (status: string): boolean => fieldOf(status, "Seccomp") === "2";
  const counted = inner !== UNKNOWN && outer !== UNKNOWN;
  if (counted ? Number(inner) > Number(outer) : filtered(guest) && !filtered(own)) {
    return "filter: read of stdin, write of stdout, exit and sigreturn are all there is";
  }
  return !counted && filtered(guest) ? "filter, the guest's own or the container's" : "none of its own";
};

const confinementOf = (pid: number): Readonly<Record<string, string>> => {
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return {};
  }
  const field = (name: string): string => fieldOf(status, name);
  return {
    seccomp: seccompOf(status, readFileSync("/proc/self/status", "utf8")),
    "no new privileges": field("NoNewPrivs") === "1" ? "yes" : "no",
    threads: field("Threads"),
    "memory, resident": field("VmRSS"),
  };
};

const print = (report: Report, paint: Paint): void => {
  const lines = [
    `${paint("bold", "sallyport")} ${report.sallyport}, Node ${report.node}, ${report.platform}`,
    `guest files: ${report.prebuilt}`,
  ];
  for (const { engine, works, start, python, confinement, problem } of report.engines) {
    lines.push(`${works ? paint("green", "✓") : paint("red", "✗")} ${paint("bold", engine)}`);
    if (python !== undefined) lines.push(`    Python ${escapeText(python)}`);
    if (start !== undefined) lines.push(`    start to first result: ${start} ms`);
    for (const [name, value] of Object.entries(confinement ?? {})) lines.push(`    ${name}: ${value}`);
    if (problem !== undefined) lines.push(`    ${escapeText(problem)}`);
  }
  process.stdout.write(`${lines.join("\n")}\n`);
};
