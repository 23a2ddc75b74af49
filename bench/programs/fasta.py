"""String building with a linear congruential generator: fasta."""
from bisect import bisect

IUB = [("a", 0.27), ("c", 0.12), ("g", 0.12), ("t", 0.27), ("B", 0.02), ("D", 0.02), ("H", 0.02), ("K", 0.02), ("M", 0.02), ("N", 0.02), ("R", 0.02), ("S", 0.02), ("V", 0.02), ("W", 0.02), ("Y", 0.02)]


def main():
    total, sums = 0.0, []
    for _, p in IUB:
        total += p
        sums.append(total)
    letters = [c for c, _ in IUB]
    seed, lines = 42, []
    for _ in range(1500):
        line = []
        for _ in range(60):
            seed = (seed * 3877 + 29573) % 139968
            line.append(letters[min(bisect(sums, seed / 139968), 14)])
        lines.append("".join(line))
    text = "\n".join(lines)
    return (len(text), text.count("a"), text[-20:])
