import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { expect, it } from "vitest";
import { onEachEngine } from "../engines.js";
import { MAIN } from "./cli.js";

/** The REPL on a pseudo terminal (of util-linux's `script`), typed to step by step. */
class Typist {
  readonly ended: Promise<number | null>;
  readonly #child;
  #output = "";
  #seen = 0;
  #arrived = (): void => undefined;

  constructor(args: readonly string[], history: string) {
    const command = [process.execPath, MAIN, ...args].join(" ");
    this.#child = spawn("script", ["-qec", command, "/dev/null"], {
      env: { ...process.env, SALLYPORT_HISTORY: history, TERM: "xterm" },
    });
    this.#child.stdout.on("data", (chunk: Buffer) => {
      this.#output += chunk.toString();
      this.#arrived();
    });
    this.ended = new Promise((resolve) => this.#child.once("close", resolve));
  }

  /** Waits until a text was shown since the last time. */
  async shows(text: string): Promise<void> {
    const visible = (): string => stripVTControlCharacters(this.#output);
    while (visible().indexOf(text, this.#seen) < 0) {
      const more = new Promise<"more">((resolve) => {
        this.#arrived = () => resolve("more");
      });
      if ((await Promise.race([more, this.ended])) !== "more") {
        throw new Error(
          `the REPL ended without ${JSON.stringify(text)}; there was ${JSON.stringify(visible().slice(-600))}`,
        );
      }
    }
    this.#seen = visible().indexOf(text, this.#seen) + text.length;
  }

  async types(text: string, ...shows: readonly string[]): Promise<void> {
    this.#child.stdin.write(text);
    for (const part of shows) await this.shows(part);
  }

  get colored(): boolean {
    return this.#output.includes("\u001b[31m");
  }
}

onEachEngine("the REPL", (engine) => {
  it("edits, completes, interrupts, and tells of files and usage", async () => {
    const directory = mkdtempSync(join(tmpdir(), "sallyport-repl-"));
    const history = join(directory, "history");
    try {
      const repl = new Typist(["--engine", engine], history);
      await repl.shows("Python 3.13");
      await repl.shows(">>> ");
      await repl.types("20 + 22\n", "42", ">>> ");
      await repl.types("def f(x):\n", "... ");
      await repl.types("return x * 2\n", "... ");
      await repl.types("\n", ">>> ");
      await repl.types("f(21)\n", "42", ">>> ");
      // A block comes back as a whole, and is edited as one; the cursor is at its end.
      await repl.types("\u001b[A\u001b[A", "def f(x):", "return x * 2");
      await repl.types("\u007f3\u001b[A\u001b[H# \u001b[B\u001b[F", "return x * 3");
      await repl.types("\u001b[A\u001b[H\u001b[3~\u001b[3~\u001b[B\u001b[F\n\n", ">>> ");
      await repl.types("f(20)\n", "60", ">>> ");
      await repl.types(
        "\u001b[200~for n in range(2):\r    print('n is', n)\r\u001b[201~\n",
        "n is 0",
        "n is 1",
        ">>> ",
      );
      await repl.types('text = """a\nb"""\n', ">>> ");
      await repl.types("\u0012f(2", "(search: f(2) f(20)");
      await repl.types("\n", "60", ">>> ");
      await repl.types("print('no newline', end='')\n", "no newline\r\n", ">>> ");
      await repl.types("alphabet = 'abc'\n", ">>> ");
      await repl.types("alph", "alph");
      await repl.types("\t", "abet");
      await repl.types(".upper()\n", "'ABC'", ">>> ");
      await repl.types("1/0\n", "Traceback", "ZeroDivisionError: division by zero", ">>> ");
      expect(repl.colored).toBe(true);
      await repl.types("input('name? ')\n", "name? ");
      await repl.types("Ada\n", "'Ada'", ">>> ");
      await repl.types("import time; print('sleeping'); time.sleep(1000)\n", "sleeping\r\n");
      await repl.types("\u0003", "KeyboardInterrupt", ">>> ");
      await repl.types("half a line", "half a line");
      await repl.types("\u0003", "KeyboardInterrupt", ">>> ");
      // A guest that makes up its errors clears no screen with them.
      await repl.types("from sallyport import _wire; real = _wire.report\n", ">>> ");
      await repl.types("forged = {'type': '\\x9b2Jtype', 'traceback': ''}\n", ">>> ");
      await repl.types(
        "_wire.report = lambda kind, m: real(kind, {**m, 'error': {**m['error'], **forged}} if 'error' in m else m)\n",
        ">>> ",
      );
      await repl.types("1/0\n", "\\x9b2Jtype: division by zero", ">>> ");
      await repl.types("_wire.report = real\n", ">>> ");
      await repl.types("!files /\n", "sandbox/", ">>> ");
      await repl.types("!usage\n", "operations: ", ">>> ");
      await repl.types("!nonsense\n", "there is no !nonsense", ">>> ");
      await repl.types("!trace\n", "trace on", ">>> ");
      await repl.types("open('/etc/hostname').close()\n", 'open(at=-100, path="/etc/hostname"', ">>> ");
      await repl.types("!trace\n", "trace off", ">>> ");
      await repl.types("import os; os._exit(3)\n", ">>> ");
      await repl.types("alphabet\n", "The guest is gone", "NameError", ">>> ");
      await repl.types("\u0004");
      expect(await repl.ended).toBe(0);
      expect(readFileSync(history, "utf8")).toContain("20 + 22\n");
      const next = new Typist(["--engine", engine], history);
      await next.shows(">>> ");
      await next.types("\u001b[A\u001b[A", "import os; os._exit(3)");
      await next.types("\u0003", ">>> ");
      await next.types("exit(4)\n");
      expect(await next.ended).toBe(4);
      const last = new Typist(["--engine", engine], history);
      await last.shows(">>> ");
      await last.types("exit\n");
      expect(await last.ended).toBe(0);
    } finally {
      rmSync(directory, { recursive: true });
    }
  }, 180_000);
});
