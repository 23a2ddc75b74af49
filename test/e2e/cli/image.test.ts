import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { cli } from "./cli.js";

const folder = mkdtempSync(join(tmpdir(), "sallyport-cli-image-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const image = join(folder, "team.image");

describe("prepared images on the command line", () => {
  it("are built from a setup, shown, and started from", async () => {
    const setup = join(folder, "setup.py");
    writeFileSync(
      setup,
      "import os\nnames = ['ann', 'bob']\nos.environ['MODE'] = 'ours'\nprint('prepared', __name__)\n",
    );
    const built = await cli(["image", "build", setup, "-o", image, "-e", "GIVEN=1"]);
    expect(built).toMatchObject({ code: 0, stdout: "prepared __main__\n" });
    expect(built.stderr).toMatch(/team\.image, [\d.]+ MiB of memory, [\d.]+ KiB of it the setup's\n$/);

    const shown = await cli(["image", "show", image]);
    expect(shown.stdout).toMatch(/^image +[0-9a-f]{64}\nPython +3\.13\.\d+\nguest +[0-9a-f]{64}\n/);
    expect(shown.stdout).toContain("environment GIVEN MODE\n");
    const { hash, mounts } = JSON.parse((await cli(["image", "inspect", "--json", image])).stdout);
    expect(shown.stdout).toContain(hash);
    expect(mounts).toContainEqual({ path: "/", kind: "memory", kept: true });

    const program = join(folder, "program.py");
    const written = join(folder, "out");
    mkdirSync(written);
    writeFileSync(
      program,
      "import atexit, os, sys\natexit.register(print, 'bye')\nfile = open('/out/file', 'w')\nfile.write('whole')\n" +
        "print(names, os.environ['MODE'], sys.argv[1:], __name__, os.path.basename(__file__))\nsys.exit(3)\n",
    );
    expect(await cli(["run", "--image", image, "-m", `${written}:/out:rw`, program, "x"])).toEqual({
      code: 3,
      stdout: "['ann', 'bob'] ours ['x'] __main__ program.py\nbye\n",
      stderr: "",
    });
    expect(readFileSync(join(written, "file"), "utf8")).toBe("whole");
    const json = await cli([
      "run",
      "--json",
      "--image",
      image,
      "-c",
      "import atexit; atexit.register(print, 'bye'); print(1)",
    ]);
    expect(JSON.parse(json.stdout)).toMatchObject({ status: "ok", stdout: "1\nbye\n" });
  });

  it("are named by a config file, relative to it", async () => {
    const project = join(folder, "project");
    mkdirSync(project);
    writeFileSync(join(project, "team.json"), JSON.stringify({ image: "../team.image" }));
    const named = await cli(["run", "--config", "team.json", "-c", "print(names)"], { cwd: project });
    expect(named.stdout).toBe("['ann', 'bob']\n");
    copyFileSync(image, join(project, "own.image"));
    writeFileSync(join(project, "sallyport.config.json"), JSON.stringify({ image: "own.image" }));
    const found = await cli(["run", "-c", "print(names)"], { cwd: project });
    expect(found.stdout).toBe("['ann', 'bob']\n");
  });

  it("are kept to by states", async () => {
    const state = join(folder, "state.sally");
    await cli(["run", "--image", image, "--save", state, "-c", "names.append('cy')"]);
    expect((await cli(["resume", state, "--image", image, "-c", "print(names)"])).stdout).toBe(
      "['ann', 'bob', 'cy']\n",
    );
    expect(await cli(["resume", state, "-c", "print(names)"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("belongs to image"),
    });
  });

  it("tell what is wrong", async () => {
    const none = join(folder, "none");
    writeFileSync(none, "nothing of the kind");
    const told: readonly (readonly [readonly string[], number, string])[] = [
      [["image", "show", none], 2, "not a prepared image"],
      [["image", "show", join(folder, "missing")], 2, "cannot be read"],
      [["run", "--image", none, "-c", "1"], 2, "not a prepared image"],
      [["image", "build", "-c", "1/0", "-o", none], 1, "ZeroDivisionError"],
      [["image", "build", "-o", none], 2, "give a setup"],
      [["image", "build", "-c", "1", "-o", "/no/such/place"], 2, "cannot be written"],
    ];
    for (const [args, code, text] of told) {
      const ended = await cli(args);
      expect(ended.stderr).toContain(text);
      expect(ended).toMatchObject({ code, stdout: "" });
    }
    expect(readFileSync(none, "utf8")).toBe("nothing of the kind");
  });
});
