/** A part of a pattern for one name. */
type Token =
  | { readonly kind: "text"; readonly char: string }
  | { readonly kind: "one" }
  | { readonly kind: "many" }
  | { readonly kind: "set"; readonly ranges: readonly (readonly [string, string])[]; readonly not: boolean };

/** One name of a path's pattern; "**" stands for any number of names. */
type Segment = "**" | readonly Token[];

/** Most patterns that one pattern with alternatives may stand for. */
const ALTERNATIVES_MAX = 256;

/**
 * A pattern for absolute paths: `*` and `?` within a name, `[a-z]`, `[!a-z]`, `**` for any number of names, `{a,b}` for
 * alternatives, `\` before a character that means itself. Without a slash at its beginning it matches at any depth.
 */
export class Glob {
  readonly pattern: string;
  readonly #segments: readonly Segment[];
  readonly #ignoreCase: boolean;

  private constructor(pattern: string, expanded: string, ignoreCase: boolean) {
    this.pattern = pattern;
    this.#ignoreCase = ignoreCase;
    const anchored = expanded.startsWith("/") ? expanded : `/**/${expanded}`;
    const names = anchored.split("/").filter((name) => name !== "");
    if (names.length === 0) throw new TypeError(`a pattern that matches nothing: ${JSON.stringify(pattern)}`);
    // "dir/**" is what is in the directory, not the directory.
    if (names.at(-1) === "**") names.push("*");
    this.#segments = names.map((name) => (name === "**" ? "**" : tokens(this.#fold(name))));
  }

  /** The patterns that one pattern stands for. Throws TypeError for one that cannot be. */
  static compile(pattern: string, ignoreCase = false): readonly Glob[] {
    return alternatives(pattern).map((expanded) => new Glob(pattern, expanded, ignoreCase));
  }

  /** Where matching begins: states are positions in the pattern. */
  get start(): readonly number[] {
    return this.#close(new Set([0]));
  }

  /** The states after one more name. */
  step(states: readonly number[], name: string): readonly number[] {
    const folded = this.#fold(name);
    const after = new Set<number>();
    for (const state of states) {
      const segment = this.#segments[state];
      // What is below a match is matched.
      if (segment === undefined || segment === "**") after.add(state);
      else if (matches(segment, folded)) after.add(state + 1);
    }
    return this.#close(after);
  }

  matched(states: readonly number[]): boolean {
    return states.includes(this.#segments.length);
  }

  /** Whether the whole path, or a directory above it, matches. */
  matches(path: string): boolean {
    let states = this.start;
    for (const name of path.split("/")) if (name !== "") states = this.step(states, name);
    return this.matched(states);
  }

  #close(states: Set<number>): readonly number[] {
    // Adding while iterating: a set visits what is added.
    for (const state of states) if (this.#segments[state] === "**") states.add(state + 1);
    return [...states];
  }

  #fold(name: string): string {
    return this.#ignoreCase ? name.normalize("NFC").toLowerCase() : name;
  }
}

const alternatives = (pattern: string): readonly string[] => {
  const done: string[] = [];
  const open = [pattern];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const found = braces(next);
    if (found === undefined) done.push(next);
    else for (const option of found.options) open.push(found.before + option + found.after);
    if (done.length + open.length > ALTERNATIVES_MAX) {
      throw new TypeError(`more than ${ALTERNATIVES_MAX} alternatives in ${JSON.stringify(pattern)}`);
    }
  }
  return done;
};

/** The first braces of a pattern, split at the commas that are theirs. */
const braces = (
  pattern: string,
): { readonly before: string; readonly options: readonly string[]; readonly after: string } | undefined => {
  const start = pattern.search(/(?<!\\)\{/);
  if (start < 0) return undefined;
  const options: string[] = [];
  let depth = 0;
  let from = start + 1;
  for (let at = start; at < pattern.length; at += 1) {
    const char = pattern[at];
    if (char === "\\") at += 1;
    else if (char === "{") depth += 1;
    else if (char === "," && depth === 1) {
      options.push(pattern.slice(from, at));
      from = at + 1;
    } else if (char === "}") {
      depth -= 1;
      if (depth > 0) continue;
      options.push(pattern.slice(from, at));
      return { before: pattern.slice(0, start), options, after: pattern.slice(at + 1) };
    }
  }
  throw new TypeError(`a brace that is not closed in ${JSON.stringify(pattern)}`);
};

const tokens = (name: string): readonly Token[] => {
  const all: Token[] = [];
  const chars = [...name];
  for (let at = 0; at < chars.length; at += 1) {
    const char = chars[at] ?? "";
    if (char === "*") {
      if (all.at(-1)?.kind !== "many") all.push({ kind: "many" });
    } else if (char === "?") all.push({ kind: "one" });
    else if (char === "[") {
      const end = chars.indexOf("]", at + 2);
      if (end < 0) throw new TypeError(`a bracket that is not closed in ${JSON.stringify(name)}`);
      all.push(setOf(chars.slice(at + 1, end)));
      at = end;
    } else if (char === "\\" && at + 1 < chars.length) {
      at += 1;
      all.push({ kind: "text", char: chars[at] ?? "" });
    } else all.push({ kind: "text", char });
  }
  return all;
};

const setOf = (chars: readonly string[]): Token => {
  const not = chars[0] === "!" || chars[0] === "^";
  const ranges: [string, string][] = [];
  for (let at = not ? 1 : 0; at < chars.length; at += 1) {
    const low = chars[at] ?? "";
    const high = chars[at + 1] === "-" ? chars[at + 2] : undefined;
    ranges.push([low, high ?? low]);
    if (high !== undefined) at += 2;
  }
  return { kind: "set", ranges, not };
};

/** Whether a name matches, in time of no more than its length times the pattern's. */
const matches = (pattern: readonly Token[], name: string): boolean => {
  const chars = [...name];
  let token = 0;
  let char = 0;
  /** Where to go on when the last star has to take one character more. */
  let star: { readonly token: number; char: number } | undefined;
  while (char < chars.length) {
    const wanted = pattern[token];
    if (wanted?.kind === "many") {
      star = { token, char };
      token += 1;
    } else if (wanted !== undefined && fits(wanted, chars[char] ?? "")) {
      token += 1;
      char += 1;
    } else if (star !== undefined) {
      star.char += 1;
      token = star.token + 1;
      char = star.char;
    } else return false;
  }
  while (pattern[token]?.kind === "many") token += 1;
  return token === pattern.length;
};

const fits = (token: Token, char: string): boolean => {
  switch (token.kind) {
    case "text":
      return token.char === char;
    case "set":
      return token.ranges.some(([low, high]) => char >= low && char <= high) !== token.not;
    default:
      return true;
  }
};
