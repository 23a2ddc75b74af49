# --- decorators
import functools, time
def retry(n):
    def deco(f):
        @functools.wraps(f)
        def inner(*a, **k):
            for i in range(n):
                try:
                    return f(*a, **k)
                except ValueError as e:
                    print("try", i, e)
            return "gave up"
        return inner
    return deco
tries = []
@retry(3)
def flaky():
    tries.append(1)
    if len(tries) < 3:
        raise ValueError("no")
    return "ok"
print(flaky(), flaky.__name__)
# --- memoize
def memo(f):
    cache = {}
    def g(n):
        if n not in cache:
            cache[n] = f(n)
        return cache[n]
    return g
@memo
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(80))
# --- closures
def counter():
    n = 0
    def inc(by=1):
        nonlocal n
        n += by
        return n
    return inc
a, b = counter(), counter()
a(); a(5)
print(a(), b())
# --- partial_reduce
from functools import partial, reduce
import operator
print(reduce(operator.mul, range(1, 8)), partial(int, base=2)("1010"), list(map(partial(pow, 2), range(5))))
# --- generators_pipeline
def read():
    yield from ("3", "x", "5", "8")
def numbers(lines):
    for l in lines:
        if l.isdigit():
            yield int(l)
print(list(n * n for n in numbers(read()) if n % 2))
# --- generator_send
def averager():
    total = n = 0
    avg = None
    while True:
        x = yield avg
        total += x
        n += 1
        avg = total / n
g = averager()
next(g)
print(g.send(10), g.send(20), g.send(3))
# --- comprehension_nested
print([[i * j for j in range(1, 4)] for i in range(1, 4)], {c: i for i, c in enumerate("abc")}, {x % 3 for x in range(10)}, [(x, y) for x in range(3) for y in range(x)])
# --- args_kwargs
def f(a, /, b, *args, c=3, **kw):
    return a, b, args, c, kw
print(f(1, 2, 4, 5, c=9, z=0), f(*[1, 2], **{"c": 7}))
try:
    f(a=1, b=2)
except TypeError as e:
    print("positional" in str(e))
# --- sorting_keys
import operator
d = [{"n": "b", "v": 2}, {"n": "a", "v": 2}, {"n": "c", "v": 1}]
print([x["n"] for x in sorted(d, key=operator.itemgetter("v", "n"))], max(d, key=lambda x: x["v"])["n"])
# --- compose
from functools import reduce
compose = lambda *fs: reduce(lambda f, g: lambda x: f(g(x)), fs)
print(compose(str, lambda x: x + 1, abs)(-41))
# --- curry
def curry(f, n):
    def c(*a):
        return f(*a) if len(a) >= n else lambda *b: c(*a, *b)
    return c
print(curry(lambda a, b, c: a + b * c, 3)(1)(2, 3))
# --- singledispatch
from functools import singledispatch
@singledispatch
def show(x): return f"obj {x}"
@show.register
def _(x: int): return f"int {x}"
@show.register(list)
def _(x): return f"list of {len(x)}"
print(show(1), show([1, 2]), show("s"))
# --- walrus_and_chain
data = [1, 5, 3, 8]
if (n := len(data)) > 3:
    print(n, [y for x in data if (y := x * x) > 10], 1 < n < 10, all(x > 0 for x in data), any(x > 7 for x in data))
# --- zip_enumerate
for i, (a, b) in enumerate(zip("abc", range(10, 40, 10)), start=1):
    print(i, a, b, end="; ")
print()
from itertools import zip_longest
print(list(zip_longest([1, 2, 3], "ab", fillvalue="-")))
# --- star_unpacking
first, *middle, last = range(6)
a, b = b, a = 1, 2
print(first, middle, last, [*"ab", *range(2)], {**{"x": 1}, "y": 2})
# --- any_all_sum
matrix = [[1, 2], [3, 4], [5, 6]]
print(sum(map(sum, matrix)), [sum(c) for c in zip(*matrix)], sum([[1], [2]], []))
# --- recursion_depth
import sys
def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)
print(depth(900))
try:
    depth(10 ** 6)
except RecursionError:
    print("too deep")
# --- lambda_sort
words = ["banana", "kiwi", "apple", "fig"]
print(sorted(words, key=lambda w: (len(w), w)), sorted(words, key=str.lower, reverse=True))
