/** A session keeps what it defines; errors and exits do not end it. Run: npx tsx examples/sessions.ts */
import { keywords, Sandbox } from "sallyport";

await using sandbox = await Sandbox.create();

await sandbox.run(`
  import statistics

  def describe(numbers, digits=2):
      return {"mean": round(statistics.mean(numbers), digits), "max": max(numbers)}
`);

const result = await sandbox.run<{ mean: number; max: number }>("describe(data)", {
  variables: { data: [3, 1, 4, 1, 5, 9] },
});
if (result.ok) console.log("value:", result.value);

const failed = await sandbox.run("describe([])");
if (!failed.ok) console.log("error:", failed.error.type, "in", failed.error.frames.at(-1)?.function);

// Python functions as TypeScript functions.
const describe = sandbox.function<[number[], ...unknown[]], { mean: number }>("__main__:describe");
console.log("call: ", await describe([1, 2, 4], keywords({ digits: 4 })));

// A generator of the guest's, read as it goes.
const squares = await sandbox.run<AsyncIterable<number>>("(n * n for n in range(10 ** 9))").value();
for await (const square of squares ?? []) {
  if (square > 50) break;
  console.log("square:", square);
}

const { usage } = await sandbox.run("open('/etc/hostname').close()");
console.log("used:  ", { open: usage.operations["open"], close: usage.operations["close"] });
