/** Sandboxes start from one image and run side by side; none is in any way seen by another. */
import { expect, it } from "vitest";
import { memory, Sandbox } from "../../src/index.js";
import { onEachEngine } from "./engines.js";

const RANDOM = `
  import os, random, secrets, tempfile, uuid
  [os.urandom(16).hex(), open("/dev/urandom", "rb").read(16).hex(), random.random(), random.SystemRandom().random(),
   random.Random().random(), secrets.token_hex(8), str(uuid.uuid4()), str(uuid.uuid1()), tempfile.mktemp()]`;

onEachEngine("two sandboxes", (engine) => {
  it("draw different random numbers, from every source", async () => {
    await using a = await Sandbox.create({ engine });
    await using b = await Sandbox.create({ engine });
    const both = await Promise.all([a, b].map((each) => each.run<readonly unknown[]>(RANDOM).value()));
    const [one, other] = both.map((values) => values ?? []);
    expect(one).toHaveLength(9);
    expect(other).toHaveLength(9);
    expect(one?.filter((value, index) => value === other?.[index])).toEqual([]);
  });

  it("share no variable, module, file, environment, directory or descriptor", async () => {
    await using a = await Sandbox.create({ engine });
    await using b = await Sandbox.create({ engine });
    await a.run(`
      import builtins, json, os, sys
      builtins.left = json.left = sys.left = left = "left"
      json.dumps = lambda *_: "changed"
      sys.path.insert(0, "/tmp")
      os.environ["LEFT"] = "left"
      for path in ("/tmp/left", "/sandbox/left"): open(path, "w").write("left")
      os.mkdir("/sandbox/inner"); os.chdir("/sandbox/inner")
      held = open("/tmp/left")`);
    const seen = await b
      .run(`
        import builtins, json, os, sys
        [hasattr(builtins, "left"), hasattr(json, "left"), hasattr(sys, "left"), "left" in globals(), json.dumps([1]),
         "/tmp" in sys.path, "LEFT" in os.environ, os.listdir("/tmp"), os.listdir("/sandbox"), os.getcwd()]`)
      .value();
    expect(seen).toEqual([false, false, false, false, "[1]", false, false, [], [], "/sandbox"]);
    expect(await a.run("[left, held.read()]").value()).toEqual(["left", "left"]);
  });

  it("share no socket, port or lock", async () => {
    await using a = await Sandbox.create({ engine });
    await using b = await Sandbox.create({ engine });
    await a.run('import socket\nserver = socket.create_server(("127.0.0.1", 8000))');
    const code = `
      import socket
      try: socket.create_connection(("127.0.0.1", 8000)); found = "connected"
      except OSError as error: found = type(error).__name__
      [found, socket.create_server(("127.0.0.1", 8000)).getsockname()[1]]`;
    expect(await b.run(code).value()).toEqual(["ConnectionRefusedError", 8000]);
  });

  it("share what both were given, and only that", async () => {
    const shared = memory({ "from-host": "1" });
    await using a = await Sandbox.create({ engine, mounts: { "/shared": shared }, env: { ONE: "1" } });
    await using b = await Sandbox.create({ engine, mounts: { "/shared": shared } });
    await a.run('open("/shared/from-a", "w").write("2")');
    const code = 'import os\n[sorted(os.listdir("/shared")), dict(os.environ)]';
    expect(await b.run(code).value()).toEqual([["from-a", "from-host"], {}]);
  });

  it("run at the same time, each to its own result", async () => {
    const numbers = [0, 1, 2, 3];
    const sandboxes = await Promise.all(numbers.map(() => Sandbox.create({ engine })));
    try {
      const results = await Promise.all(
        sandboxes.map((sandbox, number) =>
          sandbox.run(`
            import time
            seen = []
            for step in range(20):
                time.sleep(0.001)
                open("/tmp/mine", "a").write("${number}")
                print(${number}, step)
            open("/tmp/mine").read()`),
        ),
      );
      for (const [number, result] of results.entries()) {
        expect(result.ok && result.value).toBe(String(number).repeat(20));
        expect(result.stdout.split("\n").filter((line) => !line.startsWith(`${number} `))).toEqual([""]);
      }
    } finally {
      await Promise.all(sandboxes.map((sandbox) => sandbox.close()));
    }
  });
});
