"""For a REPL: what a name could become, whether a source is whole, what a name is."""

import builtins
import codeop
import inspect
import keyword
import re
import sys
import types
import warnings

from . import _errors, cells

NAME = re.compile(r"(?:(?:[^\W\d]\w*\s*\.\s*)*)(?:[^\W\d]\w*)?\Z")
IMPORT = re.compile(r"(?:^|;)\s*(?:from\s+([\w.]*)\Z|import\s+(?:[\w.]+(?:\s+as\s+\w+)?\s*,\s*)*([\w.]*)\Z)")
FROM = re.compile(r"(?:^|;)\s*from\s+([\w.]+)\s+import\s+\(?\s*(?:\w+(?:\s+as\s+\w+)?\s*,\s*)*(\w*)\Z")


def complete(action):
    before = action["source"][: action["cursor"]]
    line = before.rpartition("\n")[2]
    if found := FROM.search(line):
        word = found[2]
        matches = _members(_module(found[1]), word)
    elif found := IMPORT.search(line):
        prefix, dot, word = (found[1] if found[1] is not None else found[2]).rpartition(".")
        matches = _modules(prefix, word)
    elif _in_string(line):
        word, matches = "", []
    else:
        dotted = NAME.search(line)[0].replace(" ", "")
        prefix, dot, word = dotted.rpartition(".")
        matches = _attributes(prefix, word) if dot else _names(word)
    matches = sorted(matches.items() if isinstance(matches, dict) else matches)
    # Names with an underscore come last, and only after one.
    matches.sort(key=lambda match: match[0].startswith("_"))
    shown = [{"text": text, "kind": kind} for text, kind in matches if word.startswith("_") or not text.startswith("_")]
    completions = {"start": action["cursor"] - len(word), "matches": shown[: action["limit"]]}
    return {"status": "completions", "completions": completions}


def _in_string(line):
    return re.sub(r"\\.", "", line).count('"') % 2 == 1 or re.sub(r"\\.", "", line).count("'") % 2 == 1


def _kind(o):
    if isinstance(o, types.ModuleType):
        return "module"
    if isinstance(o, type):
        return "class"
    if isinstance(o, property):
        return "property"
    return "function" if callable(o) else "value"


def _names(word):
    found = {name: "keyword" for name in keyword.kwlist + keyword.softkwlist if name.startswith(word)}
    for space in (builtins.__dict__, cells.main.__dict__):
        found.update({name: _kind(o) for name, o in list(space.items()) if name.startswith(word) and word != name})
    found.pop("_", None)
    return found


def _resolve(dotted):
    """The object of a dotted name; properties and __getattr__ of the user's classes run, calls do not."""
    first, *rest = dotted.split(".")
    space = cells.main.__dict__
    o = space[first] if first in space else builtins.__dict__[first]
    for name in rest:
        o = getattr(o, name)
    return o


def _attributes(dotted, word):
    try:
        o = _resolve(dotted)
    except Exception:
        return {}
    return _members(o, word)


def _members(o, word):
    found = {}
    try:
        names = dir(o)
    except Exception:
        return found
    for name in names:
        if isinstance(name, str) and name.startswith(word):
            try:
                # Without running properties.
                found[name] = _kind(inspect.getattr_static(o, name))
            except AttributeError:
                found[name] = "value"
    return found


def _module(name):
    from importlib import import_module

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return import_module(name)
    except Exception:
        return None


def _modules(package, word):
    import pkgutil

    if package:
        paths = getattr(_module(package), "__path__", ())
        return {each.name: "module" for each in pkgutil.iter_modules(paths) if each.name.startswith(word)}
    names = set(sys.stdlib_module_names) | {each.name for each in pkgutil.iter_modules()}
    return {name: "module" for name in names if name.startswith(word)}


def check(action):
    source = action["source"]
    flags = cells.AWAIT | codeop.PyCF_DONT_IMPLY_DEDENT | codeop.PyCF_ALLOW_INCOMPLETE_INPUT
    result = {"state": "complete", "indent": _indent(source)}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source + "\n", "<input>", "exec", flags, dont_inherit=True)
        # An indented block is closed by an empty line.
        lines = source.split("\n")
        if len(lines) > 1 and lines[-1].startswith((" ", "\t")) and lines[-1].strip():
            result["state"] = "incomplete"
        elif lines[-1].rstrip().endswith("\\"):
            result["state"] = "incomplete"
    except SyntaxError as error:
        if type(error).__name__ == "_IncompleteInputError" or "incomplete input" in str(error):
            result["state"] = "incomplete"
        else:
            result = {**result, "state": "invalid", "error": _errors.info(error)}
    except (ValueError, OverflowError, MemoryError, RecursionError) as error:
        result = {**result, "state": "invalid", "error": _errors.info(error)}
    return {"status": "check", "check": result}


def _indent(source):
    """What the next line may start with: as the last one, deeper after a colon."""
    last = next((line for line in reversed(source.split("\n")) if line.strip()), "")
    indent = last[: len(last) - len(last.lstrip())]
    code = last.split("#")[0].rstrip()
    if code.endswith(":"):
        return indent + "    "
    if re.match(r"\s*(?:return|raise|pass|break|continue)\b", code):
        return indent[:-4]
    return indent


def inspect_name(action):
    source, cursor = action["source"], action["cursor"]
    line_before = source[:cursor].rpartition("\n")[2].rstrip("( ")
    after = re.match(r"\w*", source[cursor:])[0]
    name = (NAME.search(line_before)[0] + after).replace(" ", "").rstrip(".")
    try:
        o = _resolve(name)
    except Exception:
        return {"status": "inspection", "inspection": None}
    found = {"name": name, "type": type(o).__qualname__}
    if callable(o):
        try:
            found["signature"] = _clean(name.rpartition(".")[2] + str(inspect.signature(o)))
        except (ValueError, TypeError):
            pass
    try:
        doc = inspect.getdoc(o)
    except Exception:
        doc = None
    if isinstance(doc, str):
        found["doc"] = _clean(doc)
    return {"status": "inspection", "inspection": found}


def _clean(text):
    return _errors.cut(text, 100_000).encode("utf-8", "backslashreplace").decode()
