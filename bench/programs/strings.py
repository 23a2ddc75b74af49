"""f-strings, split, join, replace, methods of str."""


def main():
    rows = [f"{i:06d}|{i * 3.5:.2f}|{'x' * (i % 7)}|{i!r}" for i in range(25000)]
    text = "\n".join(rows)
    total = 0
    for line in text.split("\n"):
        a, b, c, d = line.split("|")
        total += len(a.strip("0")) + int(float(b)) % 7 + len(c.upper().replace("X", "yy")) + d.isdigit()
    return total
