import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { directory, Sandbox } from "../../../src/index.js";
import { onEachEngine } from "../engines.js";

let folder = "";
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "sallyport-changes-"));
  fs.mkdirSync(join(folder, "deep/er"), { recursive: true });
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

onEachEngine("a mounted directory that the host changes meanwhile", (engine) => {
  it("is seen as it is after each host call, whatever was looked at just before", async () => {
    let made = 0;
    await using sandbox = await Sandbox.create({
      engine,
      mounts: { "/m": directory(folder) },
      functions: {
        make: (where: string) => {
          made += 1;
          // Times of directories are coarser than what follows each other here.
          const path = join(folder, where);
          fs.writeFileSync(join(path, `file${made}`), "x".repeat(made));
          fs.utimesSync(path, made, made);
          return made;
        },
        swap: () => {
          fs.renameSync(join(folder, "deep"), join(folder, `old${made}`));
          fs.mkdirSync(join(folder, "deep/er"), { recursive: true });
          made += 1;
        },
      },
    });
    const result = await sandbox.run(`
import os
wrong = []
for where in ["", "deep/er"] * 50:
    path = "/m/" + where
    os.stat(path), os.path.exists(path + "/none")
    n = make(where)
    if os.stat(path).st_mtime != n: wrong.append((where, "time"))
    if os.stat(f"{path}/file{n}").st_size != n: wrong.append((where, "size"))
for _ in range(50):
    before = os.stat("/m/deep/er").st_ino
    swap()
    if os.stat("/m/deep/er").st_ino == before: wrong.append("directory")
    if os.listdir("/m/deep/er"): wrong.append("entries")
wrong`);
    expect(result).toMatchObject({ ok: true, value: [] });
  });

  it("is seen as the guest itself has just changed it", async () => {
    await using sandbox = await Sandbox.create({
      engine,
      mounts: { "/m": directory(folder, { mode: "rw" }) },
    });
    const result = await sandbox.run(`
import os
wrong = []
for n in range(50):
    os.stat("/m/deep")
    os.mkdir(f"/m/deep/made{n}")
    if os.stat("/m/deep").st_nlink != n + 4: wrong.append("links")
    os.chmod("/m/deep", 0o700 + n % 2)
    if os.stat("/m/deep").st_mode & 0o777 != 0o700 + n % 2: wrong.append("mode")
    with open("/m/file", "ab", buffering=0) as file:
        file.write(b"x")
        if os.fstat(file.fileno()).st_size != file.tell(): wrong.append("size")
    os.rename("/m/deep", "/m/other")
    if os.path.exists("/m/deep"): wrong.append("name")
    os.rename("/m/other", "/m/deep")
wrong`);
    expect(result).toMatchObject({ ok: true, value: [] });
  });
});
