"""What a program in a sandbox can ask of its host.

display(object)     show it to the host as HTML, image, text …
functions           the functions that the host gives (they are builtins, too)
reference(object)   hand an object to the host by reference
adapter(…)          let instances of a class travel
"""

from . import functions
from ._references import reference
from ._types import URL, Adapted, HostError, RegExp, TimeLimitExceeded, adapter
from .display import display, update_display
from .proxies import HostReference

__all__ = [
    "URL",
    "Adapted",
    "HostError",
    "HostReference",
    "RegExp",
    "TimeLimitExceeded",
    "adapter",
    "display",
    "functions",
    "reference",
    "update_display",
]
