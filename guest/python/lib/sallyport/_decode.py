"""CBOR → Python values. The tags are told in PROTOCOL.md; plain values are read by decoder.c."""

import sys

import _sallyport

from . import _types
from ._encode import DEPTH, TOO_DEEP, CannotTravel

ELEMENTS = {64: "B", 72: "b", 69: "H", 77: "h", 70: "I", 78: "i", 71: "Q", 79: "q", 85: "f", 86: "d", 68: "B"}
BREAK = object()


class Malformed(ValueError):
    """These bytes are no CBOR that the protocol knows."""


def decode(data, root="value", *, depth=DEPTH, host=None, held=None):
    """The value of CBOR bytes. TypeError names the path of what has no counterpart here.

    `host(parts)` makes the object for a reference to the host, `held(number)` finds one of our own.
    """
    decoder = _Decoder(bytes(data), host, held)
    try:
        value = decoder.item(depth)
    except CannotTravel as error:
        raise error.named(root) from None
    except (IndexError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(f"malformed CBOR at byte {decoder.at}") from error
    if value is BREAK or decoder.at != len(decoder.data):
        raise Malformed(f"malformed CBOR at byte {decoder.at}")
    return value


_sallyport.codec_errors(CannotTravel, TOO_DEEP, Malformed)


class _Decoder(_sallyport.Decoder):
    """What is tagged or of indefinite length; plain values are read by the base."""

    __slots__ = ("host", "held")

    def __init__(self, data, host, held):
        super().__init__(data)
        self.host = host
        self.held = held

    def tagged(self, tag, depth):
        reader = READERS.get(tag)
        if reader is None:
            raise Malformed(f"unknown CBOR tag {tag} at byte {self.at}")
        if depth <= 0:
            raise CannotTravel(TOO_DEEP)
        return reader(self, depth - 1)

    def simple(self, n):
        if n == 31:
            return BREAK
        raise Malformed(f"unknown CBOR simple value at byte {self.at - 1}")

    def bad_key(self, key):
        raise CannotTravel(f"a {type(key).__name__} cannot be a key of a dict")

    def same_keys(self):
        raise CannotTravel("two keys are equal in Python")

    def indefinite(self, major, depth):
        if depth <= 0:
            raise CannotTravel(TOO_DEEP)
        if major not in (2, 3, 4, 5):
            raise Malformed(f"malformed CBOR at byte {self.at - 1}")
        parts = []
        while (part := self.item(depth - 1)) is not BREAK:
            parts.append(part)
        if major == 4:
            return parts
        if major == 5:
            if len(parts) % 2:
                raise Malformed(f"malformed CBOR at byte {self.at - 1}")
            return dict(zip(parts[::2], parts[1::2]))
        if not all(type(part) is (bytes if major == 2 else str) for part in parts):
            raise Malformed(f"malformed CBOR at byte {self.at - 1}")
        return (b"" if major == 2 else "").join(parts)

    def list(self, depth):
        """An item that has to be an array."""
        value = self.item(depth)
        if type(value) is not list:
            raise Malformed(f"malformed CBOR at byte {self.at}")
        return value

    def of(self, *kinds):
        """An item of one of these types, without depth."""
        value = self.item(2)
        if type(value) not in kinds:
            raise Malformed(f"malformed CBOR at byte {self.at}")
        return value

    def opening(self, n):
        """The head of an array of n items."""
        if self.data[self.at] != 0x80 | n:
            raise Malformed(f"malformed CBOR at byte {self.at}")
        self.at += 1

    def member(self, name, depth):
        try:
            return self.item(depth)
        except CannotTravel as error:
            raise error.at(("member", name), None)


def find(name):
    """The object `module:Qualified.Name`; the module is imported when it has to be."""
    module_name, _, path = name.partition(":")
    module = sys.modules.get(module_name)
    if module is None:
        from importlib import import_module

        try:
            module = import_module(module_name)
        except (ImportError, ValueError) as error:
            raise CannotTravel(f"there is no {name!r} here: {error}") from None
    found = module
    for part in path.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise CannotTravel(f"there is no {name!r} here") from None
    return found


def find_class(name, base=None):
    found = find(name)
    if not isinstance(found, type) or base and not issubclass(found, base):
        raise CannotTravel(f"{name!r} is no class of this kind")
    return found


def _bignum(d, depth):
    return int.from_bytes(d.of(bytes))


def _negative_bignum(d, depth):
    return -1 - int.from_bytes(d.of(bytes))


def _hashables(d, depth, make):
    items = d.list(depth)
    try:
        value = make(items)
    except (TypeError, ValueError) as error:
        raise CannotTravel(f"an element of the set has no hash: {error}") from None
    if len(value) != len(items):
        raise CannotTravel("two elements are equal in Python")
    return value


def _typed(d, tag):
    code = ELEMENTS[tag]
    raw = d.of(bytes)
    import array

    if code in "iI" and array.array(code).itemsize != 4:
        code = {"i": "l", "I": "L"}[code]
    value = array.array(code)
    if len(raw) % value.itemsize:
        raise Malformed(f"malformed CBOR at byte {d.at}")
    value.frombytes(raw)
    return value


def _memoryview(d, depth):
    value = d.item(depth)
    if type(value) is not bytes and type(value).__name__ != "array":
        raise Malformed(f"malformed CBOR at byte {d.at}")
    return memoryview(value)


def _zone(parts):
    import datetime

    if parts is None:
        return None
    if type(parts) is not list or not 1 <= len(parts) <= 3:
        raise CannotTravel(f"{parts!r} is no time zone")
    if len(parts) == 3:
        import zoneinfo

        try:
            return zoneinfo.ZoneInfo(parts[1])
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, TypeError) as error:
            raise CannotTravel(f"no time zone {parts[1]!r} here: {error}") from None
    try:
        offset = datetime.timedelta(microseconds=parts[0])
        if len(parts) == 2:
            return datetime.timezone(offset, parts[1])
        return datetime.timezone(offset) if offset else datetime.timezone.utc
    except (ValueError, TypeError, OverflowError) as error:
        raise CannotTravel(f"{parts!r} is no time zone: {error}") from None


def _moment(d, name):
    import datetime

    d.opening(3)
    text, fold, zone = d.of(str), d.of(int), d.of(list, type(None))
    try:
        return getattr(datetime, name).fromisoformat(text).replace(fold=fold, tzinfo=_zone(zone))
    except ValueError as error:
        raise CannotTravel(f"{text!r} is no {name}: {error}") from None


def _date(d, depth):
    import datetime

    text = d.of(str)
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise CannotTravel(f"{text!r} is no date: {error}") from None


def _timedelta(d, depth):
    import datetime

    d.opening(3)
    try:
        return datetime.timedelta(d.of(int), d.of(int), d.of(int))
    except OverflowError as error:
        raise CannotTravel(f"no timedelta: {error}") from None


def _decimal(d, depth):
    import decimal

    text = d.of(str)
    try:
        return decimal.Decimal(text)
    except decimal.InvalidOperation:
        raise CannotTravel(f"{text[:80]!r} is no Decimal") from None


def _fraction(d, depth):
    import fractions

    d.opening(2)
    numerator, denominator = d.item(1), d.item(1)
    if type(numerator) is not int or type(denominator) is not int or not denominator:
        raise CannotTravel("no fraction")
    return fractions.Fraction(numerator, denominator)


def _complex(d, depth):
    d.opening(2)
    return complex(d.of(float, int), d.of(float, int))


def _uuid(d, depth):
    import uuid

    raw = d.of(bytes)
    if len(raw) != 16:
        raise Malformed(f"malformed CBOR at byte {d.at}")
    return uuid.UUID(bytes=raw)


def _path(d, depth):
    import pathlib

    d.opening(2)
    name, text = d.of(str), d.of(str)
    known = ("PosixPath", "PurePosixPath", "WindowsPath", "PureWindowsPath", "Path", "PurePath")
    cls = getattr(pathlib, name) if name in known else pathlib.Path
    return (pathlib.Path if name == "WindowsPath" else cls)(text)


def _range(d, depth):
    d.opening(3)
    start, stop, step = d.of(int), d.of(int), d.of(int)
    if not step:
        raise CannotTravel("a range needs a step other than 0")
    return range(start, stop, step)


def _pattern(d, depth):
    import re

    d.opening(2)
    pattern, flags = d.of(str, bytes), d.of(int)
    try:
        return re.compile(pattern, flags)
    except (re.error, ValueError) as error:
        raise CannotTravel(f"{pattern!r} is no pattern: {error}") from None


def _enum(d, depth):
    import enum

    d.opening(3)
    cls = find_class(d.of(str), enum.Enum)
    name = d.of(str, type(None))
    value = d.member("value", depth)
    try:
        return cls(value) if name is None else cls[name]
    except (ValueError, KeyError):
        raise CannotTravel(f"{cls.__qualname__} has no member {value if name is None else name!r}") from None


def _namedtuple(d, depth):
    d.opening(3)
    cls = find_class(d.of(str), tuple)
    fields = d.of(list)
    values = d.list(depth)
    if list(getattr(cls, "_fields", ())) != fields or len(values) != len(fields):
        raise CannotTravel(f"{cls.__qualname__} has other fields")
    return tuple.__new__(cls, values)


def _dataclass(d, depth):
    d.opening(2)
    cls = find_class(d.of(str))
    values = d.item(depth)
    fields = getattr(cls, "__dataclass_fields__", None)
    if fields is None or type(values) is not dict:
        raise CannotTravel(f"{cls.__qualname__} is no dataclass")
    names = {name for name, field in fields.items() if field._field_type.name == "_FIELD"}
    if names != values.keys():
        raise CannotTravel(f"{cls.__qualname__} has other fields: {', '.join(map(str, sorted(names ^ values.keys())))}")
    # As copy and pickle do: what was an instance becomes one, without running __init__ again.
    made = cls.__new__(cls)
    for name, value in values.items():
        object.__setattr__(made, name, value)
    return made


def _exception(d, depth):
    parts = d.item(depth)
    if type(parts) is not dict or type(parts.get("type")) is not str or type(parts.get("args")) is not list:
        raise Malformed(f"malformed CBOR at byte {d.at}")
    return exception(parts)


def exception(parts):
    cls = find_class(parts["type"], BaseException)
    args = tuple(parts["args"])
    try:
        made = cls(*args)
    except Exception:
        made = cls.__new__(cls, *args)
        made.args = args
    if type(made) is not cls:
        raise CannotTravel(f"{cls.__qualname__} makes objects of another class")
    for note in parts.get("notes", ()):
        made.add_note(str(note))
    cause, context = parts.get("cause"), parts.get("context")
    if isinstance(context, BaseException):
        made.__context__ = context
    if isinstance(cause, BaseException):
        made.__cause__ = cause
    return made


def _host_error(d, depth):
    parts = d.item(depth)
    if type(parts) is not dict:
        raise Malformed(f"malformed CBOR at byte {d.at}")
    return _types.host_error(
        str(parts.get("type", "HostError")), str(parts.get("message", "")), str(parts.get("name", "Error")), parts.get("code")
    )


def _regexp(d, depth):
    d.opening(2)
    return _types.RegExp(d.of(str), d.of(str))


def _adapted(d, depth):
    d.opening(2)
    name = d.of(str)
    value = d.member("value", depth)
    found = _types._adapters_by_name.get(name)
    return found(value) if found else _types.Adapted(name, value)


def _host(d, depth):
    parts = d.item(depth + 8)
    if d.host is None or type(parts) is not dict:
        raise CannotTravel("a reference to the host cannot come in here")
    return d.host(parts)


def _held(d, depth):
    parts = d.item(depth + 2)
    if d.held is None or type(parts) is not dict:
        raise CannotTravel("a reference cannot come in here")
    try:
        return d.held(parts["id"])
    except KeyError:
        raise CannotTravel("the reference was released") from None


READERS = {
    2: _bignum, 3: _negative_bignum, 30: _fraction, 32: lambda d, depth: _types.URL(d.of(str)), 37: _uuid,
    258: lambda d, depth: _hashables(d, depth, set), 273: lambda d, depth: d.of(bytes).decode("utf-8", "surrogatepass"),
    1004: _date, 43000: _complex, 60001: lambda d, depth: tuple(d.list(depth)), 60002: _namedtuple,
    60003: lambda d, depth: _hashables(d, depth, frozenset), 60004: lambda d, depth: _moment(d, "datetime"),
    60006: lambda d, depth: _moment(d, "time"), 60007: _timedelta, 60008: lambda d, depth: _zone(d.of(list)),
    60009: _decimal, 60010: _path, 60011: _enum, 60012: _dataclass, 60013: _exception, 60014: _host_error,
    60015: _memoryview, 60016: lambda d, depth: bytearray(d.of(bytes)), 60017: _range, 60018: _regexp, 60019: _pattern,
    60020: _adapted, 60021: _host, 60022: _held,
}  # fmt: skip
READERS.update({tag: lambda d, depth, tag=tag: _typed(d, tag) for tag in ELEMENTS})
