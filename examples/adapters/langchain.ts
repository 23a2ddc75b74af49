/** LangChain.js, with a scripted model in place of a real one. Run: npx tsx examples/adapters/langchain.ts */
import { AIMessage, type BaseMessage, HumanMessage } from "@langchain/core/messages";
import { fakeModel } from "@langchain/core/testing";
import { Sandbox } from "sallyport";
import { pythonTool } from "sallyport/langchain";

await using sandbox = await Sandbox.create({ limits: { cpu: "5 s", wall: "60 s" } });
const python = pythonTool(sandbox);

const model = fakeModel()
  .respondWithTools([{ name: "run_python", args: { code: "import math\nmath.comb(49, 6)" }, id: "call-1" }])
  .respond((messages) => new AIMessage(`The tool said: ${messages.at(-1)?.text}`));
const withTools = model.bindTools([python]);

const messages: BaseMessage[] = [new HumanMessage("How many ways are there to choose 6 of 49?")];
for (;;) {
  const reply = await withTools.invoke(messages);
  messages.push(reply);
  const calls = reply.tool_calls ?? [];
  if (calls.length === 0) break;
  for (const call of calls) messages.push(await python.invoke(call));
}
console.log(messages.at(-1)?.text);
