import { OptionError } from "../errors.js";

type SizeUnit = "B" | "kB" | "KB" | "MB" | "GB" | "KiB" | "MiB" | "GiB" | "K" | "M" | "G";
type DurationUnit = "ms" | "s" | "min" | "m" | "h";

/** Bytes: a number, or a text such as "256 MiB", "1.5 GiB", "10MB". K, M and G alone are binary. */
export type Size = number | `${number}${"" | " "}${SizeUnit}`;
/** Time: a number of milliseconds, or a text such as "5 s", "250 ms", "2 min". */
export type Duration = number | `${number}${"" | " "}${DurationUnit}`;

const SIZES: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["B", 1],
  ["KB", 1e3],
  ["MB", 1e6],
  ["GB", 1e9],
  ["K", 2 ** 10],
  ["M", 2 ** 20],
  ["G", 2 ** 30],
  ["KIB", 2 ** 10],
  ["MIB", 2 ** 20],
  ["GIB", 2 ** 30],
]);

const DURATIONS: ReadonlyMap<string, number> = new Map([
  ["MS", 1],
  ["S", 1e3],
  ["M", 60e3],
  ["MIN", 60e3],
  ["H", 3600e3],
]);

/** The least and the most that an option may be. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

const split = (text: string): { number: number; unit: string } | undefined => {
  const match = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*([A-Za-z]*)\s*$/.exec(text);
  if (match === null) return undefined;
  return { number: Number(match[1]), unit: (match[2] ?? "").toUpperCase() };
};

const shown = (value: unknown): string =>
  typeof value === "string" ? JSON.stringify(value.slice(0, 60)) : String(value).slice(0, 60);

/** Bytes of a size; throws an OptionError that names `option`. */
export const parseSize = (value: unknown, option: string, range: Range): number => {
  const bytes = measured(value, SIZES, option, 'size: give bytes as a number, or a text such as "256 MiB"');
  return within(range, Math.floor(bytes), { option, shown: shown(value), format: formatSize });
};

/** Whether a text says how long, whatever the range. */
export const isDuration = (text: string): boolean => measure(text, DURATIONS) !== undefined;

/** Milliseconds of a duration; throws an OptionError that names `option`. */
export const parseDuration = (value: unknown, option: string, range: Range): number => {
  const wanted = 'duration: give milliseconds as a number, or a text such as "5 s"';
  const milliseconds = measured(value, DURATIONS, option, wanted);
  return within(range, milliseconds, { option, shown: shown(value), format: formatDuration });
};

/** A whole number; throws an OptionError that names `option`. */
export const parseCount = (value: unknown, option: string, range: Range): number => {
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw new OptionError(option, `${shown(value)} is no whole number`);
  }
  return within(range, value, { option, shown: String(value), format: String });
};

const within = (
  { min, max }: Range,
  value: number,
  as: {
    readonly option: string;
    readonly shown: string;
    readonly format: (value: number) => string;
  },
): number => {
  if (value >= min && value <= max) return value;
  throw new OptionError(
    as.option,
    `${as.shown} is out of range: from ${as.format(min)} to ${as.format(max)}`,
  );
};

const measure = (value: unknown, units: ReadonlyMap<string, number>): number | undefined => {
  if (typeof value === "number") return Number.isFinite(value) && value >= 0 ? value : undefined;
  if (typeof value !== "string") return undefined;
  const parts = split(value);
  const factor = parts && units.get(parts.unit);
  return factor === undefined || parts === undefined ? undefined : parts.number * factor;
};

const measured = (
  value: unknown,
  units: ReadonlyMap<string, number>,
  option: string,
  wanted: string,
): number => {
  const amount = measure(value, units);
  if (amount === undefined) throw new OptionError(option, `${shown(value)} is no ${wanted}`);
  return amount;
};

const trimmed = (value: number): string => String(Math.round(value * 100) / 100);

/** A size as a person writes it: "256 MiB". */
export const formatSize = (bytes: number): string => {
  for (const [unit, factor] of [
    ["GiB", 2 ** 30],
    ["MiB", 2 ** 20],
    ["KiB", 2 ** 10],
  ] as const) {
    if (bytes >= factor) return `${trimmed(bytes / factor)} ${unit}`;
  }
  return `${trimmed(bytes)} B`;
};

/** A duration as a person writes it: "1.5 s". */
export const formatDuration = (milliseconds: number): string => {
  if (milliseconds >= 3600e3) return `${trimmed(milliseconds / 3600e3)} h`;
  if (milliseconds >= 120e3) return `${trimmed(milliseconds / 60e3)} min`;
  if (milliseconds >= 1e3) return `${trimmed(milliseconds / 1e3)} s`;
  return `${trimmed(milliseconds)} ms`;
};
