import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { directory, type FileSystem, memory } from "../src/index.js";
import type { Context } from "./context.js";
import { compile } from "./lib/compile.js";
import { runInGuest } from "./lib/guest.js";
import { run } from "./lib/processes.js";
import { ratio, table } from "./lib/table.js";

/** Seconds per operation; bytes per second for read and write. */
export interface OperationTimes {
  readonly clock: number;
  readonly stat: number;
  readonly "open+read+close": number;
  readonly read: number;
  readonly write: number;
}

/** Seconds per exchange, bytes per second. */
export interface RawTimes {
  readonly exchange: number;
  readonly rate: number;
  /** The same bytes, which come from a file or go to it besides: what one who answers for files has to do in any case. */
  readonly file: { readonly read: number; readonly write: number };
}

export interface OperationsReport {
  /** Two C processes over a pipe. */
  readonly raw: RawTimes | undefined;
  readonly rows: ReadonlyMap<string, OperationTimes>;
}

const SIZE = 64 << 20;

export async function operations(context: Context): Promise<OperationsReport> {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-bench-"));
  try {
    writeFileSync(join(folder, "small"), "hello\n");
    writeFileSync(join(folder, "large"), Buffer.alloc(SIZE, "0123456789abcdef"));
    const seconds = context.quick ? 0.2 : 1;
    const tool = await compile("pingpong.c", folder);
    const raw =
      tool === undefined
        ? undefined
        : parseRaw((await run(tool, [String(seconds), join(folder, "out")])).stdout);
    const script = join(import.meta.dirname, "lib/operations.py");
    const guest = async (fs: FileSystem): Promise<OperationTimes> =>
      parse(
        await runInGuest(script, ["/files/small", "/files/large", "/files/out", String(seconds)], {
          "/files": fs,
        }),
      );
    const files = () => ({ small: "hello\n", large: new Uint8Array(SIZE).fill(48) });
    const native = [
      script,
      join(folder, "small"),
      join(folder, "large"),
      join(folder, "out"),
      String(seconds),
    ];
    const rows = new Map<string, OperationTimes>();
    rows.set("mounted directory", await guest(directory(folder, { mode: "rw" })));
    rows.set("memory", await guest(memory(files(), { bytes: 4 * SIZE })));
    rows.set("native python3", parse((await run(context.python.path, ["-I", ...native])).stdout));
    return { raw, rows };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const parse = (stdout: string): OperationTimes => JSON.parse(stdout);
const parseRaw = (stdout: string): RawTimes => JSON.parse(stdout);

export function printOperations({ raw, rows }: OperationsReport): string {
  const micro = (seconds: number): string => (seconds * 1e6).toFixed(1);
  const mega = (rate: number): string => (rate / 1e6).toFixed(0);
  const lines: string[][] = [];
  if (raw !== undefined) {
    const exchange = micro(raw.exchange);
    lines.push(["two C processes and pipes", exchange, exchange, exchange, mega(raw.rate), mega(raw.rate)]);
    lines.push(["  the file as well", "", "", "", mega(raw.file.read), mega(raw.file.write)]);
  }
  for (const [name, t] of rows) {
    const times = [t.clock, t.stat, t["open+read+close"]];
    lines.push([name, ...times.map(micro), mega(t.read), mega(t.write)]);
    if (raw === undefined || name.startsWith("native")) continue;
    const per = [t.clock / raw.exchange, t.stat / raw.exchange, t["open+read+close"] / (3 * raw.exchange)];
    lines.push([
      "  ratio (an operation each)",
      ...per.map(ratio),
      ratio(t.read / raw.rate),
      ratio(t.write / raw.rate),
    ]);
  }
  return table(
    ["Operations", "clock, µs", "stat, µs", "open+read+close, µs", "read, MB/s", "write, MB/s"],
    lines,
  );
}
