import { Errno } from "../wire/errno.js";
import { Glob } from "./glob.js";
import type { Place } from "./vfs/place.js";
import type { Ruling } from "./vfs/tree.js";

/** Which files the guest may not have, or not change, whatever is mounted: patterns of guest paths, see glob.ts. */
export interface FileRules {
  /** EACCES for these files and what is below them. Their names still show in listings. */
  readonly deny?: readonly string[];
  /** EROFS for changing these files and what is below them. */
  readonly readonly?: readonly string[];
  /** Compare names as a file system does that does not tell upper from lower case. Default: false. */
  readonly ignoreCase?: boolean;
}

/** A refusal that a rule decided. */
export class RuledErrno extends Errno {
  /** The pattern, as it was given. */
  readonly rule: string;
  readonly kind: "deny" | "readonly";
  readonly path: string;

  constructor(kind: "deny" | "readonly", rule: string, path: string) {
    super(
      kind === "deny" ? "EACCES" : "EROFS",
      `${JSON.stringify(path)} by the rule ${kind} ${JSON.stringify(rule)}`,
    );
    this.rule = rule;
    this.kind = kind;
    this.path = path;
  }
}

interface Rule {
  readonly kind: "deny" | "readonly";
  readonly glob: Glob;
}

/**
 * Rules on files, asked during the walk for every name, after links: a file is ruled by where it is, not by the path it was
 * asked for. Throws TypeError for patterns that cannot be.
 */
export const rulingOf = (rules: FileRules): Ruling | undefined => {
  const all: Rule[] = [];
  for (const kind of ["deny", "readonly"] as const) {
    for (const pattern of rules[kind] ?? []) {
      for (const glob of Glob.compile(pattern, rules.ignoreCase)) all.push({ kind, glob });
    }
  }
  if (all.length === 0) return undefined;
  const start = all.map(({ glob }) => glob.start);

  const after = (states: readonly (readonly number[])[], name: string): readonly (readonly number[])[] =>
    all.map(({ glob }, index) => glob.step(states[index] ?? [], name));

  const statesOf = (place: Place): readonly (readonly number[])[] => {
    const way: Place[] = [];
    let at: Place = place;
    while (at.ruling === undefined && at.parent !== undefined) {
      way.push(at);
      at = at.parent;
    }
    let states = at.ruling ?? start;
    for (let next = way.pop(); next !== undefined; next = way.pop()) {
      states = after(states, next.name);
      next.ruling = states;
    }
    return states;
  };

  const decide = (kind: "deny" | "readonly", place: Place): void => {
    const states = statesOf(place);
    for (const [index, rule] of all.entries()) {
      if (rule.kind === kind && rule.glob.matched(states[index] ?? [])) {
        throw new RuledErrno(kind, rule.glob.pattern, place.path);
      }
    }
  };

  return {
    admit: (place) => decide("deny", place),
    change: (place) => decide("readonly", place),
    // What is in a directory has to stay under the rules it is under: every way on that a pattern has from here, it has to
    // have from there.
    move: (directory, to, name) => {
      const here = statesOf(directory);
      const there = after(statesOf(to), name);
      for (const [index, { kind, glob }] of all.entries()) {
        const states = there[index] ?? [];
        if (glob.matched(states)) continue;
        if ((here[index] ?? []).some((state) => !states.includes(state))) {
          throw new RuledErrno(kind, glob.pattern, directory.path);
        }
      }
    },
  };
};
