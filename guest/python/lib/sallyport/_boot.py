"""Runs once, when the image is made: imports what programs import most, so that no sandbox has to."""

import sys

# Left out on purpose: what is big and rare (sqlite3, unittest, http, xml, email, ctypes, multiprocessing …).
MODULES = """
    abc argparse array ast asyncio base64 binascii bisect calendar cmath codecs codeop collections collections.abc
    contextlib contextvars copy csv dataclasses datetime decimal difflib enum errno fnmatch fractions functools gc glob
    hashlib heapq hmac html importlib importlib.metadata importlib.util inspect io itertools json keyword linecache
    locale logging math numbers operator os os.path pathlib pickle platform pprint queue random re reprlib secrets select
    selectors shutil signal socket stat statistics string struct subprocess sys tempfile textwrap threading time token
    tokenize traceback types typing unicodedata urllib.parse uuid warnings weakref zlib zoneinfo
""".split()


def boot():
    """Imports, sets up; answers the function that a run calls."""
    from importlib import import_module

    for name in MODULES:
        import_module(name)

    import sallyport  # noqa: F401  (so that a program finds it at once)

    from . import _driver, _executor, _image, _warm

    _executor.adapt_loop(sys.modules["asyncio"].BaseEventLoop)
    _driver.install()
    _warm.warm()
    _image.settle()
    return _driver.run
