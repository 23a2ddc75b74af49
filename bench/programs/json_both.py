"""json: dumps and loads."""
import json


def main():
    doc = [{"id": i, "name": f"name {i}", "tags": ["a", "b", "ü" * 3], "nested": {"x": i / 3, "ok": i % 2 == 0, "none": None}} for i in range(2500)]
    total = 0
    for _ in range(4):
        text = json.dumps(doc)
        total += len(json.loads(text)) + len(text)
    return total + len(json.dumps(doc, indent=1, sort_keys=True))
