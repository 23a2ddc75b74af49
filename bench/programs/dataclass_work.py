"""Dataclasses, enums, collections: what programs of today look like."""
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache


class Kind(Enum):
    A = 1
    B = 2


@dataclass(frozen=True, order=True)
class Item:
    key: int
    name: str
    kind: Kind = Kind.A


@lru_cache(maxsize=500)
def weight(n):
    return n * n % 97


def main():
    items = [Item(i * 7919 % 10007, f"item{i % 50}", Kind.B if i % 3 else Kind.A) for i in range(9000)]
    groups = defaultdict(list)
    for item in items:
        groups[item.name].append(item)
    counts = Counter(item.kind.name for item in items)
    window, best = deque(maxlen=10), 0
    for item in sorted(items, key=lambda i: (i.key, i.name)):
        window.append(weight(item.key))
        best = max(best, sum(window))
    return (len(groups), counts["A"], best, replace(items[5], key=1).name, max(set(items), key=lambda i: i.key).key)
