/** What can be typed beside Python. */
export type LookCommand =
  | { readonly kind: "where" | "locals" | "operation" | "continue" | "quit" | "help" }
  | { readonly kind: "up" | "down" | "next" | "back"; readonly count: number }
  | { readonly kind: "list"; readonly line: number | undefined }
  | { readonly kind: "operations"; readonly count: number }
  | { readonly kind: "goto" | "at"; readonly where: string };

const ALIASES: ReadonlyMap<string, LookCommand["kind"]> = new Map<string, LookCommand["kind"]>([
  ["w", "where"],
  ["bt", "where"],
  ["u", "up"],
  ["d", "down"],
  ["l", "list"],
  ["n", "next"],
  ["b", "back"],
  ["c", "continue"],
  ["q", "quit"],
  ["h", "help"],
  ["?", "help"],
  ["op", "operation"],
  ["ops", "operations"],
]);

export const HELP: readonly (readonly [usage: string, what: string])[] = [
  ["where (w)", "the frames, the innermost last"],
  ["up (u) [n], down (d) [n]", "to the caller, and back"],
  ["list (l) [line]", "the source around"],
  ["locals", "the variables of the frame"],
  ["operation (op)", "what the program stands in, with the answer that it got"],
  ["operations (ops) [n]", "those before it"],
  ["next (n) [n], back (b) [n]", "to a later or an earlier operation; the program runs again up to there"],
  ["goto N", "to operation N; -1 is the last one; or error"],
  ["at NAME [PATTERN]", "to the next operation of this name, with such a path"],
  ["continue (c)", "to the end"],
  ["quit (q)", "leave"],
];

/** The command that a line is; undefined for Python. A variable of the same name is shown by `(name)`. */
export const parseCommand = (line: string): LookCommand | undefined => {
  const [, word = "", rest = ""] = /^\s*([a-z]+|\?)(?:\s+(.*?))?\s*$/.exec(line) ?? [];
  const kind = ALIASES.get(word) ?? word;
  const number = /^\d{1,9}$/.test(rest) ? Number(rest) : undefined;
  const wrong = rest !== "" && number === undefined;
  switch (kind) {
    case "where":
    case "locals":
    case "operation":
    case "continue":
    case "quit":
    case "help":
      return rest === "" ? { kind } : undefined;
    case "up":
    case "down":
    case "next":
    case "back":
      return wrong ? undefined : { kind, count: number ?? 1 };
    case "operations":
      return wrong ? undefined : { kind, count: number ?? 10 };
    case "list":
      return wrong ? undefined : { kind, line: number };
    case "goto":
    case "at":
      return /^[\w/*-]/.test(rest) ? { kind, where: rest } : undefined;
    default:
      return undefined;
  }
};
