"""Floats, complex numbers, decimals, statistics, random."""
import cmath
import decimal
import math
import random
import statistics
from array import array


def integrate(n):
    total, step = 0.0, 1.0 / n
    for i in range(n):
        x = (i + 0.5) * step
        total += math.sqrt(1.0 - x * x) * step
    return round(total * 4, 6)


def pendulum(steps):
    """Fourth-order Runge-Kutta."""

    def slope(angle, speed):
        return speed, -9.81 * math.sin(angle) - 0.1 * speed

    angle, speed, step = 1.2, 0.0, 0.01
    swings = 0
    for _ in range(steps):
        before = angle
        a1, s1 = slope(angle, speed)
        a2, s2 = slope(angle + step / 2 * a1, speed + step / 2 * s1)
        a3, s3 = slope(angle + step / 2 * a2, speed + step / 2 * s2)
        a4, s4 = slope(angle + step * a3, speed + step * s3)
        angle += step / 6 * (a1 + 2 * a2 + 2 * a3 + a4)
        speed += step / 6 * (s1 + 2.0 * s2 + 2.0 * s3 + s4)
        if before * angle < 0.0:
            swings += 1
        elif not -4.0 < angle <= 4.0:
            angle = -angle
    return swings, round(angle, 6)


def roots(n):
    total = 0.0
    for i in range(1, n):
        x = float(i)
        while True:
            after = x - (x * x - i) / (2.0 * x)
            if abs(after - x) < 1e-12:
                break
            x = after
        total += x
    return round(total, 6)


def heat(n, rounds):
    now = array("d", [0.0]) * n
    now[0], now[-1] = 100.0, 50.0
    for _ in range(rounds):
        after = now[:]
        for i in range(1, n - 1):
            after[i] = now[i] + 0.25 * (now[i - 1] - 2.0 * now[i] + now[i + 1])
        now = after
    return round(sum(now), 4)


def walk(n):
    x = y = 0.0
    angle = 0.3
    for i in range(n):
        angle += math.sin(i) * 0.1
        x += math.cos(angle)
        y += math.sin(angle)
        if math.hypot(x, y) > 100:
            x, y = math.fmod(x, 10.0), math.floor(y) % 10
    return round(x, 3), round(math.atan2(y, x), 3), round(math.exp(-abs(x) / 100) + math.log(n), 4)


def fourier(values):
    n = len(values)
    if n == 1:
        return values
    even, odd = fourier(values[0::2]), fourier(values[1::2])
    turned = [cmath.exp(-2j * cmath.pi * k / n) * odd[k] for k in range(n // 2)]
    return [e + t for e, t in zip(even, turned)] + [e - t for e, t in zip(even, turned)]


def money(n):
    D = decimal.Decimal
    total = D("0.00")
    for i in range(1, n):
        total += (D(i) * D("1.19") / D(7)).quantize(D("0.01"), rounding=decimal.ROUND_HALF_EVEN)
    decimal.getcontext().prec = 60
    root = D(2).sqrt() + D(3).ln() + D(1).exp() ** 2
    decimal.getcontext().prec = 28
    return str(total), str(root)[:20], total > 5, int(total), f"{total:,.1f}"


def draws(n):
    source = random.Random(42)
    values = [source.random() for _ in range(n)]
    dice = [source.randint(1, 6) for _ in range(n // 2)]
    deck = list(range(52))
    for _ in range(30):
        source.shuffle(deck)
    normal = [source.gauss(0, 1) for _ in range(n // 2)]
    picks = source.choices("abc", weights=[1, 2, 3], k=n // 4) + source.sample(range(1000), 50)
    return round(statistics.fmean(values), 3), sum(dice), deck[0], round(statistics.pstdev(normal[:300]), 3), len(picks)


def conversion(n):
    total = 0.0
    for i in range(n):
        total += float(f"{i * 1.1:.3f}") + int(i * 0.7) + round(i / 3, 2) + (i * 0.5).is_integer()
        total -= float(repr(i / 7))
    return round(total, 2)


for _ in range(2):
    print(integrate(40000), pendulum(12000), roots(2500), heat(80, 150), walk(15000), money(2500), draws(8000))
    print(round(abs(sum(fourier([complex(math.sin(i), 0) for i in range(1024)]))), 3), conversion(5000))
    print(math.fsum([0.1] * 1000), math.comb(100, 50) % 1007, sum(x**0.5 for x in range(10000)) // 1)
