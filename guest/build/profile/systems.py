"""Files, streams, asyncio, threads' tools, logging, text input and output: what most programs do besides."""
import asyncio
import contextlib
import io
import logging
import os
import os.path
import pathlib
import queue
import tempfile
import time
import uuid


def files(n):
    total = 0
    with tempfile.TemporaryDirectory() as where:
        root = pathlib.Path(where)
        for i in range(n):
            path = root / f"d{i % 3}" / f"f{i}.txt"
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"line {i}\n" * (i % 50), encoding="utf-8")
        for path in sorted(root.rglob("*.txt")):
            with path.open() as file:
                for line in file:
                    total += len(line)
            total += path.stat().st_size + len(path.suffix) + len(str(path.relative_to(root)))
        for base, _, names in os.walk(where):
            for name in names:
                total += os.path.getsize(os.path.join(base, name))
        with open(root / "b", "wb") as out:
            for i in range(200):
                out.write(bytes([i % 256]) * 500)
        with open(root / "b", "rb") as back:
            while chunk := back.read(3000):
                total += chunk[0]
    return total > 0


async def produce(channel, n):
    for i in range(n):
        await channel.put(i)
        if i % 10 == 0:
            await asyncio.sleep(0)
    await channel.put(None)


async def consume(channel):
    total = 0
    while (value := await channel.get()) is not None:
        total += value
    return total


async def stream(n):
    for i in range(n):
        yield i


async def concurrent(n):
    channel = asyncio.Queue(maxsize=5)
    lock = asyncio.Lock()
    done = []

    async def worker(k):
        async with lock:
            await asyncio.sleep(0)
            done.append(k)
        return k

    _, total = await asyncio.gather(produce(channel, n), consume(channel))
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(worker(k)) for k in range(n // 4)]
    total += sum(task.result() for task in tasks) + sum([i async for i in stream(n)])
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), 0.001)
    return total


def logs(n):
    out = io.StringIO()
    logger = logging.getLogger("train")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    handler = logging.StreamHandler(out)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    logger.handlers[:] = [handler]
    for i in range(n):
        logger.info("message %d of %s", i, n)
        logger.debug("not seen %d", i)
    return len(out.getvalue())


def lines(n):
    text = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n")
    for i in range(n):
        print(i, "ab", i / 2, sep=";", end="\n", file=text)
    text.seek(0)
    return sum(len(line.rstrip().split(";")) for line in text)


def queues(n):
    ordered = queue.PriorityQueue()
    for i in range(n):
        ordered.put((i * 31 % 97, i))
    return sum(ordered.get()[0] for _ in range(n))


for _ in range(2):
    print(files(60), asyncio.run(concurrent(600)), logs(800), lines(6000), queues(600))
    print(len(str(uuid.UUID(int=5))), time.time() > 0, os.path.normpath("a/../b/./c"), len(os.environ) >= 0)
