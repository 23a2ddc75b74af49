"""Exceptions → ErrorInfo of PROTOCOL.md."""

import linecache
import os
import traceback

from . import _encode

HERE = os.path.dirname(__file__)
DRIVER = HERE + "/"
# What stands between the driver and the user's code at the outer end, too.
CARRIERS = (os.path.dirname(HERE) + "/asyncio/", "<frozen runpy>")
TEXT = 1 << 20
FRAMES = 200
LINKS = 20
# Exceptions that were raised while handling one another, a loop's worth: the older ones are let go.
CHAIN = 1000


def trim(tb):
    """A traceback without the driver's frames."""
    start = tb
    while tb is not None and tb.tb_frame.f_code.co_filename.startswith((DRIVER, *CARRIERS)):
        tb = tb.tb_next
    if tb is None:
        # All of it is machinery: an interrupt in the middle of it, or a defect that is to be seen.
        return _without_driver(start)
    return _without_driver(tb)


def _without_driver(tb):
    frames = []
    while tb is not None:
        if not tb.tb_frame.f_code.co_filename.startswith(DRIVER):
            frames.append(tb)
        tb = tb.tb_next
    for each, following in zip(frames, [*frames[1:], None]):
        each.tb_next = following
    return frames[0] if frames else None


def trim_all(error):
    """The same for an exception and all that it is chained to."""
    seen, todo = set(), [error]
    while todo and len(seen) < 1000:
        each = todo.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        each.__traceback__ = trim(each.__traceback__)
        todo += (each.__cause__, each.__context__)
        if isinstance(each, BaseExceptionGroup):
            todo += each.exceptions


def _shorten(error):
    for _ in range(CHAIN):
        earlier = error.__context__ if error.__cause__ is None else error.__cause__
        if earlier is None:
            return
        error = earlier
    error.__cause__ = error.__context__ = None


def cut(text, limit=TEXT):
    if len(text) <= limit:
        return text
    return f"{text[: limit // 2]}\n… {len(text) - limit} characters left out …\n{text[-limit // 2 :]}"


def info(error, encode_value=None):
    """ErrorInfo of an exception. Never fails: what does not work out is left out."""
    try:
        _shorten(error)
        trim_all(error)
        return _info(traceback.TracebackException.from_exception(error, compact=True), error, encode_value, LINKS)
    except (Exception, KeyboardInterrupt) as problem:
        # Out of memory or of stack, or an exception that lies about itself.
        reason = type(problem).__name__
    _let_go(error)
    kind = type(error)
    return {
        "type": kind.__name__,
        "qualified": _encode.type_name(kind),
        "message": _text(error),
        "traceback": f"{kind.__name__}: {_text(error)}\n(no traceback: {reason})\n",
        "frames": [],
        "notes": [],
    }


def _let_go(error):
    """Frees what an exception holds by its frames."""
    try:
        error.__traceback__ = error.__cause__ = error.__context__ = None
    except Exception:
        pass


def _text(error):
    try:
        return _clean(cut(str(error)))
    except (Exception, KeyboardInterrupt):
        return "<exception str() failed>"


def _clean(text):
    return text.encode("utf-8", "backslashreplace").decode()


def _info(te, error, encode_value, links):
    kind = type(error)
    made = {
        "type": kind.__qualname__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__qualname__}",
        "qualified": _clean(_encode.type_name(kind)),
        "message": _clean(error.msg) if isinstance(error, SyntaxError) and isinstance(error.msg, str) else _text(error),
        "traceback": _clean(cut("".join(te.format()))) if links == LINKS else "",
        "frames": _frames(te.stack),
        "notes": [_clean(cut(str(note), 10_000)) for note in list(getattr(error, "__notes__", None) or ())[:100]],
    }
    if isinstance(error, SyntaxError) and error.lineno is not None:
        made["syntax"] = _syntax(error)
    if links > 0:
        if te.__cause__ is not None and error.__cause__ is not None:
            made["cause"] = _info(te.__cause__, error.__cause__, None, links - 1)
        elif te.__context__ is not None and error.__context__ is not None and not error.__suppress_context__:
            made["context"] = _info(te.__context__, error.__context__, None, links - 1)
        if te.exceptions:
            inner = zip(te.exceptions, error.exceptions)
            made["exceptions"] = [_info(part, each, None, links - 5) for part, each in list(inner)[:20]]
    if encode_value is not None:
        try:
            made["value"] = encode_value(error)
        except (Exception, KeyboardInterrupt):
            pass
    return made


def _frames(stack):
    frames = list(stack)
    if len(frames) > FRAMES:
        frames = frames[: FRAMES // 2] + frames[-FRAMES // 2 :]
    return [_frame(frame) for frame in frames]


def _frame(frame):
    made = {"file": _clean(frame.filename), "line": frame.lineno or 0, "function": _clean(frame.name)}
    source = linecache.getline(frame.filename, frame.lineno).rstrip("\n") if frame.lineno else ""
    if source:
        made["source"] = _clean(source[:1000])
    if frame.colno is not None and frame.end_colno is not None:
        end_line = frame.end_lineno or frame.lineno
        end_source = source if end_line == frame.lineno else linecache.getline(frame.filename, end_line)
        made["column"] = _characters(source, frame.colno) + 1
        made["endLine"] = end_line
        made["endColumn"] = _characters(end_source, frame.end_colno) + 1
    return made


def _characters(line, offset):
    """CPython counts bytes of UTF-8."""
    if line.isascii():
        return offset
    return len(line.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "replace"))


def _syntax(error):
    made = {
        "file": _clean(str(error.filename or "<string>")),
        "line": error.lineno,
        "column": max(error.offset or 1, 1),
    }
    if error.text:
        made["source"] = _clean(error.text.rstrip("\n")[:1000])
    if error.end_lineno and error.end_offset and error.end_offset > 0:
        made["endLine"] = error.end_lineno
        made["endColumn"] = error.end_offset
    return made
