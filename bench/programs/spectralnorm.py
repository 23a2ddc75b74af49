"""Nested generator expressions over floats: spectral-norm."""
from math import sqrt


def a(i, j):
    return 1.0 / ((i + j) * (i + j + 1) // 2 + i + 1)


def av(v):
    n = range(len(v))
    return [sum(a(i, j) * v[j] for j in n) for i in n]


def atv(v):
    n = range(len(v))
    return [sum(a(j, i) * v[j] for j in n) for i in n]


def main():
    u = [1.0] * 80
    v = u
    for _ in range(8):
        v = atv(av(u))
        u = atv(av(v))
    return round(sqrt(sum(x * y for x, y in zip(u, v)) / sum(y * y for y in v)), 9)
