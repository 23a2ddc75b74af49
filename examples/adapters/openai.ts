/** Any loop with OpenAI-style tool calls. Run: npx tsx examples/adapters/openai.ts */
import { Sandbox } from "sallyport";
import { openaiTool, type ToolCall, type ToolMessage } from "sallyport/openai";

type Message =
  | { readonly role: "user"; readonly content: string }
  | { readonly role: "assistant"; readonly content: string; readonly tool_calls?: readonly ToolCall[] }
  | ToolMessage;

/** Stands for a model: it first asks for a tool, then answers with what it read. */
const scriptedModel = async (messages: readonly Message[]): Promise<Message & { role: "assistant" }> => {
  const last = messages.at(-1);
  if (last?.role === "tool") return { role: "assistant", content: `The tool said: ${last.content}` };
  const code =
    "primes = [n for n in range(2, 50) if all(n % d for d in range(2, n))]\nlen(primes), sum(primes)";
  const call = { id: "call_1", function: { name: "run_python", arguments: JSON.stringify({ code }) } };
  return { role: "assistant", content: "", tool_calls: [call] };
};

await using sandbox = await Sandbox.create({ limits: { cpu: "5 s", wall: "60 s" } });
const python = openaiTool(sandbox);
console.log("offered:", python.definition.function.name);

const messages: Message[] = [
  { role: "user", content: "How many primes are below 50, and what is their sum?" },
];
for (;;) {
  const reply = await scriptedModel(messages);
  messages.push(reply);
  if (reply.tool_calls === undefined) break;
  for (const call of reply.tool_calls) messages.push(await python.answer(call));
}
console.log(messages.at(-1)?.content);
