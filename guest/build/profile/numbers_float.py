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


def mandel(width, height, rounds):
    inside = 0
    for py in range(height):
        for px in range(width):
            x = y = 0.0
            cx, cy = px * 3.0 / width - 2.1, py * 2.4 / height - 1.2
            for _ in range(rounds):
                xx, yy = x * x, y * y
                if xx + yy > 4.0:
                    break
                x, y = xx - yy + cx, 2.0 * x * y + cy
            else:
                inside += 1
    return inside


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
    print(integrate(40000), mandel(60, 40, 40), heat(80, 150), walk(15000), money(2500), draws(8000))
    print(round(abs(sum(fourier([complex(math.sin(i), 0) for i in range(1024)]))), 3), conversion(5000))
    print(math.fsum([0.1] * 1000), math.comb(100, 50) % 1007, sum(x**0.5 for x in range(10000)) // 1)
