"""How files behave, step by step: run in an empty directory, it prints what each step answered, or its errno.

The same script runs under the system's own Python and in a guest; every line has to be the same. What may differ
lawfully (inode numbers, the present time, messages, the order of listings) is not printed.
"""

import errno
import os
import stat
import sys

os.umask(0o022)
group = ""
count = 0
# Whether something may have changed since the last reset: what fails changes nothing.
changed = True


def section(name):
    global group, count
    group = name
    count = 0


def say(answer):
    global count
    count += 1
    print(f"{group} {count}: {answer}", flush=True)


def outcome(act, *args, **kwargs):
    global changed
    try:
        answer = act(*args, **kwargs)
        changed = True
    except OSError as error:
        return f"{type(error).__name__} {errno.errorcode.get(error.errno, error.errno)}"
    except Exception as error:
        return type(error).__name__
    if isinstance(answer, os.stat_result):
        return described(answer)
    return repr(answer)


def step(act, *args, **kwargs):
    say(outcome(act, *args, **kwargs))


def described(st):
    kind = stat.S_IFMT(st.st_mode)
    size = "" if stat.S_ISDIR(st.st_mode) else f" {st.st_size} bytes {st.st_nlink} links"
    own = st.st_uid == os.getuid() and st.st_gid == os.getgid()
    return f"{kind:o} {stat.S_IMODE(st.st_mode):o}{size} own={own}"


def write(path, data=b"", mode="wb"):
    with open(path, mode) as file:
        return file.write(data)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def fd_of(path, flags, mode=0o666, **kwargs):
    """Opens and closes; the number itself means nothing."""
    fd = os.open(path, flags, mode, **kwargs)
    os.close(fd)
    return "opened"


def tree(top="."):
    """Everything there is, with contents."""
    lines = []
    for base, directories, files in os.walk(top):
        directories.sort()
        for name in sorted(directories + files):
            path = os.path.join(base, name)
            try:
                st = os.lstat(path)
            except OSError as error:
                lines.append(f"{path} {errno.errorcode[error.errno]}")
                continue
            what = described(st)
            if stat.S_ISLNK(st.st_mode):
                what += f" -> {os.readlink(path)}"
            elif stat.S_ISREG(st.st_mode) and os.access(path, os.R_OK):
                what += f" {read(path)[:40]!r}"
            lines.append(f"{path} {what}")
    return "; ".join(lines)


def reset(always=False):
    """The same few things as every section's beginning."""
    global changed
    if not changed and not always:
        return
    changed = False
    import shutil

    for name in os.listdir("."):
        path = os.path.join(".", name)
        if os.path.isdir(path) and not os.path.islink(path):
            os.chmod(path, 0o755)
            shutil.rmtree(path)
        else:
            os.unlink(path)
    write("file", b"contents\n")
    os.mkdir("dir")
    write("dir/inner", b"inner")
    os.mkdir("dir/sub")
    os.mkdir("empty")
    os.symlink("file", "to-file")
    os.symlink("dir", "to-dir")
    os.symlink("nowhere", "dangling")
    os.symlink("loop-b", "loop-a")
    os.symlink("loop-a", "loop-b")
    os.symlink("to-file", "to-link")
    os.symlink("dir/", "to-dir-slash")
    os.symlink("file/", "to-file-slash")
    os.symlink("dir/inner", "to-inner")
    os.symlink("../file", "dir/up")


LONG = "n" * 255
KINDS = [
    "file", "dir", "empty", "to-file", "to-dir", "dangling", "loop-a", "missing", "missing/x", "file/", "dir/", "to-dir/", "to-file/",
    "dangling/", "missing/", "file/x", "to-file/x", "dir/inner", "to-dir/inner", "dir/up", "dir/.", "dir/..", ".", "", LONG, LONG + "n",
    "x/" * 2048, "loop-a/x", "to-dir-slash", "to-file-slash", "a\0b", "dir//inner", "./file", "dir/../file", "missing/../file", "file/..",
]

section("look at")
reset(always=True)
for kind in KINDS:
    for act in (os.stat, os.lstat, os.readlink, os.listdir, os.path.exists, os.path.isdir, read):
        answer = outcome(act, kind)
        if act is os.listdir and answer.startswith("["):
            answer = repr(sorted(os.listdir(kind)))
        say(f"{act.__name__} {kind[:20]!r} {answer}")

section("access")
for kind in KINDS:
    for mode in (os.F_OK, os.R_OK, os.W_OK, os.X_OK):
        say(f"{kind[:20]!r} {mode} {outcome(os.access, kind, mode)}")

section("open flags")
FLAGS = {
    "r": os.O_RDONLY, "w": os.O_WRONLY, "rw": os.O_RDWR, "create": os.O_RDWR | os.O_CREAT, "excl": os.O_RDWR | os.O_CREAT | os.O_EXCL,
    "trunc": os.O_WRONLY | os.O_TRUNC, "trunc-r": os.O_RDONLY | os.O_TRUNC, "append": os.O_WRONLY | os.O_APPEND, "directory": os.O_RDONLY | os.O_DIRECTORY,
    "directory-w": os.O_RDWR | os.O_DIRECTORY, "nofollow": os.O_RDONLY | os.O_NOFOLLOW, "nofollow-create": os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW,
    "directory-nofollow": os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW,
}
for kind in KINDS:
    for name, flags in FLAGS.items():
        reset()
        say(f"{name} {kind[:20]!r} {outcome(fd_of, kind, flags)}")
    if len(kind) < 100:
        say(f"left by {kind!r}: {tree()}")

section("change by path")
CHANGES = {
    "mkdir": os.mkdir, "rmdir": os.rmdir, "unlink": os.unlink, "truncate": lambda p: os.truncate(p, 3), "chmod": lambda p: os.chmod(p, 0o750),
    "utime": lambda p: os.utime(p, ns=(5, 7)), "chown": lambda p: os.chown(p, -1, -1), "lchown": lambda p: os.chown(p, os.getuid(), -1, follow_symlinks=False),
    "symlink": lambda p: os.symlink("target", p), "link": lambda p: os.link("dir/inner", p), "chdir-back": lambda p: (os.chdir(p), os.chdir(here))[0],
    "mkfifo?": lambda p: os.path.lexists(p),
}
here = os.getcwd()
for kind in KINDS:
    for name, act in CHANGES.items():
        reset()
        say(f"{name} {kind[:20]!r} {outcome(act, kind)}")
        if len(kind) < 100:
            say(tree())

section("rename")
reset(always=True)
PLACES = ["file", "dir", "empty", "to-file", "to-dir", "dangling", "missing", "dir/inner", "dir/sub", "dir/sub/deeper", "file/", "dir/", "empty/", "missing/", "to-dir/", ".", "dir/.", "..",
          "dir/..", "missing/x", "file/x", LONG + "n", ""]
for old in PLACES:
    for new in PLACES:
        reset()
        say(f"{old[:20]!r} to {new[:20]!r} {outcome(os.rename, old, new)}")
    reset()
    outcome(os.rename, old, "moved")
    say(tree())

section("link")
for old in ["file", "dir", "to-file", "to-dir", "dangling", "missing", "file/", "dir/inner", "loop-a", "to-dir/inner"]:
    for new in ["new", "file", "dir", "dangling", "missing/x", "file/x", "new/", "dir/new", "to-dir/new", "."]:
        for follow in (True, False):
            reset()
            say(f"{old!r} {new!r} {follow} {outcome(os.link, old, new, follow_symlinks=follow)}")
    say(tree())

section("symlink targets")
reset(always=True)
for target in ["", "x", "x" * 4095, "x" * 4096, "/", "..", "a/b/../c", "with space", "ünï", "a\nb"]:
    step(os.symlink, target, "made")
    step(lambda: os.readlink("made") == target)
    step(lambda: os.lstat("made").st_size == len(target.encode()))
    outcome(os.unlink, "made")

section("chains of links")
os.symlink("file", "c0")
for n in range(1, 45):
    os.symlink(f"c{n - 1}", f"c{n}")
for n in (1, 38, 39, 40, 41, 44):
    say(f"{n} {outcome(read, f'c{n}')}")
    say(f"{n} {outcome(os.stat, f'c{n}')}")

section("positions")
reset(always=True)
write("f", b"0123456789")
fd = os.open("f", os.O_RDWR)
step(os.lseek, fd, 0, os.SEEK_END)
step(os.lseek, fd, -3, os.SEEK_CUR)
step(os.read, fd, 2)
step(os.lseek, fd, -100, os.SEEK_CUR)
step(os.lseek, fd, -1, os.SEEK_SET)
step(os.lseek, fd, 20, os.SEEK_SET)
step(os.read, fd, 5)
step(os.write, fd, b"far")
step(os.pread, fd, 30, 0)
step(os.pread, fd, 3, 1000)
step(os.pread, fd, 3, -1)
step(os.pwrite, fd, b"ab", 2)
step(os.pwrite, fd, b"ab", -2)
step(os.lseek, fd, 0, os.SEEK_CUR)
step(os.lseek, fd, 0, 99)
step(os.read, fd, 0)
step(os.write, fd, b"")
step(os.lseek, fd, 4, os.SEEK_DATA)
step(os.lseek, fd, 4, os.SEEK_HOLE)
step(os.lseek, fd, 23, os.SEEK_DATA)
step(os.lseek, fd, 1000, os.SEEK_HOLE)
step(os.ftruncate, fd, 5)
step(os.lseek, fd, 0, os.SEEK_CUR)
step(os.write, fd, b"!")
step(os.pread, fd, 100, 0)
step(os.ftruncate, fd, -1)
step(os.truncate, "f", -1)
step(os.fstat, fd)
step(os.lseek, fd, 2**62, os.SEEK_SET)
os.lseek(fd, 0, os.SEEK_SET)
step(os.readv, fd, [bytearray(2), bytearray(3)])
step(os.writev, fd, [b"one", b"", b"two"])
step(os.preadv, fd, [bytearray(4), bytearray(4)], 2)
step(os.pwritev, fd, [b"X", b"Y"], 1)
step(os.pread, fd, 100, 0)
step(os.posix_fallocate, fd, 0, 50)
step(os.fstat, fd)
step(os.posix_fallocate, fd, 10, 0)
step(os.posix_fallocate, fd, -1, 5)
step(os.fsync, fd)
step(os.fdatasync, fd)
step(os.isatty, fd)
step(os.get_inheritable, fd)
step(os.get_blocking, fd)
step(os.close, fd)
for act in (lambda: os.read(fd, 1), lambda: os.write(fd, b"x"), lambda: os.lseek(fd, 0, 0), lambda: os.fstat(fd), lambda: os.close(fd), lambda: os.fsync(fd), lambda: os.ftruncate(fd, 0), lambda: os.dup(fd),
            lambda: os.pread(fd, 1, 0), lambda: os.fchmod(fd, 0o600), lambda: os.fchdir(fd), lambda: os.isatty(fd), lambda: os.listdir(fd)):
    step(act)

section("wrong ways")
reset(always=True)
r = os.open("file", os.O_RDONLY)
w = os.open("file", os.O_WRONLY)
d = os.open("dir", os.O_RDONLY)
for fd in (r, w, d):
    for act in (lambda: os.read(fd, 3), lambda: os.write(fd, b"x"), lambda: os.pread(fd, 3, 0), lambda: os.pwrite(fd, b"y", 1), lambda: os.ftruncate(fd, 4), lambda: os.lseek(fd, 0, os.SEEK_SET), lambda: sorted(os.listdir(fd)),
                lambda: os.fchdir(fd) or os.chdir(here), lambda: os.fsync(fd), lambda: os.posix_fallocate(fd, 0, 3), lambda: os.fchmod(fd, 0o700), lambda: os.fstat(fd)):
        step(act)
    os.close(fd)

section("append")
reset(always=True)
a = os.open("file", os.O_RDWR | os.O_APPEND)
b = os.open("file", os.O_WRONLY | os.O_APPEND)
step(os.write, a, b"a")
step(os.write, b, b"b")
step(os.lseek, a, 0, os.SEEK_SET)
step(os.read, a, 4)
step(os.write, a, b"A")
step(os.lseek, a, 0, os.SEEK_CUR)
step(read, "file")
step(os.ftruncate, a, 2)
step(os.write, b, b"B")
step(read, "file")
os.close(a)
os.close(b)

section("duplicates")
import fcntl

a = os.open("file", os.O_RDWR)
b = os.dup(a)
step(os.lseek, a, 1, os.SEEK_SET)
step(os.read, b, 1)
step(os.lseek, a, 0, os.SEEK_CUR)
step(fcntl.fcntl, a, fcntl.F_SETFL, os.O_APPEND)
step(lambda: bool(fcntl.fcntl(b, fcntl.F_GETFL) & os.O_APPEND))
step(lambda: fcntl.fcntl(b, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDWR)
step(lambda: os.dup2(a, 50))
step(lambda: os.fstat(50).st_ino == os.fstat(a).st_ino)
step(os.close, a)
step(os.lseek, 50, 0, os.SEEK_SET)
step(os.dup2, 99, 51)
step(lambda: os.dup2(b, b) == b)
step(os.get_inheritable, 50)
step(os.set_inheritable, 50, False)
step(os.get_inheritable, 50)
step(lambda: fcntl.fcntl(50, fcntl.F_DUPFD, 60) >= 60)
os.close(50)
os.close(b)

section("unlinked while open")
reset(always=True)
fd = os.open("file", os.O_RDWR)
step(os.unlink, "file")
step(os.fstat, fd)
step(os.read, fd, 100)
step(os.write, fd, b"more")
step(os.pread, fd, 100, 0)
step(os.path.exists, "file")
step(write, "file", b"another")
step(os.pread, fd, 100, 0)
step(os.fchmod, fd, 0o600)
step(os.fstat, fd)
step(read, "file")
step(os.ftruncate, fd, 0)
step(os.fstat, fd)
step(os.close, fd)
fd = os.open("dir/inner", os.O_RDWR)
step(os.rename, "file", "dir/inner")
step(os.fstat, fd)
step(os.pread, fd, 9, 0)
step(os.write, fd, b"old one")
step(read, "dir/inner")
os.close(fd)

section("removed directories")
reset(always=True)
os.chdir("dir/sub")
step(os.rmdir, "../sub")
step(os.getcwd)
step(os.listdir, ".")
step(write, "new", b"x")
step(os.mkdir, "new")
step(os.stat, ".")
step(os.stat, "..")
step(os.open, "new", os.O_CREAT | os.O_RDWR)
os.chdir(here)
d = os.open("empty", os.O_RDONLY)
step(os.rmdir, "empty")
step(os.listdir, d)
step(fd_of, "x", os.O_CREAT | os.O_RDWR, dir_fd=d)
step(os.mkdir, "x", dir_fd=d)
step(os.stat, "x", dir_fd=d)
os.close(d)

section("relative to descriptors")
reset(always=True)
d = os.open("dir", os.O_RDONLY)
f = os.open("file", os.O_RDONLY)
step(os.stat, "inner", dir_fd=d)
step(os.stat, "up", dir_fd=d, follow_symlinks=False)
step(os.stat, "inner", dir_fd=f)
step(os.stat, os.path.join(here, "file"), dir_fd=f)
step(fd_of, "made", os.O_CREAT | os.O_WRONLY, 0o640, dir_fd=d)
step(os.mkdir, "made-dir", dir_fd=d)
step(os.symlink, "inner", "made-link", dir_fd=d)
step(os.link, "inner", "made-hard", src_dir_fd=d, dst_dir_fd=d)
step(os.rename, "made", "../renamed", src_dir_fd=d, dst_dir_fd=d)
step(os.unlink, "made-link", dir_fd=d)
step(os.rmdir, "made-dir", dir_fd=d)
step(os.rmdir, "inner", dir_fd=d)
step(os.unlink, "sub", dir_fd=d)
step(os.readlink, "up", dir_fd=d)
step(os.access, "inner", os.R_OK, dir_fd=d)
step(os.utime, "inner", ns=(1, 2), dir_fd=d)
step(os.chmod, "inner", 0o600, dir_fd=d)
step(os.chown, "inner", -1, -1, dir_fd=d)
step(lambda: sorted(entry.name for entry in os.scandir(d)))
step(os.rename, "dir", "away")
step(os.stat, "inner", dir_fd=d)
step(os.mkdir, "through", dir_fd=d)
step(tree)
os.close(d)
os.close(f)

section("listings")
reset(always=True)
with os.scandir("dir") as entries:
    step(lambda: sorted((e.name, e.is_dir(), e.is_file(), e.is_symlink(), e.is_dir(follow_symlinks=False)) for e in entries))
with os.scandir(".") as entries:
    step(lambda: all(e.inode() == os.lstat(e.path).st_ino for e in entries))
os.mkdir("many")
for n in range(300):
    write(f"many/{n:03}", b"")
with os.scandir("many") as entries:
    seen = set()
    for e in entries:
        seen.add(e.name)
        os.unlink(e.path)
step(lambda: len(seen))
step(os.listdir, "many")
step(lambda: [(b, sorted(d), sorted(f)) for b, d, f in os.walk("dir")])
step(lambda: [(b, sorted(d), sorted(f)) for b, d, f, _ in os.fwalk("dir")])

section("names")
reset(always=True)
for name in ["ünï", "語" * 85, "😀" * 63, "é" * 127 + "x", "a b", "-rf", "*", "\x01", "\x7f", "\n", "'\"", "con", "COM1", "x" * 255, "א" * 127, "ज" * 85, "\u200b", "e\u0301", "\u00e9", " ", "...", "..a", "\\", "A", "a"]:
    say(f"{name[:8]!r} {outcome(write, name, b'x')} {outcome(os.stat, name)} {name in os.listdir('.')} {outcome(os.unlink, name)}")
for name in ["é" * 128, "😀" * 64, "x" * 256]:
    say(f"{name[:8]!r} {outcome(write, name, b'x')}")
write("e\u0301", b"decomposed")
write("\u00e9", b"composed")
step(lambda: (read("e\u0301"), read("\u00e9")))

section("modes")
reset(always=True)
for mode in (0o000, 0o200, 0o400, 0o600, 0o100, 0o644, 0o777, 0o4755, 0o2755, 0o1777):
    say(f"{mode:o} {outcome(os.chmod, 'file', mode & 0o1777 if mode != 0o1777 else 0o777)}")
    for act in (os.stat, read, lambda p: write(p, b"w"), lambda p: os.access(p, os.X_OK), lambda p: fd_of(p, os.O_RDWR), lambda p: os.truncate(p, 1)):
        say(outcome(act, "file"))
for mode in (0o000, 0o100, 0o200, 0o300, 0o400, 0o500, 0o700):
    os.chmod("dir", mode)
    for act in (lambda: sorted(os.listdir("dir")), lambda: os.stat("dir/inner"), lambda: read("dir/inner"), lambda: write("dir/new", b""), lambda: os.unlink("dir/new"), lambda: os.mkdir("dir/d"), lambda: os.rmdir("dir/d"),
                lambda: os.rename("dir/inner", "dir/renamed"), lambda: os.rename("dir/renamed", "dir/inner"), lambda: os.chdir("dir"), lambda: os.chdir(here), lambda: os.access("dir", os.W_OK)):
        say(f"{mode:o} {outcome(act)}")
for mask in (0o000, 0o077, 0o777, 0o022):
    step(lambda: oct(os.umask(mask)))
    step(fd_of, f"m{mask}", os.O_CREAT | os.O_WRONLY, 0o666)
    step(os.stat, f"m{mask}")
    step(os.mkdir, f"d{mask}", 0o777)
    step(os.stat, f"d{mask}")
os.umask(0o022)
os.chmod("d511", 0o755)
fd = os.open("zero", os.O_CREAT | os.O_RDWR, 0)
step(os.write, fd, b"written all the same")
step(os.fstat, fd)
os.close(fd)
step(read, "zero")
step(os.chown, "file", 0, -1)
step(os.chown, "file", os.getuid(), os.getgid())
step(os.chown, "missing", 0, 0)

section("times")
import time

reset(always=True)
OLD = 1_000_000_000_123_456_789


def moved(act, *paths):
    """Which times the act moved."""
    paths = [p for p in paths if os.path.lexists(p)]
    for p in paths:
        os.utime(p, ns=(OLD, OLD), follow_symlinks=False)
    before = {p: os.lstat(p).st_ctime_ns for p in paths}
    time.sleep(0.02)
    answer = outcome(act)
    moves = []
    for p in paths:
        if os.path.lexists(p):
            st = os.lstat(p)
            moves.append((p, st.st_mtime_ns != OLD, st.st_ctime_ns != before[p]))
    return answer, moves


for act, paths in [
    (lambda: write("file", b"x", "r+b"), ["file", "."]),
    (lambda: write("file", b"", "r+b"), ["file"]),
    (lambda: write("file", b"", "wb"), ["file"]),
    (lambda: os.truncate("file", 10), ["file"]),
    (lambda: read("file"), ["file"]),
    (lambda: os.chmod("file", 0o600), ["file", "."]),
    (lambda: os.stat("file"), ["file"]),
    (lambda: write("dir/new", b""), ["dir", "."]),
    (lambda: os.unlink("dir/new"), ["dir"]),
    (lambda: os.mkdir("dir/new"), ["dir"]),
    (lambda: os.rmdir("dir/new"), ["dir"]),
    (lambda: os.symlink("x", "dir/new"), ["dir"]),
    (lambda: os.rename("dir/new", "dir/newer"), ["dir", "dir/newer"]),
    (lambda: os.rename("dir/newer", "empty/newer"), ["dir", "empty"]),
    (lambda: os.link("file", "dir/hard"), ["dir", "file"]),
    (lambda: os.unlink("dir/hard"), ["dir", "file"]),
    (lambda: sorted(os.listdir("dir")), ["dir"]),
    (lambda: os.rename("file", "file"), ["file", "."]),
    (lambda: os.mkdir("dir"), ["dir", "."]),
    (lambda: os.unlink("missing"), ["."]),
    (lambda: os.utime("file", ns=(OLD, OLD)), ["file"]),
]:
    say(moved(act, *paths))
for ns in [(0, 0), (1, 2), (OLD, OLD + 1), (1_700_000_000_999_999_999, 1_700_000_000_000_000_001), (4_000_000_000_000_000_000, 4_000_000_000_000_000_123)]:
    os.utime("file", ns=ns)
    step(lambda: (os.stat("file").st_atime_ns, os.stat("file").st_mtime_ns) == ns)
os.utime("to-file", ns=(11, 12), follow_symlinks=False)
step(lambda: os.lstat("to-file").st_mtime_ns)
step(lambda: os.stat("file").st_mtime_ns)
os.utime("file", times=(1.5, 2.25))
step(lambda: (os.stat("file").st_atime, os.stat("file").st_mtime))
os.utime("file")
step(lambda: abs(time.time() - os.stat("file").st_mtime) < 60)
fd = os.open("file", os.O_RDONLY)
os.utime(fd, ns=(21, 22))
step(lambda: os.fstat(fd).st_mtime_ns)
os.close(fd)

section("hard links")
reset(always=True)
for n in range(5):
    os.link("file", f"hard{n}")
step(os.stat, "file")
step(lambda: len({os.stat(p).st_ino for p in ["file"] + [f"hard{n}" for n in range(5)]}))
write("hard3", b"by another name")
step(read, "file")
step(os.rename, "hard1", "hard2")
step(os.path.exists, "hard1")
step(os.unlink, "file")
step(os.stat, "hard4")
step(lambda: os.path.samefile("hard0", "hard4"))
step(os.stat, "dir")
step(lambda: os.stat("dir").st_nlink)
os.mkdir("dir/another")
step(lambda: os.stat("dir").st_nlink)
os.rename("dir/another", "empty/another")
step(lambda: (os.stat("dir").st_nlink, os.stat("empty").st_nlink))

section("sparse")
reset(always=True)
fd = os.open("sparse", os.O_RDWR | os.O_CREAT)
step(os.pwrite, fd, b"end", 2**32)
step(os.fstat, fd)
step(os.pread, fd, 8, 2**32 - 4)
step(os.ftruncate, fd, 2**33)
step(os.fstat, fd)
step(os.pread, fd, 4, 2**33 - 2)
step(lambda: os.fstat(fd).st_blocks * 512 < 2**20)
step(os.ftruncate, fd, 0)
os.close(fd)

section("locks")
reset(always=True)
a = open("file", "r+b")
b = open("file", "r+b")
step(fcntl.flock, a, fcntl.LOCK_EX | fcntl.LOCK_NB)
step(fcntl.flock, b, fcntl.LOCK_EX | fcntl.LOCK_NB)
step(fcntl.flock, b, fcntl.LOCK_SH | fcntl.LOCK_NB)
step(fcntl.flock, a, fcntl.LOCK_UN)
step(fcntl.flock, b, fcntl.LOCK_SH | fcntl.LOCK_NB)
step(fcntl.flock, a, fcntl.LOCK_SH | fcntl.LOCK_NB)
step(fcntl.lockf, a, fcntl.LOCK_EX | fcntl.LOCK_NB, 4, 0)
step(fcntl.lockf, b, fcntl.LOCK_EX | fcntl.LOCK_NB, 4, 2)
step(fcntl.lockf, a, fcntl.LOCK_UN)
a.close()
b.close()

section("pipes")
import select

r, w = os.pipe()
step(lambda: [len(x) for x in select.select([r], [w], [], 0)])
step(os.write, w, b"through")
step(lambda: [len(x) for x in select.select([r], [w], [], 0)])
step(os.read, r, 3)
step(os.read, r, 100)
step(os.set_blocking, r, False)
step(os.read, r, 1)
step(os.lseek, r, 0, os.SEEK_CUR)
step(os.fstat, r)
step(os.pread, r, 1, 0)
step(os.ftruncate, w, 0)
step(os.write, r, b"x")
step(os.read, w, 1)
p = select.poll()
p.register(r, select.POLLIN)
p.register(w, select.POLLOUT)
step(lambda: sorted(e for _, e in p.poll(0)))
step(os.close, w)
step(lambda: sorted(e for f, e in p.poll(0) if f == r))
step(os.read, r, 1)
os.close(r)
r, w = os.pipe()
os.close(r)
step(os.write, w, b"nobody")
os.close(w)
r, w = os.pipe2(os.O_NONBLOCK)
filled = 0
try:
    while True:
        filled += os.write(w, b"x" * 4096)
except BlockingIOError:
    pass
step(lambda: filled)
step(os.write, w, b"x")
step(lambda: len(os.read(r, 1 << 20)))
step(os.write, w, b"x")
os.close(r)
os.close(w)

section("io")
import io

reset(always=True)
for mode in ["r", "rb", "r+", "w", "wb", "w+", "a", "a+", "x", "xb", "x+", "rw", "U", ""]:
    for path in ["file", "missing", "dir"]:
        reset()

        def use():
            with open(path, mode) as file:
                return file.readable(), file.writable(), file.seekable(), file.tell()

        say(f"{mode} {path} {outcome(use)}")
reset(always=True)
with open("text", "w", encoding="utf-8", newline="\r\n") as file:
    step(file.write, "one\ntwo\nünï\n")
    step(file.tell)
step(read, "text")
for newline in (None, "", "\n", "\r\n"):
    with open("text", encoding="utf-8", newline=newline) as file:
        step(file.readlines)
with open("text", encoding="ascii") as file:
    step(file.read)
with open("text", encoding="ascii", errors="replace") as file:
    step(lambda: len(file.read()))
with open("text", "r+", encoding="utf-8") as file:
    step(file.readline)
    where = file.tell()
    step(file.read)
    step(file.seek, where)
    step(file.read, 3)
    step(file.seek, 0, 2)
    step(file.write, "end")
    step(file.flush)
    step(file.truncate)
    step(file.seek, 5, 1)
    step(file.seek, -1)
step(read, "text")
with open("raw", "w+b", buffering=0) as file:
    step(file.write, b"abc" * 5)
    step(file.seek, 3)
    step(file.read, 4)
    step(lambda: file.readinto(bytearray(3)))
    step(file.readall)
    step(file.truncate, 4)
    step(file.tell)
    step(file.seek, -2, 2)
    step(file.read)
with open("raw", "r+b") as file:
    step(file.peek, 2)
    step(file.read1, 2)
    step(file.write, b"Z")
    step(file.seek, 0)
    step(file.read)
    step(lambda: file.fileno() > 2)
    step(lambda: file.name)
step(file.read)
with open("lines", "wb") as file:
    step(file.writelines, [b"a\n", b"b\n", b"c"])
with open("lines", "rb") as file:
    step(list, file)
with open("big", "wb", buffering=1 << 16) as file:
    for n in range(1000):
        file.write(bytes([n % 256]) * 777)
step(lambda: (os.path.getsize("big"), sum(read("big")) % 65521))

section("pathlib")
from pathlib import Path

reset(always=True)
p = Path("made")
step(p.mkdir)
step(p.mkdir)
step(lambda: p.mkdir(exist_ok=True))
step(lambda: Path("x/y/z").mkdir())
step(lambda: Path("x/y/z").mkdir(parents=True))
step(lambda: (p / "t").write_text("text", encoding="utf-8"))
step(lambda: (p / "t").read_text(encoding="utf-8"))
step(lambda: (p / "b").write_bytes(b"\0\1"))
step(lambda: (p / "b").read_bytes())
step(lambda: (p / "t").exists())
step(lambda: (p / "nope").exists())
step(lambda: (p / "t").rename(p / "u").name)
step(lambda: (p / "u").replace(p / "b").name)
step(lambda: (p / "b").read_bytes())
step(lambda: (p / "l").symlink_to("b"))
step(lambda: (p / "l").is_symlink())
step(lambda: (p / "l").resolve().name)
step(lambda: (p / "l").readlink().name)
step(lambda: (p / "h").hardlink_to(p / "b"))
step(lambda: sorted(x.name for x in p.iterdir()))
step(lambda: sorted(str(x) for x in Path(".").glob("**/b")))
step(lambda: sorted(str(x) for x in Path("dir").rglob("*")))
step(lambda: (p / "touched").touch())
step(lambda: (p / "touched").touch(exist_ok=False))
step(lambda: (p / "touched").stat())
step(lambda: (p / "touched").chmod(0o600))
step(lambda: (p / "touched").unlink())
step(lambda: (p / "touched").unlink())
step(lambda: (p / "touched").unlink(missing_ok=True))
step(lambda: p.rmdir())
step(lambda: Path("missing").resolve().name)
step(lambda: Path("loop-a").exists() if sys.version_info >= (3, 12) else False)
step(lambda: Path("to-dir/../file").resolve().name)

section("shutil")
import shutil

reset(always=True)
step(shutil.copy, "file", "copied")
step(shutil.copy, "file", "dir")
step(shutil.copy2, "file", "copied2")
step(lambda: os.stat("copied2").st_mtime_ns == os.stat("file").st_mtime_ns)
step(shutil.copyfile, "file", "file")
step(shutil.copyfile, "dir", "x")
step(shutil.copymode, "file", "copied")
step(shutil.copytree, "dir", "copy-of-dir", symlinks=True)
step(shutil.copytree, "dir", "copy-of-dir")
step(lambda: shutil.copytree("dir", "copy-of-dir", dirs_exist_ok=True))
step(shutil.move, "copied", "moved")
step(shutil.move, "copy-of-dir", "empty")
step(shutil.move, "missing", "x")
step(shutil.move, "dir", "dir/sub")
step(shutil.rmtree, "empty")
step(shutil.rmtree, "missing")
step(shutil.rmtree, "file")
step(shutil.rmtree, "to-dir")
step(lambda: shutil.rmtree("missing", ignore_errors=True))
step(lambda: shutil.disk_usage(".").total > 0)
step(tree)

section("tempfile")
import tempfile

reset(always=True)
tempfile.tempdir = here
with tempfile.TemporaryFile() as file:
    step(file.write, b"temporary")
    step(file.seek, 0)
    step(file.read)
with tempfile.NamedTemporaryFile(prefix="named-") as file:
    step(lambda: os.stat(file.name))
    step(lambda: os.path.basename(file.name).startswith("named-"))
    name = file.name
step(os.path.exists, name)
with tempfile.TemporaryDirectory() as made:
    step(lambda: os.stat(made))
    write(os.path.join(made, "x"), b"x")
step(os.path.exists, made)
fd, name = tempfile.mkstemp()
step(lambda: os.fstat(fd))
os.close(fd)
os.unlink(name)
with tempfile.SpooledTemporaryFile(max_size=10) as file:
    step(file.write, b"x" * 100)
    step(file.tell)
step(tree)

section("glob")
import fnmatch
import glob

reset(always=True)
for pattern in ["*", "**/*", "dir/*", "d?r", "[de]*", "to-*/*", "missing/*", "*/inner", ".*", "*/"]:
    step(lambda: sorted(glob.glob(pattern, recursive=True)))
step(lambda: sorted(glob.glob("*", root_dir="dir")))

section("zipfile")
import zipfile

reset(always=True)
with zipfile.ZipFile("z.zip", "w", zipfile.ZIP_DEFLATED) as z:
    for name in ["file", "dir/inner"]:
        z.write(name)
    z.writestr("deep/er/x.txt", "from memory" * 100)
with zipfile.ZipFile("z.zip", "a") as z:
    z.writestr("added", b"later")
with zipfile.ZipFile("z.zip") as z:
    step(z.namelist)
    step(z.testzip)
    step(z.read, "added")
    step(lambda: sum(i.file_size for i in z.infolist()))
    step(z.extractall, "unzipped")
step(lambda: tree("unzipped"))
step(zipfile.is_zipfile, "z.zip")
step(zipfile.is_zipfile, "file")
step(zipfile.ZipFile, "file")

section("tarfile")
import tarfile

reset(always=True)
os.chmod("dir/inner", 0o640)
for mode in ("w", "w:gz", "w:bz2", "w:xz"):
    with tarfile.open("t.tar", mode) as t:
        t.add("dir")
        t.add("to-file")
    with tarfile.open("t.tar") as t:
        step(lambda: sorted((m.name, m.type, m.size, m.linkname, m.mode) for m in t))
        t.extractall("untarred")
    step(lambda: tree("untarred"))
    shutil.rmtree("untarred")
step(tarfile.open, "file")

section("other files")
import bz2
import dbm.dumb
import gzip
import lzma
import pickle
import json
import csv
import shelve

reset(always=True)
for module, name in ((gzip, "g"), (bz2, "b"), (lzma, "l")):
    with module.open(name, "wb") as file:
        file.write(b"compressed " * 1000)
    with module.open(name, "ab") as file:
        file.write(b"and more")
    with module.open(name) as file:
        file.seek(10995)
        step(file.read)
with open("p", "wb") as file:
    pickle.dump({"a": [1, 2, {3}]}, file)
step(lambda: pickle.loads(read("p")))
with open("j", "w") as file:
    json.dump({"b": [1.5, None]}, file)
step(read, "j")
with open("c.csv", "w", newline="") as file:
    csv.writer(file).writerows([[1, "two"], ["th,ree", 'fo"ur']])
step(read, "c.csv")
with dbm.dumb.open("d", "c") as db:
    db["k"] = "v"
with dbm.dumb.open("d") as db:
    step(lambda: dict(db))
import linecache
import filecmp
import fileinput

step(linecache.getline, "j", 1)
step(filecmp.cmp, "j", "j", shallow=False)
with fileinput.input(["file", "j"]) as lines:
    step(list, lines)
with fileinput.input("file", inplace=True) as lines:
    for line in lines:
        print(line.upper(), end="")
step(read, "file")

section("sqlite3")
import sqlite3

reset(always=True)
for journal in ("delete", "truncate", "persist", "memory", "off"):
    db = sqlite3.connect("base.db", isolation_level=None)
    step(lambda: db.execute(f"pragma journal_mode={journal}").fetchall())
    step(lambda: db.execute("create table if not exists t (a integer primary key, b text)").fetchall())
    step(lambda: db.execute("begin").fetchall())
    for n in range(200):
        db.execute("insert into t (b) values (?)", ("x" * n,))
    step(lambda: db.execute("commit").fetchall())
    step(lambda: db.execute("select count(*), sum(length(b)) from t").fetchall())
    if journal in ("delete", "truncate", "persist"):
        db.execute("begin")
        db.execute("delete from t")
        step(lambda: sorted(n for n in os.listdir(".") if n.startswith("base")))
        db.execute("rollback")
        step(lambda: db.execute("select count(*) from t").fetchall())
    step(lambda: db.execute("pragma integrity_check").fetchall())
    db.close()
    step(lambda: sorted(n for n in os.listdir(".") if n.startswith("base")))
    for name in os.listdir("."):
        if name.startswith("base"):
            os.unlink(name)
a = sqlite3.connect("base.db", isolation_level=None, timeout=0)
b = sqlite3.connect("base.db", isolation_level=None, timeout=0)
a.execute("create table t (x)")
a.execute("begin exclusive")
step(lambda: b.execute("insert into t values (1)"))
step(lambda: b.execute("select * from t").fetchall())
a.execute("insert into t values (2)")
a.execute("commit")
step(lambda: b.execute("select * from t").fetchall())
b.execute("begin immediate")
step(lambda: a.execute("begin immediate"))
step(lambda: a.execute("select * from t").fetchall())
b.execute("rollback")
step(lambda: a.execute("vacuum").fetchall())
a.close()
b.close()
step(lambda: sqlite3.connect("missing/x.db"))
step(lambda: sqlite3.connect("dir").execute("create table t (x)"))
step(lambda: sqlite3.connect("file").execute("select * from t"))

section("mmap")
import mmap

reset(always=True)
write("m", b"0123456789" * 1000)
with open("m", "r+b") as file:
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as m:
        step(len, m)
        step(lambda: m[3:8])
        step(m.find, b"90", 100)
        step(lambda: m.__setitem__(0, 1))
    with mmap.mmap(file.fileno(), 100, access=mmap.ACCESS_COPY) as m:
        m[0:3] = b"abc"
        step(lambda: m[0:5])
    step(lambda: read("m")[:5])
    with mmap.mmap(file.fileno(), 4096, access=mmap.ACCESS_READ, offset=4096) as m:
        step(lambda: m[:10])
    step(mmap.mmap, file.fileno(), 20000, access=mmap.ACCESS_READ)
    step(mmap.mmap, file.fileno(), 10, access=mmap.ACCESS_READ, offset=5)
write("zero", b"")
with open("zero", "r+b") as file:
    step(mmap.mmap, file.fileno(), 0)
with mmap.mmap(-1, 8192) as m:
    m[0:5] = b"hello"
    step(lambda: m[0:6])

section("at the end")
reset(always=True)
step(tree)
os.chdir(here)
print("done", flush=True)
