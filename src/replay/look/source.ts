/** What the guest's reports are of while it is looked into. */
export const LOOK_REPORT = { answer: 100, output: 101 } as const;

/** The command of the guest is this, while it stands in an operation: it serves requests about the frames, until it is left. */
export const LOOK_SOURCE = String.raw`
import builtins, linecache, sys
import _sallyport
from sallyport import _errors, _wire

ANSWER, OUTPUT = 100, 101
TEXT = 100_000
NAME = "<look>"


class Out:
    encoding, errors = "utf-8", "backslashreplace"

    def write(self, text):
        data = str(text).encode("utf-8", "backslashreplace")
        for at in range(0, len(data), TEXT):
            _sallyport.report(OUTPUT, data[at : at + TEXT])
        return len(text)

    def flush(self):
        pass

    def isatty(self):
        return False


def text(value):
    try:
        made = repr(value)
    except BaseException as error:
        made = f"<{type(value).__name__} whose repr() failed: {type(error).__name__}>"
    return cut(made)


def cut(made):
    if len(made) > TEXT:
        made = f"{made[: TEXT // 2]} … {len(made) - TEXT} characters left out … {made[-TEXT // 2 :]}"
    return made.encode("utf-8", "backslashreplace").decode()


def stack(frame):
    frames = []
    while frame is not None and len(frames) < 10_000:
        frames.append(frame)
        frame = frame.f_back
    frames.reverse()
    own = [each for each in frames if not each.f_code.co_filename.startswith(_errors.DRIVER)]
    return own or frames


def described(frame):
    code = frame.f_code
    line = frame.f_lineno or 0
    source = linecache.getline(code.co_filename, line, frame.f_globals).rstrip("\n") if line else ""
    made = {"file": cut(code.co_filename), "line": line, "function": cut(code.co_qualname), "source": cut(source)}
    if frame.f_lasti >= 0:
        from itertools import islice

        place = next(islice(code.co_positions(), frame.f_lasti // 2, None), None)
        if place and place[0] == place[1] == line and None not in place:
            made["column"] = _errors._characters(source, place[2]) + 1
            made["endColumn"] = _errors._characters(source, place[3]) + 1
    return made


def variables(frame):
    made = []
    for name, value in list(frame.f_locals.items()):
        if isinstance(name, str) and not (name.startswith("__") and name.endswith("__")):
            made.append({"name": cut(name), "type": cut(type(value).__name__), "repr": text(value)[:2000]})
    return {"variables": made[:1000]}


def lines(frame, first, last):
    every = linecache.getlines(frame.f_code.co_filename, frame.f_globals)
    first = max(first, 1)
    return {"lines": [cut(line.rstrip("\n")) for line in every[first - 1 : last]], "first": first}


def evaluate(frame, source):
    import codeop

    kept, handled = (sys.stdout, sys.stderr, sys.displayhook), sys.exception()
    shown = []

    def show(value):
        if value is not None:
            shown.append(text(value))

    try:
        code = codeop.compile_command(source, NAME, "single")
        if code is None:
            return {"incomplete": True}
        linecache.cache[NAME] = (len(source), None, source.splitlines(keepends=True), NAME)
        space, local = frame.f_globals, frame.f_locals
        if local is not space:
            # What is nested (a lambda, a generator) looks for names of the frame among the globals.
            space = {**space, **dict(local)}
        sys.stdout = sys.stderr = Out()
        sys.displayhook = show
        exec(code, space, local)
    except BaseException as error:
        sys.stdout, sys.stderr, sys.displayhook = kept
        import traceback

        # What the program is handling has nothing to do with it.
        link = error
        while link is not None and link.__context__ is not handled:
            link = link.__context__
        if link is not None:
            link.__context__ = None
        tb = error.__traceback__
        while tb is not None and (
            tb.tb_frame.f_code is evaluate.__code__ or tb.tb_frame.f_code.co_filename == codeop.__file__
        ):
            tb = tb.tb_next
        return {"error": cut("".join(traceback.format_exception(type(error), error, tb))), "shown": shown}
    finally:
        sys.stdout, sys.stderr, sys.displayhook = kept
    return {"shown": shown}


def matches(frame, prefix):
    *path, last = prefix.split(".")
    try:
        if path:
            target = eval(".".join(path), frame.f_globals, frame.f_locals)
            names = dir(target)
        else:
            names = {*frame.f_locals, *frame.f_globals, *dir(builtins)}
    except BaseException:
        return {"matches": []}
    front = "".join(f"{part}." for part in path)
    found = sorted(front + name for name in names if isinstance(name, str) and name.startswith(last))
    return {"matches": [cut(name) for name in found if last.startswith("_") or not name[len(front) :].startswith("_")][:200]}


def serve(frames, raised):
    while True:
        command = _wire.unpack_message(_sallyport.command())
        what = command["do"]
        if what == "leave":
            _wire.report(ANSWER, {})
            return
        try:
            if what == "stack":
                answer = {"frames": [described(each) for each in frames[-1000:]]}
                if raised is not None:
                    answer["raised"] = text(raised)
            else:
                frame = frames[-1000:][command["frame"]]
                if what == "variables":
                    answer = variables(frame)
                elif what == "lines":
                    answer = lines(frame, command["first"], command["last"])
                elif what == "complete":
                    answer = matches(frame, command["prefix"])
                else:
                    answer = evaluate(frame, command["source"])
        except BaseException as error:
            answer = {"error": f"{type(error).__name__}: {text(error)}"}
        _wire.report(ANSWER, answer)


def look(frame, raised=None):
    serve(stack(frame), raised)


def await_error(kind, file, line, function):
    """Goes on until an exception is raised at a place, and looks there."""
    tools = sys.monitoring
    free = [number for number in range(6) if tools.get_tool(number) is None]
    if not free:
        return
    tool = free[-1]

    def raised(code, offset, error):
        if code.co_filename != file or code.co_name != function or type(error).__name__ != kind:
            return
        frame = sys._getframe(1)
        if frame.f_lineno == line:
            tools.set_events(tool, 0)
            tools.free_tool_id(tool)
            look(frame, error)

    tools.use_tool_id(tool, "sallyport")
    tools.register_callback(tool, tools.events.RAISE, raised)
    tools.set_events(tool, tools.events.RAISE)

`;
