"""Imports of Python's library without a round trip for every file.

All byte code lies in one file whose index is part of the image. This is a finder for the library's entries in
sys.path, so what comes earlier there still takes precedence; sources are ordinary files, for tracebacks and inspect.
"""

import marshal
import sys
import zlib
from importlib.machinery import ModuleSpec, SourceFileLoader

import _sallyport

ROOT = "/usr/lib/python3.13"
MODULES = ROOT + "/.modules"
MAGIC = b"SALLYMOD"
# Modules that are imported together lie together: one read is good for several.
AHEAD = 1 << 17
# Modules that are adapted to a guest of one process and one thread, once they have run, and by what.
ADAPTED = {
    "concurrent.futures.thread": ("sallyport._executor", "adapt"),
    "concurrent.futures.process": ("sallyport._pools", "adapt_executor"),
    "multiprocessing.pool": ("sallyport._pools", "adapt"),
}

_index = {}
_start = 0
_chunk = (0, b"")


def _read(offset, size):
    return _sallyport.library(MODULES, offset, size)


def _code(name):
    global _chunk
    offset, size, _, check = _index[name]
    start, data = _chunk
    if not start <= offset or offset + size > start + len(data):
        start, data = _chunk = (offset, _read(_start + offset, max(size, AHEAD)))
    code = memoryview(data)[offset - start : offset - start + size]
    if zlib.crc32(code) != check:
        raise ImportError(f"the library is not the one that this image was made with: {name}", name=name, path=MODULES)
    return marshal.loads(code)


class LibraryLoader(SourceFileLoader):
    """A SourceFileLoader (source, data and resources are files) whose byte code comes from the one file."""

    def get_code(self, fullname):
        name = _name(self.path)
        if name not in _index:
            return super().get_code(fullname)
        return _code(name)

    def exec_module(self, module):
        super().exec_module(module)
        adapter = ADAPTED.get(module.__name__)
        if adapter is not None:
            from importlib import import_module

            name, function = adapter
            getattr(import_module(name), function)(module)


def _name(path):
    """The module of a source file of the library."""
    name = path[len(ROOT) + 1 : -3].replace("/", ".")
    return name.removesuffix(".__init__")


class LibraryFinder:
    """For one directory of the library: a path entry finder."""

    def __init__(self, path):
        if path != ROOT and not path.startswith(ROOT + "/") or path.startswith(ROOT + "/site-packages"):
            raise ImportError("not the library", path=path)
        self.path = path
        self.prefix = path[len(ROOT) + 1 :].replace("/", ".")
        if self.prefix:
            self.prefix += "."

    def find_spec(self, fullname, target=None):
        tail = fullname.rpartition(".")[2]
        entry = _index.get(self.prefix + tail)
        if entry is None:
            return None
        path = f"{self.path}/{tail}/__init__.py" if entry[2] else f"{self.path}/{tail}.py"
        spec = ModuleSpec(fullname, LibraryLoader(fullname, path), origin=path)
        spec.has_location = True
        if entry[2]:
            spec.submodule_search_locations = [f"{self.path}/{tail}"]
        return spec

    def invalidate_caches(self):
        """The library does not change."""

    def iter_modules(self, prefix=""):
        """For pkgutil."""
        for name, (_, _, package, _) in _index.items():
            if name.startswith(self.prefix):
                tail = name[len(self.prefix) :]
                if tail and "." not in tail:
                    yield prefix + tail, bool(package)


def _blend_in(space):
    """The frames of this module count as the import system's own: warnings and tracebacks leave them out."""
    for each in list(space.values()):
        if getattr(each, "__module__", None) != __name__:
            continue
        if isinstance(each, type):
            _blend_in(vars(each))
        else:
            each.__code__ = each.__code__.replace(co_filename="<frozen importlib._bootstrap_external>")


def install():
    """At boot: from here on the library is imported this way."""
    global _start
    head = _read(0, 12)
    if head[:8] != MAGIC:
        raise ImportError("the library's byte code is missing", path=MODULES)
    length = int.from_bytes(head[8:12], "little")
    # Without json, which is to be imported this way itself: the index is a literal of Python, too.
    _index.update(eval(_read(12, length), {"__builtins__": {}}))
    _start = 12 + length
    sys.path_hooks.insert(0, LibraryFinder)
    forget()


def forget():
    """Drops what finders and reads remember."""
    global _chunk
    _chunk = (0, b"")
    sys.path_importer_cache.clear()


_blend_in(globals())
