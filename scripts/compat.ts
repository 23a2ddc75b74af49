/**
 * Runs CPython's own test suite in the guest, and beside it under a native Python of the same version.
 *
 *   npx tsx scripts/compat.ts --suite DIR --native PYTHON [--out FILE] [--resume] [--jobs N] [--engine E] [MODULE…]
 *
 * DIR is the folder that holds `test/` (Debian: libpython3.13-testsuite, or Lib of the source package). Without
 * modules, all are run. Prints a line a module; writes all results as JSON, from which docs/compatibility.md is made.
 * --report writes that page from FILE, and runs nothing.
 * With --resume, what FILE has results of is not run again.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { report } from "../test/compat/report.js";
import type { Compared, ModuleResult } from "../test/compat/result.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    suite: { type: "string" },
    native: { type: "string" },
    out: { type: "string", default: "compat.json" },
    jobs: { type: "string", default: "2" },
    engine: { type: "string" },
    timeout: { type: "string", default: "240" },
    resume: { type: "boolean", default: false },
    report: { type: "boolean", default: false },
  },
});
if (values.suite === undefined)
  throw new Error("--suite DIR is needed: the folder that holds CPython's test/");
const suite = resolve(values.suite);
const here = resolve(import.meta.dirname, "..");
const seconds = Number(values.timeout);

const all = readdirSync(join(suite, "test"))
  .filter((name) => /^test_\w+(\.py)?$/.test(name))
  .map((name) => name.replace(/\.py$/, ""))
  .sort();
const modules = positionals.length > 0 ? positionals : all;

interface Ended {
  readonly status: number | null;
  readonly output: string;
}

function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Ended> {
  return new Promise((done, failed) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (data: Buffer) => {
      output = (output + data.toString("latin1")).slice(-2000);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    const timer = setTimeout(() => child.kill("SIGKILL"), (seconds + 30) * 1000);
    child.on("error", failed);
    child.on("close", (status) => {
      clearTimeout(timer);
      done({ status, output });
    });
  });
}

async function inGuest(module: string): Promise<ModuleResult> {
  const folder = mkdtempSync(join(tmpdir(), "compat-"));
  const args = [
    join(here, "dist/cli/main.js"),
    "run",
    "--memory",
    "2G",
    "--timeout",
    `${seconds}s`,
    "--cpu",
    `${seconds}s`,
    // Some tests put files beside the package.
    "--mount",
    `${mkdtempSync(join(folder, "beside-"))}:/suite:rw`,
    "--mount",
    `${join(suite, "test")}:/suite/test:ro`,
    "--mount",
    `${folder}:/out:rw`,
    ...(values.engine === undefined ? [] : ["--engine", values.engine]),
    join(here, "test/compat/driver.py"),
    "/out/result.json",
    module,
  ];
  return await outcome(module, folder, await run(process.execPath, args, here, process.env));
}

async function natively(module: string, python: string): Promise<ModuleResult> {
  const folder = mkdtempSync(join(tmpdir(), "compat-"));
  const args = [join(here, "test/compat/driver.py"), join(folder, "result.json"), module];
  const env = { PYTHONPATH: suite, PATH: process.env["PATH"], HOME: folder, LC_ALL: "C.UTF-8" };
  return await outcome(module, folder, await run(python, args, folder, env));
}

async function outcome(module: string, folder: string, ended: Ended): Promise<ModuleResult> {
  try {
    const result: ModuleResult = JSON.parse(readFileSync(join(folder, "result.json"), "utf8"));
    return result;
  } catch {
    const why = ended.output.trim().split("\n").slice(-2).join(" ").slice(-300);
    return {
      module,
      status: ended.status === 124 || ended.status === null ? "timeout" : "died",
      why: `status ${ended.status}: ${why}`,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function earlier(): Record<string, Compared> {
  if (!(values.resume || values.report) || !existsSync(values.out)) return {};
  return JSON.parse(readFileSync(values.out, "utf8"));
}

const results = new Map<string, Compared>(Object.entries(earlier()));
const queue = modules.filter((module) => {
  const before = results.get(module);
  return before?.guest === undefined || (values.native !== undefined && before.native === undefined);
});

async function worker(): Promise<void> {
  for (let module = queue.shift(); module !== undefined; module = queue.shift()) {
    const guest = await inGuest(module);
    const before = results.get(module)?.native;
    const native =
      before ?? (values.native === undefined ? undefined : await natively(module, values.native));
    results.set(module, { guest, ...(native === undefined ? {} : { native }) });
    const failed = Object.keys(guest.failed ?? {}).length;
    process.stdout.write(
      `${module.padEnd(34)} ${guest.status.padEnd(8)} ${String(guest.passed ?? 0).padStart(5)} passed ${String(failed).padStart(3)} failed` +
        `${native === undefined ? "" : `   native ${native.status} ${native.passed ?? 0}`}   ${(guest.why ?? "").replace(/\s+/g, " ").slice(0, 90)}\n`,
    );
    writeFileSync(values.out, `${JSON.stringify(Object.fromEntries([...results].sort()), null, 1)}\n`);
  }
}

if (values.report) {
  writeFileSync(join(here, "docs/compatibility.md"), report(results, all));
} else {
  await Promise.all(Array.from({ length: Number(values.jobs) }, worker));
  const count = (status: string) =>
    [...results.values()].filter(({ guest }) => guest?.status === status).length;
  const tests = [...results.values()].reduce((sum, { guest }) => sum + (guest?.passed ?? 0), 0);
  process.stdout.write(
    `${results.size} modules: ${["passed", "failed", "skipped", "error", "timeout", "died"].map((s) => `${count(s)} ${s}`).join(", ")}; ${tests} tests passed\n`,
  );
}
