"""Generators that delegate, pipelines, comprehensions."""


def tree(n):
    if n:
        yield from tree(n - 1)
        yield n
        yield from tree(n - 1)


def main():
    total = sum(tree(14))
    squares = (x * x for x in range(60000))
    odd = (x for x in squares if x & 1)
    total += sum(x % 7 for x in odd)
    return total + len({x % 101: [x] for x in range(40000)})
