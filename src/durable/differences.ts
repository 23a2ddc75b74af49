import { DurableError } from "../errors.js";
import { type Decoded, decodeRecord, operationName } from "../trace/decode.js";
import { ERRNO } from "../wire/errno.js";
import { EXCERPT } from "./format.js";

/** An operation, as far as it is kept. */
export interface Asked {
  readonly index: number;
  readonly operation: number;
  /** The beginning of its request. */
  readonly request: Uint8Array;
  /** Bytes of all of it. */
  readonly length: number;
}

export const disordered = (): DurableError =>
  new DurableError("damaged", "the journal is damaged: its operations are not in order");

/** An operation is not what it was. */
export const diverged = ({ index, operation, request, length }: Asked, what: string): DurableError =>
  new DurableError(
    "diverged",
    `the run cannot be continued: operation ${index}, ${describe({ operation, request, whole: length <= EXCERPT })}, is not what it was: ${what}`,
  );

const TEXT_MAX = 200;

/** An operation for a message: its name and arguments. */
export const describe = ({
  operation,
  request,
  whole,
}: {
  readonly operation: number;
  readonly request: Uint8Array;
  readonly whole: boolean;
}): string => {
  const name = operationName(operation);
  if (!whole) return `${name}(…)`;
  const { args }: Decoded = decodeRecord({ operation, request: new Uint8Array(request), answer: undefined });
  const shown = Object.entries(args).map(([key, value]) => `${key}: ${show(value)}`);
  const text = `${name}(${shown.join(", ")})`;
  return text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX)}…`;
};

const show = (value: unknown): string => {
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString("latin1"));
  return typeof value === "string" ? JSON.stringify(value) : String(value);
};

export const answerText = ({
  errno,
  signal,
  length,
}: {
  readonly errno: number;
  readonly signal: number;
  readonly length: number;
}): string => {
  const what = errno === 0 ? `with ${length} bytes` : `with ${errnoOf(errno)}`;
  return signal === 0 ? what : `${what} and signal ${signal}`;
};

const errnoOf = (errno: number): string => {
  for (const [name, [number]] of Object.entries(ERRNO)) if (number === errno) return name;
  return `errno ${errno}`;
};
