# --- two_sum
def two_sum(nums, target):
    seen = {}
    for i, n in enumerate(nums):
        if target - n in seen:
            return [seen[target - n], i]
        seen[n] = i
print(two_sum([2, 7, 11, 15], 9), two_sum([3, 2, 4], 6), two_sum([1], 5))
# --- flatten
def flatten(x):
    for item in x:
        if isinstance(item, (list, tuple)):
            yield from flatten(item)
        else:
            yield item
print(list(flatten([1, [2, [3, (4, 5)], []], 6])))
# --- merge_intervals
def merge(iv):
    out = []
    for s, e in sorted(iv):
        if out and s <= out[-1][1]:
            out[-1][1] = max(out[-1][1], e)
        else:
            out.append([s, e])
    return out
print(merge([[1, 3], [8, 10], [2, 6], [15, 18]]))
# --- rotate
from collections import deque
d = deque(range(6))
d.rotate(2)
print(list(d), [1, 2, 3, 4, 5][-2:] + [1, 2, 3, 4, 5][:-2])
# --- chunked
from itertools import batched
print([list(b) for b in batched(range(7), 3)])
# --- transpose
m = [[1, 2, 3], [4, 5, 6]]
print([list(r) for r in zip(*m)], [list(r) for r in zip(*m[::-1])])
# --- dedupe_order
items = [3, 1, 3, 2, 1, 5]
print(list(dict.fromkeys(items)))
# --- invert_dict
d = {"a": 1, "b": 2, "c": 1}
inv = {}
for k, v in d.items():
    inv.setdefault(v, []).append(k)
print(inv)
# --- nested_get
def get(d, path, default=None):
    for key in path.split("."):
        if isinstance(d, list):
            d = d[int(key)] if int(key) < len(d) else None
        elif isinstance(d, dict):
            d = d.get(key)
        if d is None:
            return default
    return d
doc = {"a": {"b": [{"c": 42}]}}
print(get(doc, "a.b.0.c"), get(doc, "a.x", "none"))
# --- deep_merge
def deep(a, b):
    out = dict(a)
    for k, v in b.items():
        out[k] = deep(out[k], v) if isinstance(v, dict) and isinstance(out.get(k), dict) else v
    return out
print(deep({"x": {"y": 1, "z": 2}, "k": 0}, {"x": {"y": 9}, "n": 1}))
# --- sort_stable
people = [("Bob", 25), ("Alice", 30), ("Carl", 25), ("Dan", 30)]
print(sorted(people, key=lambda p: (-p[1], p[0])))
# --- top_k
import heapq
print(heapq.nlargest(3, [5, 1, 9, 3, 7]), heapq.nsmallest(2, "hello"))
# --- running_median
import heapq
low, high, out = [], [], []
for x in [5, 2, 10, 1, 7, 8]:
    heapq.heappush(high, -heapq.heappushpop(low, -x))
    if len(high) > len(low):
        heapq.heappush(low, -heapq.heappop(high))
    out.append(-low[0] if len(low) > len(high) else (high[0] - low[0]) / 2)
print(out)
# --- set_operations
a, b = {1, 2, 3, 4}, {3, 4, 5}
print(a & b, a | b, a - b, a ^ b, {3} <= a, a.isdisjoint({9}))
# --- counter_math
from collections import Counter
c = Counter("mississippi")
c.subtract("miss")
print(sorted((+c).items()), c.total())
# --- namedtuple
from collections import namedtuple
P = namedtuple("P", "x y z", defaults=[0])
p = P(1, 2)
print(p, p._replace(z=9), p._asdict())
# --- ordered_lru
from collections import OrderedDict
class LRU:
    def __init__(self, n):
        self.n, self.d = n, OrderedDict()
    def get(self, k):
        if k not in self.d:
            return -1
        self.d.move_to_end(k)
        return self.d[k]
    def put(self, k, v):
        self.d[k] = v
        self.d.move_to_end(k)
        if len(self.d) > self.n:
            self.d.popitem(last=False)
c = LRU(2)
c.put(1, 1); c.put(2, 2); c.get(1); c.put(3, 3)
print(c.get(2), c.get(1), c.get(3))
# --- chainmap
from collections import ChainMap
cm = ChainMap({"a": 1}, {"a": 2, "b": 3})
print(cm["a"], cm["b"], dict(cm.new_child({"b": 0})))
# --- bisect_grades
from bisect import bisect
print([("FDCBA"[bisect([60, 70, 80, 90], s)]) for s in (33, 99, 77, 70, 89, 90, 100)])
# --- itertools_mix
from itertools import accumulate, chain, combinations, pairwise, permutations, product, takewhile
print(list(accumulate([1, 2, 3, 4])), list(combinations("abc", 2)), len(list(permutations(range(5)))), list(product([0, 1], repeat=2)), list(pairwise("abcd")), list(takewhile(lambda x: x < 3, [1, 2, 3, 1])))
# --- group_by
from itertools import groupby
data = [("x", 1), ("y", 2), ("x", 3)]
print({k: [v for _, v in g] for k, g in groupby(sorted(data), key=lambda t: t[0])})
# --- spiral
def spiral(m):
    out = []
    while m:
        out += m.pop(0)
        m = [list(r) for r in zip(*m)][::-1]
    return out
print(spiral([[1, 2, 3], [4, 5, 6], [7, 8, 9]]))
# --- slices
a = list(range(10))
a[2:5] = ["x"]
del a[::3]
print(a, a[::-1], a[-3:])
