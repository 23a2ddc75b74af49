import { DurableError } from "../errors.js";
import { type Decoded, decodeRecord, operationName } from "../trace/decode.js";
import { ERRNO } from "../wire/errno.js";
import { type Done, EXCERPT, type Head } from "./format.js";

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

/** What is wrong with an operation that should be the one that the journal has; `crc` is of all requests and answers up to it. */
export const requestDiffers = (
  head: Head,
  operation: number,
  request: Buffer,
  crc: number,
): DurableError | undefined => {
  const { excerpt, length } = head;
  const same =
    head.operation === operation && length === request.length && request.subarray(0, EXCERPT).equals(excerpt);
  if (same && head.crc === crc) return undefined;
  const was = { operation: head.operation, request: excerpt, whole: length === excerpt.length };
  const is = { operation, request: request.subarray(0, EXCERPT), whole: request.length <= EXCERPT };
  return new DurableError(
    "diverged",
    same
      ? `the run cannot be continued: what the guest did before operation ${head.index} (${describe(is)}) is not what it did then`
      : `the run cannot be continued: operation ${head.index} was ${describe(was)}, and is now ${describe(is)}`,
  );
};

/** What is wrong with an operation's answer that should be the one that the journal has. */
export const answerDiffers = (asked: Asked, was: Done, is: Done): DurableError | undefined =>
  was.errno === is.errno && was.signal === is.signal && was.length === is.length && was.crc === is.crc
    ? undefined
    : diverged(asked, `it was answered ${answerText(was)}, and is now ${answerText(is)}`);

const TEXT_MAX = 200;

/** An operation for a message: its name and arguments. */
const describe = ({
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

const answerText = ({
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
