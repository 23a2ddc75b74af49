# --- quicksort
def qs(a):
    if len(a) <= 1:
        return a
    p = a[len(a) // 2]
    return qs([x for x in a if x < p]) + [x for x in a if x == p] + qs([x for x in a if x > p])
print(qs([3, 6, 8, 10, 1, 2, 1]))
# --- merge_sort
def ms(a):
    if len(a) < 2:
        return a
    m = len(a) // 2
    l, r = ms(a[:m]), ms(a[m:])
    out = []
    while l and r:
        out.append((l if l[0] <= r[0] else r).pop(0))
    return out + l + r
print(ms([5, 2, 4, 7, 1, 3, 2, 6]))
# --- binary_search
def bs(a, x):
    lo, hi = 0, len(a) - 1
    while lo <= hi:
        mid = (lo + hi) // 2
        if a[mid] == x:
            return mid
        lo, hi = (mid + 1, hi) if a[mid] < x else (lo, mid - 1)
    return -1
print(bs([1, 3, 5, 7, 9, 11], 7), bs([1, 3], 2))
# --- bfs
from collections import deque
def bfs(g, s, t):
    q, seen = deque([[s]]), {s}
    while q:
        path = q.popleft()
        if path[-1] == t:
            return path
        for n in g[path[-1]]:
            if n not in seen:
                seen.add(n)
                q.append(path + [n])
print(bfs({"A": "BC", "B": "D", "C": "DE", "D": "F", "E": "F", "F": ""}, "A", "F"))
# --- dfs_components
def components(n, edges):
    g = {i: [] for i in range(n)}
    for a, b in edges:
        g[a].append(b)
        g[b].append(a)
    seen, out = set(), []
    for s in range(n):
        if s in seen:
            continue
        stack, comp = [s], []
        while stack:
            v = stack.pop()
            if v not in seen:
                seen.add(v)
                comp.append(v)
                stack += g[v]
        out.append(sorted(comp))
    return out
print(components(7, [(0, 1), (1, 2), (3, 4), (5, 5)]))
# --- dijkstra
import heapq
def dijkstra(g, s):
    dist, q = {s: 0}, [(0, s)]
    while q:
        d, u = heapq.heappop(q)
        if d > dist[u]:
            continue
        for v, w in g[u].items():
            if d + w < dist.get(v, float("inf")):
                dist[v] = d + w
                heapq.heappush(q, (dist[v], v))
    return dist
print(dijkstra({"a": {"b": 7, "c": 3}, "b": {"d": 2}, "c": {"b": 1, "d": 8}, "d": {}}, "a"))
# --- topological
from graphlib import TopologicalSorter
print(list(TopologicalSorter({"D": {"B", "C"}, "B": {"A"}, "C": {"A", "B"}}).static_order()))
# --- knapsack
def knap(items, cap):
    dp = [0] * (cap + 1)
    for w, v in items:
        for c in range(cap, w - 1, -1):
            dp[c] = max(dp[c], dp[c - w] + v)
    return dp[cap]
print(knap([(2, 3), (3, 4), (4, 5), (5, 8)], 10))
# --- lcs
def lcs(a, b):
    dp = [[""] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            dp[i + 1][j + 1] = dp[i][j] + x if x == y else max(dp[i][j + 1], dp[i + 1][j], key=len)
    return dp[-1][-1]
print(lcs("AGGTAB", "GXTXAYB"))
# --- lis
from bisect import bisect_left
def lis(a):
    t = []
    for x in a:
        i = bisect_left(t, x)
        t[i:i + 1] = [x]
    return len(t)
print(lis([10, 9, 2, 5, 3, 7, 101, 18]))
# --- kadane
def kadane(a):
    best = cur = a[0]
    for x in a[1:]:
        cur = max(x, cur + x)
        best = max(best, cur)
    return best
print(kadane([-2, 1, -3, 4, -1, 2, 1, -5, 4]))
# --- hanoi
def hanoi(n, a="A", b="B", c="C"):
    return [] if n == 0 else hanoi(n - 1, a, c, b) + [(a, c)] + hanoi(n - 1, b, a, c)
m = hanoi(3)
print(len(m), m[:3], len(hanoi(10)))
# --- n_queens
def queens(n):
    def place(row, cols, d1, d2):
        if row == n:
            return 1
        return sum(place(row + 1, cols | {c}, d1 | {row - c}, d2 | {row + c}) for c in range(n) if c not in cols and row - c not in d1 and row + c not in d2)
    return place(0, frozenset(), frozenset(), frozenset())
print([queens(n) for n in range(1, 8)])
# --- permutations_unique
def perms(a):
    if not a:
        yield []
    for i, x in enumerate(a):
        if x not in a[:i]:
            for rest in perms(a[:i] + a[i + 1:]):
                yield [x] + rest
print(list(perms([1, 1, 2])))
# --- subsets
def subsets(a):
    out = [[]]
    for x in a:
        out += [s + [x] for s in out]
    return sorted(out)
print(subsets([1, 2, 3]))
# --- trie
class Trie:
    def __init__(self):
        self.root = {}
    def insert(self, w):
        n = self.root
        for c in w:
            n = n.setdefault(c, {})
        n["$"] = True
    def prefix(self, p):
        n = self.root
        for c in p:
            if c not in n:
                return []
            n = n[c]
        out = []
        def walk(n, s):
            for k in sorted(n):
                if k == "$":
                    out.append(s)
                else:
                    walk(n[k], s + k)
        walk(n, p)
        return out
t = Trie()
for w in "car card care cat dog".split():
    t.insert(w)
print(t.prefix("car"), t.prefix("x"))
# --- bst
class Node:
    def __init__(self, v):
        self.v, self.l, self.r = v, None, None
def insert(n, v):
    if n is None:
        return Node(v)
    if v < n.v:
        n.l = insert(n.l, v)
    else:
        n.r = insert(n.r, v)
    return n
def walk(n):
    if n:
        yield from walk(n.l)
        yield n.v
        yield from walk(n.r)
def height(n):
    return 0 if n is None else 1 + max(height(n.l), height(n.r))
root = None
for v in [50, 30, 70, 20, 40, 60, 80]:
    root = insert(root, v)
print(list(walk(root)), height(root))
# --- linked_list_reverse
class L:
    def __init__(self, v, n=None):
        self.v, self.n = v, n
head = L(1, L(2, L(3)))
prev = None
while head:
    head.n, prev, head = prev, head, head.n
out = []
while prev:
    out.append(prev.v)
    prev = prev.n
print(out)
# --- game_of_life
cells = {(1, 0), (1, 1), (1, 2)}
def step(cells):
    from collections import Counter
    n = Counter((x + dx, y + dy) for x, y in cells for dx in (-1, 0, 1) for dy in (-1, 0, 1) if dx or dy)
    return {c for c, k in n.items() if k == 3 or k == 2 and c in cells}
print(sorted(step(cells)), step(step(cells)) == cells)
# --- sudoku
grid = [[int(c) for c in r] for r in "530070000 600195000 098000060 800060003 400803001 700020006 060000280 000419005 000080079".split()]
def ok(r, c, v):
    return all(grid[r][i] != v and grid[i][c] != v and grid[r // 3 * 3 + i // 3][c // 3 * 3 + i % 3] != v for i in range(9))
def solve():
    for r in range(9):
        for c in range(9):
            if grid[r][c] == 0:
                for v in range(1, 10):
                    if ok(r, c, v):
                        grid[r][c] = v
                        if solve():
                            return True
                        grid[r][c] = 0
                return False
    return True
solve()
print("".join(map(str, grid[0])), "".join(map(str, grid[8])))
# --- union_find
parent = list(range(8))
def find(x):
    while parent[x] != x:
        parent[x] = parent[parent[x]]
        x = parent[x]
    return x
for a, b in [(0, 1), (2, 3), (1, 3), (6, 7)]:
    parent[find(a)] = find(b)
print(len({find(i) for i in range(8)}), find(0) == find(2), find(0) == find(6))
# --- rpn_calculator
def rpn(s):
    st = []
    ops = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b}
    for t in s.split():
        if t in ops:
            b, a = st.pop(), st.pop()
            st.append(ops[t](a, b))
        else:
            st.append(float(t))
    return st[0]
print(rpn("3 4 + 2 * 7 /"))
# --- expression_parser
import ast, operator
OPS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Pow: operator.pow, ast.USub: operator.neg}
def ev(n):
    match n:
        case ast.Expression(b): return ev(b)
        case ast.Constant(v): return v
        case ast.BinOp(l, o, r): return OPS[type(o)](ev(l), ev(r))
        case ast.UnaryOp(o, x): return OPS[type(o)](ev(x))
        case _: raise ValueError(ast.dump(n))
print(ev(ast.parse("2 * (3 + 4) ** 2 - -1", mode="eval")))
