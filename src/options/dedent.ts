/**
 * Python code from a template literal: the indentation that all lines share is taken away. Lines keep their numbers.
 * Code that begins at the margin is left as it is.
 */
export const dedent = (code: string): string => {
  const lines = code.split("\n");
  const first = lines.find((line) => line.trim() !== "");
  if (first === undefined || !/^[ \t]/.test(first)) return code;
  let common: string | undefined;
  for (const line of lines) {
    if (line.trim() === "") continue;
    const indent = /^[ \t]*/.exec(line)?.[0] ?? "";
    common = common === undefined ? indent : sharedStart(common, indent);
  }
  const width = common?.length ?? 0;
  return lines.map((line) => (line.trim() === "" ? line.trimStart() : line.slice(width))).join("\n");
};

const sharedStart = (a: string, b: string): string => {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return a.slice(0, length);
};
