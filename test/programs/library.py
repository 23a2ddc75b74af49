# --- json_roundtrip
import json
d = {"name": "Zoë", "tags": ["a", None, True], "n": 1.5, "nested": {"k": []}}
s = json.dumps(d, sort_keys=True, ensure_ascii=False)
print(s, json.loads(s) == d)
try:
    json.loads('{"a": }')
except json.JSONDecodeError as e:
    print(e.msg, e.pos)
# --- csv_report
import csv, io
rows = list(csv.DictReader(io.StringIO("name,dept,pay\nAnn,IT,100\nBob,HR,80\nCy,IT,120\n")))
by = {}
for r in rows:
    by.setdefault(r["dept"], []).append(int(r["pay"]))
out = io.StringIO()
w = csv.writer(out)
w.writerow(["dept", "avg"])
for k, v in sorted(by.items()):
    w.writerow([k, sum(v) / len(v)])
print(out.getvalue().replace("\r\n", "|"))
# --- datetime_math
from datetime import date, datetime, timedelta, timezone
d = date(2024, 2, 28) + timedelta(days=2)
print(d, d.strftime("%A %d %B %Y"), (date(2026, 1, 1) - date(2025, 1, 1)).days, datetime(2026, 5, 17, 12, tzinfo=timezone.utc).isoformat(), datetime.strptime("2025-12-31 23:59", "%Y-%m-%d %H:%M") + timedelta(minutes=2))
# --- timezones
from datetime import datetime
from zoneinfo import ZoneInfo
t = datetime(2026, 7, 1, 12, tzinfo=ZoneInfo("Europe/Berlin"))
print(t.astimezone(ZoneInfo("America/New_York")).isoformat(), t.utcoffset())
# --- calendar_month
import calendar
print(calendar.month(2026, 2))
print(calendar.isleap(2024), calendar.monthrange(2026, 2))
# --- regex_log
import re
log = '127.0.0.1 - [10/Oct/2026:13:55:36] "GET /index.html HTTP/1.1" 200 2326'
m = re.match(r'(?P<ip>[\d.]+) - \[(?P<when>[^\]]+)\] "(?P<verb>\w+) (?P<path>\S+)[^"]*" (?P<code>\d+) (?P<size>\d+)', log)
print(m.groupdict())
# --- regex_validate
import re
email = re.compile(r"^[\w.+-]+@[\w-]+(\.[\w-]+)+$")
print([bool(email.match(s)) for s in ("a@b.co", "bad@", "x.y+z@mail.example.org", "@no.org")], re.sub(r"(\d)(?=(\d{3})+$)", r"\1,", "1234567"))
# --- random_seeded
import random
r = random.Random(42)
print(r.randint(1, 100), r.choice("abcdef"), r.sample(range(10), 3), round(r.random(), 6), r.shuffle(x := [1, 2, 3, 4]), x)
# --- hashlib_digests
import hashlib, hmac
print(hashlib.sha256(b"hello").hexdigest(), hashlib.md5(b"").hexdigest(), hmac.new(b"k", b"m", "sha1").hexdigest())
# --- base64_url
import base64
from urllib.parse import parse_qs, quote, urlencode, urljoin, urlsplit
print(base64.b64encode(b"\x00\xffhi"), base64.urlsafe_b64decode("-_8="), quote("a b/ü"), urlencode({"q": "x y", "n": 1}), parse_qs("a=1&a=2&b="), urlsplit("https://u@h:8080/p?q#f").port, urljoin("http://x/a/b", "../c"))
# --- sqlite_query
import sqlite3
db = sqlite3.connect(":memory:")
db.executescript("create table t(a, b); insert into t values(1,'x'),(2,'y'),(3,'x');")
print(db.execute("select b, count(*), sum(a) from t group by b order by b").fetchall())
# --- xml_parse
import xml.etree.ElementTree as ET
root = ET.fromstring("<shop><item id='1'><n>Pen</n></item><item id='2'><n>Cup</n></item></shop>")
print([(i.get("id"), i.findtext("n")) for i in root.iter("item")])
ET.SubElement(root, "item", id="3").text = "&"
print(ET.tostring(root, encoding="unicode")[-32:])
# --- struct_pack
import struct
b = struct.pack("<IHb5s", 1, 2, -3, b"abc")
print(b.hex(), struct.unpack("<IHb5s", b), struct.calcsize(">Qd"))
# --- pickle_objects
import pickle
class P:
    def __init__(self, x): self.x = x
    def __eq__(self, o): return self.x == o.x
print(pickle.loads(pickle.dumps([P(1), {"k": (1, 2)}])) == [P(1), {"k": (1, 2)}])
# --- zlib_gzip
import gzip, zlib, bz2, lzma
data = b"spam and eggs " * 100
print([len(m.decompress(m.compress(data))) for m in (zlib, gzip, bz2, lzma)], zlib.crc32(b"abc"), len(zlib.compress(data)) < 60)
# --- argparse_cli
import argparse
p = argparse.ArgumentParser(prog="tool")
p.add_argument("file")
p.add_argument("-n", type=int, default=1)
p.add_argument("--verbose", action="store_true")
print(p.parse_args(["x.txt", "-n", "5", "--verbose"]))
try:
    p.parse_args([])
except SystemExit as e:
    print("exit", e.code)
# --- logging_format
import io, logging
s = io.StringIO()
h = logging.StreamHandler(s)
h.setFormatter(logging.Formatter("%(levelname)s:%(name)s:%(message)s"))
log = logging.getLogger("app")
log.addHandler(h)
log.setLevel(logging.INFO)
log.propagate = False
log.debug("no")
log.warning("x=%d", 5)
try:
    1 / 0
except ZeroDivisionError:
    log.exception("bad")
print(s.getvalue().splitlines()[0], s.getvalue().splitlines()[-1])
# --- pathlib_files
from pathlib import Path
import tempfile
with tempfile.TemporaryDirectory() as t:
    p = Path(t) / "a" / "b.txt"
    p.parent.mkdir()
    p.write_text("one\ntwo\n")
    print(p.name, p.suffix, p.stem, p.read_text().split(), [x.name for x in Path(t).rglob("*")], p.stat().st_size)
print(Path("/usr/lib/../x").as_posix(), Path("a/b.tar.gz").suffixes)
# --- file_lines
import os
with open("notes.txt", "w") as f:
    f.writelines(f"line {i}\n" for i in range(5))
with open("notes.txt") as f:
    print(sum(1 for _ in f), f.tell())
with open("notes.txt", "rb") as f:
    f.seek(-7, os.SEEK_END)
    print(f.read())
os.remove("notes.txt")
print(os.path.exists("notes.txt"))
# --- zipfile_memory
import io, zipfile
b = io.BytesIO()
with zipfile.ZipFile(b, "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("a.txt", "hello" * 50)
    z.writestr("d/b.txt", "x")
with zipfile.ZipFile(b) as z:
    print(z.namelist(), z.read("a.txt")[:10], z.testzip())
# --- configparser_ini
import configparser
c = configparser.ConfigParser()
c.read_string("[db]\nhost = localhost\nport = 5432\n[x]\nurl = http://%(h)s/\nh = a\n")
print(c["db"].getint("port"), c["x"]["url"], c.sections())
# --- tomllib_parse
import tomllib
print(tomllib.loads('title = "x"\n[a]\nb = [1, 2]\nwhen = 2026-01-02\n'))
# --- difflib_compare
import difflib
print("\n".join(difflib.unified_diff(["a", "b", "c"], ["a", "x", "c"], "old", "new", lineterm="")))
print(difflib.get_close_matches("appel", ["ape", "apple", "peach"]))
# --- unittest_run
import io, unittest
class T(unittest.TestCase):
    def test_ok(self): self.assertEqual(1 + 1, 2)
    def test_bad(self): self.assertIn(3, [1])
r = unittest.TextTestRunner(stream=io.StringIO()).run(unittest.defaultTestLoader.loadTestsFromTestCase(T))
print(r.testsRun, len(r.failures))
# --- html_escape
import html
from html.parser import HTMLParser
class L(HTMLParser):
    def __init__(self):
        super().__init__()
        self.links = []
    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.links.append(dict(attrs).get("href"))
p = L()
p.feed('<p><a href="/x">1</a><a href="/y?a=1&amp;b=2">2</a>')
print(p.links, html.escape("<a & b>"), html.unescape("&lt;&eacute;"))
# --- textio_stringio
import io, sys
from contextlib import redirect_stdout
buf = io.StringIO()
with redirect_stdout(buf):
    print("captured", 1)
print(repr(buf.getvalue()))
# --- uuid_deterministic
import uuid
print(uuid.uuid5(uuid.NAMESPACE_DNS, "example.org"), uuid.UUID(int=5), uuid.uuid4().version)
# --- array_memoryview
from array import array
a = array("i", range(5))
m = memoryview(a)
m[2] = 99
print(a, m[1:3].tolist(), m.nbytes)
# --- inspect_signature
import inspect
def f(a, b: int = 2, *, c="x") -> str:
    "Doc."
print(inspect.signature(f), inspect.getdoc(f), [p.kind.name for p in inspect.signature(f).parameters.values()])
# --- pprint_width
import pprint
pprint.pprint({"key" + str(i): list(range(i)) for i in range(5)}, width=40)
# --- shlex_split
import shlex
print(shlex.split("cmd 'a b' --x=\"c d\" e\\ f"), shlex.quote("it's"))
# --- colorsys_and_fractions
import colorsys
from fractions import Fraction
print(colorsys.rgb_to_hsv(0.2, 0.4, 0.4), Fraction(3, 4) + Fraction("1/6"), Fraction(0.125), float(Fraction(1, 3)))
# --- time_perf
import time
t = time.perf_counter()
time.sleep(0.01)
print(time.perf_counter() - t >= 0.009, time.strftime("%Y", time.gmtime(0)), time.time() > 1.7e9)
# --- ipaddress_net
import ipaddress
n = ipaddress.ip_network("192.168.1.0/28")
print(n.num_addresses, list(n.hosts())[0], ipaddress.ip_address("::1").is_loopback)
# --- traceback_text
import traceback
def f(): g()
def g(): raise ValueError("deep")
try:
    f()
except ValueError as e:
    tb = traceback.format_exception(e)
    print(tb[-1].strip(), len(traceback.extract_tb(e.__traceback__)))
