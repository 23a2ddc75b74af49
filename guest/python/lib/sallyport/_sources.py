"""Sources that are no files: tracebacks and inspect find them by their name."""

import linecache

LIMIT = 500
_names = []


def register(name, source):
    lines = source.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    if name not in linecache.cache:
        _names.append(name)
        if len(_names) > LIMIT:
            linecache.cache.pop(_names.pop(0), None)
    # Without a modification time linecache never looks for a file of that name.
    linecache.cache[name] = (len(source), None, lines, name)


def forget_files():
    """Before a program runs: files may have been written anew since an earlier one read them."""
    for name, entry in list(linecache.cache.items()):
        if len(entry) > 1 and entry[1] is not None:
            del linecache.cache[name]
