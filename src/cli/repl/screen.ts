import { stripVTControlCharacters } from "node:util";

/** Characters that take two columns: East Asian scripts and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const NONE = /[\p{Mn}\p{Me}\p{Cf}]/u;

/** How many columns of a terminal a text takes. */
export const widthOf = (text: string): number => {
  let width = 0;
  for (const character of stripVTControlCharacters(text)) {
    if (character.length === 1 && character >= " " && character <= "~") width++;
    else if (!NONE.test(character)) width += WIDE.test(character) ? 2 : 1;
  }
  return width;
};

export interface View {
  /** Stands before the first line, and before the others. */
  readonly prompt: string;
  readonly more: string;
  readonly text: string;
  readonly cursor: number;
}

/** Draws a text of several lines on a terminal, over what it has drawn before. */
export class Screen {
  readonly #output: NodeJS.WriteStream;
  /** In which row of what was drawn the cursor stands, and how many there are. */
  #row = 0;
  #rows = 1;

  constructor(output: NodeJS.WriteStream) {
    this.#output = output;
  }

  draw({ prompt, more, text, cursor }: View): void {
    // A terminal may tell of no columns, as one of a test may.
    const columns = this.#output.columns > 0 ? this.#output.columns : 80;
    const before = text.slice(0, cursor).split("\n");
    let rows = 0;
    let at = { row: 0, column: 0 };
    const shown = text.split("\n").map((line, index) => {
      const start = index === 0 ? prompt : more;
      const width = widthOf(start + line);
      if (index === before.length - 1) {
        const left = widthOf(start + (before.at(-1) ?? ""));
        at = { row: rows + Math.floor(left / columns), column: left % columns };
      }
      rows += Math.floor(width / columns) + 1;
      // Where a line fills its last row, one more character makes the terminal begin the next.
      return `${start}${line}${width > 0 && width % columns === 0 ? " " : ""}`;
    });
    const up = rows - 1 - at.row;
    this.#output.write(
      `${this.#top()}\u001b[J${shown.join("\r\n")}${up > 0 ? `\u001b[${up}A` : ""}\u001b[${at.column + 1}G`,
    );
    this.#row = at.row;
    this.#rows = rows;
  }

  /** Goes below what was drawn, which stays. */
  leave(): void {
    const down = this.#rows - 1 - this.#row;
    this.#output.write(`${down > 0 ? `\u001b[${down}B` : ""}\r\n`);
    this.reset();
  }

  /** Takes what was drawn away. */
  clear(): void {
    this.#output.write(`${this.#top()}\u001b[J`);
    this.reset();
  }

  /** What was drawn is no concern any more. */
  reset(): void {
    this.#row = 0;
    this.#rows = 1;
  }

  #top(): string {
    return `${this.#row > 0 ? `\u001b[${this.#row}A` : ""}\r`;
  }
}

/** Texts in as many columns as fit. */
export const inColumns = (texts: readonly string[], columns: number): string => {
  const width = Math.max(...texts.map(widthOf)) + 2;
  const across = Math.max(1, Math.floor((columns > 0 ? columns : 80) / width));
  const down = Math.ceil(texts.length / across);
  return Array.from({ length: down }, (_, row) =>
    texts
      .filter((_text, index) => index % down === row)
      .map((text) => text + " ".repeat(width - widthOf(text)))
      .join("")
      .trimEnd(),
  ).join("\r\n");
};
