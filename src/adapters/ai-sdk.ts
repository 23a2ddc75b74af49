/** Python as a tool for Vercel's AI SDK (package `ai`, 5 or 6); `import { pythonTool } from "sallyport/ai-sdk"`. */
import { jsonSchema, type Tool, tool } from "ai";
import {
  answerCall,
  PARAMETERS,
  type PythonRunner,
  type PythonToolOptions,
  toolDescription,
} from "./tool.js";

/** For `generateText({ tools: { run_python: pythonTool(sandbox) } })`; the name is the key there. */
export const pythonTool = (
  runner: PythonRunner,
  options: Omit<PythonToolOptions, "name"> = {},
): Tool<{ code: string }, string> =>
  tool({
    description: toolDescription(options),
    inputSchema: jsonSchema<{ code: string }>({
      ...PARAMETERS,
      required: [...PARAMETERS.required],
    }),
    execute: (input, { abortSignal }) => answerCall(runner, input, options, abortSignal),
  });
