"""Slicing strings and counting in a dictionary: k-nucleotide."""


def main():
    seed, out = 42, []
    for _ in range(40000):
        seed = (seed * 3877 + 29573) % 139968
        out.append("ACGT"[seed * 4 // 139968])
    dna = "".join(out)
    result = []
    for size in (1, 2, 4, 8, 12):
        counts = {}
        for i in range(len(dna) - size + 1):
            key = dna[i:i + size]
            counts[key] = counts.get(key, 0) + 1
        result.append((len(counts), max(counts.values())))
    return result
