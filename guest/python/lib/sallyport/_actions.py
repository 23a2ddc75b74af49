"""Actions on guest objects that the host holds: calling them, taking items of them. Also the action `call`."""

import inspect
from itertools import islice

from . import _decode, _errors, _wire
from ._references import registry


def error_value(error):
    return _wire.pack_value(error, "error")


def failed(error):
    return {"status": "error", "error": _errors.info(error, error_value)}


def ok(value, root="result"):
    return {"status": "ok", "value": _wire.pack_value(value, root)}


def _items(items, done):
    return {"status": "items", "value": _wire.pack_value(items, "items"), "done": done}


def _arguments(action):
    args = _wire.unpack_value(action["args"], "args")
    kwargs = _wire.unpack_value(action["kwargs"], "kwargs")
    if type(args) is not list or type(kwargs) is not dict:
        raise SystemError("arguments of the controller are no array and map")
    return args, kwargs


def begin(action):
    """Calls what `call` or `invoke` names. The result may be a coroutine."""
    if action["kind"] == "call":
        try:
            function = _decode.find(action["target"])
        except _decode.CannotTravel as error:
            raise LookupError(error.reason) from None
    else:
        function = _get(action)
        if "method" in action:
            name = action["method"]
            if name.startswith("_"):
                raise AttributeError(f"the method {name!r} is private")
            function = getattr(function, name)
    args, kwargs = _arguments(action)
    return function(*args, **kwargs)


def _get(action):
    try:
        return registry.get(action["reference"])
    except KeyError:
        raise ReferenceError("the reference was released") from None


def _next(action):
    iterator = _get(action)
    number = action["reference"]
    registry.raise_pending(number)
    items = []
    try:
        items.extend(islice(iterator, action["count"]))
    except Exception as error:
        return _interrupted(number, items, error)
    return _items(items, len(items) < action["count"])


async def _next_async(action):
    iterator = _get(action)
    number = action["reference"]
    registry.raise_pending(number)
    items = []
    try:
        while len(items) < action["count"]:
            items.append(await anext(iterator))
    except StopAsyncIteration:
        return _items(items, True)
    except Exception as error:
        return _interrupted(number, items, error)
    return _items(items, False)


def _interrupted(number, items, error):
    """Items that came before an exception are delivered first."""
    if not items:
        raise error
    registry.fail_later(number, error)
    return _items(items, False)


def _is_async(action):
    return hasattr(_get(action), "__anext__")


def _close(action):
    target = _get(action)
    close = getattr(target, "close", None)
    if close is not None:
        close()
    return ok(None)


async def _close_async(action):
    await _get(action).aclose()
    return ok(None)


def _step(action):
    """What to do for an action: its result, or a coroutine that gives it."""
    kind = action["kind"]
    if kind == "next":
        return _next_async(action) if _is_async(action) else _next(action)
    if kind == "close":
        return _close_async(action) if _is_async(action) else _close(action)
    if kind not in ("call", "invoke"):
        raise SystemError(f"unknown action {kind!r}")
    value = begin(action)
    return _finish(value) if inspect.isawaitable(value) else ok(value)


async def _finish(awaitable):
    return ok(await awaitable)


def now(action):
    """The actions `call`, `invoke`, `next` and `close`, between runs of other code."""
    from . import _async

    result = _step(action)
    return _async.run(result) if inspect.iscoroutine(result) else result


def reference_now(action):
    """Does the action at once. Failures become its result; interrupts do not."""
    from . import _async

    try:
        result = _step(action)
        if inspect.iscoroutine(result):
            if _async.running() is not None:
                result.close()
                raise RuntimeError("a host call that waits cannot use asynchronous objects: await it instead")
            result = _async.run(result)
        return result
    except Exception as error:
        return failed(error)


async def reference_soon(action):
    """The same as a part of a running loop."""
    try:
        result = _step(action)
        return await result if inspect.iscoroutine(result) else result
    except Exception as error:
        return failed(error)
