import { PythonError, SallyportError } from "../errors.js";
import type { HostErrorInfo } from "../protocol/messages.js";
import { PythonException } from "../values/scalars.js";
import { thrownText, UNDESCRIBED } from "../wire/thrown.js";

const LONGEST_MESSAGE = 16 * 1024;

/** An error that a host function throws to raise a builtin exception of Python: `new RaiseError("KeyError", "x")`. */
export class RaiseError extends Error {
  override readonly name = "RaiseError";
  /** The name of a builtin exception class; another name raises `sallyport.HostError`. */
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

/** What the guest learns of an exception of the host: class, message and code, never the stack. */
export const describeHostError = (
  error: unknown,
  encode: (value: unknown) => Uint8Array | undefined,
): HostErrorInfo => {
  try {
    return described(error, encode);
  } catch {
    // Anything can be thrown, and reading a property of it can throw as well.
    return { type: "HostError", name: "Error", message: UNDESCRIBED };
  }
};

const described = (error: unknown, encode: (value: unknown) => Uint8Array | undefined): HostErrorInfo => {
  if (!(error instanceof Error)) {
    return { type: "HostError", name: typeof error, message: limited(thrownText(error)) };
  }
  const name = limited(thrownText(error.name));
  const message = limited(thrownText(error.message));
  const code = codeOf(error);
  const info = { type: pythonType(error), name, message, ...(code === undefined ? {} : { code }) };
  const exception = error instanceof PythonError ? error.exception : error;
  if (error instanceof PythonError)
    return { ...info, message: limited(error.text), ...carried(exception, encode) };
  return { ...info, ...carried(exception, encode) };
};

/** An exception of Python's goes to the guest as itself. */
const carried = (
  exception: unknown,
  encode: (value: unknown) => Uint8Array | undefined,
): { readonly value?: Uint8Array } => {
  const value = exception instanceof PythonException ? encode(exception) : undefined;
  return value === undefined ? {} : { value };
};

const pythonType = (error: Error): string => {
  if (error instanceof RaiseError) return error.type;
  if (error instanceof PythonError) return error.type;
  if (error instanceof PythonException) return error.name;
  if (error.name === "AbortError") return "InterruptedError";
  if (error.name === "TimeoutError") return "TimeoutError";
  if (error instanceof SallyportError) return "HostError";
  if (error instanceof TypeError) return "TypeError";
  if (error instanceof RangeError) return "ValueError";
  return "HostError";
};

const codeOf = (error: Error): string | undefined => {
  const code: unknown = "code" in error ? error.code : undefined;
  return typeof code === "string" ? limited(code) : undefined;
};

const limited = (text: string): string =>
  text.length <= LONGEST_MESSAGE ? text : `${text.slice(0, LONGEST_MESSAGE)}…`;
