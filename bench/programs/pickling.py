"""pickle: dumps and loads."""
import pickle
from datetime import date


def main():
    doc = {i: (f"k{i}", [i, i * 1.5, None, True], {"d": date(2000 + i % 50, 1, 1), "s": {i, i + 1}}) for i in range(6000)}
    total = 0
    for protocol in (2, 5):
        blob = pickle.dumps(doc, protocol)
        total += len(blob) + len(pickle.loads(blob))
    return total
