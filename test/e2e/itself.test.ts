import { expect, it } from "vitest";

import { Sandbox, type SandboxOptions } from "../../src/index.js";
import { onEachEngine } from "./engines.js";

/** What must not come out of the image that all sandboxes share. */
const OWN = `
import os, random, secrets, tempfile, time, uuid
{
    "random": random.random(),
    "shuffled": random.sample(range(10**9), 3),
    "uuid4": uuid.uuid4().hex,
    "urandom": os.urandom(8).hex(),
    "secret": secrets.token_hex(8),
    "temporary": tempfile.mkdtemp(),
    "new generator": random.Random().random(),
}
`;

onEachEngine("two sandboxes of one image", (engine) => {
  const draw = async (options: SandboxOptions = {}): Promise<ReadonlyMap<string, string>> => {
    await using sandbox = await Sandbox.create({ engine, ...options });
    const result = await sandbox.run(OWN);
    if (!result.ok || typeof result.value !== "object" || result.value === null) {
      throw new Error(JSON.stringify(result));
    }
    return new Map(Object.entries(result.value).map(([name, value]) => [name, JSON.stringify(value)]));
  };

  it("draw different numbers, identities and names", async () => {
    const [one, other] = await Promise.all([draw(), draw()]);
    for (const [name, value] of one)
      expect({ name, same: other.get(name) === value }).toEqual({ name, same: false });
  });

  it("draw the same where that was asked for", async () => {
    const [one, other] = await Promise.all([draw({ deterministic: true }), draw({ deterministic: true })]);
    expect(one).toEqual(other);
  });

  it("have their own environment, arguments, directory, time and streams", async () => {
    const look = async (name: string): Promise<unknown> => {
      await using sandbox = await Sandbox.create({ engine, env: { NAME: name }, timezone: name });
      const result = await sandbox.run(`
        import os, sys, time
        [os.environ["NAME"], os.getenv("NAME"), time.tzname[0], os.getcwd(), sys.argv, sys.path[0],
         sys.stdout.line_buffering, sys.stdout.encoding, sys.stderr.errors]
      `);
      return result.ok ? result.value : result;
    };
    expect(await look("Asia/Tokyo")).toEqual([
      "Asia/Tokyo",
      "Asia/Tokyo",
      "JST",
      "/sandbox",
      [""],
      "/sandbox",
      false,
      "utf-8",
      "backslashreplace",
    ]);
    expect(await look("Europe/Berlin")).toEqual(expect.arrayContaining(["Europe/Berlin", "CET"]));
  });

  it("show nothing of the image's making", async () => {
    await using sandbox = await Sandbox.create({ engine });
    const result = await sandbox.run(`
      import linecache, sys, warnings
      [sorted(n for n in __import__("__main__").__dict__ if not n.startswith("__")), len(linecache.cache), sys.exc_info(),
       hasattr(sys, "last_exc"), sorted(n for n in sys.path_importer_cache if not n.startswith("/usr/lib")), __name__]
    `);
    expect(result.ok ? result.value : result).toEqual([
      ["linecache", "sys", "warnings"],
      1,
      [null, null, null],
      false,
      [],
      "__main__",
    ]);
  });
});
