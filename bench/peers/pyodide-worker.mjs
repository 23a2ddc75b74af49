// pyodide-worker.mjs start [SNAPSHOT] | snapshot FILE | measure PROGRAM SECONDS | small | session | alternative: Pyodide as a peer.
import { readFileSync, writeFileSync } from "node:fs";
import { loadPyodide } from "pyodide";
import { middle, privateMemory, seconds } from "./measures.mjs";

const [verb, first, second] = process.argv.slice(2);
const worker = new URL("../lib/worker.py", import.meta.url);

if (verb === "start") {
  const pyodide = await loadPyodide(first ? { _loadSnapshot: readFileSync(first) } : {});
  process.stdout.write(`${pyodide.runPython("1+1")}\n`);
} else if (verb === "snapshot") {
  const pyodide = await loadPyodide({ _makeSnapshot: true });
  writeFileSync(first, pyodide.makeMemorySnapshot());
} else if (verb === "measure") {
  const pyodide = await loadPyodide();
  const source = readFileSync(first, "utf8");
  try {
    await pyodide.loadPackagesFromImports(source);
  } catch {
    // A package that is not in the npm package cannot be had here; the program then says so itself.
  }
  pyodide.FS.writeFile("/program.py", source);
  pyodide.FS.writeFile("/worker.py", readFileSync(worker, "utf8"));
  const code = `import sys; sys.path.insert(0, "/"); import json, worker; json.dumps(worker.measure("/program.py", ${Number(second)}))`;
  process.stdout.write(`${pyodide.runPython(code)}\n`);
} else if (verb === "small") {
  // Reads {name, source} as JSON lines, runs each in fresh globals, answers {name, output | error}.
  const pyodide = await loadPyodide();
  const lines = readFileSync(0, "utf8").split("\n").filter(Boolean);
  const began = performance.now();
  for (const line of lines) {
    const { name, source } = JSON.parse(line);
    let output = "";
    pyodide.setStdout({ batched: (text) => (output += `${text}\n`) });
    const globals = pyodide.globals.get("dict")();
    try {
      pyodide.runPython(source, { globals });
      process.stdout.write(`${JSON.stringify({ name, output })}\n`);
    } catch (error) {
      process.stdout.write(`${JSON.stringify({ name, error: String(error).slice(-200) })}\n`);
    }
    globals.destroy();
  }
  process.stdout.write(`${JSON.stringify({ seconds: (performance.now() - began) / 1000 })}\n`);
} else if (verb === "session") {
  // A live interpreter: how many "1+1", host calls, and MB of values a second.
  const pyodide = await loadPyodide();
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
  pyodide.globals.set("host", (x) => x + 1);
  const runs = rate(1, () => pyodide.runPython("1+1"));
  const calls = rate(1, () => pyodide.runPython("for i in range(1000): host(i)")) * 1000;
  const rows = Array.from({ length: 5000 }, (_, i) => ({ id: i, name: `name ${i}`, value: i / 3 }));
  const bytes = Buffer.byteLength(JSON.stringify(rows));
  const toGuest = rate(1, () => pyodide.toPy(rows).destroy()) * bytes;
  pyodide.runPython("rows = [{'id': i, 'name': f'name {i}', 'value': i / 3} for i in range(5000)]");
  const fromGuest =
    rate(1, () => {
      const proxy = pyodide.globals.get("rows");
      proxy.toJs();
      proxy.destroy();
    }) * bytes;
  process.stdout.write(`${JSON.stringify({ runs, calls, toGuest, fromGuest })}\n`);
} else if (verb === "alternative") {
  // One more interpreter in a running program: its start, its memory, its snapshot.
  const kept = [];
  const open = async (options) => {
    const pyodide = await loadPyodide(options);
    if (pyodide.runPython("1+1") !== 2) throw new Error("not 2");
    kept.push(pyodide);
    return pyodide;
  };
  await open({});
  const before = privateMemory();
  const starts = [];
  for (let n = 0; n < 3; n++) starts.push(await seconds(() => open({})));
  const idle = (privateMemory() - before) / starts.length;
  const takes = [];
  const restores = [];
  let data;
  for (let n = 0; n < 3; n++) {
    const pyodide = await open({ _makeSnapshot: true });
    takes.push(await seconds(() => (data = pyodide.makeMemorySnapshot())));
    restores.push(await seconds(() => open({ _loadSnapshot: data })));
  }
  const snapshot = { take: middle(takes), restore: middle(restores), bytes: data.byteLength };
  process.stdout.write(`${JSON.stringify({ another: middle(starts), idle, snapshot })}\n`);
}
