# --- palindrome
def is_palindrome(s):
    t = "".join(c.lower() for c in s if c.isalnum())
    return t == t[::-1]
print(is_palindrome("A man, a plan, a canal: Panama"), is_palindrome("race a car"))
# --- reverse_words
def reverse_words(s):
    return " ".join(reversed(s.split()))
print(repr(reverse_words("  the sky  is blue ")))
# --- anagram_groups
from collections import defaultdict
def group(words):
    d = defaultdict(list)
    for w in words:
        d["".join(sorted(w))].append(w)
    return sorted(sorted(g) for g in d.values())
print(group(["eat", "tea", "tan", "ate", "nat", "bat"]))
# --- longest_common_prefix
import os.path
print(repr(os.path.commonprefix(["flower", "flow", "flight"])))
# --- caesar
def caesar(text, k):
    out = []
    for c in text:
        if c.isalpha():
            base = ord("a") if c.islower() else ord("A")
            out.append(chr((ord(c) - base + k) % 26 + base))
        else:
            out.append(c)
    return "".join(out)
secret = caesar("Hello, World!", 3)
print(secret, caesar(secret, -3))
# --- run_length
from itertools import groupby
def encode(s):
    return "".join(f"{len(list(g))}{c}" for c, g in groupby(s))
print(encode("aaabbcddd"), repr(encode("")))
# --- roman
def to_roman(n):
    vals = [(1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")]
    out = ""
    for v, s in vals:
        while n >= v:
            out += s
            n -= v
    return out
print([to_roman(n) for n in (1994, 58, 9, 2026)])
# --- camel_to_snake
import re
def snake(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
print(snake("camelCaseStringHere"), "".join(w.title() for w in "snake_case_here".split("_")))
# --- vowel_count
text = "The quick brown fox jumps over the lazy dog"
print({v: text.lower().count(v) for v in "aeiou"})
# --- balanced_brackets
def balanced(s):
    pairs, stack = {")": "(", "]": "[", "}": "{"}, []
    for c in s:
        if c in pairs.values():
            stack.append(c)
        elif c in pairs and (not stack or stack.pop() != pairs[c]):
            return False
    return not stack
print([balanced(s) for s in ("([]{})", "([)]", "((", "")])
# --- justify
import textwrap
print(textwrap.fill("Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor.", 30, initial_indent="* ", subsequent_indent="  "))
# --- table_format
rows = [("Apple", 1.5, 10), ("Banana", 0.25, 150), ("Cherry", 12.0, 3)]
for name, price, qty in rows:
    print(f"{name:<10}|{price:>8.2f}|{qty:^7}|{price * qty:>10,.2f}")
# --- unicode_names
import unicodedata
for c in "é€ß😀":
    print(c, unicodedata.name(c), unicodedata.category(c), len(c.encode()))
# --- normalise
import unicodedata
s = "Crème Brûlée"
print("".join(c for c in unicodedata.normalize("NFKD", s) if not unicodedata.combining(c)))
# --- edit_distance
def lev(a, b):
    prev = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        cur = [i]
        for j, y in enumerate(b, 1):
            cur.append(min(prev[j] + 1, cur[-1] + 1, prev[j - 1] + (x != y)))
        prev = cur
    return prev[-1]
print(lev("kitten", "sitting"), lev("", "abc"), lev("flaw", "lawn"))
# --- word_frequency
import re
from collections import Counter
text = "It was the best of times, it was the worst of times, it was the age of wisdom"
print(Counter(re.findall(r"\w+", text.lower())).most_common(4))
# --- title_case_exceptions
small = {"a", "an", "the", "of", "and", "in"}
words = "the lord of the rings and the return".split()
print(" ".join(w if i and w in small else w.capitalize() for i, w in enumerate(words)))
# --- string_template
from string import Template
print(Template("$who likes ${what}s, costs $$5").substitute(who="Ann", what="cookie"))
# --- longest_unique_substring
def longest(s):
    seen, start, best = {}, 0, ""
    for i, c in enumerate(s):
        if seen.get(c, -1) >= start:
            start = seen[c] + 1
        seen[c] = i
        if i - start + 1 > len(best):
            best = s[start:i + 1]
    return best
print(longest("abcabcbb"), longest("pwwkew"))
# --- morse
MORSE = {"a": ".-", "b": "-...", "e": ".", "h": "....", "l": ".-..", "o": "---", "s": "...", "t": "-"}
back = {v: k for k, v in MORSE.items()}
coded = " ".join(MORSE[c] for c in "hello")
print(coded, "".join(back[c] for c in coded.split()))
