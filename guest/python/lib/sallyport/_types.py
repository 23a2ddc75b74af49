"""Classes for what the host has and Python has not."""

import builtins


class URL(str):
    """A URL of the host: text that goes back as a URL."""

    __slots__ = ()

    def __repr__(self):
        return f"URL({str.__repr__(self)})"


class RegExp:
    """A regular expression of the host. `compile()` gives Python's; the usual methods do so by themselves."""

    __slots__ = ("source", "flags", "_compiled")

    def __init__(self, source, flags=""):
        self.source = source
        self.flags = flags
        self._compiled = None

    def compile(self):
        """The same pattern as `re.Pattern`; re.error where Python has no such syntax."""
        if self._compiled is None:
            import re

            flags = 0
            for letter, flag in (("i", re.IGNORECASE), ("m", re.MULTILINE), ("s", re.DOTALL)):
                if letter in self.flags:
                    flags |= flag
            self._compiled = re.compile(_python_syntax(self.source), flags)
        return self._compiled

    def __getattr__(self, name):
        if name in ("search", "match", "fullmatch", "findall", "finditer", "split", "sub", "subn"):
            return getattr(self.compile(), name)
        raise AttributeError(f"'RegExp' object has no attribute {name!r}", name=name, obj=self)

    def __eq__(self, other):
        if not isinstance(other, RegExp):
            return NotImplemented
        return (self.source, self.flags) == (other.source, other.flags)

    def __hash__(self):
        return hash((RegExp, self.source, self.flags))

    def __repr__(self):
        return f"RegExp({self.source!r}, {self.flags!r})"


def _python_syntax(source):
    import re

    text = re.sub(r"\\.|\(\?<(?=[A-Za-z_])", lambda m: "(?P<" if m[0] == "(?<" else m[0], source, flags=re.S)
    text = re.sub(r"\\.", lambda m: {"\\/": "/", "\\-": "\\-"}.get(m[0], m[0]), text, flags=re.S)
    text = re.sub(r"\\k<(\w+)>", r"(?P=\1)", text)
    text = re.sub(r"\\u\{([0-9a-fA-F]{1,8})\}", lambda m: "\\U" + m[1].rjust(8, "0"), text)
    return text


class HostError(RuntimeError):
    """An exception of the host. `name` is its class there, `code` its code or None."""

    def __init__(self, message="", name="Error", code=None):
        super().__init__(message)
        self.name = name
        self.code = code


_kinds = {}


def host_error(kind, message, name, code=None):
    """A HostError that is an exception of the builtin class `kind`, too."""
    cls = _kinds.get(kind)
    if cls is None:
        base = getattr(builtins, kind, None)
        cls = HostError
        if isinstance(base, type) and issubclass(base, Exception) and not issubclass(RuntimeError, base):
            try:
                cls = type(kind, (HostError, base), {"__module__": "builtins", "__doc__": HostError.__doc__})
                cls("")
            except TypeError:
                cls = HostError
        if len(_kinds) < 100:
            _kinds[kind] = cls
    return cls(message, name, code)


class Adapted:
    """A value of the host's adapter `name`, for which no adapter was registered here."""

    __slots__ = ("name", "value")

    def __init__(self, name, value):
        self.name = name
        self.value = value

    def __eq__(self, other):
        if not isinstance(other, Adapted):
            return NotImplemented
        return (self.name, self.value) == (other.name, other.value)

    __hash__ = None

    def __repr__(self):
        return f"Adapted({self.name!r}, {self.value!r})"


class Reference:
    """Wraps an object that shall go to the host by reference, whatever it is."""

    __slots__ = ("object",)

    def __init__(self, object):
        self.object = object


class TimeLimitExceeded(KeyboardInterrupt):
    """The controller's time limit. A KeyboardInterrupt, so that `except Exception` and asyncio let it through."""


TimeLimitExceeded.__module__ = HostError.__module__ = RegExp.__module__ = URL.__module__ = "sallyport"
Adapted.__module__ = Reference.__module__ = "sallyport"

# Called when an adapter was added.
_on_adapter = []
_adapters_by_name = {}
_adapters_by_type = {}


def adapter(name, cls, encode, decode):
    """Let instances of `cls` travel: `encode(object)` gives a value that travels under `name`, `decode(value)` the object."""
    _adapters_by_name[name] = decode
    _adapters_by_type[cls] = (name, encode)
    for forget in _on_adapter:
        forget()
