"""What the host hands in by reference: functions, objects with listed methods, iterators."""

from . import _wire, _signatures


def _drop(number):
    _wire.dropped.append(number)


class HostReference:
    """Base of all: tells the host when it is gone."""

    def __init__(self, parts):
        self._reference_ = parts["id"]
        self._kind_ = parts["kind"]
        self._name_ = parts["name"]

    def __del__(self):
        _drop(self._reference_)

    def __repr__(self):
        return f"<host {self._kind_} {self._name_}>"

    def __reduce__(self):
        raise TypeError(f"a reference to the host's {self._name_} cannot be pickled or copied")

    def __eq__(self, other):
        return isinstance(other, HostReference) and other._reference_ == self._reference_

    def __hash__(self):
        return hash((HostReference, self._reference_))


HostReference.__module__ = "sallyport"


def _call(target, name, spec, bound, args, kwargs):
    args, kwargs = bound(args, kwargs)
    request = _wire.call_request(target, args, kwargs, name)
    if spec.get("async"):
        from . import _async

        if _async.running() is not None:
            return _async.start(request)
    return _wire.waiting(request)


class _Callable:
    """Shared by host functions and methods: calling, and what help() and inspect want to know."""

    def _prepare(self, target, spec):
        self._target = target
        self._spec = spec
        self.__name__ = spec["name"].rpartition(".")[2]
        self.__qualname__ = spec["name"]
        self.__doc__ = spec.get("doc")
        self.__module__ = "sallyport.functions"
        self.__signature__ = _signatures.signature(spec)
        self._bound = _signatures.binder(self.__signature__, spec, self.__qualname__)
        self.__annotations__ = _signatures.annotations(self.__signature__)

    def __call__(self, /, *args, **kwargs):
        return _call(self._target, self.__qualname__, self._spec, self._bound, args, kwargs)

    def sync(self, /, *args, **kwargs):
        """Call and wait for the answer, also where an asyncio loop runs."""
        args, kwargs = self._bound(args, kwargs)
        return _wire.waiting(_wire.call_request(self._target, args, kwargs, self.__qualname__))

    def start(self, /, *args, **kwargs):
        """Begin the call; what comes back is to be awaited."""
        from . import _async

        args, kwargs = self._bound(args, kwargs)
        return _async.start(_wire.call_request(self._target, args, kwargs, self.__qualname__))

    def __repr__(self):
        return f"<host function {self.__qualname__}{self.__signature__ or '(...)'}>"


class NamedFunction(_Callable):
    """A function of the sandbox's table, called by name."""

    def __init__(self, spec):
        self._prepare({"name": spec["name"]}, spec)

    def __reduce__(self):
        return (_named, (self.__qualname__,))


def _named(name):
    from . import functions

    found = functions
    for part in name.split("."):
        found = getattr(found, part)
    return found


class HostFunction(HostReference, _Callable):
    """A function that came as a value."""

    def __init__(self, parts):
        HostReference.__init__(self, parts)
        self._prepare({"reference": parts["id"]}, parts)

    __repr__ = _Callable.__repr__


class HostMethod(_Callable):
    def __init__(self, owner, spec):
        # The method keeps its object alive.
        self.__self__ = owner
        name = f"{owner._name_}.{spec['name']}"
        self._prepare({"reference": owner._reference_, "method": spec["name"]}, {**spec, "name": name})


class HostObject(HostReference):
    """An object of the host with the methods that the host listed."""

    def __init__(self, parts):
        super().__init__(parts)
        self._methods_ = {spec["name"]: spec for spec in parts.get("methods", ())}
        self.__doc__ = parts.get("doc")

    def __getattr__(self, name):
        spec = object.__getattribute__(self, "__dict__").get("_methods_", {}).get(name)
        if spec is None:
            raise AttributeError(f"the host's {self._name_} has no method {name!r}", name=name, obj=self)
        return HostMethod(self, spec)

    def __dir__(self):
        return sorted(self._methods_)


class HostIterator(HostReference):
    """An iterable of the host, taken once: `for`, and `async for` where an asyncio loop runs."""

    # The most items to ask for at once.
    BATCH = 64

    def __init__(self, parts):
        super().__init__(parts)
        self._items = []
        # An iterator that computes its items is asked for more of them only once some were used; one that waits
        # for its items, for one at a time.
        self._count = 1
        self._done = False

    def __iter__(self):
        return self

    def __next__(self):
        while not self._items:
            if self._done:
                raise StopIteration
            self._take(_wire.waiting(self._request("next", count=self._count)))
        return self._items.pop()

    def __aiter__(self):
        return self

    async def __anext__(self):
        from . import _async

        while not self._items:
            if self._done:
                raise StopAsyncIteration
            self._take(await _async.start(self._request("next", count=self._count)))
        return self._items.pop()

    def _request(self, kind, **more):
        return {"kind": kind, "reference": self._reference_, **more}

    def _take(self, answer):
        items, self._done = answer
        if self._kind_ == "iterator":
            self._count = min(self._count * 2, self.BATCH)
        items.reverse()
        self._items = items

    def close(self):
        """Tell the host that no more is wanted."""
        self._items = []
        if not self._done:
            self._done = True
            _wire.waiting(self._request("close"))

    async def aclose(self):
        """The same, awaitable."""
        from . import _async

        self._items = []
        if not self._done:
            self._done = True
            await _async.start(self._request("close"))

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.close()


_kinds = {"function": HostFunction, "object": HostObject, "iterator": HostIterator, "async iterator": HostIterator}


def from_host(parts):
    return _kinds[parts["kind"]](parts)
