/** A value that cannot travel; `path` is where it stands (`args[0].rows[3].handle`). */
export class TravelError extends TypeError {
  override readonly name = "TravelError";
  readonly code = "ERR_VALUE";
  readonly path: string;

  constructor(path: string, reason: string) {
    super(`${path}: ${reason}`);
    this.path = path;
  }
}

type Step = { readonly index: number } | { readonly key: unknown } | { readonly element: unknown };

/** A TravelError on its way out of the containers, which add their steps, the innermost first. */
export class Obstacle extends Error {
  readonly reason: string;
  readonly cycle: boolean;
  readonly #steps: Step[] = [];
  readonly #trail: object[] = [];

  constructor(reason: string, cycle = false) {
    super(reason);
    this.reason = reason;
    this.cycle = cycle;
  }

  at(step: Step, container: object): this {
    this.#steps.push(step);
    this.#trail.push(container);
    return this;
  }

  /** The error for the user. What was nested too deeply because it contains itself is told so. */
  named(root: string): TravelError {
    const steps = [...this.#steps].reverse();
    if (this.cycle) {
      const seen = new Set<object>();
      const again = [...this.#trail].reverse().findIndex((each) => seen.size === seen.add(each).size);
      if (again >= 0) {
        const path = root + steps.slice(0, again).map(written).join("");
        return new TravelError(path, "it contains itself; values with cycles cannot travel");
      }
    }
    const path = root + steps.map(written).join("");
    return new TravelError(path.length > 400 ? `${path.slice(0, 400)}…` : path, this.reason);
  }
}

const written = (step: Step): string => {
  if ("index" in step) return `[${step.index}]`;
  if ("element" in step) return `<element ${short(step.element)}>`;
  const { key } = step;
  return typeof key === "string" && /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key)
    ? `.${key.slice(0, 80)}`
    : `[${short(key)}]`;
};

const MOST_SHOWN = 1n << 256n;

/** To write an integer of a million digits takes seconds. */
const integer = (value: bigint): string =>
  value < MOST_SHOWN && value > -MOST_SHOWN ? String(value) : "<BigInt>";

const short = (value: unknown): string => {
  const text =
    typeof value === "string"
      ? JSON.stringify(value)
      : typeof value === "object" && value !== null
        ? `<${Object.prototype.toString.call(value).slice(8, -1)}>`
        : typeof value === "bigint"
          ? integer(value)
          : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
};
