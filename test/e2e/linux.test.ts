/** What programs find of Linux in a system of one process and one thread. */
import { expect, it } from "vitest";
import { Sandbox } from "../../src/index.js";
import { onEachEngine } from "./engines.js";

/** Sources that assert. */
const CHECKS: readonly (readonly [name: string, code: string])[] = [
  [
    "the host's own name is the loopback's",
    `
import socket
own = socket.gethostname()
assert socket.gethostbyname(own) == "127.0.1.1"
assert socket.gethostbyname_ex(own)[2] == ["127.0.1.1"]
assert {each[4][0] for each in socket.getaddrinfo(own, 80)} == {"127.0.1.1", "::1"}
assert socket.getfqdn() == own == socket.gethostbyaddr("127.0.1.1")[0]
with socket.create_server((own, 0)) as server, socket.create_connection((own, server.getsockname()[1])) as client:
    client.sendall(b"x")
`,
  ],
  [
    "no login without a terminal: ENXIO",
    `
import errno, os
try:
    os.getlogin()
except OSError as error:
    assert error.errno == errno.ENXIO, error
else:
    assert os.environ["LOGNAME"]
`,
  ],
  [
    "randomness",
    `
import os, secrets
assert len(os.getrandom(16)) == 16 and os.getrandom(8, os.GRND_NONBLOCK) != os.getrandom(8)
assert len(secrets.token_bytes(40)) == 40
`,
  ],
  [
    "the one thread has a number and can be sent signals",
    `
import signal, threading, time
me = threading.current_thread()
assert me.ident == threading.get_ident() != 0
assert me.native_id == threading.get_native_id() > 0
got = []
signal.signal(signal.SIGUSR1, lambda number, frame: got.append(number))
signal.pthread_kill(me.ident, signal.SIGUSR1)
assert got == [signal.SIGUSR1]
try:
    signal.pthread_kill(me.ident + 1, 0)
except ProcessLookupError:
    pass
else:
    raise AssertionError("another thread")
assert time.clock_gettime(time.pthread_getcpuclockid(me.ident)) >= 0
`,
  ],
  [
    "the process can be scheduled as it is",
    `
import os
assert os.sched_getaffinity(0) == {0}
os.sched_setaffinity(0, {0})
assert os.sched_getscheduler(0) == os.SCHED_OTHER and os.sched_getparam(0).sched_priority == 0
now = os.nice(0)
assert os.nice(2) == now + 2 == os.getpriority(os.PRIO_PROCESS, 0)
try:
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
except PermissionError:
    pass
else:
    raise AssertionError("real time")
`,
  ],
  [
    "what is refused has Linux's reason",
    `
import errno, os
def refused(function, *args):
    try:
        function(*args)
    except OSError as error:
        return errno.errorcode[error.errno]
    except RuntimeError as error:
        return str(error)
assert refused(os.getxattr, "/tmp", "user.x") == "ENOTSUP"
assert refused(os.listxattr, "/missing") == "ENOENT"
assert refused(os.unshare, os.CLONE_NEWNS) == "EPERM"
assert refused(os.setns, 0) == "EPERM"
assert refused(os.fork) == "EPERM"
import threading
assert refused(threading.Thread(target=print).start).startswith("can't start new thread: this interpreter has one thread")
`,
  ],
  [
    "a warning of an imported module names who imports it",
    `
import sys, warnings
for name in ("importer", "sre_parse"):
    sys.modules.pop(name, None)
with open("importer.py", "w") as file:
    file.write("# one\\nimport sre_parse\\n")
sys.path.insert(0, ".")
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import importer
assert [(each.filename, each.lineno) for each in caught] == [(importer.__file__, 2)], caught
`,
  ],
  [
    "no frame of the importer or the driver is to be seen",
    `
import sys, traceback
try:
    import this_module_is_not_there
except ImportError as error:
    assert len(traceback.extract_tb(error.__traceback__)) == 1
frames = traceback.extract_stack()
assert len(frames) == 1, frames
assert sys._getframe().f_back is None
`,
  ],
  [
    "the recursion limit counts the program's own frames",
    `
import sys
sys.setrecursionlimit(100)
def depth():
    frame, count = sys._getframe(), 0
    while frame:
        frame, count = frame.f_back, count + 1
    return count
assert depth() == 2
def deep(n):
    return n if n == 0 else deep(n - 1)
deep(97)
try:
    deep(100)
except RecursionError:
    pass
else:
    raise AssertionError("no limit")
try:
    sys.setrecursionlimit(1)
except RecursionError:
    pass
else:
    raise AssertionError("a limit below the depth")
sys.setrecursionlimit(1000)
`,
  ],
  [
    "an anonymous shared mapping cannot grow",
    `
import mmap
with mmap.mmap(-1, 4096) as area:
    try:
        area.resize(8192)
    except ValueError:
        pass
    else:
        raise AssertionError("grew")
`,
  ],
];

onEachEngine("a Linux of one process", (engine) => {
  it("answers as Linux does", { timeout: 60_000 }, async () => {
    await using sandbox = await Sandbox.create({ engine });
    for (const [name, code] of CHECKS) {
      for (const result of [await sandbox.run(code), await sandbox.runProgram({ source: code })]) {
        expect({ name, status: result.status, error: result.ok ? "" : result.error.traceback }).toEqual({
          name,
          status: expect.stringMatching(/^(ok|exit)$/),
          error: "",
        });
      }
    }
  });
});
