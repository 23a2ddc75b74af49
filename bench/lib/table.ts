/** A table as text: the first column to the left, all others to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    widths
      .map((width, column) =>
        column === 0 ? (cells[column] ?? "").padEnd(width) : (cells[column] ?? "").padStart(width),
      )
      .join("  ")
      .trimEnd();
  return [line(head), widths.map((width) => "─".repeat(width)).join("──"), ...rows.map(line)].join("\n");
}

export const milliseconds = (seconds: number | undefined): string =>
  seconds === undefined ? "—" : (seconds * 1000).toFixed(seconds < 0.01 ? 2 : 1);

export const ratio = (value: number | undefined): string =>
  value === undefined ? "—" : `${value.toFixed(2)}x`;
