import type { WriteStream } from "node:tty";

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
} as const;

export type Style = keyof typeof CODES;
/** Styles a text, or leaves it as it is where there are no colours. */
export type Paint = (style: Style, text: string) => string;

type Stream = Pick<WriteStream, "isTTY">;

/** Whether a stream wants colours: a terminal, unless NO_COLOR or TERM=dumb; FORCE_COLOR overrides both. */
export const wantsColor = (stream: Partial<Stream>, env: NodeJS.ProcessEnv = process.env): boolean => {
  const force = env["FORCE_COLOR"];
  if (force !== undefined && force !== "") return force !== "0";
  if (env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "") return false;
  return stream.isTTY === true && env["TERM"] !== "dumb";
};

export const painter = (color: boolean): Paint =>
  color
    ? (style, text) => {
        const [on, off] = CODES[style];
        return `\u001b[${on}m${text}\u001b[${off}m`;
      }
    : (_style, text) => text;

/**
 * A text from the guest, made safe to stand in a line of a terminal: controls, bidirectional overrides and lone
 * surrogates are shown as escapes.
 */
export const escapeText = (text: string): string => {
  let safe = "";
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (character === "\\") safe += "\\\\";
    else if (character === "\n") safe += "\\n";
    else if (character === "\t") safe += "\\t";
    else if (character === "\r") safe += "\\r";
    else if (isUnsafe(code)) safe += code > 0xff ? `\\u{${code.toString(16)}}` : hex(code);
    else safe += character;
  }
  return safe;
};

/** As `escapeText`, but lines stay lines: for tracebacks and other texts of several lines. */
export const escapeLines = (text: string): string =>
  text
    .split("\n")
    .map((line) => escapeText(line).replaceAll("\\\\", "\\"))
    .join("\n");

const hex = (code: number): string => `\\x${code.toString(16).padStart(2, "0")}`;

const isUnsafe = (code: number): boolean =>
  code < 0x20 ||
  (code >= 0x7f && code <= 0x9f) ||
  code === 0x61c ||
  (code >= 0x200e && code <= 0x200f) ||
  (code >= 0x2028 && code <= 0x202e) ||
  (code >= 0x2066 && code <= 0x2069) ||
  (code >= 0xd800 && code <= 0xdfff) ||
  code === 0xfeff;
