const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
/** How far back a character may begin, in code units. */
const NEAR = 64;
const INDENT = "    ";

/** A text of several lines that is being edited, and where its cursor stands, in code units. */
export class EditedText {
  #text = "";
  #cursor = 0;
  /** What was cut last. */
  #cut = "";

  get text(): string {
    return this.#text;
  }

  get cursor(): number {
    return this.#cursor;
  }

  get before(): string {
    return this.#text.slice(0, this.#cursor);
  }

  get after(): string {
    return this.#text.slice(this.#cursor);
  }

  /** What stands before the cursor in its line. */
  get lineBefore(): string {
    return this.before.slice(this.before.lastIndexOf("\n") + 1);
  }

  get onLastLine(): boolean {
    return !this.after.includes("\n");
  }

  set(text: string): void {
    this.#text = text;
    this.#cursor = text.length;
  }

  insert(text: string): void {
    this.#replace(this.before + text, this.after);
  }

  left(): void {
    this.#cursor -= lastCharacter(this.before).length;
  }

  right(): void {
    this.#cursor += firstCharacter(this.after).length;
  }

  wordLeft(): void {
    this.#cursor -= wordBefore(this.before).length;
  }

  wordRight(): void {
    this.#cursor += wordAfter(this.after).length;
  }

  home(): void {
    this.#cursor -= this.lineBefore.length;
  }

  end(): void {
    this.#cursor += this.#lineAfter.length;
  }

  /** To the same place in the line above; false where there is none. */
  up(): boolean {
    const column = this.lineBefore.length;
    const start = this.#cursor - column;
    if (start === 0) return false;
    const above = this.#text.lastIndexOf("\n", start - 2) + 1;
    this.#cursor = Math.min(above + column, start - 1);
    return true;
  }

  down(): boolean {
    if (this.onLastLine) return false;
    const column = this.lineBefore.length;
    const below = this.#text.indexOf("\n", this.#cursor) + 1;
    const next = this.#text.indexOf("\n", below);
    this.#cursor = Math.min(below + column, next < 0 ? this.#text.length : next);
    return true;
  }

  /** Deletes the character before the cursor; in the indentation of a line, a step of it. */
  backspace(): void {
    const line = this.lineBefore;
    const indented = line !== "" && line.trim() === "" && line.length % INDENT.length === 0;
    const length = indented && line.endsWith(INDENT) ? INDENT.length : lastCharacter(this.before).length;
    this.#replace(this.before.slice(0, this.#cursor - length), this.after);
  }

  delete(): void {
    this.#replace(this.before, this.after.slice(firstCharacter(this.after).length));
  }

  cutToEnd(): void {
    const length = Math.max(this.#lineAfter.length, this.onLastLine ? 0 : 1);
    this.#cut = this.after.slice(0, length);
    this.#replace(this.before, this.after.slice(length));
  }

  cutToStart(): void {
    this.#cut = this.lineBefore;
    this.#replace(this.before.slice(0, this.#cursor - this.#cut.length), this.after);
  }

  cutWordBefore(): void {
    this.#cut = wordBefore(this.before);
    this.#replace(this.before.slice(0, this.#cursor - this.#cut.length), this.after);
  }

  cutWordAfter(): void {
    this.#cut = wordAfter(this.after);
    this.#replace(this.before, this.after.slice(this.#cut.length));
  }

  paste(): void {
    this.insert(this.#cut);
  }

  get #lineAfter(): string {
    const [line = ""] = this.after.split("\n", 1);
    return line;
  }

  #replace(before: string, after: string): void {
    this.#text = before + after;
    this.#cursor = before.length;
  }
}

const lastCharacter = (text: string): string =>
  [...graphemes.segment(text.slice(-NEAR))].at(-1)?.segment ?? "";

const firstCharacter = (text: string): string => {
  for (const { segment } of graphemes.segment(text.slice(0, NEAR))) return segment;
  return "";
};

const wordBefore = (text: string): string =>
  /[\p{L}\p{M}\p{N}_]*[^\p{L}\p{M}\p{N}_]*$/u.exec(text)?.[0] ?? "";
const wordAfter = (text: string): string => /^[^\p{L}\p{M}\p{N}_]*[\p{L}\p{M}\p{N}_]*/u.exec(text)?.[0] ?? "";
