"""One run: fetch the command, carry it out, report."""

import signal
import sys

import _sallyport

from . import _actions, _async, _memory, _setup, _types, _wire, cells, completion, programs

REPORT_RESULT = 1
# A signal that nothing else uses; it comes with the answers of a replay only.
LOOK = 63

_handlers = {}
_limit_text = ""
_early = set()


def _remember(number, frame):
    """Not in the user's code: an interrupt for the run that is beginning, or one that came too late for the last."""
    _early.add(number)


def _time_limit(number, frame):
    raise _types.TimeLimitExceeded(_limit_text or "the time limit is exceeded")


def _look(number, frame):
    """A replay stands still here: what its owner wants to see of the frames is the command."""
    exec(_sallyport.command(), {"frame": frame, "__name__": "_look"})


def install():
    """At boot: what interrupts do in the first run, and nothing until then."""
    signal.signal(LOOK, _look)
    _handlers[signal.SIGINT] = signal.default_int_handler
    _handlers[signal.SIGXCPU] = _time_limit
    for number in _handlers:
        signal.signal(number, _remember)


def _arm():
    """From here on interrupts are for the user's code; one that came since the command was fetched is raised now."""
    for number, handler in _handlers.items():
        signal.signal(number, handler)
    while _early:
        number = _early.pop()
        if callable(_handlers[number]):
            _handlers[number](number, None)


def _disarm():
    """Keeps the handlers that the user's code has installed for the next run."""
    for number in _handlers:
        _handlers[number] = signal.signal(number, _remember)
    _memory.free()


def run():
    """The command from fetching to reporting. Answers 0: there may be another one."""
    global _limit_text
    _early.clear()
    _memory.begin()
    command = _wire.unpack_message(_sallyport.command())
    action = command["action"]
    _limit_text = action.get("timeLimit", "")
    _wire.release(command.get("released"))
    if "setup" in command:
        _setup.apply(command["setup"])
    try:
        _arm()
        try:
            result = _perform(action)
        finally:
            _disarm()
    except BaseException as error:
        # An interrupt that came between the user's code and _disarm(), or no memory even for a report.
        _disarm_surely()
        result = _failed_badly(error)
    del command
    try:
        if action["kind"] not in ("none", "program"):
            _flush()
        result["dropped"] = _wire.take_dropped()
        _wire.report(REPORT_RESULT, result)
    except MemoryError:
        result.clear()
        _wire.report(REPORT_RESULT, _memory.NOTHING_LEFT)
    return 0


def _failed_badly(error):
    try:
        return _memory.failed(error)
    except MemoryError:
        return dict(_memory.NOTHING_LEFT)


def _disarm_surely():
    for number in _handlers:
        handler = signal.signal(number, _remember)
        if handler is not _remember:
            _handlers[number] = handler


def _perform(action):
    kind = action["kind"]
    if kind == "program":
        return programs.run(action)
    try:
        if kind == "cell":
            return cells.run(action)
        if kind == "complete":
            return completion.complete(action)
        if kind == "check":
            return completion.check(action)
        if kind == "inspect":
            return completion.inspect_name(action)
        if kind == "none":
            return {"status": "ok"}
        if kind == "finish":
            return programs.finish()
        _memory.hold()
        return _actions.now(action)
    except SystemExit as error:
        return {"status": "exit", "code": programs._exit_code(error)}
    except BaseException as error:
        return _memory.failed(error, _actions.error_value)


def _flush():
    for stream in (sys.stdout, sys.stderr):
        programs._flush(stream)
