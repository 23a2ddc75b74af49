"""Comprehensions, sorting with keys, matrices and grids of lists, dynamic programming."""
from functools import cmp_to_key
from operator import attrgetter, itemgetter


def matrices(n):
    a = [[(i * j + 1) % 11 for j in range(n)] for i in range(n)]
    b = [[i - j for j in range(n)] for i in range(n)]
    product = [[sum(x * y for x, y in zip(row, column)) for column in zip(*b)] for row in a]
    classic = [[0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            cell = 0
            for k in range(n):
                cell += a[i][k] * b[k][j]
            classic[i][j] = cell
    assert classic == product
    return sum(product[i][i] for i in range(n))


def gauss(n):
    m = [[1.0 / (i + j + 1) + (i == j) for j in range(n)] + [float(i)] for i in range(n)]
    for column in range(n):
        pivot = max(range(column, n), key=lambda r: abs(m[r][column]))
        m[column], m[pivot] = m[pivot], m[column]
        for row in range(column + 1, n):
            factor = m[row][column] / m[column][column]
            for k in range(column, n + 1):
                m[row][k] -= factor * m[column][k]
    x = [0.0] * n
    for row in range(n - 1, -1, -1):
        x[row] = (m[row][n] - sum(m[row][k] * x[k] for k in range(row + 1, n))) / m[row][row]
    return round(sum(x), 6)


def life(size, rounds):
    cells = {(x, y) for x in range(size) for y in range(size) if (x * 7 + y * 13) % 5 < 2}
    for _ in range(rounds):
        near = {}
        for x, y in cells:
            for dx in (-1, 0, 1):
                for dy in (-1, 0, 1):
                    if dx or dy:
                        key = ((x + dx) % size, (y + dy) % size)
                        near[key] = near.get(key, 0) + 1
        cells = {c for c, count in near.items() if count == 3 or (count == 2 and c in cells)}
    return len(cells)


def knapsack(items, room):
    best = [0] * (room + 1)
    for weight, value in items:
        for left in range(room, weight - 1, -1):
            with_it = best[left - weight] + value
            if with_it > best[left]:
                best[left] = with_it
    return best[room]


def distance(a, b):
    previous = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        current = [i]
        for j, y in enumerate(b, 1):
            current.append(min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (x != y)))
        previous = current
    return previous[-1]


def sieve(n):
    flags = bytearray([1]) * (n + 1)
    flags[0:2] = b"\0\0"
    for i in range(2, int(n**0.5) + 1):
        if flags[i]:
            flags[i * i :: i] = bytes(len(range(i * i, n + 1, i)))
    plain = [True] * (n // 10)
    for i in range(2, len(plain)):
        if plain[i]:
            for j in range(i * i, len(plain), i):
                plain[j] = False
    return sum(flags) + sum(plain)


def sorting(n):
    numbers = [(i * 7919) % 10007 for i in range(n)]
    words = [f"w{v}" for v in numbers]
    records = [(w, v, v / 3) for w, v in zip(words, numbers)]
    a = sorted(numbers)
    b = sorted(words, key=len, reverse=True)
    c = sorted(records, key=itemgetter(1, 0))
    d = sorted(numbers, key=lambda v: (v % 10, -v))
    e = sorted(numbers[: n // 4], key=cmp_to_key(lambda x, y: (x > y) - (x < y)))
    f = sorted(x / 7 for x in numbers)
    g = sorted((complex(x) for x in numbers[:500]), key=attrgetter("real"))
    words.sort()
    return a[3] + len(b[0]) + c[5][1] + d[7] + e[2] + int(f[9]) + int(g[1].real) + len(words[0])


def comprehensions(n):
    squares = {i: i * i for i in range(n)}
    odd = [v for v in squares.values() if v % 2]
    triples = [(a, b, c) for a in range(1, 40) for b in range(a, 40) for c in range(b, 40) if a * a + b * b == c * c]
    flat = [x for row in [[i, i + 1, i + 2] for i in range(n)] for x in row]
    text = "".join(chr(97 + i % 26) for i in range(n))
    letters = {c: text.count(c) for c in set(text)}
    return len(odd) + len(triples) + sum(flat) + len(letters) + any(x > n for x in flat) + all(x >= 0 for x in odd)


for _ in range(2):
    print(matrices(36), gauss(40), life(40, 8), knapsack([(3 + i % 9, 10 + i % 17) for i in range(60)], 600))
    print(distance("kitten sitting on the mat" * 5, "sitting kittens at a mate" * 5), sieve(40000), sorting(8000))
    print(comprehensions(12000))
