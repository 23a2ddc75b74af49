"""Running out of memory: some is held back while the user's code runs, so that its end can be reported in any case."""

import _sallyport

from . import _errors

# Was memory refused to this run?
_refused = False


def begin():
    """A new run."""
    global _refused
    _sallyport.hold_memory()
    _sallyport.free_memory()
    _refused = False


def hold():
    """From here on the user's code runs. Until then, also while it is compiled, all memory may be used: what a program has
    filled shall be freed by the next cell."""
    _sallyport.hold_memory()


def free():
    """The user's code has ended: what was held back is there for the report."""
    global _refused
    _refused = _sallyport.free_memory() or _refused


def failed(error, encode_value=None):
    """The result of a run that ended with an exception."""
    free()
    result = {"status": "error", "error": _errors.info(error, encode_value)}
    # Where even the exception could not be made, the interpreter notices that it is missing: that is a SystemError.
    if _refused and isinstance(error, (MemoryError, SystemError)):
        result["memory"] = True
    return result


# The result of a run of which not even the result fits into memory; made beforehand.
NOTHING_LEFT = {
    "status": "error",
    "error": {
        "type": "MemoryError",
        "qualified": "builtins:MemoryError",
        "message": "",
        "traceback": "MemoryError\n",
        "frames": [],
        "notes": [],
    },
    "memory": True,
    "dropped": [],
}
