"""Text: building, searching, splitting, formatting, translating, encoding."""
import io
import string
import textwrap
import unicodedata

LOREM = """Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et
dolore magna aliqua. Ut enim ad minim veniam, quis nostrud exercitation ullamco laboris nisi ut aliquip ex ea
commodo consequat. Duis aute irure dolor in reprehenderit in voluptate velit esse cillum dolore eu fugiat nulla
pariatur. Excepteur sint occaecat cupidatat non proident, sunt in culpa qui officia deserunt mollit anim id est."""


def words(n):
    counts = {}
    for _ in range(n):
        for word in LOREM.lower().split():
            word = word.strip(".,")
            counts[word] = counts.get(word, 0) + 1
    longest = max(counts, key=len)
    return len(counts), longest, " ".join(sorted(counts)[:5]).title()


def building(n):
    parts = []
    for i in range(n):
        parts.append("item " + str(i) + ": " + "x" * (i % 7))
    text = "\n".join(parts)
    grown = ""
    for i in range(n):
        grown += chr(65 + i % 26)
    out = io.StringIO()
    for line in text.splitlines():
        out.write(line[:10])
        out.write(line[-1].upper())
    return len(text), len(grown), len(out.getvalue()), text.count("item"), text.find("item 77"), text.rfind("x")


def formatting(n):
    total = 0
    for i in range(n):
        x = i / 3
        total += len(f"{i:>8} {x:10.3f} {x:e} {i:#x} {i:,} {'a' * (i % 3)!r:<6}")
        total += len("%5d|%-8s|%.2f|%05x" % (i, "abc", x, i)) + len("{0:d} {name:^9} {0:b}".format(i, name="mid"))
    template = string.Template("$who owes $$${amount}")
    return total + len(template.substitute(who="tim", amount=n))


def characters(n):
    vowels = digits = upper = 0
    for _ in range(n):
        for c in LOREM:
            if c in "aeiou":
                vowels += 1
            elif c.isdigit():
                digits += 1
            elif c.isupper():
                upper += 1
            elif ord(c) > 120:
                upper -= 1
    return vowels, digits, upper


def caesar(text, shift):
    out = []
    for c in text:
        if "a" <= c <= "z":
            out.append(chr((ord(c) - 97 + shift) % 26 + 97))
        elif "A" <= c <= "Z":
            out.append(chr((ord(c) - 65 + shift) % 26 + 65))
        else:
            out.append(c)
    return "".join(out)


def palindromes(n):
    return sum(1 for i in range(n) if str(i) == str(i)[::-1])


def methods(n):
    table = str.maketrans("aeiou", "AEIOU", "xyz")
    total = 0
    for i in range(n):
        line = LOREM[i % 200 : i % 200 + 80]
        total += len(line.replace("o", "00").translate(table).swapcase().center(100, "*"))
        head, _, tail = line.partition(" ")
        total += len(head.capitalize().ljust(12)) + len(tail.rstrip("et").zfill(90)) + line.startswith(("L", "i"))
        total += len(line.split("e", 2)) + (line.casefold() < line) + len(line.encode("utf-8").decode("ascii"))
    return total


def unicode(n):
    text = "Grüße, мир! こんにちは 🌍 naïve café Ελλάδα" * 3
    total = 0
    for i in range(n):
        data = text.encode("utf-8")
        total += len(data) + len(data.decode("utf-8").upper()) + text.find("мир") + len(text.encode("utf-16-le"))
        total += len(unicodedata.normalize("NFD", text[i % 20 : i % 20 + 20])) + sum(c.isalpha() for c in text[:30])
    return total, ascii(text[:5]), text[::-1][:3], "ß".casefold(), text.encode("latin-1", "replace")[:9]


def paragraphs(n):
    return sum(len(textwrap.fill(LOREM, 40 + i % 30)) + len(textwrap.dedent("   a\n   b")) for i in range(n))


for _ in range(2):
    print(words(60), building(4000), formatting(4000), characters(25), palindromes(12000), methods(3000), unicode(500))
    print(caesar(LOREM * 6, 3)[:20], paragraphs(25), LOREM.title()[:20], "-".join("abc"), repr("a'b\n\x07é"))
