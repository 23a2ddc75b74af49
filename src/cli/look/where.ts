import type { LookFrame } from "../../replay/look/messages.js";
import { escapeText, type Paint } from "../terminal.js";

/** A frame's place, as in `/sandbox/program.py:6 in find`. */
export const place = ({ file, line, function: name }: LookFrame, paint: Paint): string =>
  `${paint("cyan", `${escapeText(file)}:${line}`)} in ${escapeText(name)}`;

/** All frames, the innermost last; the one that is looked at is marked. */
export const stackLines = (
  frames: readonly LookFrame[],
  current: number | undefined,
  paint: Paint,
): readonly string[] =>
  frames.flatMap((frame, index) => [
    `${index === current ? paint("green", "> ") : "  "}${place(frame, paint)}`,
    ...(frame.source === "" ? [] : [`      ${codeText(frame.source.trim())}`]),
  ]);

/** A line of a source: its backslashes are its own. */
const codeText = (line: string): string => escapeText(line.replaceAll("\t", "    ")).replaceAll("\\\\", "\\");

/** Lines of a source, with their numbers; the frame's is marked. */
export const sourceLines = (
  lines: readonly string[],
  first: number,
  at: number,
  paint: Paint,
): readonly string[] =>
  lines.map((line, index) => {
    const number = first + index;
    return `${number === at ? paint("green", "->") : "  "} ${paint("dim", String(number).padStart(4))}  ${codeText(line)}`.trimEnd();
  });
