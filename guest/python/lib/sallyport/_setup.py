"""Makes a sandbox itself after it was mapped: the image, or a snapshot, may live on in many processes at once."""

import builtins
import io
import os
import random
import sys
import time
import types
import warnings

import _sallyport

from . import _async, _wire, functions, proxies

_paths = []
_functions = []


def apply(setup):
    _environment()
    sys.argv[:] = setup["argv"]
    _random(setup["seed"])
    _streams(setup["terminals"])
    _path(setup["path"], setup["cwd"])
    if setup["warnings"]:
        warnings._processoptions(setup["warnings"])
    _wire.Limits.depth = setup["limits"]["depth"]
    _wire.Limits.size = setup["limits"]["bytes"]
    _async.forget()
    _host_functions(setup["functions"])


def _environment():
    entries = _sallyport.environment()
    data = os.environ._data
    before = data.get(b"TZ")
    data.clear()
    for entry in entries:
        key, _, value = entry.partition(b"=")
        if key:
            data.setdefault(key, value)
    if data.get(b"TZ") != before:
        time.tzset()


def _random(seed):
    random.seed(seed)
    # Only what was imported can have a state.
    uuid = sys.modules.get("uuid")
    if uuid is not None:
        uuid._node = uuid._last_timestamp = None
    tempfile = sys.modules.get("tempfile")
    if tempfile is not None:
        tempfile._name_sequence = None


def _streams(terminals):
    streams = (sys.__stdin__, sys.__stdout__, sys.__stderr__)
    for stream, terminal, fallback in zip(streams, terminals, (False, False, True)):
        buffering = terminal or fallback
        if stream is not None and stream.line_buffering != buffering:
            stream.reconfigure(line_buffering=buffering)


def reopen():
    """Standard streams that a program has closed are there for the next one."""
    for fd, name in enumerate(("stdin", "stdout", "stderr")):
        stream = getattr(sys, f"__{name}__")
        if stream is not None and stream.closed:
            raw = io.FileIO(fd, "wb" if fd else "rb", closefd=False)
            raw.name = f"<{name}>"
            buffer = io.BufferedWriter(raw) if fd else io.BufferedReader(raw)
            errors = "backslashreplace" if fd == 2 else "surrogateescape"
            made = io.TextIOWrapper(buffer, "utf-8", errors, line_buffering=stream.line_buffering)
            made.mode = "w" if fd else "r"
            for attribute in (name, f"__{name}__"):
                if getattr(sys, attribute) is stream:
                    setattr(sys, attribute, made)


def _path(front, cwd):
    global _paths
    for entry in _paths:
        if entry in sys.path:
            sys.path.remove(entry)
    _paths = [*front, cwd]
    sys.path[:0] = _paths


def first_path(directory):
    """What comes first in sys.path while a program runs, in place of the working directory."""
    if _paths and _paths[-1] in sys.path:
        sys.path.remove(_paths[-1])
    sys.path.insert(0, directory)


def _host_functions(specs):
    for name, made in _functions:
        if builtins.__dict__.get(name) is made:
            del builtins.__dict__[name]
        functions.__dict__.pop(name, None)
    _functions.clear()
    for spec in specs:
        owner = functions.__dict__
        *outer, name = spec["name"].split(".")
        for part in outer:
            space = owner.get(part)
            if not isinstance(space, types.SimpleNamespace):
                owner[part] = space = types.SimpleNamespace()
                if owner is functions.__dict__:
                    _expose(part, space)
            owner = space.__dict__
        owner[name] = made = proxies.NamedFunction(spec)
        if not outer:
            _expose(name, made)


def _expose(name, made):
    builtins.__dict__[name] = made
    _functions.append((name, made))
