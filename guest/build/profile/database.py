"""sqlite3."""
import sqlite3

db = sqlite3.connect(":memory:")
db.executescript(
    """
    create table author (id integer primary key, name text not null, born int);
    create table book (id integer primary key, author int references author(id), title text, pages int, price real);
    create index book_author on book(author);
    """
)
db.executemany("insert into author(name, born) values (?, ?)", [(f"author {i}", 1900 + i % 99) for i in range(300)])
with db:
    for i in range(6000):
        db.execute("insert into book(author, title, pages, price) values (?, ?, ?, ?)", (i % 300 + 1, f"title {i * 7919 % 997}", i % 700, i / 9))
db.create_function("twice", 1, lambda x: 2 * x)
for _ in range(3):
    print(db.execute("select count(*), sum(pages), avg(price), max(title) from book").fetchone())
    print(db.execute("select name, count(*) c, sum(price) from author join book on author.id = book.author group by name order by c desc, name limit 3").fetchall())
    print(len(db.execute("select title from book where title like '%9%' and pages between 100 and 300 order by title, pages desc").fetchall()))
    print(db.execute("select sum(twice(pages)) from book where author in (select id from author where born > 1950)").fetchone())
    db.row_factory = sqlite3.Row
    print(sum(row["pages"] * row["id"] for row in db.execute("select * from book")) % 1000)
    db.row_factory = None
    with db:
        db.execute("update book set price = price * 1.1, title = upper(title) where id % 3 = 0")
        db.execute("delete from book where id % 17 = 0")
    print(db.execute("with recursive c(x) as (select 1 union all select x + 1 from c where x < 3000) select sum(x * x % 7) from c").fetchone())
    print(db.execute("select group_concat(title, ',') from (select distinct substr(title, 1, 8) title from book order by 1 limit 20)").fetchone()[0][:40])
