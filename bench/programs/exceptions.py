"""Raising, catching and cleaning up."""


class Odd(Exception):
    pass


def check(i):
    try:
        if i % 3 == 0:
            raise Odd(i)
        if i % 3 == 1:
            return [][i]
        return i
    except IndexError:
        return -1
    finally:
        check.count += 1


def main():
    check.count, total = 0, 0
    for i in range(60000):
        try:
            total += check(i)
        except Odd as e:
            total += e.args[0] & 3
    return (total, check.count)
