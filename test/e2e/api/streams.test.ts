import { expect, it } from "vitest";
import { Sandbox, unwrap } from "../../../src/index.js";
import { onEachEngine } from "../engines.js";

onEachEngine("streams", (engine) => {
  it("gives output while it comes, as chunks, text, lines and a Web stream", async () => {
    await using sandbox = await Sandbox.create({ engine });
    const code =
      "import sys\nfor n in range(3):\n    print(n, flush=True)\n    print('err', n, file=sys.stderr)";
    const running = sandbox.run(code);
    const lines: string[] = [];
    for await (const line of running.stdout.lines()) lines.push(line);
    expect(lines).toEqual(["0", "1", "2"]);
    expect(await new Response(running.stderr.readable()).text()).toBe("err 0\nerr 1\nerr 2\n");
    expect(await running).toMatchObject({ ok: true, stdout: "0\n1\n2\n" });
  });

  it("holds the guest up while a reader is behind", async () => {
    await using sandbox = await Sandbox.create({ engine, limits: { output: "64 MiB" } });
    const running = sandbox.run(
      "import time\nfor _ in range(400): print('x' * 9999, flush=True)\nn = time.time()\n",
    );
    const reader = running.stdout[Symbol.asyncIterator]();
    const first = await reader.next();
    expect(first.done).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 150));
    const state = await Promise.race([running.then(() => "ended"), Promise.resolve("held up")]);
    expect(state).toBe("held up");
    let length = first.value?.length ?? 0;
    for (let next = await reader.next(); next.done !== true; next = await reader.next())
      length += next.value.length;
    expect(length).toBe(4_000_000);
    expect(await running).toMatchObject({ ok: true });
  });

  it("rejects a run with what a callback throws, and goes on", async () => {
    await using sandbox = await Sandbox.create({ engine });
    const broken = (): void => {
      throw new Error("the callback is broken");
    };
    const code =
      "from sallyport import display\nimport sys\nprint('out')\nprint('err', file=sys.stderr)\ndisplay(1)\n2";
    for (const options of [{ onStdout: broken }, { onStderr: async () => broken() }, { onDisplay: broken }]) {
      await expect(sandbox.run(code, options)).rejects.toThrow("the callback is broken");
    }
    expect(unwrap(await sandbox.run(code))).toBe(2);
  });

  it("waits for callbacks, of the run and of the sandbox", async () => {
    const seen: string[] = [];
    let busy = 0;
    await using sandbox = await Sandbox.create({
      engine,
      onStdout: async (chunk) => {
        expect(++busy).toBe(1);
        await new Promise((resolve) => setTimeout(resolve, 5));
        busy--;
        seen.push(new TextDecoder().decode(chunk));
      },
    });
    const own: number[] = [];
    const result = await sandbox.run("for n in range(5): print(n, flush=True)", {
      onStdout: (chunk) => {
        own.push(chunk.length);
      },
      capture: false,
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(seen.join("")).toBe("0\n1\n2\n3\n4\n");
    expect(own.reduce((sum, length) => sum + length, 0)).toBe(10);
    expect(result.stdout).toBe("");
  });

  it("rejects when a callback throws, and lives on", async () => {
    await using sandbox = await Sandbox.create({ engine });
    const running = sandbox.run("while True: print('x', flush=True)", {
      onStdout: () => {
        throw new Error("full disk");
      },
    });
    await expect(running).rejects.toThrow("full disk");
    expect(unwrap(await sandbox.run("1"))).toBe(1);
  });

  it("answers input() line by line while the guest asks", async () => {
    await using sandbox = await Sandbox.create({ engine });
    const asked: string[] = [];
    const stdin = (async function* () {
      for (const name of ["Ada", "Grace"]) {
        asked.push(name);
        yield `${name}\n`;
      }
    })();
    const code = "for _ in range(2): print('hello', input('name? '))";
    const result = await sandbox.run(code, { stdin });
    expect(result.stdout).toBe("name? hello Ada\nname? hello Grace\n");
    expect(asked).toEqual(["Ada", "Grace"]);
  });

  it("passes any bytes through, whole", async () => {
    await using sandbox = await Sandbox.create({ engine });
    const chunks: Uint8Array[] = [];
    await sandbox.run("import sys; sys.stdout.buffer.write(bytes(range(256)) * 4096)", {
      onStdout: (chunk) => {
        chunks.push(chunk);
      },
    });
    const all = Buffer.concat(chunks);
    expect(all).toHaveLength(2 ** 20);
    expect(all.every((byte, index) => byte === index % 256)).toBe(true);
  });
});
