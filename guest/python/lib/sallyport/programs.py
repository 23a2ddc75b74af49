"""Programs: what `python FILE`, `python -m MODULE` and `python -` do, and what happens at their end."""

import atexit
import gc
import os
import sys
import types

import _sallyport

from . import _errors, _memory, _setup, _sources, _wire, cells

# What a program may put in place of the interpreter's own; a later one finds it as it was.
KEPT = ("argv", "path", "stdin", "stdout", "stderr", "excepthook", "unraisablehook", "displayhook", "breakpointhook")
# Modules that come with the guest stay when a program ends; its own go.
LIBRARY = os.path.dirname(os.__file__) + "/"


def run(action):
    what, args = action["what"], action["args"]
    _sources.forget_files()
    main = types.ModuleType("__main__")
    main.__dict__.update({"__builtins__": sys.modules["builtins"], "__annotations__": {}, "__cached__": None})
    if "bind" in action:
        main.__dict__.update(_wire.unpack_value(action["bind"], "bind"))
    kept, before = {name: getattr(sys, name) for name in KEPT}, set(sys.modules)
    sys.argv, sys.path = sys.argv[:], sys.path[:]
    sys.modules["__main__"] = main
    try:
        failure = None
        try:
            _start(what, args, main)
        except BaseException as error:
            failure = error
        # Outside of the handler: what goes wrong from here on did not happen while handling the failure.
        if failure is None:
            result = {"status": "ok"}
        elif isinstance(failure, SystemExit):
            result = {"status": "exit", "code": _exit_code(failure)}
        else:
            result = _unhandled(failure)
        del failure
        return _end(main, result)
    finally:
        _forget_modules(before)
        sys.__dict__.update(kept)
        _setup.reopen()
        sys.modules["__main__"] = cells.main


def _start(what, args, main):
    if "module" in what:
        import runpy

        sys.argv[:] = ["-m", *args]
        _memory.hold()
        _sallyport.outermost(runpy._run_module_as_main, what["module"])
        return
    if "path" in what:
        path = what["path"]
        sys.argv[:] = [path, *args]
        path = os.path.abspath(path)
        if _has_main(path):
            import runpy

            _setup.first_path(path)
            _memory.hold()
            _sallyport.outermost(runpy._run_module_as_main, "__main__", False)
            return
        _setup.first_path(os.path.dirname(os.path.realpath(path)))
        with open(path, "rb") as file:
            source = file.read()
        name = path
    else:
        source, name = what["source"], what["name"]
        sys.argv[:] = [name, *args]
        _sources.register(name, source)
    main.__file__ = name
    if "path" in what:
        from importlib.machinery import SourceFileLoader

        main.__loader__ = SourceFileLoader("__main__", name)
    code = compile(source, name, "exec", dont_inherit=True)
    _memory.hold()
    _sallyport.outermost(exec, code, main.__dict__)


def _has_main(path):
    """A directory or an archive that is to be run by its __main__.py."""
    if os.path.isdir(path):
        return True
    if path.endswith((".py", ".pyw")):
        return False
    import zipfile

    return zipfile.is_zipfile(path)


def _exit_code(error):
    code = error.code
    if code is None:
        return 0
    if isinstance(code, int):
        return int(code) & 0xFF
    _flush(sys.stdout)
    try:
        sys.stderr.write(f"{code}\n")
    except Exception:
        pass
    return 1


def _unhandled(error):
    """Printed as python prints it, by the program's own excepthook if it has one."""
    _errors.trim_all(error)
    _flush(sys.stdout)
    result = _memory.failed(error)
    try:
        hook = getattr(sys, "excepthook", sys.__excepthook__)
        hook(type(error), error, error.__traceback__)
    except SystemExit as leaving:
        result = {"status": "exit", "code": _exit_code(leaving)}
    except BaseException as broken:
        sys.stderr.write("Error in sys.excepthook:\n")
        _errors.trim_all(broken)
        sys.__excepthook__(type(broken), broken, broken.__traceback__)
        sys.stderr.write("\nOriginal exception was:\n")
        sys.__excepthook__(type(error), error, error.__traceback__)
    return result


def _end(main, result):
    """Exit handlers, objects with finalizers (files that were not closed), stdio: in python's order. There are no threads."""
    hook, sys.unraisablehook = sys.unraisablehook, _trimmed_hook(sys.unraisablehook)
    try:
        atexit._run_exitfuncs()
    finally:
        sys.unraisablehook = hook
    for name in ("last_exc", "last_type", "last_value", "last_traceback"):
        sys.__dict__.pop(name, None)
    whole = _flush(sys.stdout)
    _clear(main)
    gc.collect()
    # Finalizers may have printed.
    whole = whole and _flush(sys.stdout)
    _flush(sys.stderr)
    if not whole and result["status"] in ("ok", "exit"):
        result = {"status": "exit", "code": 120}
    return result


def _trimmed_hook(hook):
    """Tells of exceptions in exit handlers without the driver's frames."""

    def trimmed(unraisable):
        kind, value, tb, message, o = unraisable
        hook(type(unraisable)((kind, value, _errors.trim(tb), message, o)))

    return trimmed


def finish():
    """The end of a session: as at a program's end."""
    from . import _async

    _async.finish()
    return _end(cells.main, {"status": "ok"})


def _clear(module):
    """As the interpreter clears modules at its end: names with an underscore first, builtins last."""
    space = module.__dict__
    for private in (True, False):
        for name in list(space):
            if name != "__builtins__" and (name.startswith("_") and not name.startswith("__")) is private:
                space[name] = None
    space.clear()


def _forget_modules(before):
    for name in set(sys.modules) - before:
        module = sys.modules.get(name)
        if not str(getattr(module, "__file__", None) or LIBRARY).startswith(LIBRARY):
            del sys.modules[name]


def _flush(stream):
    """False, and a note on stderr, when what was written is lost."""
    try:
        if stream is not None and not stream.closed:
            stream.flush()
        return True
    except Exception as error:
        _lost(stream, error)
        return False


def _lost(stream, error):
    """As python says it, to the program's own hook if it has one."""
    what = f"Exception ignored on flushing sys.{str(getattr(stream, 'name', '')).strip('<>')}"
    try:
        if sys.unraisablehook is sys.__unraisablehook__:
            sys.stderr.write(f"{what}:\n{type(error).__name__}: {error}\n")
        else:
            about = {"exc_type": type(error), "exc_value": error, "exc_traceback": None, "err_msg": what, "object": None}
            sys.unraisablehook(types.SimpleNamespace(**about))
    except Exception:
        # stderr may be what is lost.
        pass
