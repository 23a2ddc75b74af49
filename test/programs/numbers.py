# --- fizzbuzz
print(" ".join("FizzBuzz" if i % 15 == 0 else "Fizz" if i % 3 == 0 else "Buzz" if i % 5 == 0 else str(i) for i in range(1, 21)))
# --- sieve
def primes(n):
    sieve = bytearray([1]) * (n + 1)
    sieve[:2] = b"\0\0"
    for i in range(2, int(n ** 0.5) + 1):
        if sieve[i]:
            sieve[i * i::i] = bytes(len(sieve[i * i::i]))
    return [i for i, p in enumerate(sieve) if p]
p = primes(1000)
print(len(p), p[-3:])
# --- factorise
def factors(n):
    out, d = [], 2
    while d * d <= n:
        while n % d == 0:
            out.append(d)
            n //= d
        d += 1
    return out + [n] * (n > 1)
print(factors(360), factors(97), factors(600851475143))
# --- gcd_lcm
import math
print(math.gcd(48, 180), math.lcm(4, 6, 10), math.isqrt(10 ** 20), math.comb(52, 5))
# --- fibonacci_big
a, b = 0, 1
for _ in range(300):
    a, b = b, a + b
print(a)
# --- collatz
def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps
print(max((collatz(n), n) for n in range(1, 3000)))
# --- perfect_numbers
print([n for n in (6, 28, 100, 496, 8128) if sum(d for d in range(1, n // 2 + 1) if n % d == 0) == n])
# --- digits_sum
from math import factorial
print(sum(map(int, str(2 ** 1000))), sum(int(d) for d in str(factorial(100))))
# --- base_convert
def to_base(n, b):
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    out = ""
    while n:
        n, r = divmod(n, b)
        out = digits[r] + out
    return out or "0"
print(to_base(255, 2), to_base(255, 16), to_base(123456789, 36), int("zz", 36), f"{255:#x} {255:#o} {255:08b}")
# --- pi_leibniz
s = sum((-1) ** k / (2 * k + 1) for k in range(10000)) * 4
print(round(s, 6))
# --- newton_sqrt
def sqrt(x):
    g = x / 2
    while abs(g * g - x) > 1e-12:
        g = (g + x / g) / 2
    return g
print(round(sqrt(2), 10), round(sqrt(144), 6))
# --- matrix_mul
A = [[1, 2], [3, 4]]
B = [[5, 6], [7, 8]]
print([[sum(a * b for a, b in zip(r, c)) for c in zip(*B)] for r in A])
# --- determinant
from fractions import Fraction
def det(m):
    m = [[Fraction(x) for x in r] for r in m]
    d = Fraction(1)
    for i in range(len(m)):
        p = next((r for r in range(i, len(m)) if m[r][i]), None)
        if p is None:
            return Fraction(0)
        if p != i:
            m[i], m[p] = m[p], m[i]
            d = -d
        d *= m[i][i]
        for r in range(i + 1, len(m)):
            f = m[r][i] / m[i][i]
            m[r] = [x - f * y for x, y in zip(m[r], m[i])]
    return d
print(det([[2, 0, 1], [1, 3, 2], [1, 1, 4]]))
# --- statistics_basic
import statistics as st
data = [2.5, 3.5, 3.5, 4.0, 7.25, 9.0]
print(st.mean(data), st.median(data), st.mode(data), round(st.stdev(data), 4), st.quantiles(data, n=4))
# --- float_pitfalls
import math
print(0.1 + 0.2 == 0.3, round(2.5), round(3.5), 1e308 * 10, float("nan") == float("nan"), math.isclose(0.1 + 0.2, 0.3))
# --- decimal_money
from decimal import ROUND_HALF_UP, Decimal
prices = [Decimal("19.99"), Decimal("5.01"), Decimal("0.10")]
total = sum(prices)
tax = (total * Decimal("0.0825")).quantize(Decimal("0.01"), ROUND_HALF_UP)
print(total, tax, total + tax)
# --- complex_roots
import cmath
a, b, c = 1, 2, 5
d = cmath.sqrt(b * b - 4 * a * c)
print((-b + d) / (2 * a), (-b - d) / (2 * a))
# --- modular_pow
print(pow(3, 1000, 1000007), pow(3, -1, 11), divmod(-7, 3), -7 // 2, -7 % 3)
# --- armstrong
print([n for n in range(10, 10000) if n == sum(int(d) ** len(str(n)) for d in str(n))])
# --- change_making
from functools import lru_cache
@lru_cache(None)
def ways(amount, coins=(50, 20, 10, 5, 2, 1)):
    if amount == 0:
        return 1
    if amount < 0 or not coins:
        return 0
    return ways(amount - coins[0], coins) + ways(amount, coins[1:])
print(ways(100))
# --- simpson
def simpson(f, a, b, n=100):
    h = (b - a) / n
    return h / 3 * (f(a) + f(b) + sum((4 if i % 2 else 2) * f(a + i * h) for i in range(1, n)))
print(round(simpson(lambda x: x ** 3, 0, 2), 8))
