import { escapeLines, type Paint } from "../terminal.js";

/** A traceback in colours: places, sources and marks apart from what went wrong. */
export const paintTraceback = (traceback: string, paint: Paint): string =>
  escapeLines(traceback)
    .split("\n")
    .map((line) => paintLine(line, paint))
    .join("\n");

const paintLine = (line: string, paint: Paint): string => {
  if (/^\s*(Traceback \(|The above exception|During handling|\s*\|?\s*Exception Group)/.test(line))
    return paint("dim", line);
  const place = /^(\s*\|?\s*File )("[^"]*")(, line )(\d+)(, in )?(.*)$/.exec(line);
  if (place !== null) {
    const [, file = "", name = "", comma = "", number = "", within = "", rest = ""] = place;
    return `${paint("dim", file)}${paint("magenta", name)}${paint("dim", comma)}${paint("magenta", number)}${paint("dim", within)}${paint("magenta", rest)}`;
  }
  if (/^\s*[~^]+\s*$/.test(line)) return paint("red", line);
  if (/^\s/.test(line)) return line;
  const error = /^([\w.]+)(:.*)?$/.exec(line);
  if (error === null) return line;
  const [, type = "", message = ""] = error;
  return `${paint("red", type)}${message}`;
};
