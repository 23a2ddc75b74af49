// Another program on the host that keeps changing what is in a mount, until its standard input ends.
// argv: the kind of swap, the mount, the directory outside, the directory for things not in place.
import fs from "node:fs";

const [kind, mount, outside, aside] = process.argv.slice(2);
const secret = `${outside}/secret`;

/** Puts one thing, then another, under a name, by renaming over or by moving away. */
function alternate(name, makers) {
  const at = `${mount}/${name}`;
  return (round) => {
    const made = `${aside}/${round % 2}-${process.pid}`;
    fs.rmSync(made, { recursive: true, force: true });
    makers[round % makers.length](made);
    try {
      fs.renameSync(made, at);
    } catch {
      const old = `${aside}/old-${process.pid}`;
      fs.rmSync(old, { recursive: true, force: true });
      fs.renameSync(at, old);
      fs.renameSync(made, at);
    }
  };
}

const file = (at) => fs.writeFileSync(at, "inside");
const folder = (at) => {
  fs.mkdirSync(at);
  fs.writeFileSync(`${at}/secret`, "inside");
};

const SWAPS = {
  "file and link": alternate("file", [file, (at) => fs.symlinkSync(secret, at)]),
  "file and relative link": alternate("file", [file, (at) => fs.symlinkSync("../outside/secret", at)]),
  "file and hard link": alternate("file", [file, (at) => fs.linkSync(secret, at)]),
  "directory and link": alternate("dir", [folder, (at) => fs.symlinkSync(outside, at)]),
  "directory and relative link": alternate("dir", [folder, (at) => fs.symlinkSync("../outside", at)]),
  "directory and file": alternate("dir", [folder, file]),
  "directory, moved out and back": (() => {
    const at = `${mount}/dir`;
    return () => {
      const out = `${aside}/moved`;
      fs.rmSync(out, { recursive: true, force: true });
      fs.renameSync(at, out);
      // New files: one that was in the mount may be read through a descriptor that was opened there.
      fs.rmSync(`${out}/secret`);
      fs.writeFileSync(`${out}/secret`, fs.readFileSync(secret));
      for (const until = performance.now() + 2; performance.now() < until; );
      fs.rmSync(`${out}/secret`);
      fs.writeFileSync(`${out}/secret`, "inside");
      fs.rmSync(at, { recursive: true, force: true });
      fs.renameSync(out, at);
    };
  })(),
};

const swap = SWAPS[kind];
let stopped = false;
process.stdin.on("end", () => {
  stopped = true;
});
process.stdin.resume();
let round = 0;
function go() {
  for (let times = 0; times < 50; times++) {
    try {
      swap(round++);
    } catch {
      // The guest, too, changes things here.
    }
  }
  if (stopped) process.exit(0);
  if (round === 50) process.stdout.write("swapping\n");
  setImmediate(go);
}
go();
