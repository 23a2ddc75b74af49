"""Host calls that do not wait: awaitables of the running asyncio loop, and the session's own loop."""

import asyncio
import os

import _sallyport

from . import _wire

running = asyncio._get_running_loop

# Number of a started call → (its loop, its future).
_pending = {}
_watching = {}
_runner = None


def start(request):
    """Begins a call; a future of the running loop with its outcome."""
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    _send(request, loop, future)
    return future


def _send(request, loop, future):
    request["dropped"] = _wire.take_dropped()
    number = _sallyport.start(_wire.pack_message(request))
    if loop not in _watching:
        fd = _sallyport.completions()
        loop.add_reader(fd, _ready, fd)
        _watching[loop] = [fd, 0]
    _watching[loop][1] += 1
    _pending[number] = (loop, future)


def _ready(fd):
    """The descriptor tells of answered calls; of other loops', too."""
    try:
        data = os.read(fd, 4096)
    except (BlockingIOError, InterruptedError):
        return
    for at in range(0, len(data), 4):
        number = int.from_bytes(data[at : at + 4], "little")
        answer = _sallyport.answer(number)
        entry = _pending.pop(number, None)
        if entry is None or answer is None:
            continue
        loop, future = entry
        if loop is running():
            _settle(loop, future, answer)
        elif not loop.is_closed():
            loop.call_soon_threadsafe(_settle, loop, future, answer)


def _settle(loop, future, data):
    watched = _watching.get(loop)
    if watched is not None:
        watched[1] -= 1
    answer = _wire.unpack_message(data)
    if future.cancelled():
        _wire.release(answer.get("released"))
    elif answer.get("kind") == "ask":
        # The loop keeps only weak references to its tasks; the future's callback keeps this one.
        task = loop.create_task(_asked(answer, loop, future))
        future.add_done_callback(lambda _, task=task: None)
    else:
        try:
            future.set_result(_wire.outcome(answer))
        except StopIteration as error:
            future.set_exception(RuntimeError(f"the host raised {error!r}"))
        except BaseException as error:
            future.set_exception(error)
    _rest(loop)


def _rest(loop):
    watched = _watching.get(loop)
    if watched is not None and watched[1] <= 0:
        # Nothing to wait for: the loop can end, or sleep without our descriptor.
        del _watching[loop]
        if not loop.is_closed():
            loop.remove_reader(watched[0])


async def _asked(answer, loop, future):
    from . import _actions

    result = await _actions.reference_soon(answer["action"])
    try:
        _send(_wire.reply(answer, result), loop, future)
    except BaseException as error:
        if not future.done():
            future.set_exception(error)


def session_loop():
    """The loop of cells and calls: made when it is first needed."""
    return _session().get_loop()


def _session():
    global _runner
    if _runner is None:
        _runner = asyncio.Runner()
    return _runner


def run(coroutine):
    """Runs a coroutine on the session's loop to its end. An interrupt cancels it."""
    try:
        runner = _session()
        loop = runner.get_loop()
    except BaseException:
        coroutine.close()
        raise
    before = asyncio.all_tasks(loop)
    asyncio.set_event_loop(loop)
    try:
        return runner.run(coroutine)
    except BaseException:
        # What interrupted the loop itself has left the task behind.
        left = [task for task in asyncio.all_tasks(loop) - before if task.get_coro() is coroutine]
        if left:
            for task in left:
                task.cancel()
            loop.run_until_complete(asyncio.wait(left, timeout=0.1))
        raise


def forget():
    """At a setup in a new process: started calls of the old one have no answers here."""
    for loop, future in _pending.values():
        if not loop.is_closed() and not future.done():
            future.set_exception(ConnectionResetError("the host call was begun before the snapshot"))
    _pending.clear()
    for loop, (fd, _) in list(_watching.items()):
        if not loop.is_closed():
            loop.remove_reader(fd)
    _watching.clear()


def finish():
    """Ends the session's loop as asyncio.run() does at its end."""
    global _runner
    if _runner is not None:
        _runner.close()
        _runner = None
