# --- gather
import asyncio
async def work(n, d):
    await asyncio.sleep(d)
    return n
async def main():
    print(await asyncio.gather(work(1, 0.02), work(2, 0.01), work(3, 0)))
asyncio.run(main())
# --- queue_workers
import asyncio
async def main():
    q, out = asyncio.Queue(), []
    async def worker():
        while True:
            x = await q.get()
            out.append(x * x)
            q.task_done()
    ws = [asyncio.create_task(worker()) for _ in range(3)]
    for i in range(6):
        q.put_nowait(i)
    await q.join()
    for w in ws:
        w.cancel()
    print(sorted(out))
asyncio.run(main())
# --- timeout
import asyncio
async def main():
    try:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(5)
    except TimeoutError:
        print("timed out")
asyncio.run(main())
# --- async_generator
import asyncio
async def ticks(n):
    for i in range(n):
        await asyncio.sleep(0)
        yield i
async def main():
    print([i async for i in ticks(4)], {i: i * i async for i in ticks(3)})
asyncio.run(main())
# --- task_group
import asyncio
async def f(x):
    await asyncio.sleep(0.001 * x)
    if x == 2:
        raise ValueError(x)
    return x
async def main():
    try:
        async with asyncio.TaskGroup() as tg:
            ts = [tg.create_task(f(i)) for i in range(3)]
    except* ValueError as g:
        print("failed", g.exceptions[0].args, ts[1].result())
asyncio.run(main())
# --- semaphore
import asyncio
async def main():
    sem, active, peak = asyncio.Semaphore(2), 0, 0
    async def job():
        nonlocal active, peak
        async with sem:
            active += 1
            peak = max(peak, active)
            await asyncio.sleep(0.001)
            active -= 1
    await asyncio.gather(*(job() for _ in range(6)))
    print(peak)
asyncio.run(main())
# --- event_lock
import asyncio
async def main():
    e, log = asyncio.Event(), []
    async def waiter(n):
        await e.wait()
        log.append(n)
    t = [asyncio.create_task(waiter(i)) for i in range(3)]
    await asyncio.sleep(0)
    e.set()
    await asyncio.gather(*t)
    print(log)
asyncio.run(main())
# --- cancel
import asyncio
async def main():
    async def long():
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            print("cleaning")
            raise
    t = asyncio.create_task(long())
    await asyncio.sleep(0)
    t.cancel()
    try:
        await t
    except asyncio.CancelledError:
        print("cancelled", t.cancelled())
asyncio.run(main())
