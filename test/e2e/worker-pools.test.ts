/** Pools of threads and of processes, where there is one of each. */
import { expect, it } from "vitest";
import { Sandbox } from "../../src/index.js";
import { onEachEngine } from "./engines.js";

const CHECKS: readonly (readonly [name: string, code: string])[] = [
  [
    "multiprocessing.Pool",
    `
import multiprocessing
def square(x): return x * x
def add(a, b=0): return a + b
def fail(x): raise KeyError(x)
with multiprocessing.Pool(4) as pool:
    assert pool.map(square, range(10)) == [x * x for x in range(10)]
    assert pool.map(square, []) == []
    assert pool.map(square, iter(range(7)), chunksize=3) == [x * x for x in range(7)]
    assert pool.starmap(add, [(1, 2), (3, 4)]) == [3, 7]
    assert list(pool.imap(square, range(5))) == [0, 1, 4, 9, 16]
    assert list(pool.imap(square, range(5), 2)) == [0, 1, 4, 9, 16]
    assert sorted(pool.imap_unordered(square, range(5))) == [0, 1, 4, 9, 16]
    assert pool.apply(add, (1,), {"b": 5}) == 6
    seen = []
    pool.apply_async(add, (1,), callback=seen.append).wait()
    failed = pool.apply_async(fail, ("k",), error_callback=seen.append)
    assert failed.ready() and not failed.successful() and seen[0] == 1 and isinstance(seen[1], KeyError)
    for wrong in (lambda: pool.map(fail, [1]), lambda: failed.get(), lambda: list(pool.imap(fail, [1]))):
        try:
            wrong()
        except KeyError as error:
            assert "fail" in str(error.__cause__)
        else:
            raise AssertionError("went well")
try:
    pool.map(square, [1])
except ValueError:
    pass
else:
    raise AssertionError("terminated")
`,
  ],
  [
    "what travels to another process is a copy",
    `
import multiprocessing, pickle
def change(items):
    items.append(1)
    return items
mine = []
with multiprocessing.Pool() as pool:
    assert pool.apply(change, (mine,)) == [1] and mine == []
    try:
        pool.map(lambda x: x, [1])
    except (pickle.PicklingError, AttributeError):
        pass
    else:
        raise AssertionError("a lambda travelled")
    pool.close()
    pool.join()
`,
  ],
  [
    "ThreadPool and multiprocessing.dummy",
    `
import multiprocessing.dummy, multiprocessing.pool
mine = []
with multiprocessing.pool.ThreadPool(2, initializer=mine.append, initargs=(0,)) as pool:
    pool.map(lambda x: mine.append(x), [1, 2])
assert mine == [0, 1, 2]
assert multiprocessing.dummy.Pool(3).map(str, [1, 2]) == ["1", "2"]
`,
  ],
  [
    "ProcessPoolExecutor",
    `
import asyncio
from concurrent.futures import ProcessPoolExecutor, as_completed
def square(x): return x * x
def fail(x): raise KeyError(x)
with ProcessPoolExecutor(max_workers=3) as pool:
    assert list(pool.map(square, range(5), chunksize=2)) == [0, 1, 4, 9, 16]
    assert {each.result() for each in as_completed([pool.submit(square, x) for x in (1, 2)])} == {1, 4}
    assert isinstance(pool.submit(fail, 1).exception(), KeyError)
    assert pool.submit(lambda: 1).exception() is not None
async def main():
    with ProcessPoolExecutor() as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, square, 4)
assert asyncio.run(main()) == 16
try:
    pool.submit(square, 1)
except RuntimeError as error:
    assert "after shutdown" in str(error)
else:
    raise AssertionError("shut down")
`,
  ],
  [
    "locks and queues of multiprocessing; no process starts",
    `
import multiprocessing, queue
lock, again, count = multiprocessing.Lock(), multiprocessing.RLock(), multiprocessing.Semaphore(2)
with lock, again, again, count:
    assert not lock.acquire(block=False) and not lock.acquire(timeout=0.01) and again.acquire()
    again.release()
try:
    lock.release()
except ValueError:
    pass
else:
    raise AssertionError("released twice")
event = multiprocessing.Event()
event.set()
assert event.wait(1)
line = multiprocessing.SimpleQueue()
line.put([1, "two"])
assert line.get() == [1, "two"] and line.empty()
try:
    multiprocessing.Process(target=print).start()
except PermissionError:
    pass
else:
    raise AssertionError("a process")
`,
  ],
];

onEachEngine("pools of workers", (engine) => {
  it("do their work in place", { timeout: 60_000 }, async () => {
    await using sandbox = await Sandbox.create({ engine });
    for (const [name, code] of CHECKS) {
      const result = await sandbox.run(code);
      expect({ name, error: result.ok ? "" : result.error.traceback }).toEqual({ name, error: "" });
    }
  });
});
