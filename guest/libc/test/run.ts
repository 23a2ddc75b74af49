/**
 * Runs the tests of the system layer: the command that build.sh makes, over the portable engine and a real kernel.
 *
 *     npx tsx guest/libc/test/run.ts FILE.wasm [CONCERN…]
 *
 * Leaves with 0 when all checks hold.
 */
import { argv, exit, stdout } from "node:process";
import { wasmEngine } from "../../../src/engine/wasm.js";
import { memory } from "../../../src/fs/memory/memory.js";
import { absentDriver } from "../../../src/kernel/absent-driver.js";
import { Kernel } from "../../../src/kernel/kernel.js";
import { sink, source } from "../../../src/kernel/stdio.js";
import { linuxErrno } from "../../../src/wire/errno.js";
import { sallyport } from "../../../src/wire/operations.js";
import { createServer, joinServers } from "../../../src/wire/serve.js";

const [file, ...concerns] = argv.slice(2);
if (file === undefined) throw new Error("usage: run.ts FILE.wasm [CONCERN…]");

const print = (chunk: Uint8Array): void => {
  stdout.write(chunk);
};
const kernel = new Kernel({
  driver: absentDriver,
  stdio: { stdin: source("", () => {}), stdout: sink(print), stderr: sink(print) },
  mounts: new Map([
    [
      "/",
      memory({
        etc: {
          passwd: "root:x:0:0:root:/root:/bin/sh\nsandbox:x:1000:1000:sandbox:/sandbox:/bin/sh\n",
          group: "root:x:0:\nsandbox:x:1000:\n",
        },
        tmp: {},
      }),
    ],
  ]),
  args: ["libc-test", ...concerns],
  env: new Map([
    ["GREETING", "hello world"],
    ["OTHER_NAME", "x"],
  ]),
  usage: () => ({ user: 1_000_000_000n, system: 0n, peak: 1 << 20 }),
});
const server = createServer(sallyport, kernel.operations, {
  errno: linuxErrno,
  takeSignal: () => kernel.takeSignal(),
  failed: (name, error) => {
    console.error(`${name}:`, error);
    return "EIO";
  },
});
const guest = await wasmEngine().start({
  program: { kind: "command", file },
  memory: 256 * 2 ** 20,
  serve: joinServers(server),
});
const end = await guest.ended;
await kernel.close();
console.log(end);
exit(end.kind === "exit" ? end.status : 1);
