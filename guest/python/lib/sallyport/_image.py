"""The last thing before the image is taken: a heap that sandboxes share and seldom write to."""

import gc
import linecache
import re
import sys


def settle():
    linecache.clearcache()
    re.purge()
    sys.path_importer_cache.clear()
    gc.collect()
    gc.freeze()
