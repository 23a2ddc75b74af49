import { OptionError } from "../errors.js";
import type { RunOptions } from "../options/sandbox.js";
import type { RunResult } from "../result.js";

/** What runs a model's code: a Sandbox keeps state from call to call, a Pool gives each call a fresh one. */
export interface PythonRunner {
  run(code: string, options: RunOptions): PromiseLike<RunResult>;
}

/** What the model is told of the tool, and how much one call may use and answer. */
export interface PythonToolOptions extends Pick<RunOptions, "limits"> {
  /** The tool's name. Default: "run_python". */
  readonly name?: string;
  /** What is added to the description: which files and functions there are. */
  readonly hints?: string;
  /** Most characters of an answer; what is longer is cut in its middle. Default: 20000. */
  readonly most?: number;
}

/** The arguments, as JSON schema. */
export const PARAMETERS = {
  type: "object",
  properties: {
    code: {
      type: "string",
      description: "Python source. The value of a trailing expression is shown, as in a notebook.",
    },
  },
  required: ["code"],
  additionalProperties: false,
} as const;

export const toolName = (options: PythonToolOptions): string => options.name ?? "run_python";

export const toolDescription = (options: PythonToolOptions): string =>
  [
    "Runs Python code and shows what it prints, the value of a trailing expression, and errors.",
    "The full standard library is there; there is no network, and there are no processes.",
    ...(options.hints === undefined ? [] : [options.hints]),
  ].join(" ");

/** Runs a model's call, whatever it passed, and answers what the model should read. */
export const answerCall = async (
  runner: PythonRunner,
  input: unknown,
  options: PythonToolOptions,
  signal?: AbortSignal,
): Promise<string> => {
  const code: unknown =
    typeof input === "object" && input !== null && "code" in input ? input.code : undefined;
  if (typeof code !== "string") return "Error: the argument `code` must be a string.";
  const result = await runner.run(code, {
    result: "repr",
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...(signal === undefined ? {} : { signal }),
  });
  return cutMiddle(describeResult(result), checkMost(options.most ?? 20_000));
};

/** An outcome as text: output, value and error, each marked. */
const describeResult = (result: RunResult): string => {
  const parts: string[] = [];
  if (result.stdout !== "") parts.push(`stdout:\n${result.stdout.trimEnd()}`);
  if (result.stderr !== "") parts.push(`stderr:\n${result.stderr.trimEnd()}`);
  if (result.ok) {
    if (typeof result.value === "string") parts.push(`value:\n${result.value}`);
  } else {
    const { type, message, traceback } = result.error;
    const kind = result.status === "error" || result.status === "exit" ? "error" : result.status;
    parts.push(`${kind}:\n${traceback === "" ? `${type}: ${message}` : traceback.trimEnd()}`);
    if (kind !== "error") parts.push(message);
  }
  return parts.length === 0 ? "(no output)" : parts.join("\n");
};

const checkMost = (most: number): number => {
  if (!Number.isInteger(most) || most < 100)
    throw new OptionError("most", "must be a whole number from 100 on");
  return most;
};

const cutMiddle = (text: string, most: number): string => {
  if (text.length <= most) return text;
  const half = Math.floor((most - 40) / 2);
  return `${text.slice(0, half)}\n… ${text.length - 2 * half} characters left out …\n${text.slice(-half)}`;
};
