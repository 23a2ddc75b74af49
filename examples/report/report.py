"""Reads a few megabytes of public data, reports on it, and then looks for a way out."""

import csv
import itertools
import json
import math
import os
import re
import socket
import sqlite3
import statistics
import subprocess
import sys
import zlib
from collections import Counter, defaultdict
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path

DATA = Path(sys.argv[1] if len(sys.argv) > 1 else "/data")
OUT = Path(sys.argv[2] if len(sys.argv) > 2 else "/sandbox")


def heading(text: str) -> None:
    print(f"\n{text}\n{'─' * len(text)}")


def table(rows: list[tuple], align: str) -> None:
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(align))]
    for row in cells:
        print("  " + "  ".join(f"{c:{a}{w}}" for c, a, w in zip(row, align, widths)).rstrip())


def read_csv(name: str) -> list[dict[str, str]]:
    with open(DATA / name, newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def strikes_report(strikes: list[dict[str, str]]) -> dict:
    heading(f"Wildlife strikes: {len(strikes):,} reports to the FAA")
    cost = sum(Decimal(row["Cost Total $"]) for row in strikes)
    dearest = max(strikes, key=lambda row: Decimal(row["Cost Total $"]))
    speeds = [int(row["Speed IAS in knots"]) for row in strikes if row["Speed IAS in knots"]]
    families = Counter()
    pattern = re.compile(r"\b(gull|hawk|goose|geese|duck|dove|pigeon|owl|deer|swallow|starling|vulture|sparrow)", re.I)
    for row in strikes:
        if match := pattern.search(row["Wildlife Species"]):
            families[match[1].lower().replace("geese", "goose")] += 1
    months = Counter(date.fromisoformat(row["Flight Date"]).strftime("%b") for row in strikes)
    busiest, count = months.most_common(1)[0]
    print(f"  Total cost ${cost:,}; the dearest, ${Decimal(dearest['Cost Total $']):,}, was "
          f"{dearest['Wildlife Species'].lower()} at {dearest['Airport Name'].title()} on {dearest['Flight Date']}.")
    print(f"  Median speed {statistics.median(speeds):.0f} knots, of which the middle half lies between "
          f"{statistics.quantiles(speeds)[0]:.0f} and {statistics.quantiles(speeds)[2]:.0f}.")
    print(f"  The month with most is {busiest} ({count / len(strikes):.0%}). Who was hit:")
    table([(name, n, "█" * round(40 * n / families.most_common(1)[0][1])) for name, n in families.most_common(7)], "<><")
    return {"reports": len(strikes), "cost": str(cost), "families": dict(families)}


def quake_report(quakes: list[dict], airports: list[dict[str, str]]) -> dict:
    heading(f"Earthquakes: {len(quakes):,} in one week")
    magnitudes = [q["properties"]["mag"] for q in quakes if q["properties"]["mag"] is not None]
    places = defaultdict(list)
    for quake in quakes:
        place = quake["properties"]["place"] or ""
        if match := re.fullmatch(r"(?:(\d+)\s*km\s+([NSEW]+)\s+of\s+)?(?:.*,\s*)?(.+)", place):
            places[match[3].strip()].append(quake["properties"]["mag"] or 0.0)
    print(f"  Mean magnitude {statistics.fmean(magnitudes):.2f}, deviation {statistics.stdev(magnitudes):.2f}. "
          f"Where the earth shook most often:")
    ranking = sorted(places.items(), key=lambda item: (-len(item[1]), item[0]))[:5]
    table([(place, len(found), f"up to {max(found):.1f}") for place, found in ranking], "<><")

    def distance(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
        a, b = math.radians(lat1), math.radians(lat2)
        h = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
        return 12742 * math.asin(math.sqrt(h))

    db = sqlite3.connect(":memory:")
    db.create_function("km", 4, distance, deterministic=True)
    db.execute("CREATE TABLE airport (iata TEXT PRIMARY KEY, name TEXT, state TEXT, lat REAL, lon REAL)")
    db.executemany("INSERT INTO airport VALUES (:iata, :name, :state, :latitude, :longitude)", airports)
    db.execute("CREATE TABLE quake (place TEXT, mag REAL, at TEXT, lat REAL, lon REAL)")
    db.executemany("INSERT INTO quake VALUES (?, ?, ?, ?, ?)", (
        (q["properties"]["place"], q["properties"]["mag"],
         datetime.fromtimestamp(q["properties"]["time"] / 1000, timezone.utc).isoformat(timespec="minutes"),
         q["geometry"]["coordinates"][1], q["geometry"]["coordinates"][0])
        for q in quakes))
    found = db.execute("""
        WITH near AS (
          SELECT quake.*, iata, airport.name AS airport, km(quake.lat, quake.lon, airport.lat, airport.lon) AS km,
                 row_number() OVER (PARTITION BY quake.rowid
                                    ORDER BY km(quake.lat, quake.lon, airport.lat, airport.lon)) AS rank
          FROM quake JOIN airport ON abs(quake.lat - airport.lat) < 2 AND abs(quake.lon - airport.lon) < 2
          WHERE mag >= 3.2)
        SELECT printf('%.1f', mag), substr(at, 1, 16), place, iata, airport, printf('%.0f km', km)
        FROM near WHERE rank = 1 ORDER BY mag DESC, at LIMIT 5""").fetchall()
    print("  The strongest near an American airport, by SQLite", sqlite3.sqlite_version + ":")
    table(found, "><<<<>")
    return {"count": len(quakes), "strongest": max(magnitudes)}


def weather_report(days: list[dict[str, str]]) -> dict:
    heading(f"Seattle: {len(days):,} days of weather")
    by_month = defaultdict(list)
    for day in days:
        by_month[date.fromisoformat(day["date"]).month].append(Decimal(day["precipitation"]))
    dry = max((list(group) for wet, group in itertools.groupby(days, key=lambda d: Decimal(d["precipitation"]) > 0)
               if not wet), key=len)
    rain = {month: sum(values, Decimal()) / len(values) for month, values in by_month.items()}
    print("  Rain by month (mm a day): " + " ".join(f"{rain[m]:.1f}" for m in sorted(rain)))
    print(f"  Longest time without rain: {len(dry)} days from {dry[0]['date']}. Correlation of the day's highest and "
          f"lowest temperature: {statistics.correlation([float(d['temp_max']) for d in days], [float(d['temp_min']) for d in days]):.3f}")
    return {"days": len(days), "dry": len(dry)}


def attempt(what: str, action) -> None:
    try:
        answer = action()
    except Exception as error:
        answer = f"{type(error).__name__}: {error}"
    print(f"  {what:<28}{answer}")


def accounts() -> str:
    return " ".join(line.split(":")[0] for line in Path("/etc/passwd").read_text().splitlines())


def ways_out() -> None:
    heading("Ways out")
    attempt("read /etc/passwd", lambda: "made up by the sandbox: " + accounts())
    attempt("read /proc/self/environ", lambda: Path("/proc/self/environ").read_text())
    attempt("the environment", lambda: ", ".join(sorted(os.environ)) or "empty")
    attempt("files at /", lambda: " ".join(sorted(os.listdir("/"))))
    attempt("climb out of /data", lambda: (DATA / "../../../../etc/shadow").read_text())
    attempt("write to /data", lambda: (DATA / "birdstrikes.csv").write_text(""))
    attempt("the network", lambda: socket.create_connection(("192.0.2.1", 80), timeout=1))
    attempt("look up a name", lambda: socket.gethostbyname("example.org"))
    attempt("start a program", lambda: subprocess.run(["/bin/sh", "-c", "id"], capture_output=True).stdout)
    attempt("fork", lambda: os.fork() or os._exit(0))
    attempt("who am I", lambda: f"uid {os.getuid()} on {os.uname().nodename}, process {os.getpid()}")


def main() -> None:
    airports = read_csv("airports.csv")
    with open(DATA / "earthquakes.json", encoding="utf-8") as file:
        quakes = json.load(file)["features"]
    summary = {
        "strikes": strikes_report(read_csv("birdstrikes.csv")),
        "quakes": quake_report(quakes, airports),
        "weather": weather_report(read_csv("seattle-weather.csv")),
    }
    raw = json.dumps(summary, sort_keys=True).encode()
    path = OUT / "summary.json.z"
    path.write_bytes(zlib.compress(raw, 9))
    assert json.loads(zlib.decompress(path.read_bytes())) == summary
    heading("Written")
    print(f"  {path}: {path.stat().st_size} bytes, {len(raw)} before compression, CRC-32 {zlib.crc32(raw):08x}")
    ways_out()


if __name__ == "__main__":
    main()
