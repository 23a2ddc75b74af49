/**
 * What the guest does to text by eight bytes or more at a time: searching, decoding, scanning JSON, comparing views, and
 * memory that is not zeroed for what fills it. Each against the same, character by character, in Python.
 */
import { expect, it } from "vitest";
import { Sandbox } from "../../src/index.js";
import { onEachEngine } from "./engines.js";

const SEARCHING = `
import random
chance = random.Random(11)

def check(s, p, q):
    """Of str or bytes: all that searches, by the places where p is."""
    m = len(p)
    places = [i for i in range(len(s) - m + 1) if s.startswith(p, i)]
    greedy, free = [], 0
    for i in places:
        if i >= free:
            greedy.append(i)
            free = i + m
    pieces, at = [], 0
    for i in greedy:
        pieces.append(s[at:i])
        at = i + m
    pieces.append(s[at:])
    said = (s, p)
    assert s.find(p) == (places[0] if places else -1), said
    assert s.rfind(p) == (places[-1] if places else -1), said
    assert (p in s) == bool(places), said
    assert s.count(p) == len(greedy), said
    assert s.split(p) == pieces, said
    assert s.replace(p, q) == q.join(pieces), said
    if greedy:
        most = chance.randrange(len(greedy)) + 1
        assert s.replace(p, q, most) == q.join(pieces[:most] + [s[greedy[most - 1] + m:]]), said
        assert s.partition(p) == (pieces[0], p, s[greedy[0] + m:]), said
        assert s.rpartition(p) == (s[:places[-1]], p, s[places[-1] + m:]), said
        assert s.index(p, places[-1]) == s.rindex(p) == places[-1], said

ALPHABETS = ["ab", "a\\x80\\xff", "\\0\\x01", "abé", "αβ", "ab\\u0161\\u0261", "\\u0100\\u0200", "\\ud7ff\\ue000\\uffff", "a😀😁", "\\U00010061a\\u0161"]
for round in range(1500):
    alphabet = chance.choice(ALPHABETS)
    n, m = chance.randrange(3000 if round % 50 == 0 else 120), chance.choice((1, 2, 3, 5, 8, 15, 16, 17, 40))
    if chance.random() < 0.3:  # nearly all the same: many places that nearly fit
        s = "".join(alphabet[0] if chance.random() < 0.9 else chance.choice(alphabet) for _ in range(n))
    else:
        s = "".join(chance.choice(alphabet) for _ in range(n))
    start = chance.randrange(n + 1)
    p = s[start:start + m] if chance.random() < 0.6 else "".join(chance.choice(alphabet) for _ in range(m))
    if not p:
        p = alphabet[-1]
    if chance.random() < 0.3:
        p = p[:-1] + chance.choice(alphabet)
    q = chance.choice(("", "z", p, p + p, "😀"))
    check(s, p, q)
    if max(s + p) < "\\u0100":
        q = q if q != "😀" else ""
        check(s.encode("latin-1"), p.encode("latin-1"), q.encode("latin-1"))
        check(bytearray(s, "latin-1"), bytearray(p, "latin-1"), bytearray(q, "latin-1"))

# Long ones, with needles of every kind of length: what is searched for stands at one place only.
for alphabet in ("abcdefgh", "αβγδ", "😀😁😂"):
    s = "".join(chance.choice(alphabet) for _ in range(40_000))
    for m in (1, 2, 5, 6, 15, 16, 17, 99, 100, 101, 3000):
        for place in (0, 1, 7, 20_011, 40_000 - m):
            unique = s[:place] + "Ω" + s[place:place + m - 1].replace("Ω", "a") + s[place + m:]
            p = unique[place:place + m]
            assert unique.find(p) == unique.rfind(p) == place and unique.count(p) == 1, (alphabet, m, place)
# Needles that nearly fit everywhere.
for m in (2, 5, 6, 15, 16, 40, 150):
    for n in (100, 2400, 50_000):
        s, p = "a" * n + "b", "a" * (m // 2) + "b" + "a" * (m - m // 2 - 1)
        assert s.find(p) == (n - m // 2 if p.endswith("b") else -1) and s.rfind(p) == s.find(p) and p + s not in s
        assert s.count(p) == (p in s) and (s + s).count("a" * m) == n // m * 2, (m, n)
print("done")
`;

const DECODING = `
import json, random
chance = random.Random(12)

def failing(call, *arguments, **named):
    try:
        call(*arguments, **named)
    except ValueError as error:
        return getattr(error, "start", None) if isinstance(error, UnicodeDecodeError) else str(error)

for length in (*range(70), 127, 128, 129, 1000):
    for offset in range(9):
        plain = bytes(chance.randrange(128) for _ in range(length))
        data = memoryview(b"\\xff" * offset + plain + b"\\xff")[offset:-1]
        text = "".join(map(chr, plain))
        for codec in ("ascii", "utf-8", "latin-1"):
            assert str(data, codec) == text == plain.decode(codec) and text.encode(codec) == plain
        assert plain.isascii() and text.isascii() and bytearray(data).isascii() and str(data, "latin-1").isascii()
        if not length:
            continue
        place = chance.randrange(length)
        bad = bytes(plain[:place]) + b"\\x80" + plain[place + 1:]
        data = memoryview(b"a" * offset + bad)[offset:]
        assert not bad.isascii() and failing(str, data, "ascii") == failing(str, data, "utf-8") == place
        assert str(data, "ascii", "ignore") == text[:place] + text[place + 1:]
        latin = str(data, "latin-1")
        assert latin == text[:place] + "\\x80" + text[place + 1:] and not latin.isascii()
        assert latin[place + 1:].isascii() and latin[:place].isascii() and not latin[place:].isascii()
for alphabet in ("ab\\x7fé", "a\\u07ffŁ", "aaaaaaaaaaaaaaaaaé", "aa\\u0800\\uffff", "a\\U00010000\\U0010ffffb", "aé\\u0800😀"):
    for length in (*range(40), 300):
        for offset in range(8):
            text = "".join(chance.choice(alphabet) for _ in range(length))
            data = b"".join(c.encode() for c in text)
            assert str(memoryview(b"a" * offset + data)[offset:], "utf-8") == text and text.encode() == data
            assert failing(str, data + b"\\x80a", "utf-8") == len(data)

# JSON: something to stop at, at every place.
for length in (*range(34), 100):
    for alphabet in ("ab /", "aé", "aαω", "😀"):
        text = "".join(chance.choice(alphabet) for _ in range(length))
        assert json.loads(f'["{text}", "{text}"]') == [text, text]
        for place in range(length + 1):
            for stop in ('"', "\\\\", "\\n", "\\x1f", "\\u0080", "\\U0001f600", "\\x7f", "!"):
                whole = text[:place] + stop + text[place:]
                for escaped in (True, False):
                    assert json.loads(json.dumps([whole, text], ensure_ascii=escaped)) == [whole, text]
            assert failing(json.loads, f'"{text[:place]}\\x1f{text[place:]}"') == (
                f"Invalid control character at: line 1 column {place + 2} (char {place + 1})")
            assert json.loads(f'"{text[:place]}\\x1f{text[place:]}"', strict=False) == text[:place] + "\\x1f" + text[place:]
        assert failing(json.loads, '"' + text).startswith("Unterminated string")
print("done")
`;

const VIEWS = `
import array, mmap, random, struct
chance = random.Random(13)
for format in "bBhHiIlLqQfd?c":
    size = struct.calcsize(format)
    for count in (0, 1, 2, 7, 31, 32, 33, 200):
        for _ in range(6):
            # Of floats some are no numbers, and of bools some are true by other bytes.
            data = bytes(chance.choice(b"\\x00\\x01\\x02\\x7f\\x80\\xc0\\xff") for _ in range(count * size))
            other = bytearray(data)
            if count and chance.random() < 0.7:
                other[chance.randrange(len(other))] ^= chance.choice((1, 128, 255))
            a, b = memoryview(data).cast(format), memoryview(other).cast(format)
            assert (a == b) == (a.tolist() == b.tolist()), (format, data, other)
            assert (a[::2] == b[::2]) == (a[::2].tolist() == b[::2].tolist())
            assert (a[::-1] == b[::-1]) == (a == b) and (not count or a[:count // 2] != a[:count // 2 + 1])
            if count % 7 == 0 and count:
                assert (a.cast("B").cast(format, (7, count // 7)) == b.cast("B").cast(format, (7, count // 7))) == (a == b)
assert memoryview(array.array("i", [1, -2])) == memoryview(array.array("h", [1, -2])) != memoryview(array.array("i", [1, 2]))

# What is to be zero is, where something else was before; and what grows keeps what it has.
SIZE = 300_000
for round in range(20):
    filled = [bytes([255]) * (SIZE + chance.randrange(SIZE)) for _ in range(3)]
    del filled
    assert not any(bytes(SIZE + round)) and not any(bytearray(SIZE + round))
    with mmap.mmap(-1, SIZE) as mapped:
        assert not any(mapped[:])
    grown = bytearray(b"x" * SIZE)
    grown += bytes(SIZE)
    grown.extend(b"y" * SIZE)
    assert grown.count(b"x") == grown.count(b"\\0") == grown.count(b"y") == SIZE
    del grown
    assert [None] * (SIZE // 4) == list(None for _ in range(SIZE // 4))
print("done")
`;

onEachEngine("long text", (engine) => {
  for (const hardened of engine === "native" ? [false, true] : [false]) {
    it.each([
      ["is searched", SEARCHING],
      ["is decoded", DECODING],
      ["is compared, and has memory", VIEWS],
    ])(`%s as its characters say (hardened: ${hardened})`, async (_, program) => {
      await using sandbox = await Sandbox.create({ engine, hardened });
      const { status, stdout, stderr } = await sandbox.run(program);
      expect({ status, stdout, stderr }).toEqual({ status: "ok", stdout: "done\n", stderr: "" });
    });
  }
});
