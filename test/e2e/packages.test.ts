import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { archive, directory, memory, Sandbox } from "../../src/index.js";

/** Put there by test/third-party/fetch.sh, as `pip install --target` would. */
const packages = join(import.meta.dirname, "../third-party/packages");
const SITE = "/usr/lib/python3.13/site-packages";

describe("packages that others wrote", () => {
  it("have been fetched", () => {
    expect(existsSync(join(packages, "attrs.whl")), "run: bash test/third-party/fetch.sh").toBe(true);
  });

  it.each([
    ["attrs", "import attr; str(attr.make_class('C', ['x'])(1))", "C(x=1)"],
    ["Beautiful Soup", "from bs4 import BeautifulSoup; BeautifulSoup('<p>a<b>b', 'html.parser').b.text", "b"],
    ["dateutil", "from dateutil.parser import parse; str(parse('25 Sept 2003').date())", "2003-09-25"],
    ["Jinja2", "import jinja2; jinja2.Template('{{ x|upper }}').render(x='a')", "A"],
    ["NetworkX", "import networkx as nx; str(nx.shortest_path(nx.path_graph(4), 0, 3))", "[0, 1, 2, 3]"],
    ["PyYAML", "import yaml; str(yaml.safe_load('a: [1, 2]'))", "{'a': [1, 2]}"],
    [
      "requests",
      "import requests; requests.Request('GET', 'http://x', params={'a': 1}).prepare().url",
      "http://x/?a=1",
    ],
    [
      "Rich",
      "import io, rich.table as t, rich.console as c; f = io.StringIO(); x = t.Table('n'); x.add_row('7'); c.Console(file=f).print(x); str('7' in f.getvalue())",
      "True",
    ],
    ["tabulate", "from tabulate import tabulate; tabulate([[1]], tablefmt='plain')", "1"],
  ])("%s runs, mounted as pip places it", async (_name, code, expected) => {
    await using sandbox = await Sandbox.create({ mounts: { [SITE]: directory(packages) } });
    const result = await sandbox.run(code);
    expect(result.ok ? result.value : result.error.traceback).toBe(expected);
  });

  it("SymPy runs, with the two names of ctypes that it asks for", async () => {
    await using sandbox = await Sandbox.create({
      mounts: {
        [SITE]: directory(packages),
        "/packages": memory({ "ctypes.py": "c_long = object\ndef sizeof(kind): return 8\n" }),
      },
      env: { PYTHONPATH: "/packages" },
    });
    const code =
      "import sympy; x = sympy.Symbol('x'); str(sympy.integrate(x**2)), str(sympy.solve(x**2 - 2))";
    expect(await sandbox.run(code).value()).toEqual(["x**3/3", "[-sqrt(2), sqrt(2)]"]);
  });

  it("a wheel is mounted as it is, with what it tells of itself", async () => {
    await using sandbox = await Sandbox.create({
      mounts: { [SITE]: await archive(join(packages, "attrs.whl")) },
    });
    const code = "import attr; from importlib.metadata import version; [attr.__version__, version('attrs')]";
    expect(await sandbox.run(code).value()).toEqual(["26.1.0", "26.1.0"]);
  });
});
