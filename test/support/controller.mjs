/**
 * A controller of its own, to be killed: starts a Python guest, tells its process id, and waits.
 *
 * Arguments: the compiled package's directory, the engine's name.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [directory, name] = process.argv.slice(2);
const load = (file) => import(pathToFileURL(join(directory, file)).href);
const { chooseEngine } = await load("engine/choose.js");

const guest = await chooseEngine(name).start({
  memory: 256 * 2 ** 20,
  // Every request after hello waits for ever.
  serve: () => new Promise(() => undefined),
});
process.stdout.write(`${guest.pid}\n`);
