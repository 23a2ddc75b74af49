/** docs/compatibility.md, made of what `scripts/compat.ts` wrote and of `reasons.json`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Compared, ModuleResult } from "./result.js";

interface Cause {
  /** "difference": deliberate; "gap": Linux has it, and the guest not; "bug": to be mended; "suite": the test's own. */
  readonly kind: "difference" | "gap" | "bug" | "suite";
  readonly title: string;
  readonly text: string;
  /** Regular expressions of the failures that are recognised by their messages. */
  readonly messages?: readonly string[];
}

interface Reasons {
  readonly causes: Readonly<Record<string, Cause>>;
  /** The cause of failures that no message tells, by the beginning of the test's name: without "test.". */
  readonly tests: Readonly<Record<string, string>>;
  /** Why modules were not run, by a regular expression of their names. */
  readonly notRun: Readonly<Record<string, string>>;
}

const KINDS = {
  difference: "Deliberate differences",
  gap: "Gaps",
  suite: "The test's own doing",
  bug: "Bugs",
} as const;
const UNEXPLAINED = "unexplained";
/** From how many failures of one module on they are not listed one by one. */
const FEW = 6;

interface Failure {
  readonly module: string;
  readonly test: string;
  readonly message: string;
  readonly natively: boolean;
}

const code = (text: string): string =>
  `\`${text.replace(/\s+/g, " ").replaceAll("`", "'").replaceAll("|", "¦").slice(0, 110)}\``;

function failuresOf(module: string, { guest, native }: Compared): readonly Failure[] {
  const also = new Map(Object.entries(native?.failed ?? {}));
  const kind = (message: string | undefined): string | undefined => message?.split(":")[0];
  const failures = Object.entries(guest?.failed ?? {}).map(([test, message]) => ({
    module,
    test: test.replace(/^test\./, "").replace(/^(\w+) \((test\.)?([\w.]+)\)$/, "$1 ($3)"),
    message,
    natively: kind(also.get(test)) === kind(message),
  }));
  if (guest === undefined || !["error", "timeout", "died"].includes(guest.status)) return failures;
  const natively = native !== undefined && native.status === guest.status;
  return [
    ...failures,
    { module, test: `${module} (all of it)`, message: `${guest.status}: ${guest.why ?? ""}`, natively },
  ];
}

function causeOf(failure: Failure, reasons: Reasons): string {
  if (failure.natively) return "natively";
  for (const [begins, cause] of Object.entries(reasons.tests)) {
    if (failure.test.includes(begins)) return cause;
  }
  for (const [name, { messages = [] }] of Object.entries(reasons.causes)) {
    if (messages.some((message) => new RegExp(message).test(failure.message))) return name;
  }
  return UNEXPLAINED;
}

/** One line a test; modules that fail in many places for the same cause get one line. */
function list(failures: readonly Failure[]): readonly string[] {
  const modules = new Map<string, Failure[]>();
  for (const failure of failures) {
    modules.set(failure.module, [...(modules.get(failure.module) ?? []), failure]);
  }
  return [...modules.values()].flatMap((these) => {
    const [first] = these;
    if (first !== undefined && these.length > FEW) {
      return [`- \`${first.module}\`, ${these.length} tests: ${code(first.message)}`];
    }
    return these.map(({ test, message }) => `- ${code(test)}: ${code(message)}`);
  });
}

const skipsOf = (result: ModuleResult): number =>
  Object.values(result.skips ?? {}).reduce((sum, count) => sum + count, 0);

function row(module: string, { guest, native }: Compared): string {
  if (guest === undefined) return "";
  const { status, passed = 0, failed = {}, why = "" } = guest;
  const remark = status === "skipped" && why !== "" ? code(why) : "";
  const beside =
    native === undefined
      ? ""
      : `${native.passed ?? 0}${native.status === "passed" ? "" : ` (${native.status})`}`;
  return `| ${module} | ${status} | ${passed} | ${Object.keys(failed).length} | ${skipsOf(guest)} | ${beside} | ${remark} |`;
}

function summary(results: ReadonlyMap<string, Compared>): readonly string[] {
  const guests = [...results.values()].flatMap(({ guest }) => (guest === undefined ? [] : [guest]));
  const count = (status: ModuleResult["status"]): number =>
    guests.filter((guest) => guest.status === status).length;
  const sum = (of: (result: ModuleResult) => number): number =>
    guests.reduce((total, guest) => total + of(guest), 0);
  const both = [...results.values()].flatMap(({ guest, native }) =>
    guest === undefined || native === undefined
      ? []
      : [{ guest: guest.passed ?? 0, native: native.passed ?? 0 }],
  );
  return [
    `| modules run | all their tests passed | some failed | skipped | could not be loaded | out of time | died |`,
    "|--:|--:|--:|--:|--:|--:|--:|",
    `| ${guests.length} | ${count("passed")} | ${count("failed")} | ${count("skipped")} | ${count("error")} | ${count("timeout")} | ${count("died")} |`,
    "",
    `In the guest ${sum(({ passed = 0 }) => passed)} tests passed, ${sum(({ failed = {} }) => Object.keys(failed).length)} failed ` +
      `and ${sum(skipsOf)} were skipped. ${both.length} of the modules were run natively, too: there ` +
      `${both.reduce((total, { native }) => total + native, 0)} tests passed, and ${both.reduce((total, { guest }) => total + guest, 0)} ` +
      `in the guest.`,
  ];
}

/** The page, from the results by module. `all` are the names of all modules of the suite. */
export function report(results: ReadonlyMap<string, Compared>, all: readonly string[]): string {
  const reasons: Reasons = JSON.parse(readFileSync(join(import.meta.dirname, "reasons.json"), "utf8"));
  const byCause = new Map<string, Failure[]>();
  for (const [module, compared] of results) {
    for (const failure of failuresOf(module, compared)) {
      const cause = causeOf(failure, reasons);
      byCause.set(cause, [...(byCause.get(cause) ?? []), failure]);
    }
  }
  const lines = [
    readFileSync(join(import.meta.dirname, "introduction.md"), "utf8"),
    "## Numbers",
    "",
    ...summary(results),
    "",
  ];
  lines.push("## What fails, and why", "");
  for (const [kind, title] of Object.entries(KINDS)) {
    const causes = Object.entries(reasons.causes).filter(
      ([name, cause]) => cause.kind === kind && byCause.has(name),
    );
    if (causes.length === 0) continue;
    lines.push(`### ${title}`, "");
    for (const [name, cause] of causes) {
      const failures = byCause.get(name) ?? [];
      lines.push(`**${cause.title}** (${failures.length}). ${cause.text}`, "", ...list(failures), "");
    }
  }
  const rest = [
    [
      "natively",
      "Fails natively, too",
      "On this machine these fail under the native Python in the same run.",
    ],
    [UNEXPLAINED, "Not explained yet", "Nobody has looked into these; take them for bugs."],
  ] as const;
  for (const [name, title, text] of rest) {
    const failures = byCause.get(name) ?? [];
    if (failures.length > 0)
      lines.push(`### ${title}`, "", `${text} (${failures.length})`, "", ...list(failures), "");
  }
  lines.push("## Not run", "");
  const left = all.filter((module) => results.get(module)?.guest === undefined);
  for (const [pattern, why] of Object.entries(reasons.notRun)) {
    const these = left.filter((module) => new RegExp(pattern).test(module));
    if (these.length > 0) lines.push(`- ${these.map(code).join(", ")}: ${why}`);
    for (const module of these) left.splice(left.indexOf(module), 1);
  }
  if (left.length > 0) lines.push(`- ${left.map(code).join(", ")}: no time was left`);
  lines.push("", "## All modules", "");
  lines.push(
    "| module | in the guest | passed | failed | skipped | passed natively | |",
    "|---|---|--:|--:|--:|--:|---|",
  );
  for (const [module, compared] of [...results].sort(([a], [b]) => (a < b ? -1 : 1)))
    lines.push(row(module, compared));
  return `${lines.filter((line, at) => line !== "" || lines[at - 1] !== "").join("\n")}\n`;
}
