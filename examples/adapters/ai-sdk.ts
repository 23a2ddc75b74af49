/** Vercel's AI SDK, with a scripted model in place of a real one. Run: npx tsx examples/adapters/ai-sdk.ts */
import { generateText, stepCountIs } from "ai";
import { MockLanguageModelV3 } from "ai/test";
import { Sandbox } from "sallyport";
import { pythonTool } from "sallyport/ai-sdk";

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};
const model = new MockLanguageModelV3({
  doGenerate: [
    {
      content: [
        {
          type: "tool-call",
          toolCallId: "call-1",
          toolName: "run_python",
          input: JSON.stringify({ code: "import calendar\ncalendar.isleap(2100)" }),
        },
      ],
      finishReason: { unified: "tool-calls", raw: undefined },
      usage,
      warnings: [],
    },
    {
      content: [{ type: "text", text: "No, 2100 is no leap year." }],
      finishReason: { unified: "stop", raw: undefined },
      usage,
      warnings: [],
    },
  ],
});

await using sandbox = await Sandbox.create({ limits: { cpu: "5 s", wall: "60 s" } });
const { text, steps } = await generateText({
  model,
  tools: { run_python: pythonTool(sandbox) },
  stopWhen: stepCountIs(5),
  prompt: "Is 2100 a leap year?",
});
for (const { toolResults } of steps) {
  for (const { toolName, output } of toolResults) console.log(`${toolName} answered:`, output);
}
console.log("text:", text);
