"""Allocation: binary-trees."""


def make(depth):
    return (make(depth - 1), make(depth - 1)) if depth else (None, None)


def check(node):
    left, right = node
    return 1 + check(left) + check(right) if left is not None else 1


def main():
    total = check(make(15))
    for depth in range(4, 15, 4):
        for _ in range(1 << (14 - depth)):
            total += check(make(depth))
    return total
