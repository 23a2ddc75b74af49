"""Method calls and floats: rays against spheres."""
import math


class Vec:
    __slots__ = ("x", "y", "z")

    def __init__(self, x, y, z):
        self.x, self.y, self.z = x, y, z

    def __sub__(self, o):
        return Vec(self.x - o.x, self.y - o.y, self.z - o.z)

    def dot(self, o):
        return self.x * o.x + self.y * o.y + self.z * o.z

    def scaled(self, k):
        return Vec(self.x * k, self.y * k, self.z * k)

    def unit(self):
        return self.scaled(1.0 / math.sqrt(self.dot(self)))


class Sphere:
    def __init__(self, centre, radius):
        self.centre, self.radius = centre, radius

    def hit(self, origin, direction):
        to = self.centre - origin
        v = to.dot(direction)
        d = self.radius * self.radius - (to.dot(to) - v * v)
        return None if d < 0 else v - math.sqrt(d)


def main():
    spheres = [Sphere(Vec(i - 2.0, (i % 3) - 1.0, 6.0 + i), 0.9) for i in range(6)]
    origin, light, total, hits = Vec(0, 0, 0), Vec(1, 1, -1).unit(), 0.0, 0
    size = 64
    for y in range(size):
        for x in range(size):
            ray = Vec(x / size - 0.5, y / size - 0.5, 1.0).unit()
            best = None
            for s in spheres:
                t = s.hit(origin, ray)
                if t is not None and t > 0 and (best is None or t < best[0]):
                    best = (t, s)
            if best:
                hits += 1
                normal = (ray.scaled(best[0]) - best[1].centre).unit()
                total += max(0.0, normal.dot(light))
    return (hits, round(total, 6))
