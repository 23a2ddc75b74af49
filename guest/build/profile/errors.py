"""Exceptions, context managers, and matching."""
import contextlib
import traceback
import warnings


class Problem(Exception):
    def __init__(self, code, text):
        super().__init__(code, text)
        self.code = code


class Worse(Problem):
    pass


class Resource:
    live = 0

    def __enter__(self):
        Resource.live += 1
        return self

    def __exit__(self, kind, value, trace):
        Resource.live -= 1
        return isinstance(value, KeyError)


@contextlib.contextmanager
def section(log):
    log.append(1)
    try:
        yield len(log)
    finally:
        log.pop()


def deep(n, kind):
    if n == 0:
        raise kind(7, "deep")
    try:
        return deep(n - 1, kind)
    finally:
        n += 1


def raising(n):
    caught = 0
    for i in range(n):
        try:
            if i % 5 == 0:
                raise Problem(i, "five")
            if i % 7 == 0:
                raise Worse(i, "seven")
            if i % 11 == 0:
                {}["missing"]
            if i % 13 == 0:
                [][1]
            int("x") if i % 17 == 0 else int("3")
        except Worse as error:
            caught += error.code
        except Problem as error:
            caught -= error.args[0]
        except (KeyError, IndexError) as error:
            caught += len(str(error))
        except ValueError:
            caught += 1
        else:
            caught += 2
        finally:
            caught += 1
    return caught


def managing(n):
    log, total = [], 0
    for i in range(n):
        with Resource() as one, section(log) as level:
            total += level + one.live
            if i % 3 == 0:
                raise KeyError(i)
        with contextlib.suppress(ZeroDivisionError):
            total += 1 // (i % 4)
    return total


def chaining(n):
    total = 0
    for i in range(n):
        try:
            try:
                deep(i % 20, Problem if i & 1 else Worse)
            except Worse as error:
                raise RuntimeError("again") from error
        except (RuntimeError, Problem) as error:
            total += len(traceback.format_exception_only(error)[0]) + (error.__cause__ is not None)
            if i % 50 == 0:
                total += len("".join(traceback.format_exception(error)))
    return total


def groups(n):
    total = 0
    for i in range(n):
        try:
            raise ExceptionGroup("many", [ValueError(i), TypeError(i), KeyError(i)])
        except* ValueError as group:
            total += len(group.exceptions)
        except* (TypeError, KeyError) as group:
            total += len(group.exceptions)
    return total


def shape(value):
    match value:
        case 0 | 1 | 2:
            return "small"
        case int(n) if n > 1000:
            return "large"
        case int():
            return "number"
        case [x, y]:
            return f"pair {x} {y}"
        case [first, *rest]:
            return f"list {first} {len(rest)}"
        case {"kind": "a", "value": v}:
            return f"a {v}"
        case {"kind": str(kind), **others}:
            return f"{kind} {len(others)}"
        case Problem(code=7):
            return "seven"
        case str() as text:
            return text
        case None:
            return "none"
        case _:
            return "?"


def matching(n):
    values = [1, 5000, 77, [1, 2], [1, 2, 3], {"kind": "a", "value": 2}, {"kind": "b", "z": 1}, Problem(7, ""), "s", None, 1.5, []]
    return sum(len(shape(values[i % len(values)])) for i in range(n))


def warned(n):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        for i in range(n):
            warnings.warn(f"careful {i}", stacklevel=1)
    return len(seen)


for _ in range(2):
    print(raising(25000), chaining(1500), groups(1500), matching(20000), warned(100))
    with contextlib.suppress(RuntimeError):
        print(managing(6000))
