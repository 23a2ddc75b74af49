"""The codec of values, both ways. See docs/values.md for what becomes what."""

from ._decode import Malformed, decode
from ._encode import DEPTH, SIZE, encode

__all__ = ["DEPTH", "SIZE", "Malformed", "decode", "encode"]
