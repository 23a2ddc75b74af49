"""decimal: a telephone bill."""
from decimal import ROUND_HALF_EVEN, Decimal


def main():
    rate, tax, cent = Decimal("0.00894"), Decimal("0.0675"), Decimal("0.01")
    total = taxes = Decimal(0)
    for i in range(30000):
        call = Decimal(i % 4321) * rate
        price = call.quantize(cent, ROUND_HALF_EVEN)
        part = (price * tax).quantize(cent)
        taxes += part
        total += price + part
    return (str(total), str(taxes), str(Decimal(2).sqrt()))
