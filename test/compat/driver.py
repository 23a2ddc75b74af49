"""Runs one module of CPython's own test suite, in whatever Python runs this, and says what came as JSON.

driver.py OUTPUT MODULE: the suite's package `test` must be importable. The last thing done is to write OUTPUT.
"""
import importlib
import json
import os
import re
import sys
import time
import types
import unittest


class Recorder(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.failed = {}
        self.skips = {}
        self.good = 0
        self.current = ""

    def startTest(self, test):
        super().startTest(test)
        self.current = test.id()

    def addSuccess(self, test):
        super().addSuccess(test)
        self.good += 1

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self.good += 1

    def addError(self, test, err):
        if issubclass(err[0], ModuleNotFoundError) and absent(err[1]):
            self.addSkip(test, str(err[1]))
            return
        super().addError(test, err)
        self._note(test, err)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._note(test, err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._note(test, err)

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.failed[test.id()] = "unexpected success"

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.skips[reason] = self.skips.get(reason, 0) + 1

    def _note(self, test, err):
        self.failed.setdefault(test.id(), f"{err[0].__name__}: {err[1]}"[:300])


class Missing:
    """What would be in a module that is not there: whoever calls it or looks into it is skipped."""

    def __init__(self, module):
        self.__module = module

    def __call__(self, *args, **kwargs):
        raise unittest.SkipTest(f"No module named {self.__module!r}")

    def __getattr__(self, name):
        raise unittest.SkipTest(f"No module named {self.__module!r}")


class Absent(types.ModuleType):
    """Stands for one of CPython's C modules for tests, which are not built: what uses it is skipped, not its whole file."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Missing(self.__name__)


def absent(error):
    """The name of the C module for tests for want of which an import failed."""
    found = re.fullmatch(r"No module named '(_test\w+)'", str(error))
    return found and found[1]


def load(module):
    try:
        return importlib.import_module(module)
    except (unittest.SkipTest, ModuleNotFoundError) as error:
        name = absent(error)
        if name is None or name in sys.modules:
            raise
        sys.modules[name] = Absent(name)
        sys.modules.pop(module, None)
        return load(module)


def run(module):
    if os.path.isdir("/suite/test"):
        sys.path.insert(0, "/suite")
    from test import support

    if os.uname().machine == "wasm32":
        # Processes are refused there; the suite takes that from the platform's name, which is Linux's.
        support.has_fork_support = support.has_subprocess_support = False
        # The suite would ask the command ldd.
        support.linked_to_musl = lambda: True
    support.use_resources = ["decimal"]
    support.verbose = False
    try:
        loaded = load(f"test.{module}")
        suite = unittest.defaultTestLoader.loadTestsFromModule(loaded)
        errors = unittest.defaultTestLoader.errors
        if errors:
            return {"module": module, "status": "error", "why": errors[0][-500:]}
    except unittest.SkipTest as skip:
        return {"module": module, "status": "skipped", "why": str(skip)}
    recorder = Recorder()
    status = why = None
    try:
        suite.run(recorder)
    except unittest.SkipTest as skip:
        return {"module": module, "status": "skipped", "why": str(skip)}
    except BaseException as error:
        # What ran until then counts.
        status = "timeout" if type(error).__name__ == "TimeLimitExceeded" else "error"
        why = f"{type(error).__name__} in {recorder.current}: {error}"[:500]
    if status is None:
        status = "passed" if not recorder.failed else "failed"
    if recorder.good == 0 and not recorder.failed and why is None:
        status = "skipped"
    return {
        "module": module,
        "status": status,
        **({} if why is None else {"why": why}),
        "passed": recorder.good,
        "failed": recorder.failed,
        "skips": recorder.skips,
    }


def main():
    output, module = sys.argv[1:]
    try:
        answer = run(module)
    except BaseException as error:
        answer = {"module": module, "status": "error", "why": f"{type(error).__name__}: {error}"[:500]}
    answer["seconds"] = round(time.process_time(), 2)
    with open(output, "w", encoding="utf-8") as file:
        json.dump(answer, file)
    sys.stdout.flush()
    os._exit(0)


main()
