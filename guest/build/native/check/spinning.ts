/** Starts a guest that spins, says its process id, and serves it for ever; to be killed. */
import { argv } from "node:process";
import { serve, start } from "./controller.js";

const [file, ...rest] = argv.slice(2);
if (file === undefined) throw new Error("usage: spinning.ts GUEST ARGUMENT…");
const child = start(file, rest);
console.log(child.process.pid);
await serve(child);
