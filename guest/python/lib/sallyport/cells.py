"""Cells: pieces of a session that share one `__main__`, as in a notebook."""

import __future__
import ast
import builtins
import inspect
import sys
import types

import _sallyport

from . import _actions, _async, _memory, _sources, _wire

AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
FEATURES = 0
for _name in __future__.all_feature_names:
    FEATURES |= getattr(__future__, _name).compiler_flag
# Statements `from __future__ import …` hold for later cells, too.
_features = 0


def _new_main():
    main = types.ModuleType("__main__")
    main.__dict__["__builtins__"] = sys.modules["builtins"]
    main.__dict__["__annotations__"] = {}
    return main


main = _new_main()


def run(action):
    global _features
    sys.modules["__main__"] = main
    space = main.__dict__
    if "bind" in action:
        space.update(_wire.unpack_value(action["bind"], "bind"))
    source, name = action["source"], action["name"]
    _sources.register(name, source)
    body, last = _compile(source, name, action["result"] != "none")
    for code in (body, last):
        if code is not None:
            _features |= code.co_flags & FEATURES
    value = _execute([code for code in (body, last) if code is not None], space)
    if last is None:
        return {"status": "ok"}
    if action["result"] == "value":
        return _actions.ok(value)
    return _shown(value)


def _shown(value):
    if value is None:
        return {"status": "ok"}
    builtins._ = value
    return {"status": "ok", "repr": repr(value).encode("utf-8", "backslashreplace").decode()}


def _compile(source, name, want_value):
    """Code of the statements, and of the trailing expression (None without one)."""
    flags = AWAIT | _features
    tree = compile(source, name, "exec", flags | ast.PyCF_ONLY_AST, dont_inherit=True)
    last = None
    if want_value and tree.body and isinstance(tree.body[-1], ast.Expr):
        last = compile(ast.Expression(tree.body.pop().value), name, "eval", flags, dont_inherit=True)
    if not tree.body:
        return None, last
    return compile(tree, name, "exec", flags, dont_inherit=True), last


def _execute(codes, space):
    """Runs the codes one after the other; the value of the last one."""
    _memory.hold()
    flags = [code.co_flags for code in codes]
    if any(each & inspect.CO_ASYNC_GENERATOR for each in flags):
        raise SyntaxError("'yield' outside function")
    if any(each & inspect.CO_COROUTINE for each in flags):
        return _async.run(_execute_async(codes, space))
    value = None
    for code in codes:
        value = _sallyport.outermost(eval, code, space)
    return value


async def _execute_async(codes, space):
    value = None
    for code in codes:
        value = eval(code, space)
        if code.co_flags & inspect.CO_COROUTINE:
            value = await value
    return value
