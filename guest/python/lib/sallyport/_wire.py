"""Messages to the controller: values in them, the requests of host calls, their answers."""

import _sallyport

from . import _types, proxies
from ._decode import Malformed, decode
from ._encode import DEPTH, SIZE, encode
from ._references import Holds, registry

# References to host objects that were dropped since the last message. Filled by finalizers: appending is atomic.
dropped = []


class Limits:
    depth = DEPTH
    size = SIZE


def take_dropped():
    if not dropped:
        return []
    taken = dropped[:]
    del dropped[: len(taken)]
    return taken


def pack_value(value, root):
    """An EncodedValue; references that it takes are given back when it cannot travel."""
    holds = Holds()
    try:
        return encode(value, root, depth=Limits.depth, size=Limits.size, hold=holds.hold)
    except BaseException:
        holds.undo()
        raise


def unpack_value(data, root):
    return decode(data, root, host=proxies.from_host, held=lambda number: registry.get(number))


def pack_message(message):
    return encode(message, "message", depth=60, size=1 << 28)


def unpack_message(data):
    message = decode(data, "message", depth=60)
    if type(message) is not dict:
        raise Malformed("a message of the controller is no map")
    return message


def release(numbers):
    for number in numbers or ():
        registry.release(number)


def report(kind, message):
    _sallyport.report(kind, pack_message(message))


def call_request(target, args, kwargs, name):
    return {
        "kind": "call",
        "target": target,
        "args": pack_value(list(args), f"{name}() argument "),
        "kwargs": pack_value(kwargs, f"{name}() argument "),
    }


def waiting(request):
    """Sends a request and waits; does what the host asks for in between. The answer's value, or (items, done)."""
    from . import _actions

    while True:
        request["dropped"] = take_dropped()
        answer = unpack_message(_sallyport.call(pack_message(request)))
        if answer.get("kind") != "ask":
            return outcome(answer)
        request = reply(answer, _actions.reference_now(answer["action"]))


def reply(answer, result):
    return {"kind": "reply", "ask": answer["ask"], "outcome": result}


def outcome(answer):
    """The value of an answer, (items, done) of one of an iterator; raises what the host raised."""
    kind = answer.get("kind")
    release(answer.get("released"))
    if kind == "value":
        return unpack_value(answer["value"], "result")
    if kind == "items":
        return unpack_value(answer["value"], "items"), bool(answer["done"])
    if kind == "error":
        raise host_exception(answer["error"])
    raise Malformed(f"an answer of the controller of unknown kind {kind!r}")


def host_exception(error):
    if "value" in error:
        try:
            value = unpack_value(error["value"], "error")
        except TypeError:
            value = None
        if isinstance(value, BaseException):
            return value
    return _types.host_error(error["type"], error["message"], error["name"], error.get("code"))
