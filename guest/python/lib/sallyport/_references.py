"""Objects that the host holds by reference."""


class Registry:
    """Number → object. An object has one number as long as the host holds it."""

    def __init__(self):
        self._last = 0
        self._objects = {}
        self._numbers = {}
        # Iterators: an exception that came after items which were handed out first.
        self._pending = {}

    def hold(self, o, kind):
        number = self._numbers.get(id(o))
        if number is None:
            self._last = number = self._last + 1
            self._numbers[id(o)] = number
            self._objects[number] = [o, 0]
        self._objects[number][1] += 1
        return number

    def release(self, number):
        entry = self._objects.get(number)
        if entry is None:
            return
        entry[1] -= 1
        if entry[1] <= 0:
            del self._objects[number]
            self._numbers.pop(id(entry[0]), None)
            self._pending.pop(number, None)

    def get(self, number):
        """The object; KeyError when it was released."""
        return self._objects[number][0]

    def fail_later(self, number, error):
        self._pending[number] = error

    def raise_pending(self, number):
        error = self._pending.pop(number, None)
        if error is not None:
            raise error


registry = Registry()


class Holds:
    """The references of one message: taken back when it does not get sent."""

    __slots__ = ("_numbers",)

    def __init__(self):
        self._numbers = []

    def hold(self, o, kind):
        number = registry.hold(o, kind)
        self._numbers.append(number)
        return number

    def undo(self):
        for number in self._numbers:
            registry.release(number)
        self._numbers.clear()


def reference(object):
    """Let `object` go to the host by reference: there its methods can be called."""
    from ._types import Reference

    return Reference(object)
