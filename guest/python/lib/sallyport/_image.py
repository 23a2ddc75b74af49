"""The last thing before the image is taken."""

import gc
import linecache
import os
import re

import _sallyport
import _sallyport_library

from . import _setup


def settle():
    """A heap that sandboxes share and seldom write to: see settle.c."""
    linecache.clearcache()
    re.purge()
    os.environ._data.clear()
    _setup._paths.clear()
    _sallyport_library.forget()
    gc.collect()
    gc.collect()
    objects = gc.get_objects()
    gc.freeze()
    _sallyport.settle(objects)
