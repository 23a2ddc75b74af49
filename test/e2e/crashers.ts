/**
 * Programs that crash CPython, or try to. Many are of the kinds that CPython's own Lib/test/crashers collects and says
 * that it will not repair; all are written anew here.
 */

/** How a run may end: its status, or its status with the exception's type, the limit or the reason after a colon. */
export type Outcome = string;

export interface Crasher {
  readonly name: string;
  readonly code: string;
  readonly outcomes: readonly Outcome[];
}

/**
 * What may become of a guest whose memory is not what it thinks: a trap of any kind, or, as what was overwritten may
 * hold a loop's end, computing until its CPU time is up.
 */
const TRAPS: readonly Outcome[] = [
  "timeout:cpu",
  "killed:out of bounds",
  "killed:unreachable",
  "killed:indirect call",
  "killed:integer arithmetic",
  "killed:stack overflow",
];

/** Whatever code makes of nonsense: an exception, an abort of CPython's own checks, a trap, time or memory used up. */
const ANYTHING: readonly Outcome[] = ["ok", "error:*", "exit:*", "memory", ...TRAPS];

const DEEP: readonly Outcome[] = [
  "ok",
  "error:RecursionError",
  "error:MemoryError",
  "killed:stack overflow",
  "memory",
];

/** Code objects of any bytes. */
const CRAFT = `
import dis
op = dis.opmap
def wide(name, argument):
    high = [(op["EXTENDED_ARG"], argument >> shift & 255) for shift in (24, 16, 8)]
    return [*high, (op[name], argument & 255)]
def crafted(*instructions, **more):
    def shell(): pass
    code = bytes(byte for pair in instructions for byte in pair)
    more = {"co_consts": (), "co_stacksize": 0, **more}
    shell.__code__ = shell.__code__.replace(co_code=code, **more)
    return shell
start, end = (op["RESUME"], 0), (op["RETURN_VALUE"], 0)
`;

/** An object at an address of the guest's choosing, through a constant that no tuple holds. */
export const FORGE = `
${CRAFT}
import struct
def forge(words):
    body = struct.pack("<%dI" % len(words), *(word & 0xffffffff for word in words))
    pointer = struct.pack("<I", id(body) + 16)
    index = (id(pointer) + 16 - id(()) - 12) // 4 & 0xffffffff
    found = crafted(start, *wide("LOAD_CONST", index), end, co_stacksize=8)()
    kept.extend([body, pointer, found])
    return found
kept = []
def all_memory():
    return forge([1000, id(bytearray), 0x7fffffff, 0x7fffffff, 0, 0, 0])
`;

const BYTECODE: readonly Crasher[] = [
  {
    name: "a constant beyond the tuple",
    code: `${CRAFT}\nprint(crafted(start, *wide("LOAD_CONST", 0x00ffffff), end)())`,
    outcomes: ["ok", "error:*", ...TRAPS],
  },
  {
    name: "a constant at the end of the address space",
    code: `${CRAFT}\nprint(crafted(start, *wide("LOAD_CONST", 0x1fffffff), end)())`,
    outcomes: ["error:*", ...TRAPS],
  },
  {
    name: "a variable beyond the locals",
    code: `${CRAFT}\nprint(crafted(start, *wide("LOAD_FAST", 0x0fffffff), end)())`,
    outcomes: ["error:*", ...TRAPS],
  },
  {
    name: "a store beyond the locals",
    code: `${CRAFT}\ncrafted(start, (op["LOAD_CONST"], 0), *wide("STORE_FAST", 0x07ffffff), end, co_consts=(1,))()`,
    outcomes: ["error:*", ...TRAPS],
  },
  {
    name: "a stack that is popped below its bottom",
    code: `${CRAFT}\ncrafted(start, *[(op["POP_TOP"], 0)] * 20000, end)()`,
    outcomes: ["error:*", ...TRAPS],
  },
  {
    name: "a stack that is pushed far beyond its top",
    code: `${CRAFT}\ncrafted(start, *[(op["LOAD_CONST"], 0)] * 2000000, end, co_consts=(None,))()`,
    outcomes: ["error:*", ...TRAPS],
  },
  {
    name: "a jump out of the code",
    code: `${CRAFT}\ncrafted(start, *wide("JUMP_FORWARD", 0x0fffffff))()`,
    outcomes: ["error:*", ...TRAPS],
  },
  {
    name: "no instructions at all",
    code: `${CRAFT}\ncrafted(start)()`,
    outcomes: ANYTHING,
  },
  {
    name: "instructions by chance",
    code: `${CRAFT}
import random
chance = random.Random(1)
while True:
    body = [(chance.randrange(1, 256), chance.randrange(4)) for _ in range(30)]
    try: crafted(start, *body, end, co_consts=(1, "a", [], {}), co_names=("a", "b", "c", "d"))()
    except Exception: pass`,
    outcomes: ANYTHING.filter((outcome) => outcome !== "ok"),
  },
  {
    name: "marshalled code with bytes changed",
    code: `
import marshal, random
chance = random.Random(2)
sound = marshal.dumps(compile("def f(a, *b, c=1):\\n  return [a, b, {c: x for x in b}]\\nf(1, 2)", "x", "exec"))
for _ in range(3000):
    bad = bytearray(sound)
    for _ in range(4): bad[chance.randrange(len(bad))] = chance.randrange(256)
    try: exec(marshal.loads(bytes(bad)), {})
    except Exception: pass`,
    outcomes: ANYTHING,
  },
];

export const FORGED: readonly Crasher[] = [
  {
    name: "reads all that a forged bytearray reaches",
    code: `${FORGE}
memory = all_memory()
kept.append(b"a marker")
address = id(kept[-1]) + 16
assert memory[address:address + 8] == b"a marker"
for address in range(0, 0x7fffffff, 4096): memory[address]`,
    outcomes: ["killed:out of bounds"],
  },
  {
    name: "writes all that a forged bytearray reaches",
    code: `${FORGE}
memory = all_memory()
for address in range(0x7ffffff0, 0, -4096): memory[address] = 0x41`,
    outcomes: TRAPS,
  },
  {
    name: "fills its own memory from the bottom",
    code: `${FORGE}
memory = all_memory()
page = b"\\xff" * 4096
for address in range(1024, 0x7ffff000, 4096): memory[address:address + 4096] = page`,
    outcomes: [...TRAPS, "memory"],
  },
  {
    name: "an object at the end of the address space",
    code: `${FORGE}
forged = forge([1000, id(bytearray), 0x7fffffff, 0x7fffffff, 0xfffffff0, 0xfffffff0, 0])
print(forged[0x7fffff00], forged[100])`,
    outcomes: TRAPS,
  },
  {
    name: "a type whose functions are no functions",
    code: `${FORGE}
kind = struct.pack("<200I", *[0x0fffffff] * 200)
repr(forge([1000, id(kind) + 16, 0, 0]))`,
    outcomes: TRAPS,
  },
  {
    name: "a type whose functions are of other types",
    code: `${FORGE}
for number in range(1, 4000):
    kind = struct.pack("<200I", 1000, id(type), 0, id(b"name") + 16, 16, 0, *[number] * 194)
    kept.append(kind)
    try: repr(forge([1000, id(kind) + 16, 0, 0]))
    except Exception: pass`,
    outcomes: ANYTHING,
  },
];

const nested = (make: string, use: string): string => `
nest = ()
for _ in range(300000): nest = ${make}
${use}`;

const RECURSION: readonly Crasher[] = [
  { name: "repr of nested lists", code: nested("[nest]", "repr(nest)"), outcomes: DEEP },
  { name: "json of nested lists", code: nested("[nest]", "import json; json.dumps(nest)"), outcomes: DEEP },
  { name: "json of nested brackets", code: "import json; json.loads('[' * 300000)", outcomes: DEEP },
  {
    name: "pickle of nested tuples",
    code: nested("(nest,)", "import pickle; pickle.dumps(nest)"),
    outcomes: DEEP,
  },
  {
    name: "marshal of nested tuples",
    code: nested("(nest,)", "import marshal; marshal.dumps(nest)"),
    outcomes: ["error:ValueError", ...DEEP],
  },
  {
    name: "marshal.loads of nested tuples",
    code: "import marshal; marshal.loads(b')\\x01' * 300000 + b'N')",
    outcomes: ["error:ValueError", ...DEEP],
  },
  { name: "a hash of nested tuples", code: nested("(nest,)", "hash(nest)"), outcomes: DEEP },
  {
    name: "nested lists compared",
    code: `${nested("[nest]", "other = nest\nnest = []")}
for _ in range(300000): nest = [nest]
nest == other`,
    outcomes: DEEP,
  },
  { name: "isinstance with nested tuples", code: nested("(nest,)", "isinstance(1, nest)"), outcomes: DEEP },
  { name: "nested lists freed", code: nested("[nest]", "del nest"), outcomes: ["ok"] },
  {
    name: "nested dictionaries copied",
    code: nested("{1: nest}", "import copy; copy.deepcopy(nest)"),
    outcomes: DEEP,
  },
  {
    name: "a chain of iterators",
    code: "import itertools\nchain = iter([])\nfor _ in range(300000): chain = itertools.chain(chain)\nlist(chain)",
    outcomes: DEEP,
  },
  {
    name: "maps of maps",
    code: "nest = iter([1])\nfor _ in range(1500000): nest = map(abs, nest)\nnext(nest)",
    // Part of the C stack is the lowest of the guest's memory: beyond its end is nothing.
    outcomes: [...DEEP, "killed:out of bounds"],
  },
  {
    name: "a chain of partial functions",
    code: "import functools\nclass P(functools.partial): pass\nf = int\nfor _ in range(300000):\n    f = P(f); f.x = 1\nf()",
    outcomes: DEEP,
  },
  {
    name: "source with nested parentheses",
    code: "compile('(' * 100000 + ')' * 100000, 'x', 'eval')",
    outcomes: ["error:SyntaxError", ...DEEP],
  },
  {
    name: "source with many signs",
    code: "compile('-' * 300000 + '1', 'x', 'eval')",
    outcomes: ["error:SyntaxError", ...DEEP],
  },
  {
    name: "source with many additions",
    code: "eval('1' + '+x' * 300000, {'x': 1})",
    outcomes: ["error:SyntaxError", ...DEEP],
  },
  {
    name: "source with many attributes",
    code: "compile('x' + '.x' * 300000, 'x', 'eval')",
    outcomes: ["error:SyntaxError", ...DEEP],
  },
  {
    name: "a syntax tree made by hand",
    code: "import ast\nat = dict(lineno=1, col_offset=0)\ntree = ast.Constant(1, **at)\nfor _ in range(100000): tree = ast.UnaryOp(ast.Not(), tree, **at)\ncompile(ast.Expression(tree), 'x', 'eval')",
    outcomes: DEEP,
  },
  {
    name: "a pattern with many groups",
    code: "import re; re.compile('(' * 50000 + ')' * 50000)",
    outcomes: DEEP,
  },
  {
    name: "attributes that ask for themselves",
    code: "import sys\nsys.setrecursionlimit(10 ** 6)\nclass A:\n    def __getattr__(self, name): return getattr(self, name + 'x')\nA().x",
    outcomes: DEEP,
  },
  {
    name: "recursion without a limit, in Python",
    code: "import sys\nsys.setrecursionlimit(10 ** 9)\ndef f(): return f()\nf()",
    outcomes: [...DEEP, "timeout:cpu"],
  },
  {
    name: "recursion without a limit, through C",
    code: "import sys\nsys.setrecursionlimit(10 ** 9)\nclass A:\n    def __repr__(self): return repr([self, A()])\nrepr(A())",
    outcomes: DEEP,
  },
  {
    name: "recursion without a limit, through a function that calls its argument",
    code: "import sys\nsys.setrecursionlimit(1 << 30)\nf = lambda g: g(g)\nf(f)",
    outcomes: [...DEEP, "timeout:cpu"],
  },
  {
    name: "a trace function at the limit of recursion",
    code: "import sys\ndef leaf(): pass\ndef trace(*_):\n    try: leaf()\n    except BaseException: pass\n    return trace\ndef f(): f()\nsys.settrace(trace)\ntry: f()\nfinally: sys.settrace(None)",
    outcomes: DEEP,
  },
];

const OBJECTS: readonly Crasher[] = [
  {
    name: "a tuple that is not finished",
    code: "import gc\ndef items():\n    mark = object()\n    yield mark\n    for it in gc.get_referrers(mark):\n        if type(it) is tuple: print(it, it[1])\ntuple(items())",
    outcomes: ["ok", "error:SystemError", ...TRAPS],
  },
  {
    name: "a class's dictionary behind the class's back",
    code: "import gc\nmark = object()\nclass A:\n    def f(self): return 1\n    x = mark\na = A()\nfor _ in range(50): a.f()\nfor it in gc.get_referrers(mark):\n    if type(it) is dict and 'f' in it: it['f'] = lambda self: 2\nfor _ in range(50): a.f()",
    outcomes: ["ok", "error:*", ...TRAPS],
  },
  {
    name: "a list that shrinks while it is copied",
    code: "import gc, weakref\ngc.set_threshold(1)\nclass A: pass\nkept = []\nfor n in range(300):\n    some = [str(n)] * 50\n    a = A(); a.a = a\n    kept.append(weakref.ref(a, lambda _: some.clear()))\n    del a\n    for _ in range(200):\n        if not some: break\n        kept.append(some[:])",
    outcomes: ["ok", "error:*", ...TRAPS],
  },
  {
    name: "finalisers that bring their objects back, and raise",
    code: "import gc\nback = []\nclass A:\n    def __init__(self): self.me = self\n    def __del__(self):\n        back.append(self)\n        gc.collect()\n        raise RuntimeError(self)\nfor _ in range(200): A()\ngc.collect()\nback.clear()\ngc.collect()",
    outcomes: ["ok"],
  },
  {
    name: "a pattern that backtracks without end",
    code: "import re\nre.match(r'(a+)+$', 'a' * 64 + 'b')",
    outcomes: ["timeout:cpu"],
  },
  { name: "abort()", code: "import os; os.abort()", outcomes: ["killed:unreachable", "killed:*", "exit:*"] },
  {
    name: "a signal to itself",
    code: "import signal; signal.raise_signal(signal.SIGSEGV)",
    outcomes: ["ok", "error:OSError", "killed:*", "exit:*"],
  },
  {
    name: "a fault on purpose",
    code: "import faulthandler; faulthandler._sigsegv()",
    outcomes: ["error:*", "exit:*", "killed:*"],
  },
];

const MEMORY: readonly Crasher[] = [
  { name: "more than there is, at once", code: "bytearray(2 ** 31 - 64)", outcomes: ["memory"] },
  {
    name: "more than can be addressed",
    code: "bytearray(2 ** 40)",
    outcomes: ["memory", "error:OverflowError"],
  },
  { name: "a list too long", code: "[0] * (2 ** 29)", outcomes: ["memory"] },
  {
    name: "a list without end",
    code: "all = []\nwhile True: all.append(bytes(100000))",
    outcomes: ["memory"],
  },
  {
    name: "small objects without end",
    code: "last = None\nwhile True: last = (last, {})",
    outcomes: ["memory"],
  },
  { name: "a huge number as text", code: "str(10 ** 100000)", outcomes: ["error:ValueError"] },
];

export const CRASHERS: Readonly<Record<string, readonly Crasher[]>> = {
  "crafted code objects": BYTECODE,
  "forged objects": FORGED,
  recursion: RECURSION,
  "objects in the wrong state": OBJECTS,
  memory: MEMORY,
};
