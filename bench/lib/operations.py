"""How fast operations are: prints seconds per operation, and bytes per second of large reads and writes, as JSON."""
import json
import os
import sys
import time
from time import perf_counter


def per_call(call, seconds):
    """Seconds per call, the best of several batches."""
    count, best, spent = 50, float("inf"), 0.0
    while spent < seconds:
        start = perf_counter()
        for _ in range(count):
            call()
        took = perf_counter() - start
        spent += took
        best = min(best, took / count)
    return best


def open_read_close(path):
    fd = os.open(path, os.O_RDONLY)
    os.read(fd, 4096)
    os.close(fd)


def transfer(path, seconds, writing):
    """Bytes per second, in pieces of 1 MiB, the best of several passes over the file."""
    piece, best, spent = bytearray(1 << 20), 0.0, 0.0
    while spent < seconds:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC if writing else os.O_RDONLY)
        done, start = 0, perf_counter()
        while done < 64 << 20:
            n = os.write(fd, piece) if writing else os.readv(fd, [piece])
            if n == 0:
                break
            done += n
        took = perf_counter() - start
        os.close(fd)
        spent += took
        best = max(best, done / took)
    return best


def main(small, large, output, seconds):
    print(
        json.dumps(
            {
                "clock": per_call(time.time, seconds),
                "stat": per_call(lambda: os.stat(small), seconds),
                "open+read+close": per_call(lambda: open_read_close(small), seconds),
                "read": transfer(large, seconds, False),
                "write": transfer(output, seconds, True),
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4]))
