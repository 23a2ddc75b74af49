"""Long texts and bytes: searching, comparing, splitting, replacing, translating and encoding of tens of kilobytes."""
import re

SENTENCE = "A quick brown fox jumps over the lazy dog, and nobody minds; %d times so far.\n"
LATIN = "".join(SENTENCE % i for i in range(400))
GREEK = LATIN.replace("o", "\u03bf")
SMILING = LATIN.replace("nobody", "\U0001f642")


def searching(text, n):
    total = 0
    size = len(text)
    for i in range(n):
        start = i * 97 % size
        for wanted in ("q", "\t", "zy", "zz", "jumps", "never there", "399 times so far", "dog, and nobody minds; 398"):
            total += text.find(wanted, start) + text.rfind(wanted) + (wanted in text)
        total += text.count("o", start) + text.count("lazy") + text.startswith("A quick") + text.endswith("far.\n")
        total += text.index("quick", start // 2) + len(text.partition("lazy")[2])
    return total


def comparing(text, n):
    same = text[:-1] + text[-1]
    other = text[:-1] + "!"
    pieces = text.splitlines()
    total = 0
    for i in range(n):
        total += (text == same) + (text < other) + (other != same) + (text[i:] > same[i:])
        total += sum(a == b for a, b in zip(pieces, reversed(pieces)))
    return total, sorted(pieces)[7], max(pieces), hash(same) == hash(text)


def rebuilding(text, n):
    table = {ord("a"): "A", ord("o"): None, ord("z"): "ss"}
    total = 0
    for i in range(n):
        total += len(text.split("\n")) + len(text.split()) + len(text.rsplit(",", 100)) + len(text.splitlines(True))
        total += len(text.replace("fox", "cat")) + len(text.replace("o", "0")) + len(text.replace("lazy dog", ""))
        total += len(text.translate(table)) + len(text.upper()) + len(text.title()) + len(text.swapcase())
        total += len(text[::-1]) + len(text[i::3]) + len(text * 2) + len(text.strip("A.\n")) + len(text.casefold())
        total += len("".join([text, str(i), text])) + len(text.center(len(text) + 9)) + len(text.expandtabs())
        total += text.isascii() + text.isprintable() + text.isalpha() + text.islower()
    return total


def encoding(text, n):
    total = 0
    for i in range(n):
        for name in ("utf-8", "utf-16", "utf-32-le", "unicode_escape"):
            data = text.encode(name)
            total += len(data) + (data.decode(name) == text)
        data = text.encode("ascii", "backslashreplace") + text.encode("latin-1", "replace")
        total += len(data.decode("ascii")) + len(data.decode("latin-1")) + len(data.decode("cp1252"))
    return total


def raw(n):
    data = LATIN.encode()
    buffer = bytearray(data)
    total = 0
    for i in range(n):
        total += data.find(b"z", i) + data.rfind(b"q") + data.find(b"\0") + data.find(b"dog, and", i) + data.count(b"e")
        total += len(data.split(b"\n")) + len(data.replace(b"o", b"0")) + len(data.upper()) + len(data.translate(None, b"aeiou"))
        total += (data == bytes(buffer)) + (buffer == data) + len(data.hex()) + len(bytes.fromhex(data[:999].hex()))
        total += len(list(data[:3000])) + len(bytes(list(data[:3000]))) + sum(data[:3000]) + data.isascii()
        buffer.extend(data[:512])
        del buffer[-512:]
        buffer[100:200] = data[100:200]
    return total


def patterns(text, n):
    total = 0
    for _ in range(n):
        total += len(re.findall(r"\b\w+y\b", text)) + len(re.sub(r"[aeiou]+", "-", text)) + len(re.split(r"[;,]\s*", text))
        total += sum(int(m[1]) for m in re.finditer(r"(\d+) times", text)) + bool(re.search(r"(?i)NEVER|there$", text))
    return total


for text in (LATIN, GREEK, SMILING):
    print(searching(text, 12), comparing(text, 6), rebuilding(text, 6), encoding(text, 6), patterns(text, 2))
print(raw(40))
