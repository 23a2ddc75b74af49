/** Python as a tool for LangChain.js (`@langchain/core` 1); `import { pythonTool } from "sallyport/langchain"`. */
import { type DynamicStructuredTool, tool } from "@langchain/core/tools";
import {
  answerCall,
  PARAMETERS,
  type PythonRunner,
  type PythonToolOptions,
  toolDescription,
  toolName,
} from "./tool.js";

/** For `model.bindTools([pythonTool(sandbox)])`. */
export const pythonTool = (runner: PythonRunner, options: PythonToolOptions = {}): DynamicStructuredTool =>
  tool(
    (input: unknown, config: { readonly signal?: AbortSignal }) =>
      answerCall(runner, input, options, config.signal),
    {
      name: toolName(options),
      description: toolDescription(options),
      schema: { ...PARAMETERS, required: [...PARAMETERS.required] },
    },
  );
