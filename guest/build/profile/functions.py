"""Calls of every kind: closures, defaults, keywords, star arguments, generators, decorators, recursion."""
import functools
import itertools
import operator


def counter(start, step=1):
    value = start

    def bump(by=None):
        nonlocal value
        value += step if by is None else by
        return value

    return bump


def compose(*functions):
    return functools.reduce(lambda f, g: lambda x: g(f(x)), functions)


def logged(function):
    calls = []

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        calls.append(len(args))
        return function(*args, **kwargs)

    wrapper.calls = calls
    return wrapper


@logged
def area(width, height, *, scale=1, **extra):
    return width * height * scale + len(extra)


@functools.lru_cache(maxsize=None)
def partitions(n, most):
    if n == 0:
        return 1
    return sum(partitions(n - k, min(k, n - k)) for k in range(1, min(n, most) + 1))


def hanoi(n, source, target, spare, moves):
    if n == 0:
        return 0
    count = hanoi(n - 1, source, spare, target, moves)
    moves[source, target] = moves.get((source, target), 0) + 1
    return count + 1 + hanoi(n - 1, spare, target, source, moves)


def ackermann(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


def tak(x, y, z):
    return z if y >= x else tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))


def permutations(items):
    if len(items) <= 1:
        yield items
        return
    for i, item in enumerate(items):
        for rest in permutations(items[:i] + items[i + 1 :]):
            yield [item] + rest


def walk(tree):
    if isinstance(tree, list):
        for branch in tree:
            yield from walk(branch)
    else:
        yield tree


def averager():
    total, count, average = 0.0, 0, None
    while True:
        value = yield average
        total += value
        count += 1
        average = total / count


def pipeline(n):
    numbers = (x * x for x in range(n))
    odd = (x for x in numbers if x & 1)
    pairs = itertools.pairwise(odd)
    return sum(b - a for a, b in itertools.islice(pairs, n))


def nested(depth):
    return [nested(depth - 1), depth, nested(depth - 1)] if depth else 1


def spread(a, b=2, *rest, c=3, **more):
    return a + b + c + sum(rest) + sum(more.values())


def calls(n):
    bump = counter(1, 2)
    twice = compose(lambda x: x + 1, lambda x: x * 2, abs)
    add3 = functools.partial(operator.add, 3)
    total = 0
    for i in range(n):
        total += bump() + bump(by=3) + twice(i) + add3(i)
        total += spread(i) + spread(i, 4, 5, 6) + spread(i, c=1, d=2) + spread(*(1, 2, 3), **{"e": 4})
        total += area(i, 2, scale=3) + area(i, height=2, colour=1)
    return total


for _ in range(2):
    mean = averager()
    next(mean)
    print(calls(15000), partitions(60, 60), hanoi(13, "a", "b", "c", {}), ackermann(2, 60), tak(14, 8, 2))
    print(sum(p[0] for p in permutations(list(range(7)))), sum(walk(nested(11))), pipeline(40000))
    print([mean.send(i) for i in range(20000)][-1])
    print(sum(map(operator.mul, range(30000), itertools.cycle([1, 2, 3]))))
    print(max(itertools.accumulate(range(20000), lambda a, b: (a * 31 + b) % 65537)))
    partitions.cache_clear()
