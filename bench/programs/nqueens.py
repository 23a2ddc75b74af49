"""Generators and sets: eight queens by permutations."""


def permutations(items):
    if len(items) <= 1:
        yield items
        return
    for i in range(len(items)):
        for rest in permutations(items[:i] + items[i + 1:]):
            yield items[i:i + 1] + rest


def main():
    n, columns, found = 8, tuple(range(8)), 0
    for vec in permutations(columns):
        if n == len({vec[i] + i for i in columns}) == len({vec[i] - i for i in columns}):
            found += 1
    return found
