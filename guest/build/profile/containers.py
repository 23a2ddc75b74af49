"""Lists, dicts, sets, tuples, and what stands on them."""
import bisect
import heapq
from collections import ChainMap, Counter, OrderedDict, defaultdict, deque, namedtuple

Point = namedtuple("Point", "x y")


def lists(n):
    values = [(i * 7919) % 10007 for i in range(n)]
    out = []
    for i, v in enumerate(values):
        if v % 3 == 0:
            out.append(v)
        elif v % 3 == 1:
            out.insert(len(out) // 2 if len(out) < 50 else len(out), v)
        elif out:
            out.pop()
    values[10:20] = values[-10:]
    del values[5:50:5]
    values.reverse()
    halves = values[: n // 2] + values[n // 2 :]
    total = 0
    for a, b in zip(halves, reversed(halves)):
        total += a if a > b else b
    while len(halves) > n // 2:
        halves.pop()
    return total + len(out) + halves.count(5) + (7 in halves) + sum(halves[::3]) + min(halves) + max(halves)


def bubble(n):
    data = [(i * 37) % n for i in range(n)]
    for i in range(n):
        for j in range(n - 1 - i):
            if data[j] > data[j + 1]:
                data[j], data[j + 1] = data[j + 1], data[j]
    return data[0] + data[-1]


def dicts(n):
    table = {}
    for i in range(n):
        key = (i * 31) % 4096
        table[key] = table.get(key, 0) + i
        if key in table and key % 5 == 0:
            del table[key]
    names = {f"key{i % 700}": i for i in range(n)}
    total = 0
    for key, value in names.items():
        total += value + len(key)
    for key in list(names):
        if names[key] & 1:
            names.pop(key)
    merged = {**table, **{v: k for k, v in names.items()}}
    merged |= {-1: 1}
    pairs = {}
    for i in range(n // 4):
        pairs[i % 50, i % 7] = pairs.setdefault((i % 50, i % 7), 0) + 1
    return total + len(merged) + sum(pairs.values()) + sum(k for k in table.keys() if k & 1)


def sets(n):
    a = {i * 3 for i in range(n)}
    b = set(range(0, 3 * n, 2))
    c = frozenset(i for i in range(n) if i % 7)
    words = {str(i) for i in range(n // 4)}
    a.discard(3)
    for i in range(n):
        if i in a and i not in b:
            a.add(i + 1)
    return len(a & b) + len(a | b) + len(a - b) + len(a ^ c) + len(words) + (c <= b) + ("77" in words)


def tuples(n):
    total = 0
    points = [Point(i, i + 1) for i in range(n // 4)]
    for i in range(n):
        a, b, *rest = (i, i + 1, i + 2, 3)
        a, b = b, a
        total += a - b + len(rest)
    return total + sum(p.x * p.y for p in points) % 1000 + (Point(1, 2) < Point(1, 3)) + hash((1, 2, (3, "a"))) % 2


def structures(n):
    groups = defaultdict(list)
    for i in range(n):
        groups[i % 97].append(i)
    counts = Counter(str(i * i)[-2:] for i in range(n // 2))
    queue = deque(maxlen=500)
    for i in range(n):
        queue.append(i)
        if i % 3 == 0:
            queue.appendleft(queue.pop())
        if i % 7 == 0 and queue:
            queue.popleft()
    heap = []
    for i in range(n // 2):
        heapq.heappush(heap, ((i * 7919) % 1009, i))
        if len(heap) > 200:
            heapq.heappop(heap)
    keys = []
    for i in range(n // 8):
        bisect.insort(keys, (i * 31) % 997)
    ordered = OrderedDict((i, None) for i in range(n // 8))
    for i in range(0, n // 8, 2):
        ordered.move_to_end(i)
    chain = ChainMap({"a": 1}, {"b": 2})
    return len(groups) + counts.most_common(1)[0][1] + len(queue) + heap[0][0] + keys[3] + len(ordered) + chain["b"]


def graph(n):
    edges = defaultdict(list)
    for i in range(n):
        for step, cost in ((1, 4), (7, 9), (31, 20)):
            edges[i].append(((i + step) % n, cost + i % 5))
    distance = {0: 0}
    heap = [(0, 0)]
    while heap:
        far, node = heapq.heappop(heap)
        if far > distance[node]:
            continue
        for target, cost in edges[node]:
            new = far + cost
            if new < distance.get(target, 1 << 30):
                distance[target] = new
                heapq.heappush(heap, (new, target))
    seen, queue = {0}, deque([0])
    while queue:
        for target, _ in edges[queue.popleft()]:
            if target not in seen:
                seen.add(target)
                queue.append(target)
    return sum(distance.values()) + len(seen)


for _ in range(2):
    print(lists(20000), bubble(250), dicts(30000), sets(8000), tuples(20000), structures(12000), graph(2500))
