"""Python values → CBOR. The tags are told in PROTOCOL.md; plain builtins are written by encoder.c."""

from struct import pack

import _sallyport

from . import _types

DEPTH = 200
SIZE = 1 << 27
TYPED_ARRAYS = {
    # typecode → RFC 8746's tag of little-endian elements; what depends on the machine is decided by the element's size.
    ("B", 1): 64, ("b", 1): 72, ("H", 2): 69, ("h", 2): 77, ("I", 4): 70, ("i", 4): 78, ("L", 4): 70, ("l", 4): 78,
    ("L", 8): 71, ("l", 8): 79, ("Q", 8): 71, ("q", 8): 79, ("f", 4): 85, ("d", 8): 86,
}  # fmt: skip


class CannotTravel(TypeError):
    """A value that cannot travel; `steps` grow from the inside out while the error passes the containers."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason
        self.steps = []
        self.trail = []

    def at(self, step, container):
        self.steps.append(step)
        self.trail.append(container)
        return self

    def named(self, root):
        """The error to raise to the user: it names the path to the value."""
        path = root + "".join(map(_step, reversed(self.steps)))
        reason = self.reason
        if reason is TOO_DEEP:
            ids = list(map(id, self.trail))
            if len(set(ids)) < len(ids):
                # A cycle: name the first place where an object comes again.
                seen, end = set(), 0
                for end, container in enumerate(reversed(self.trail)):
                    if id(container) in seen:
                        break
                    seen.add(id(container))
                path = root + "".join(map(_step, list(reversed(self.steps))[:end]))
                reason = "it contains itself; values with cycles cannot travel"
            elif len(path) > 200:
                path = path[:200] + "…"
        return TypeError(f"{path}: {reason}")


TOO_DEEP = "nested too deeply to travel"


def _step(step):
    kind, name = step
    if kind == "index":
        return f"[{name}]"
    if kind == "member":
        return f".{name}"
    if kind == "key":
        if type(name) is str and name.isidentifier():
            return f".{name}"
        return f"[{_short(name)}]"
    return f"<{kind} {name}>"


def _short(o):
    try:
        text = ascii(o)
    except Exception:
        text = f"<{type(o).__name__}>"
    return text if len(text) < 80 else text[:77] + "..."


def encode(value, root="value", *, depth=DEPTH, size=SIZE, hold=None):
    """CBOR of a value. TypeError names the path of what cannot travel, which starts with `root`.

    `hold(object, kind)` gives the number of a reference; without it nothing goes by reference.
    """
    out = bytearray()
    try:
        _Encoder(out, size, hold).item(value, depth)
    except CannotTravel as error:
        raise error.named(root) from None
    return bytes(out)


def head(out, major, n):
    if n < 24:
        out.append(major | n)
    elif n < 0x100:
        out.append(major | 24)
        out.append(n)
    elif n < 0x10000:
        out += pack(">BH", major | 25, n)
    elif n < 0x100000000:
        out += pack(">BI", major | 26, n)
    else:
        out += pack(">BQ", major | 27, n)


class _Encoder(_sallyport.Encoder):
    """What is no plain builtin; those are written by the base."""

    __slots__ = ("hold",)

    def __init__(self, out, size, hold):
        super().__init__(out, size)
        self.hold = hold

    def other(self, o, depth):
        t = type(o)
        if t is int:
            self.int(o)
            return
        method = METHODS.get(t)
        if method is None:
            method = self.method(o, t)
        method(self, o, depth)

    def dict(self, o, depth):
        self.item(o, depth)

    def int(self, o):
        out = self.out
        if o >= 0:
            if o < 0x10000000000000000:
                head(out, 0x00, o)
                return
            out.append(0xC2)
        else:
            o = -1 - o
            if o < 0x10000000000000000:
                head(out, 0x20, o)
                return
            out.append(0xC3)
        n = (o.bit_length() + 7) >> 3
        self.room(n)
        head(out, 0x40, n)
        out += o.to_bytes(n)

    def room(self, n):
        if len(self.out) + n > self.size:
            raise CannotTravel(f"the value needs more than the {self.size} bytes that may travel")

    def bytes(self, o, depth=0):
        n = len(o)
        self.room(n)
        head(self.out, 0x40, n)
        self.out.extend(o)

    def tagged(self, tag, *parts):
        head(self.out, 0xC0, tag)
        head(self.out, 0x80, len(parts))
        for part in parts:
            self.item(part, 1)

    def member(self, name, o, owner, depth):
        try:
            self.item(o, depth - 1)
        except CannotTravel as error:
            raise error.at(("member", name), owner)

    def method(self, o, t):
        """How an object of a class that is no plain builtin travels."""
        method = _known.get(t)
        if method is None:
            method = _method_of(t)
            if method is None:
                return self.reference(o, t)
            if len(_known) >= 256:
                _known.clear()
            _known[t] = method
        return method

    def reference(self, o, t):
        kind = reference_kind(o, t) if self.hold else None
        if kind is None:
            name = t.__qualname__ if t.__module__ == "builtins" else f"{t.__module__}.{t.__qualname__}"
            raise CannotTravel(f"{name!r} objects cannot travel")
        return _reference


_known = {}
_types._on_adapter.append(_known.clear)


def _method_of(t):
    mro = t.__mro__
    if type in mro:
        return _class
    if any(cls in _types._adapters_by_type for cls in mro):
        return _adapted
    names = [f"{cls.__module__}.{cls.__qualname__}" for cls in mro]
    if "enum.Enum" in names:
        return _enum
    if BaseException in mro:
        return _exception
    if hasattr(t, "__dataclass_fields__"):
        return _dataclass
    if tuple in mro and hasattr(t, "_fields"):
        return _namedtuple
    for cls, name in zip(mro, names):
        method = METHODS_BY_NAME.get(name) or METHODS.get(cls) or BUILTINS.get(cls)
        if method is not None:
            return method
    return None


def reference_kind(o, t):
    if t.__name__ in ("function", "builtin_function_or_method", "method", "partial"):
        return "function"
    if hasattr(t, "__anext__"):
        return "async iterator" if t.__name__ == "async_generator" else None
    if hasattr(t, "__next__") and t.__module__ in ("builtins", "itertools"):
        return "iterator"
    return None


def _class(e, o, depth):
    raise CannotTravel(f"the class {o.__qualname__!r} cannot travel")


def type_name(t):
    return f"{t.__module__}:{t.__qualname__}"


def _set(e, o, depth):
    e.out.extend(b"\xd9\x01\x02")
    _elements(e, o, depth)


def _frozenset(e, o, depth):
    head(e.out, 0xC0, 60003)
    _elements(e, o, depth)


def _elements(e, o, depth):
    if depth <= 0:
        raise CannotTravel(TOO_DEEP)
    e.room(len(o))
    head(e.out, 0x80, len(o))
    x = None
    try:
        for x in o:
            e.item(x, depth - 1)
    except CannotTravel as error:
        raise error.at(("element", _short(x)), o)


def _bytearray(e, o, depth):
    head(e.out, 0xC0, 60016)
    e.bytes(o)


def _complex(e, o, depth):
    e.tagged(43000, o.real, o.imag)


def _range(e, o, depth):
    e.tagged(60017, o.start, o.stop, o.step)


def _memoryview(e, o, depth):
    if o.ndim != 1:
        raise CannotTravel(f"a memoryview of {o.ndim} dimensions cannot travel")
    tag = TYPED_ARRAYS.get((o.format if o.format != "c" else "B", o.itemsize))
    if tag is None:
        raise CannotTravel(f"a memoryview of format {o.format!r} cannot travel")
    e.room(o.nbytes)
    head(e.out, 0xC0, 60015)
    head(e.out, 0xC0, tag)
    e.bytes(o.tobytes())


def _array(e, o, depth):
    tag = TYPED_ARRAYS.get((o.typecode, o.itemsize))
    if tag is None:
        raise CannotTravel(f"an array of type {o.typecode!r} cannot travel")
    e.room(len(o) * o.itemsize)
    head(e.out, 0xC0, tag)
    e.bytes(o.tobytes())


def _zone(zone, offset):
    import datetime

    micro = None if offset is None else offset // datetime.timedelta(microseconds=1)
    key = getattr(zone, "key", None)
    if type(zone).__name__ == "ZoneInfo" and type(key) is str:
        return [micro, key, True]
    if micro is None:
        raise CannotTravel(f"the time zone {zone!r} has no offset and cannot travel")
    if type(zone) is datetime.timezone and len(zone.__getinitargs__()) == 2:
        return [micro, zone.tzname(None)]
    return [micro]


def _datetime(e, o, depth):
    zone = None if o.tzinfo is None else _zone(o.tzinfo, o.utcoffset())
    head(e.out, 0xC0, 60004)
    e.items([o.replace(tzinfo=None).isoformat(), o.fold, zone], o, 3)


def _time(e, o, depth):
    zone = None if o.tzinfo is None else _zone(o.tzinfo, o.utcoffset())
    head(e.out, 0xC0, 60006)
    e.items([o.replace(tzinfo=None).isoformat(), o.fold, zone], o, 3)


def _date(e, o, depth):
    head(e.out, 0xC0, 1004)
    e.item(o.isoformat(), 1)


def _timedelta(e, o, depth):
    e.tagged(60007, o.days, o.seconds, o.microseconds)


def _timezone(e, o, depth):
    head(e.out, 0xC0, 60008)
    e.items(_zone(o, o.utcoffset(None)), o, 2)


def _decimal(e, o, depth):
    head(e.out, 0xC0, 60009)
    e.item(str(o), 1)


def _fraction(e, o, depth):
    e.tagged(30, o.numerator, o.denominator)


def _uuid(e, o, depth):
    head(e.out, 0xC0, 37)
    e.bytes(o.bytes)


def _path(e, o, depth):
    e.tagged(60010, type(o).__name__ if type(o).__module__.startswith("pathlib") else "PosixPath", str(o))


def _pattern(e, o, depth):
    head(e.out, 0xC0, 60019)
    e.items([o.pattern, o.flags], o, 2)


def _enum(e, o, depth):
    head(e.out, 0xC0, 60011)
    head(e.out, 0x80, 3)
    e.item(type_name(type(o)), 1)
    e.item(o._name_ if o._name_ in type(o).__members__ else None, 1)
    e.member("value", o._value_, o, depth)


def _namedtuple(e, o, depth):
    head(e.out, 0xC0, 60002)
    head(e.out, 0x80, 3)
    e.item(type_name(type(o)), 1)
    e.item(list(o._fields), 2)
    if len(o) != len(o._fields):
        raise CannotTravel("a namedtuple with more items than fields cannot travel")
    e.items(o, o, depth)


def _dataclass(e, o, depth):
    head(e.out, 0xC0, 60012)
    head(e.out, 0x80, 2)
    e.item(type_name(type(o)), 1)
    fields = {}
    for name, field in type(o).__dataclass_fields__.items():
        if field._field_type.name == "_FIELD":
            try:
                fields[name] = getattr(o, name)
            except AttributeError:
                raise CannotTravel(f"the field {name!r} is not set") from None
    if depth <= 0:
        raise CannotTravel(TOO_DEEP)
    head(e.out, 0xA0, len(fields))
    for name, x in fields.items():
        e.item(name, 1)
        e.member(name, x, o, depth)


def _exception(e, o, depth):
    if isinstance(o, _types.HostError):
        head(e.out, 0xC0, 60014)
        parts = {"name": o.name, "message": str(o), "type": type(o).__name__}
        if o.code is not None:
            parts["code"] = o.code
        e.item(parts, 2)
        return
    if depth <= 0:
        raise CannotTravel(TOO_DEEP)
    links = [(name, x) for name, x in (("cause", o.__cause__), ("context", o.__context__)) if x is not None]
    if o.__suppress_context__:
        links = links[:1] if o.__cause__ is not None else []
    notes = [str(note) for note in getattr(o, "__notes__", ())]
    head(e.out, 0xC0, 60013)
    head(e.out, 0xA0, 4 + len(links))
    args = tuple(o.args)
    if isinstance(o, OSError) and o.filename is not None:
        args += (o.filename,) if o.filename2 is None else (o.filename, None, o.filename2)
    for name, x in (("type", type_name(type(o))), ("message", str(o)), ("notes", notes)):
        e.item(name, 1)
        e.item(x, 2)
    e.item("args", 1)
    try:
        e.items(args, args, depth)
    except CannotTravel as error:
        raise error.at(("member", "args"), o)
    for name, x in links:
        e.item(name, 1)
        e.member(f"__{name}__", x, o, depth)


def _url(e, o, depth):
    head(e.out, 0xC0, 32)
    e.item(str.__str__(o), 1)


def _regexp(e, o, depth):
    e.tagged(60018, o.source, o.flags)


def _adapted_value(e, o, depth):
    head(e.out, 0xC0, 60020)
    head(e.out, 0x80, 2)
    e.item(o.name, 1)
    e.member("value", o.value, o, depth)


def _adapted(e, o, depth):
    for cls in type(o).__mro__:
        found = _types._adapters_by_type.get(cls)
        if found:
            return _adapted_value(e, _types.Adapted(found[0], found[1](o)), depth)


def _reference(e, o, depth):
    kind = reference_kind(o, type(o))
    if type(o) is _types.Reference:
        o = o.object
        kind = reference_kind(o, type(o)) or "object"
    if e.hold is None:
        raise CannotTravel(f"{type(o).__name__!r} objects cannot travel from here by reference")
    number = e.hold(o, kind)
    parts = {"id": number, "kind": kind, "name": str(getattr(o, "__name__", type(o).__name__))}
    doc = getattr(o, "__doc__", None) if kind == "function" else None
    if type(doc) is str:
        parts["doc"] = doc[:4000]
    head(e.out, 0xC0, 60022)
    e.item(parts, 2)


def _host(e, o, depth):
    head(e.out, 0xC0, 60021)
    e.item({"id": o._reference_, "kind": o._kind_, "name": o._name_}, 2)


METHODS = {
    set: _set, frozenset: _frozenset, bytes: _Encoder.bytes, bytearray: _bytearray, complex: _complex, range: _range,
    memoryview: _memoryview, _types.URL: _url, _types.RegExp: _regexp, _types.Adapted: _adapted_value,
    _types.Reference: _reference,
}  # fmt: skip
# Subclasses of builtins travel as these; what they override is not asked.
BUILTINS = {
    str: lambda e, o, d: e.item(str.__str__(o), d),
    int: lambda e, o, d: e.int(int.__int__(o)),
    float: lambda e, o, d: e.item(float.__float__(o), d),
    dict: lambda e, o, d: e.dict(dict(dict.items(o)), d),
    list: lambda e, o, d: e.items(list.copy(o), o, d),
    tuple: lambda e, o, d: e.item(tuple(o), d),
}
METHODS_BY_NAME = {
    "datetime.datetime": _datetime, "datetime.date": _date, "datetime.time": _time, "datetime.timedelta": _timedelta,
    "datetime.timezone": _timezone, "zoneinfo.ZoneInfo": _timezone, "decimal.Decimal": _decimal,
    "fractions.Fraction": _fraction, "uuid.UUID": _uuid, "array.array": _array, "re.Pattern": _pattern,
    "enum.Enum": _enum, "pathlib.PurePath": _path, "pathlib._local.PurePath": _path,
    "collections.deque": lambda e, o, d: e.items(list(o), o, d),
    "sallyport.HostReference": _host,
}  # fmt: skip
