"""sqlite3 in memory: inserts, an index, joins and aggregates."""
import sqlite3


def main():
    db = sqlite3.connect(":memory:")
    db.execute("create table t(id integer primary key, name text, value real)")
    db.executemany("insert into t values(?,?,?)", ((i, f"n{i % 500}", i * 0.5) for i in range(20000)))
    db.execute("create index ix on t(name)")
    rows = db.execute("select name, count(*), sum(value) from t group by name order by 3 desc").fetchall()
    joined = db.execute("select count(*) from t a join t b on a.name = b.name where a.id < 200").fetchone()
    return (rows[0], joined)
