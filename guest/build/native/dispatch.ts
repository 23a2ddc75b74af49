/**
 * Turns the wide switches of interpreters into computed jumps, so that the compiler can put a copy of the jump
 * at the end of every instruction's code: the processor then predicts each from its own history.
 */

/** A switch with at least so many cases is taken for the dispatch of an interpreter's loop. */
const WIDE = 200;

const CASE = /^\s*case (\d+): (goto \w+;)$/;
const DEFAULT = /^\s*default: (goto \w+;)$/;
const SWITCH = /^(\s*)switch \((var_i\d+)\) \{$/;

interface Switch {
  readonly indent: string;
  readonly selector: string;
  readonly targets: readonly string[];
  readonly otherwise: string;
  /** Index of the line after its closing brace. */
  readonly end: number;
}

const readSwitch = (lines: readonly string[], at: number): Switch | undefined => {
  const head = SWITCH.exec(lines[at] ?? "");
  if (head === null) return undefined;
  const targets: string[] = [];
  let line = at + 1;
  for (; ; line++) {
    const match = CASE.exec(lines[line] ?? "");
    if (match === null) break;
    if (Number(match[1]) !== targets.length) return undefined;
    targets.push(match[2] ?? "");
  }
  const otherwise = DEFAULT.exec(lines[line] ?? "");
  if (otherwise === null || lines[line + 1]?.trim() !== "}") return undefined;
  return {
    indent: head[1] ?? "",
    selector: head[2] ?? "",
    targets,
    otherwise: otherwise[1] ?? "",
    end: line + 2,
  };
};

const label = (jump: string): string => `&&${jump.slice("goto ".length, -1)}`;

/**
 * The check of the range stays in the text; where the selector is a byte, the compiler knows and drops it.
 */
const computed = ({ indent, selector, targets, otherwise }: Switch): string[] => {
  const whole = [...targets, ...Array<string>(Math.max(0, 256 - targets.length)).fill(otherwise)];
  return [
    `${indent}{`,
    `${indent}  static const void *const targets[${whole.length}] = {${whole.map(label).join(", ")}};`,
    `${indent}  if (UNLIKELY(${selector} >= ${whole.length}u)) ${otherwise}`,
    `${indent}  goto *targets[${selector}];`,
    `${indent}}`,
  ];
};

export const splitDispatch = (lines: readonly string[]): string[] => {
  const result: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const found = readSwitch(lines, at);
    if (found !== undefined && found.targets.length >= WIDE) {
      result.push(...computed(found));
      at = found.end;
    } else {
      result.push(lines[at] ?? "");
      at++;
    }
  }
  return result;
};
