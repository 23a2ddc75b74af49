"""Python about Python: compiling, parsing, tokenising, inspecting, typing, importing; an interpreter of its own."""
import ast
import dis
import inspect
import io
import sys
import tokenize
import typing

SOURCE = '''
import os, sys as system
from collections import namedtuple
class A(object):
    """doc"""
    x: int = 3
    def method(self, a, b=2, *args, c, **kw) -> str:
        total = [i ** 2 for i in range(a) if i % 2]
        try:
            with open("f") as f, lock:
                return f"{a!r:>{b}} {total}"
        except (OSError, ValueError) as e:
            raise RuntimeError("x") from e
        finally:
            del total
    async def later(self):
        async for x in self: await x
        return lambda y, *z: (yield y)
def f(x):
    while x > 0 and not x == 5 or x is None:
        x -= 1
        if x < 3: continue
        elif x in (7, 8): break
        else: global G; G = {"a": [1, 2.5, 1j, b"b", ...], **{}}
    match x:
        case [1, *rest] if rest: return rest
        case {"k": v}: return v
    return x if x else ~x << 2
'''

LISP = "(begin (define f (lambda (n) (if (< n 2) n (+ (f (- n 1)) (f (- n 2)))))) (f 13))"


def parse(text):
    def read(tokens):
        token = tokens.pop(0)
        if token == "(":
            out = []
            while tokens[0] != ")":
                out.append(read(tokens))
            tokens.pop(0)
            return out
        return int(token) if token.lstrip("-").isdigit() else token

    return read(text.replace("(", " ( ").replace(")", " ) ").split())


class Scope(dict):
    def __init__(self, names=(), values=(), outer=None):
        super().__init__(zip(names, values))
        self.outer = outer

    def find(self, name):
        scope = self
        while name not in scope:
            scope = scope.outer
        return scope


def evaluate(x, scope):
    while True:
        if isinstance(x, str):
            return scope.find(x)[x]
        if not isinstance(x, list):
            return x
        head = x[0]
        if head == "if":
            x = x[2] if evaluate(x[1], scope) else x[3]
        elif head == "define":
            scope[x[1]] = evaluate(x[2], scope)
            return None
        elif head == "lambda":
            return lambda *args, x=x, scope=scope: evaluate(x[2], Scope(x[1], args, scope))
        elif head == "begin":
            for part in x[1:-1]:
                evaluate(part, scope)
            x = x[-1]
        else:
            function, *args = [evaluate(part, scope) for part in x]
            return function(*args)


class Names(ast.NodeVisitor):
    def __init__(self):
        self.found = []

    def visit_Name(self, node):
        self.found.append(node.id)
        self.generic_visit(node)


def machine(code, n):
    """A byte code machine with a dispatch by comparison and one by table."""
    stack, pc, steps, variables = [], 0, 0, [n, 0]
    table = {"mul": lambda a, b: a * b, "sub": lambda a, b: a - b, "add": lambda a, b: a + b}
    while True:
        name, argument = code[pc]
        pc += 1
        steps += 1
        if name == "push":
            stack.append(argument)
        elif name == "load":
            stack.append(variables[argument])
        elif name == "store":
            variables[argument] = stack.pop()
        elif name == "jump":
            pc = argument
        elif name == "jumpz":
            if stack.pop() == 0:
                pc = argument
        elif name == "halt":
            return variables[1], steps
        else:
            right = stack.pop()
            stack.append(table[name](stack.pop(), right))


LOOP = [("load", 0), ("jumpz", 11), ("load", 1), ("load", 0), ("add", 0), ("store", 1), ("load", 0), ("push", 1), ("sub", 0), ("store", 0), ("jump", 0), ("halt", 0)]


class Node(typing.NamedTuple):
    key: int
    next: typing.Optional["Node"] = None


def reflect(n):
    total = 0
    for _ in range(n):
        for name in dir(inspect)[:60]:
            value = getattr(inspect, name)
            if callable(value):
                total += len(name) + isinstance(value, type) + hasattr(value, "__wrapped__")
        total += len(str(inspect.signature(evaluate))) + len(typing.get_type_hints(Node)) + len(vars(Node))
        kind = type("Kind", (dict,), {"size": lambda self: len(self)})
        total += kind(a=1).size() + len(kind.__mro__)
    return total


for _ in range(2):
    for i in range(12):
        module = ast.parse(SOURCE)
        names = Names()
        names.visit(module)
        code = compile(module, "<source>", "exec")
        ast.unparse(module)
    for i in range(40):
        exec(compile(f"def g(x):\n    return x + {i}\nvalue = [g(j) for j in range(5)]", "<g>", "exec"), {})
        eval("(1 + 2) * len('abc') ** 2")
    print(len(names.found), len(list(tokenize.generate_tokens(io.StringIO(SOURCE).readline))), len(list(dis.get_instructions(code))))
    builtins = Scope()
    builtins.update({"+": lambda a, b: a + b, "-": lambda a, b: a - b, "<": lambda a, b: a < b})
    print(evaluate(parse(LISP), builtins), machine(LOOP, 6000), reflect(20), sys.getsizeof([]) > 0)
