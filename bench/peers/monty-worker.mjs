// monty-worker.mjs start | measure PROGRAM SECONDS | small | session | alternative: Monty as a peer.
import { readFileSync } from "node:fs";
import { Monty, MontyRepl } from "@pydantic/monty";
import { middle, privateMemory, seconds } from "./measures.mjs";

const [verb, first, second] = process.argv.slice(2);

if (verb === "start") {
  process.stdout.write(`${new Monty("1+1").run()}\n`);
} else if (verb === "measure") {
  const program = new Monty(`${readFileSync(first, "utf8")}\n\nmain()\n`);
  const times = [];
  let result;
  for (let spent = 0; times.length < 3 || spent < Number(second); spent += times.at(-1)) {
    const began = performance.now();
    result = program.run();
    times.push((performance.now() - began) / 1000);
  }
  process.stdout.write(`${JSON.stringify({ times, result: String(result) })}\n`);
} else if (verb === "small") {
  const lines = readFileSync(0, "utf8").split("\n").filter(Boolean);
  const began = performance.now();
  for (const line of lines) {
    const { name, source } = JSON.parse(line);
    let output = "";
    try {
      new Monty(source).run({
        // One of the programs never ends in it.
        limits: { maxDurationSecs: 2 },
        printCallback: (_stream, text) => {
          output += text;
        },
      });
      process.stdout.write(`${JSON.stringify({ name, output })}\n`);
    } catch (error) {
      process.stdout.write(`${JSON.stringify({ name, error: String(error).slice(-200) })}\n`);
    }
  }
  process.stdout.write(`${JSON.stringify({ seconds: (performance.now() - began) / 1000 })}\n`);
} else if (verb === "session") {
  const rate = (seconds, work) => {
    work();
    let count = 0;
    const began = performance.now();
    while (performance.now() - began < seconds * 1000) {
      work();
      count += 1;
    }
    return count / ((performance.now() - began) / 1000);
  };
  const runs = rate(1, () => new Monty("1+1").run());
  const host = new Monty("total = 0\nfor i in range(1000):\n    total += host(i)\ntotal");
  const calls = rate(1, () => host.run({ externalFunctions: { host: (x) => x + 1 } })) * 1000;
  const rows = Array.from({ length: 5000 }, (_, i) => ({ id: i, name: `name ${i}`, value: i / 3 }));
  const bytes = Buffer.byteLength(JSON.stringify(rows));
  const length = new Monty("len(rows)", { inputs: ["rows"] });
  const toGuest = rate(1, () => length.run({ inputs: { rows } })) * bytes;
  const make = new Monty("[{'id': i, 'name': f'name {i}', 'value': i / 3} for i in range(5000)]");
  const fromGuest = rate(1, () => make.run()) * bytes;
  process.stdout.write(`${JSON.stringify({ runs, calls, toGuest, fromGuest })}\n`);
} else if (verb === "alternative") {
  // One more interpreter in a running program: its start, its memory, its snapshot.
  const kept = [];
  const open = () => {
    const repl = new MontyRepl();
    if (repl.feed("1+1") !== 2) throw new Error("not 2");
    kept.push(repl);
  };
  open();
  const before = privateMemory();
  const starts = [];
  for (let n = 0; n < 2000; n++) starts.push(await seconds(open));
  const idle = Math.max(0, privateMemory() - before) / starts.length;
  const takes = [];
  const restores = [];
  let data;
  for (let n = 0; n < 30; n++) {
    takes.push(await seconds(() => (data = kept[0].dump())));
    restores.push(await seconds(() => MontyRepl.load(data).feed("1+1")));
  }
  const snapshot = { take: middle(takes), restore: middle(restores), bytes: data.length };
  process.stdout.write(`${JSON.stringify({ another: middle(starts), idle, snapshot })}\n`);
}
