"""Integers small and big: loops, bits, gcd, powers, division, conversion."""
import math
from fractions import Fraction


def loops(n):
    total = 0
    i = 0
    while i < n:
        if i % 15 == 0:
            total += 3
        elif i % 5 == 0:
            total -= i
        elif i % 3 == 0:
            total ^= i
        else:
            total += i & 7
        i += 1
    for j in range(n):
        total += j // 3 - j % 5 + (j << 2) - (j >> 1)
    return total


def collatz(limit):
    best = longest = 0
    for start in range(1, limit):
        n, steps = start, 0
        while n != 1:
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            steps += 1
        if steps > longest:
            best, longest = start, steps
    return best


def random32(n):
    x, total = 2463534242, 0
    for _ in range(n):
        x ^= (x << 13) & 0xFFFFFFFF
        x ^= x >> 17
        x ^= (x << 5) & 0xFFFFFFFF
        total = (total + x) & 0xFFFFFFFFFFFFFFFF
    return total


def bits(n):
    total = 0
    for i in range(n):
        total += i.bit_count() + i.bit_length() + (~i & 15) + (i | 5) - (-i) ** 2 % 7
    return total


def big(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    product = 1
    for i in range(1, n // 4):
        product *= i
    power = pow(7, n) % (10**50 + 7)
    text = str(product)
    back = int(text)
    quotient, remainder = divmod(b, a + 1)
    shifted = (product << 123) >> 60 & (1 << 500) - 1 | a ^ b
    return (len(text), back == product, power % 1000, quotient + remainder % 1000, shifted.bit_length(), math.isqrt(product) % 1000)


def modular(n):
    prime = (1 << 127) - 1
    total = 1
    for i in range(2, n):
        total = total * pow(i, prime - 2, prime) % prime
        total += math.gcd(total, i * 30030) - math.lcm(i, 12)
    return total % 100000


def rabin(limit):
    def probable(n):
        if n < 2 or n % 2 == 0:
            return n == 2
        d, s = n - 1, 0
        while d % 2 == 0:
            d //= 2
            s += 1
        for a in (2, 3, 5, 7):
            if a % n == 0:
                continue
            x = pow(a, d, n)
            if x in (1, n - 1):
                continue
            for _ in range(s - 1):
                x = x * x % n
                if x == n - 1:
                    break
            else:
                return False
        return True

    return sum(probable(10**12 + i) for i in range(limit)) + sum(probable(i) for i in range(limit))


def euler_e(digits):
    n = 1
    a = scale = 10**digits
    total = a
    while a:
        a //= n
        total += a
        n += 1
    return str(total)[-12:-2], scale.bit_length()


def fractions(n):
    total = Fraction(0)
    for i in range(1, n):
        total += Fraction(1, i) * Fraction(i, i + 1)
    return total.denominator % 1000


for _ in range(2):
    print(loops(60000), collatz(3000), random32(40000), bits(15000), big(1600), modular(120), rabin(600))
    print(euler_e(900), fractions(150), [int(s, 16) for s in ("ff", "dead", "beef")], hex(12345), bin(77), oct(99))
    print(sum(int(str(i)) for i in range(8000)), int.from_bytes((123456789).to_bytes(8, "big"), "little"))
