import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { directory } from "../../../src/fs/directory/directory.js";
import type { FileSystem } from "../../../src/fs/filesystem.js";
import { memory } from "../../../src/fs/memory/memory.js";
import { overlay } from "../../../src/fs/overlay/overlay.js";
import { Sandbox } from "../../../src/index.js";
import { onEachEngine } from "../engines.js";
import { runNatively } from "./native.js";

const script = fs.readFileSync(new URL("./behaviour.py", import.meta.url), "utf8");
let expected: string[] = [];
let root = "";

beforeAll(() => {
  expected = runNatively(script);
  root = fs.mkdtempSync(path.join(os.tmpdir(), "sallyport-posix-"));
}, 300_000);
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

function fresh(): string {
  const at = fs.mkdtempSync(path.join(root, "mount-"));
  fs.chmodSync(at, 0o755);
  return at;
}

/** A directory with things in it that the script removes and makes anew. */
function prepared(): string {
  const at = fresh();
  fs.mkdirSync(`${at}/dir/sub`, { recursive: true });
  fs.writeFileSync(`${at}/file`, "from below");
  fs.writeFileSync(`${at}/dir/inner`, "from below");
  fs.linkSync(`${at}/file`, `${at}/hard3`);
  fs.symlinkSync("file", `${at}/to-file`);
  return at;
}

const KINDS: Readonly<Record<string, () => FileSystem>> = {
  memory: () => memory(),
  "directory rw": () => directory(fresh(), { mode: "rw" }),
  "overlay over a directory": () => overlay(directory(prepared())),
  "overlay in a directory": () =>
    overlay(memory({ file: "below", "dir/inner": "below" }), directory(fresh(), { mode: "rw" })),
};

onEachEngine("files behave as on Linux", (engine) => {
  it.each(Object.entries(KINDS))("%s", { timeout: 600_000 }, async (_, make) => {
    expect(expected.length).toBeGreaterThan(3000);
    expect(expected.at(-2)).toBe("done");
    await using sandbox = await Sandbox.create({
      engine,
      mounts: { "/work": make() },
      cwd: "/work",
      limits: { cpu: "300s", wall: "600s", operations: 10_000_000, output: 64 << 20 },
    });
    const result = await sandbox.run(script);
    expect(result.status === "ok" ? "ok" : JSON.stringify(result).slice(0, 2000)).toBe("ok");
    const answers = result.stdout.split("\n");
    const differences = expected.flatMap((line, at) =>
      line === answers[at] ? [] : [{ natively: line, here: answers[at] }],
    );
    expect(differences).toEqual([]);
    expect(answers.length).toBe(expected.length);
  });

  it("and an overlay leaves what is below as it was", { timeout: 600_000 }, async () => {
    const at = prepared();
    const before = fs.readdirSync(at, { recursive: true }).sort();
    const over = overlay(directory(at));
    await using sandbox = await Sandbox.create({
      engine,
      mounts: { "/work": over },
      cwd: "/work",
      limits: { cpu: "300s", wall: "600s", operations: 10_000_000, output: 64 << 20 },
    });
    await sandbox.run(
      "import os\nos.unlink('to-file')\nos.rename('dir', 'moved')\nopen('moved/inner', 'a').write('!')\nopen('new', 'w').close()",
    );
    expect(fs.readdirSync(at, { recursive: true }).sort()).toEqual(before);
    expect(fs.readFileSync(`${at}/dir/inner`, "utf8")).toBe("from below");
    expect((await over.changes()).map(({ kind, path: of }) => `${kind} ${of}`)).toEqual([
      "removed dir",
      "added moved",
      "added moved/inner",
      "added moved/sub",
      "added new",
      "removed to-file",
    ]);
  });
});
