/**
 * Makes the switch at the head of an interpreter's loop one over all bytes, without a check of the range: the
 * compiler then puts a copy of the jump at the end of every instruction's code (compile.sh tells it to), and the
 * processor predicts each from its own history. A switch and not computed jumps, because a profile can count
 * the ways out of a switch.
 */

/** A switch to at least so many places, shortly after a loop's head, is an interpreter's. */
const PLACES = 36;
const SHORTLY = 40;
/** Opcodes are bytes: when that many values have a place, the compiler can prove the check of the range away. */
const BYTE = 256;

const CASE = /^\s*case (\d+): goto (\w+);$/;
const DEFAULT = /^\s*default: goto (\w+);$/;
const SWITCH = /^(\s*)switch \((var_i\d+)\) \{$/;
const LOOP = /^\s*var_L\d+:/;
const CONSTANT = /^\s*(var_i\d+) = (\d+)u;$/;
const SUBTRACTION = /^\s*(var_i\d+) -= (var_i\d+);$/;

interface Switch {
  readonly indent: string;
  readonly selector: string;
  readonly targets: readonly string[];
  readonly otherwise: string;
  /** Indices of its first line and of the line after its closing brace. */
  readonly start: number;
  readonly end: number;
}

const readSwitch = (lines: readonly string[], start: number): Switch | undefined => {
  const head = SWITCH.exec(lines[start] ?? "");
  if (head === null) return undefined;
  const targets: string[] = [];
  let line = start + 1;
  for (; ; line++) {
    const match = CASE.exec(lines[line] ?? "");
    if (match === null) break;
    if (Number(match[1]) !== targets.length) return undefined;
    targets.push(match[2] ?? "");
  }
  const otherwise = DEFAULT.exec(lines[line] ?? "");
  if (otherwise === null || lines[line + 1]?.trim() !== "}") return undefined;
  const [, indent = "", selector = ""] = head;
  return { indent, selector, targets, otherwise: otherwise[1] ?? "", start, end: line + 2 };
};

const followsLoopHead = (lines: readonly string[], at: number): boolean => {
  for (let line = at; line > Math.max(0, at - SHORTLY); line--) if (LOOP.test(lines[line] ?? "")) return true;
  return false;
};

/** What was subtracted from the selector just before, so that the table can start where the opcodes do. */
const subtracted = (lines: readonly string[], { start, selector }: Switch): number => {
  const subtraction = SUBTRACTION.exec(lines[start - 1] ?? "");
  const constant = CONSTANT.exec(lines[start - 2] ?? "");
  if (subtraction === null || constant === null) return 0;
  return subtraction[1] === selector && subtraction[2] === constant[1] ? Number(constant[2]) : 0;
};

const isDispatch = (lines: readonly string[], found: Switch): boolean =>
  new Set(found.targets).size >= PLACES &&
  found.targets.length + subtracted(lines, found) <= BYTE &&
  followsLoopHead(lines, found.start);

/** Correct for any selector: the check of the range stays in the text. */
const complete = (lines: readonly string[], found: Switch): string[] => {
  const { indent, selector, targets, otherwise } = found;
  const base = subtracted(lines, found);
  const places = Array<string>(BYTE).fill(otherwise);
  places.splice(base, targets.length, ...targets);
  return [
    `${indent}{`,
    `${indent}  u32 opcode = ${selector} + ${base}u;`,
    `${indent}  if (UNLIKELY(opcode >= ${BYTE}u)) goto ${otherwise};`,
    `${indent}  switch (opcode) {`,
    ...places.map((place, i) => `${indent}    case ${i}: goto ${place};`),
    `${indent}    default: __builtin_unreachable();`,
    `${indent}  }`,
    `${indent}}`,
  ];
};

export const completeDispatch = (lines: readonly string[]): string[] => {
  const result: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const found = lines[at]?.includes("switch (") === true ? readSwitch(lines, at) : undefined;
    if (found !== undefined && isDispatch(lines, found)) {
      result.push(...complete(lines, found));
      at = found.end;
    } else {
      result.push(lines[at] ?? "");
      at++;
    }
  }
  return result;
};
