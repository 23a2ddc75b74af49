"""Data formats: json, csv, xml, html, configuration, urls, dates, regular expressions, command lines."""
import argparse
import configparser
import csv
import datetime
import html
import io
import json
import re
import tomllib
import urllib.parse
import xml.etree.ElementTree as xml
from html.parser import HTMLParser

RECORD = {
    "id": 7, "name": "Grüße \u2603", "tags": ["a", "b\n", "c\\"], "price": 12.5, "nested": {"x": None, "y": [True, False]},
    "long": "lorem ipsum " * 10, "numbers": list(range(40)), "floats": [i / 7 for i in range(20)],
}


def jsons(n):
    total = 0
    for i in range(n):
        text = json.dumps({**RECORD, "id": i})
        total += len(text) + json.loads(text)["id"]
        if i % 4 == 0:
            total += len(json.dumps(RECORD, indent=2, sort_keys=True, ensure_ascii=False))
    return total


def tables(n):
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["id", "name", "value"])
    for i in range(n):
        writer.writerow([i, f'na"me, {i}', i / 3])
    out.seek(0)
    total = 0.0
    for row in csv.DictReader(out):
        total += float(row["value"]) + int(row["id"])
    return round(total, 2)


def trees(n):
    root = xml.Element("root")
    for i in range(n):
        child = xml.SubElement(root, "item", id=str(i), kind="odd" if i & 1 else "even")
        child.text = f"text & {i}"
    text = xml.tostring(root, encoding="unicode")
    parsed = xml.fromstring(text)
    return len(text), len(parsed.findall("item[@kind='odd']")), sum(len(e.text) for e in parsed.iter("item"))


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.links = []

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.links.append(dict(attrs).get("href"))


def pages(n):
    page = "<html><body>" + "".join(f'<p class="x">t {i} <a href="/p/{i}?q=a&amp;b">l</a></p>' for i in range(n)) + "</body></html>"
    links = Links()
    links.feed(page)
    return len(links.links), len(html.escape(page)), len(html.unescape(page))


def expressions(n):
    log = "\n".join(f"2024-{i % 12 + 1:02}-{i % 28 + 1:02} [{'INFO' if i % 3 else 'ERROR'}] user{i}@mail{i % 9}.org took {i}ms path=/a/{i}/b" for i in range(n))
    line = re.compile(r"(?P<date>\d{4}-\d\d-\d\d) \[(?P<level>\w+)\] (?P<mail>[\w.]+@[\w.]+) took (\d+)ms(?: path=(\S+))?")
    total = sum(int(m.group(4)) for m in line.finditer(log) if m["level"] == "ERROR")
    total += len(re.findall(r"\b[a-z]+\d+@\w+\.(?:org|com)\b", log, re.I)) + len(re.split(r"[\s,;]+", log))
    total += len(re.sub(r"(\d+)ms", lambda m: str(int(m[1]) // 2) + "s", log)) + len(re.sub(r"\s+", " ", log))
    total += bool(re.fullmatch(r"(a|b)*c?", "abab" * 50)) + len(re.findall(r"(?<=path=)/\w+(?=/)", log))
    for row in log.splitlines():
        if re.match(r"^\S+ \[ERROR\]", row) and re.search(r"path=.*?/(\d+)/", row):
            total += 1
    return total


def dates(n):
    day = datetime.datetime(2024, 1, 31, 12, 30, tzinfo=datetime.timezone.utc)
    total = 0
    for i in range(n):
        later = day + datetime.timedelta(days=i, hours=i % 24)
        text = later.strftime("%Y-%m-%d %H:%M:%S")
        total += len(later.isoformat()) + later.weekday() + (later - day).days + len(text)
        if i % 10 == 0:
            total += datetime.datetime.strptime(text, "%Y-%m-%d %H:%M:%S").day
        total += datetime.date.fromisoformat("2024-02-29").toordinal() % 7
    return total


def urls(n):
    total = 0
    for i in range(n):
        parts = urllib.parse.urlsplit(f"https://u:p@example.org:8080/a/b%20c/{i}?x=1&y={i}&x=2#frag")
        query = urllib.parse.parse_qs(parts.query)
        total += len(query["x"]) + parts.port + len(urllib.parse.urlencode({"a": "b c", "d": i})) + len(urllib.parse.quote("ä/ö"))
        total += len(urllib.parse.urljoin("http://a/b/c", f"../d{i}"))
    return total


def settings(n):
    total = 0
    for i in range(n):
        config = configparser.ConfigParser()
        config.read_string(f"[one]\na = {i}\nb = %(a)s!\n[two]\nc: x\n")
        data = tomllib.loads(f'title = "t{i}"\n[a]\nb = [1, 2, 3]\nc = 2024-01-01\nd = {{x = 1.5}}\n')
        total += int(config["one"]["a"]) + len(config["one"]["b"]) + sum(data["a"]["b"])
    parser = argparse.ArgumentParser(prog="p")
    parser.add_argument("--number", type=int, default=3)
    parser.add_argument("names", nargs="*")
    return total + parser.parse_args(["--number", "5", "a", "b"]).number + len(parser.format_help())


for _ in range(2):
    print(jsons(250), tables(2500), trees(800), pages(400), expressions(700), dates(2000), urls(600), settings(40))
