/**
 * The figures that README and docs/comparison.md show: taken from what `npm run bench` has written, kept in
 * docs/figures.json, and put as tables between the pages' markers.
 */
import * as v from "valibot";

const seconds = v.number();
const rates = v.object({ runs: v.number(), calls: v.number(), toGuest: v.number(), fromGuest: v.number() });
const times = v.object({ clock: seconds, read: v.number(), write: v.number() });
const small = v.object({ right: v.number(), perSecond: v.number() });
const alternative = v.object({
  version: v.string(),
  another: seconds,
  idle: v.number(),
  snapshot: v.optional(v.object({ take: seconds, restore: seconds, bytes: v.number() })),
});

/** What of a benchmark's report is shown. */
export const figures = v.object({
  date: v.pipe(v.string(), v.isoTimestamp()),
  machine: v.object({ processor: v.string(), cores: v.number(), node: v.string(), python: v.string() }),
  start: v.object({
    alone: v.object({ guest: seconds, native: seconds }),
    live: v.object({ sallyport: seconds, "python3 -I": seconds }),
    cold: v.object({
      "sallyport run": seconds,
      "python3 -I": seconds,
      "bubblewrap + python3": seconds,
      Pyodide: seconds,
      "Pyodide, memory snapshot": seconds,
      Monty: seconds,
    }),
  }),
  cpu: v.object({
    mean: v.number(),
    worst: v.object({ program: v.string(), ratio: v.number() }),
    rows: v.array(
      v.object({
        program: v.string(),
        native: seconds,
        guest: seconds,
        pyodide: v.optional(seconds),
        monty: v.optional(seconds),
      }),
    ),
  }),
  operations: v.object({
    raw: v.object({ exchange: seconds, rate: v.number() }),
    rows: v.object({ "mounted directory": times, "native python3": times }),
  }),
  memory: v.object({ rows: v.array(v.object({ live: v.number(), each: v.number() })) }),
  session: v.object({
    rows: v.object({ sallyport: rates, Pyodide: rates, Monty: rates }),
    checkout: seconds,
  }),
  small: v.object({
    programs: v.number(),
    rows: v.object({
      "sallyport, a pool, each in a sandbox of its own": small,
      "Pyodide, one interpreter for all": small,
      "Monty, in this process": small,
    }),
  }),
  alternatives: v.object({
    rows: v.object({
      Sallyport: alternative,
      "bubblewrap + Python": alternative,
      Pyodide: alternative,
      Monty: alternative,
    }),
  }),
});

export type Figures = v.InferOutput<typeof figures>;

/** The part of a report that is shown, with four digits. Throws for one that lacks something. */
export const figuresOf = (report: unknown): Figures => {
  const shortened: unknown = JSON.parse(
    JSON.stringify(report, (_key, value: unknown) =>
      typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value,
    ),
  );
  const parsed = v.safeParse(figures, shortened);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new TypeError(
    `the report lacks ${v.getDotPath(issue) ?? "all"} (${issue.message}): it has to be of a whole npm run bench`,
  );
};

const geometricMean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

/** Ratios to native of the programs that a peer runs. */
const ratios = ({ cpu }: Figures, peer: "pyodide" | "monty"): readonly number[] =>
  cpu.rows.flatMap((row) => (row[peer] === undefined ? [] : [row[peer] / row.native]));

const digits = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toPrecision(2);
const time = (value: number): string =>
  value >= 1
    ? `${digits(value)} s`
    : value >= 1e-3
      ? `${digits(value * 1e3)} ms`
      : `${digits(value * 1e6)} µs`;
const size = (bytes: number): string =>
  bytes >= 2 ** 20
    ? `${digits(bytes / 2 ** 20)} MiB`
    : bytes >= 2 ** 10
      ? `${digits(bytes / 2 ** 10)} KiB`
      : `${bytes} B`;
const factor = (value: number): string => `${value.toFixed(2)} ×`;
const count = (value: number): string => Math.round(value).toLocaleString("en-US");

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

const where = ({ machine, date, alternatives: { rows } }: Figures): string =>
  `Measured on ${date.slice(0, 10)} in one run of \`npm run bench\` on a virtual machine (${machine.processor}, ` +
  `${machine.cores} cores) with Node ${machine.node.slice(1)}: Sallyport ${rows.Sallyport.version}, Pyodide ` +
  `${rows.Pyodide.version}, @pydantic/monty ${rows.Monty.version}, bubblewrap ` +
  `${rows["bubblewrap + Python"].version.replace(",", " with")} (Debian's build, PGO and LTO).`;

/** The table of docs/comparison.md. */
export const comparisonTable = (f: Figures): string => {
  const { alternatives, session, small: programs, start } = f;
  const { Sallyport: ours, Pyodide: pyodide, Monty: monty } = alternatives.rows;
  const wrapped = alternatives.rows["bubblewrap + Python"];
  const snapshot = ({ snapshot: of }: typeof ours): string =>
    of === undefined ? "—" : `${time(of.take)}, ${time(of.restore)}, ${size(of.bytes)}`;
  const share = ({ right }: { right: number }): string => `${right} of ${programs.programs}`;
  const cpu = (peer: "pyodide" | "monty"): string => {
    const of = ratios(f, peer);
    return `${factor(geometricMean(of))} (${of.length} run)`;
  };
  const rows = session.rows;
  const shown = table(
    ["", "Sallyport", "Pyodide", "Monty", "bubblewrap + Python"],
    [
      [
        "from nothing to the result of 1+1, its own start included",
        time(start.cold["sallyport run"]),
        `${time(start.cold.Pyodide)}, ${time(start.cold["Pyodide, memory snapshot"])} from a snapshot`,
        time(start.cold.Monty),
        time(start.cold["bubblewrap + python3"]),
      ],
      [
        "one more interpreter in a program that runs, until it has answered 1+1",
        `${time(ours.another)}, ${time(session.checkout)} from a pool`,
        time(pyodide.another),
        time(monty.another),
        time(wrapped.another),
      ],
      [
        "memory of that one, idle (private)",
        size(ours.idle),
        size(pyodide.idle),
        size(monty.idle),
        size(wrapped.idle),
      ],
      [
        `CPU, geometric mean of ${f.cpu.rows.length} programs, native Python = 1`,
        factor(f.cpu.mean),
        cpu("pyodide"),
        cpu("monty"),
        "1",
      ],
      [
        "small programs of the kind that models write, right",
        share(programs.rows["sallyport, a pool, each in a sandbox of its own"]),
        share(programs.rows["Pyodide, one interpreter for all"]),
        share(programs.rows["Monty, in this process"]),
        "all",
      ],
      [
        "`1+1` in a live interpreter, a second",
        count(rows.sallyport.runs),
        count(rows.Pyodide.runs),
        count(rows.Monty.runs),
        "—",
      ],
      [
        "calls of a host function, a second",
        count(rows.sallyport.calls),
        count(rows.Pyodide.calls),
        count(rows.Monty.calls),
        "none",
      ],
      [
        "values in, out, MB/s of the same as JSON",
        ...[rows.sallyport, rows.Pyodide, rows.Monty].map(
          (r) => `${digits(r.toGuest / 1e6)}, ${digits(r.fromGuest / 1e6)}`,
        ),
        "—",
      ],
      ["snapshot: taken, restored, its size", snapshot(ours), snapshot(pyodide), snapshot(monty), "none"],
    ],
  );
  return `${where(f)}\n\n${shown}`;
};

/** The table of the README. */
export const readmeTable = (f: Figures): string => {
  const { start, operations, memory, small: programs } = f;
  const { raw, rows } = operations;
  const [directory, native] = [rows["mounted directory"], rows["native python3"]];
  const most = memory.rows.reduce((a, b) => (a.live >= b.live ? a : b));
  const giga = (rate: number): string => digits(rate / 1e9);
  const share = ({ right }: { right: number }): string => String(right);
  const shown = table(
    ["", "Sallyport", "native CPython", "Pyodide", "Monty"],
    [
      [
        `CPU, geometric mean of ${f.cpu.rows.length} programs`,
        factor(f.cpu.mean),
        "1",
        factor(geometricMean(ratios(f, "pyodide"))),
        `runs ${ratios(f, "monty").length} of them`,
      ],
      [
        "start to the result of `print(1+1)`, the guest alone",
        time(start.alone.guest),
        `${time(start.alone.native)} (\`-I -S\`)`,
        "",
        "",
      ],
      [
        "the same from a live controller",
        time(start.live.sallyport),
        `${time(start.live["python3 -I"])} (\`-I\`)`,
        "",
        "",
      ],
      [
        "the same from nothing, Node's start included",
        time(start.cold["sallyport run"]),
        time(start.cold["python3 -I"]),
        `${time(start.cold.Pyodide)}, ${time(start.cold["Pyodide, memory snapshot"])} with a snapshot`,
        time(start.cold.Monty),
      ],
      [
        "one operation (`time.time()`) through the controller",
        `${time(directory.clock)}, ${(directory.clock / raw.exchange).toFixed(1)} × a ping-pong of two C processes`,
        "",
        "",
        "",
      ],
      [
        "reads, writes of a mounted directory, GB/s",
        `${giga(directory.read)}, ${giga(directory.write)}`,
        `${giga(native.read)}, ${giga(native.write)}`,
        "",
        "",
      ],
      ["private memory of an idle sandbox", `${size(most.each)}, of ${most.live} live ones`, "", "", ""],
      [
        `${programs.programs} small programs of the kind that models write, right`,
        share(programs.rows["sallyport, a pool, each in a sandbox of its own"]),
        String(programs.programs),
        share(programs.rows["Pyodide, one interpreter for all"]),
        share(programs.rows["Monty, in this process"]),
      ],
    ],
  );
  const { program, ratio } = f.cpu.worst;
  return `${where(f)}\n\n${shown}\n\nThe slowest of the programs, against native Python, is \`${program}\` (${factor(ratio)}).`;
};

/** The page with the text between `<!-- figures -->` and `<!-- /figures -->` replaced. */
export const withFigures = (page: string, text: string): string => {
  const parts = /^([\s\S]*<!-- figures[^\n]*-->\n)[\s\S]*(\n<!-- \/figures -->[\s\S]*)$/.exec(page);
  if (parts === null) throw new Error("the page has no markers for figures");
  return `${parts[1]}\n${text}\n${parts[2]}`;
};

/** The pages that show figures, and what they show. */
export const PAGES: ReadonlyMap<string, (f: Figures) => string> = new Map([
  ["docs/comparison.md", comparisonTable],
  ["README.md", readmeTable],
]);
