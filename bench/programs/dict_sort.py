"""Dictionaries and sorting."""


def main():
    seed, d = 7, {}
    for i in range(70000):
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        d[seed] = i
    items = sorted(d.items())
    by_value = sorted(d, key=d.__getitem__)
    words = sorted((str(k)[::-1] for k in by_value[:20000]), key=lambda s: (len(s), s))
    return (items[100], by_value[100], words[100])
