"""Objects with operators: points on a B-spline in a chaos game."""
import random


class Vector:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __sub__(self, other):
        return Vector(self.x - other.x, self.y - other.y)

    def __mul__(self, k):
        return Vector(self.x * k, self.y * k)

    def dist(self, other):
        return ((self.x - other.x) ** 2 + (self.y - other.y) ** 2) ** 0.5


def main():
    rng = random.Random(1234)
    corners = [Vector(0.0, 0.0), Vector(1.0, 0.0), Vector(0.5, 0.87), Vector(0.3, 0.4)]
    at, grid = Vector(0.5, 0.5), {}
    total = 0.0
    for _ in range(30000):
        to = corners[rng.randrange(4)]
        at = at + (to - at) * 0.5
        total += at.dist(to)
        cell = (int(at.x * 64), int(at.y * 64))
        grid[cell] = grid.get(cell, 0) + 1
    return (len(grid), round(total, 6))
