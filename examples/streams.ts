/** Output while it comes, input while it is asked for, rich results. Run: npx tsx examples/streams.ts */
import { Sandbox } from "sallyport";

await using sandbox = await Sandbox.create();

// Lines as they are printed; a slow reader makes the guest wait.
const running = sandbox.run(`
  for n in range(3):
      print("line", n, flush=True)
`);
for await (const line of running.stdout.lines()) console.log("got", JSON.stringify(line));
console.log("status:", (await running).status);

// stdin from an async iterable: pulled only when the guest reads.
async function* answers() {
  for (const name of ["Ada", "Grace"]) {
    console.log("(asked)");
    yield `${name}\n`;
  }
}
const dialog = await sandbox.run("[input('name? ') for _ in range(2)]", { stdin: answers() });
if (dialog.ok) console.log(dialog.value, JSON.stringify(dialog.stdout));

// display() as in a notebook.
const shown = await sandbox.run(`
  from sallyport import display
  class Chart:
      def __repr__(self): return "Chart()"
      def _repr_svg_(self): return "<svg/>"
  display(Chart())
`);
for (const { data } of shown.displays)
  console.log(
    [...data]
      .map(([type, text]) => `${type}: ${text}`)
      .sort()
      .join(", "),
  );

// Ctrl-C, from code.
const endless = sandbox.run("print('going', flush=True)\nwhile True: pass");
for await (const _line of endless.stdout.lines()) endless.interrupt();
const { status, stdout } = await endless;
console.log(status, JSON.stringify(stdout));
