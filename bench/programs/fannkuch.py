"""Permutations of small lists: fannkuch-redux."""
from itertools import permutations


def flips(p):
    count = 0
    while p[0]:
        k = p[0] + 1
        p[:k] = p[k - 1::-1] if k < len(p) else p[::-1]
        count += 1
    return count


def main():
    best = checksum = 0
    for i, p in enumerate(permutations(range(8))):
        n = flips(list(p))
        best = max(best, n)
        checksum += -n if i & 1 else n
    return (best, checksum)
