"""What multiprocessing wants of the system, for a system of one process: semaphores that nobody else can take or give."""

import signal
import threading
import time

RECURSIVE_MUTEX, SEMAPHORE = 0, 1
flags = {}

_PAUSE = 0.05


class SemLock:
    """A semaphore, or a lock that its owner may take again."""

    SEM_VALUE_MAX = 0x7FFFFFFF

    def __init__(self, kind, value, maxvalue, name, unlink):
        if kind not in (RECURSIVE_MUTEX, SEMAPHORE):
            raise ValueError("unrecognized kind")
        if not 0 <= value <= maxvalue <= self.SEM_VALUE_MAX:
            raise ValueError("invalid value")
        self._value, self._held = value, 0
        self.kind, self.maxvalue, self.handle = kind, maxvalue, id(self)
        self.name = None if unlink else name

    @classmethod
    def _rebuild(cls, handle, kind, maxvalue, name):
        raise PermissionError(1, "no other process can share a semaphore")

    def acquire(self, block=True, timeout=None):
        if self.kind == RECURSIVE_MUTEX and self._held > 0:
            self._held += 1
            return True
        if self._value == 0 and not (block and self._wait(timeout)):
            return False
        self._value -= 1
        self._held += 1
        return True

    def _wait(self, timeout):
        """Only the handler of a signal could release it meanwhile."""
        end = None if timeout is None else time.monotonic() + max(timeout, 0)
        while self._value == 0:
            if end is None:
                signal.pause()
                continue
            left = end - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(left, _PAUSE))
        return True

    def release(self):
        if self.kind == RECURSIVE_MUTEX:
            if self._held == 0:
                raise AssertionError("attempt to release recursive lock not owned by thread")
            if self._held > 1:
                self._held -= 1
                return
        elif self._value >= self.maxvalue:
            raise ValueError("semaphore or lock released too many times")
        self._value += 1
        self._held -= 1

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *error):
        self.release()

    def _count(self):
        return self._held

    def _is_mine(self):
        return self._held > 0 and threading.get_ident() == threading.main_thread().ident

    def _get_value(self):
        return self._value

    def _is_zero(self):
        return self._value == 0

    def _after_fork(self):
        self._held = 0


def sem_unlink(name):
    """No semaphore has a name that another process could find it by."""
    raise FileNotFoundError(2, "No such file or directory", name)
