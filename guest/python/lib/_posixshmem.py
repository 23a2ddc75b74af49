"""Memory that processes share: there is one process, and the system says so."""

import errno
import os


def shm_open(path, flags, mode=0o777):
    raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), path)


def shm_unlink(path):
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
