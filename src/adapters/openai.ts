/**
 * Python as a tool for any loop that speaks OpenAI's form of tool calls; `import { openaiTool } from "sallyport/openai"`.
 */
import {
  answerCall,
  PARAMETERS,
  type PythonRunner,
  type PythonToolOptions,
  toolDescription,
  toolName,
} from "./tool.js";

/** A call as it stands in an assistant's message. */
export interface ToolCall {
  readonly id: string;
  readonly function: { readonly name: string; readonly arguments: string };
}

/** The answer to a call, to be appended to the messages. */
export interface ToolMessage {
  readonly role: "tool";
  readonly tool_call_id: string;
  readonly content: string;
}

/** Python as one of a model's tools. */
export interface OpenAiTool {
  /** For the request's `tools`. */
  readonly definition: {
    readonly type: "function";
    readonly function: {
      readonly name: string;
      readonly description: string;
      readonly parameters: typeof PARAMETERS;
      readonly strict: true;
    };
  };
  /** Whether a call is for this tool. */
  matches(call: ToolCall): boolean;
  /** Carries out a call; what is wrong with it is said to the model, not thrown. */
  answer(call: ToolCall, options?: { readonly signal?: AbortSignal }): Promise<ToolMessage>;
}

/** Python as a tool: `definition` goes into the request, `answer` carries out what comes back. */
export const openaiTool = (runner: PythonRunner, options: PythonToolOptions = {}): OpenAiTool => ({
  definition: {
    type: "function",
    function: {
      name: toolName(options),
      description: toolDescription(options),
      parameters: PARAMETERS,
      strict: true,
    },
  },
  matches: (call) => call.function.name === toolName(options),
  answer: async (call, { signal } = {}) => ({
    role: "tool",
    tool_call_id: call.id,
    content: await answerCall(runner, parse(call.function.arguments), options, signal),
  }),
});

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
