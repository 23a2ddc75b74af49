"""The last thing before the image is taken: a heap that sandboxes share and seldom write to."""

import gc
import linecache
import re

import _sallyport_library


def settle():
    linecache.clearcache()
    re.purge()
    _sallyport_library.forget()
    gc.collect()
    gc.freeze()
