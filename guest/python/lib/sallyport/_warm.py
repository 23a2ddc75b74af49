"""Before the image is taken: runs what every sandbox will run, many times.

The interpreter rewrites code that it executes (specialised instructions, caches, counters). Done here it is part of the image,
which all sandboxes share: they start faster and write to fewer pages.
"""

import linecache
import sys

import _sallyport

from . import _driver, _sources, _wire, cells

ROUNDS = 40

CELLS = (
    "1 + 1",
    "x = [i * i for i in range(10)]\nsum(x)",
    "print('', end='')\nd = {'a': 1, 'b': [1.5, None, True]}\nd",
    "def f(a, b=2):\n    return f'{a}-{b}'\nf(1)",
    "class A:\n    def __init__(self):\n        self.x = 1\nA().x",
    "import json, re\njson.loads(json.dumps({'a': [1, 2]}))['a'], re.sub('a', 'b', 'aaa')",
    "def f():\n    return 1 / 0\nf()",
    "{}['k']",
    "x = (1,\n  y y",
    "'text'.upper()",
)
PROGRAMS = (
    "print(1 + 1, end='', file=__import__('io').StringIO())",
    "import sys\nimport math\ndef main():\n    return math.sqrt(2)\nif __name__ == '__main__':\n    main()\n    sys.exit(0)",
)
LIMITS = {"depth": 200, "bytes": 1 << 27}


def _commands():
    setup = {
        "argv": [""],
        "seed": bytes(32),
        "terminals": [False, False, False],
        "cwd": "/sandbox",
        "path": [],
        "warnings": [],
        "functions": [],
        "limits": LIMITS,
    }
    yield {"setup": setup, "action": {"kind": "none"}}
    for source in CELLS:
        for result in ("value", "repr"):
            action = {"kind": "cell", "source": source, "name": "<cell>", "result": result, "timeLimit": "a limit"}
            yield {"setup": setup, "action": action}
    for source in PROGRAMS:
        action = {"kind": "program", "what": {"source": source, "name": "main.py"}, "args": []}
        yield {"setup": setup, "action": action}


def warm():
    """Leaves nothing behind but warm code."""
    current = b""
    kept = {name: getattr(_sallyport, name) for name in ("command", "report", "environment")}
    _sallyport.command = lambda: current
    _sallyport.report = lambda kind, message: None
    _sallyport.environment = lambda: [b"HOME=/sandbox"]
    path, hook, stderr = sys.path[:], sys.excepthook, sys.stderr
    sys.excepthook = lambda *error: None
    try:
        messages = [_wire.pack_message(command) for command in _commands()]
        for _ in range(ROUNDS):
            for current in messages:
                _driver.run()
    finally:
        for name, function in kept.items():
            setattr(_sallyport, name, function)
        sys.path[:], sys.excepthook, sys.stderr = path, hook, stderr
    sys.modules["__main__"] = cells.main = cells._new_main()
    _sources._names.clear()
    linecache.clearcache()
    sys.argv[:] = [""]
