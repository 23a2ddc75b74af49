"""Classes: attributes, methods, properties, slots, inheritance, operators, descriptors, dataclasses, enums."""
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from enum import Enum, Flag, auto


class Account:
    rate = 3
    opened = 0

    def __init__(self, owner, balance=0):
        self.owner = owner
        self.balance = balance
        self.history = []
        Account.opened += 1

    def deposit(self, amount):
        self.balance += amount
        self.history.append(amount)
        return self

    def withdraw(self, amount):
        if amount > self.balance:
            raise ValueError("not enough")
        self.balance -= amount
        self.history.append(-amount)
        return self

    @property
    def interest(self):
        return self.balance * self.rate // 100

    @classmethod
    def empty(cls, owner):
        return cls(owner)

    @staticmethod
    def fee(amount):
        return amount // 50


class Savings(Account):
    rate = 5

    def deposit(self, amount):
        super().deposit(amount)
        self.bonus = self.interest
        return self


class Slotted:
    __slots__ = ("left", "right", "key")

    def __init__(self, key):
        self.key = key
        self.left = None
        self.right = None


class Tree:
    def __init__(self):
        self.root = None
        self.size = 0

    def insert(self, key):
        node = self.root
        if node is None:
            self.root = Slotted(key)
            self.size += 1
            return
        while True:
            if key < node.key:
                if node.left is None:
                    node.left = Slotted(key)
                    break
                node = node.left
            elif key > node.key:
                if node.right is None:
                    node.right = Slotted(key)
                    break
                node = node.right
            else:
                return
        self.size += 1

    def __contains__(self, key):
        node = self.root
        while node is not None:
            if node.key == key:
                return True
            node = node.left if key < node.key else node.right
        return False

    def __iter__(self):
        stack, node = [], self.root
        while stack or node:
            while node:
                stack.append(node)
                node = node.left
            node = stack.pop()
            yield node.key
            node = node.right


class Vector:
    def __init__(self, *parts):
        self.parts = parts

    def __add__(self, other):
        return Vector(*[a + b for a, b in zip(self.parts, other.parts)])

    def __mul__(self, factor):
        return Vector(*[a * factor for a in self.parts])

    def __eq__(self, other):
        return isinstance(other, Vector) and self.parts == other.parts

    def __hash__(self):
        return hash(self.parts)

    def __len__(self):
        return len(self.parts)

    def __getitem__(self, index):
        return self.parts[index]

    def __bool__(self):
        return any(self.parts)

    def __repr__(self):
        return f"Vector{self.parts}"


class Typed:
    def __init__(self, kind):
        self.kind = kind

    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, instance, owner):
        return self if instance is None else getattr(instance, self.name)

    def __set__(self, instance, value):
        if not isinstance(value, self.kind):
            raise TypeError(self.name)
        setattr(instance, self.name, value)


class Shape(ABC):
    width = Typed(int)
    height = Typed(int)

    def __init__(self, width, height):
        self.width = width
        self.height = height

    @abstractmethod
    def area(self): ...


class Rectangle(Shape):
    def area(self):
        return self.width * self.height


class Triangle(Shape):
    def area(self):
        return self.width * self.height // 2


class Lazy:
    def __getattr__(self, name):
        value = len(name)
        setattr(self, name, value)
        return value


@dataclass(order=True)
class Item:
    price: int
    name: str = "x"
    tags: list = field(default_factory=list, compare=False)


class Colour(Enum):
    RED = 1
    GREEN = 2
    BLUE = 3


class Mode(Flag):
    READ = auto()
    WRITE = auto()
    RUN = auto()


def accounts(n):
    total = 0
    for i in range(n):
        account = (Savings if i % 3 == 0 else Account)("o", i)
        account.deposit(50).deposit(20)
        try:
            account.withdraw(i % 120)
        except ValueError:
            total -= 1
        total += account.interest + Account.fee(account.balance) + len(account.history)
    return total + Account.empty("e").balance


def trees(n):
    tree = Tree()
    key = 12345
    for _ in range(n):
        key = (key * 1103515245 + 12345) & 0x7FFFFFFF
        tree.insert(key % (4 * n))
    hits = sum(1 for i in range(0, 4 * n, 7) if i in tree)
    return tree.size + hits + sum(tree) % 1000


def vectors(n):
    total = Vector(0, 0, 0)
    seen = {}
    for i in range(n):
        v = Vector(i, i + 1, i % 5)
        total = total + v * 2
        seen[v] = total[0]
        if v == total or not v:
            total = total + v
    return len(seen) + len(repr(total)) + len(total)


def shapes(n):
    total = 0
    for i in range(n):
        shape = Rectangle(i, 3) if i & 1 else Triangle(i, 4)
        total += shape.area()
        if isinstance(shape, Shape) and hasattr(shape, "width"):
            shape.width = total & 1023
        lazy = Lazy()
        total += lazy.abc + lazy.abc
    return total


def items(n):
    things = [Item((i * 7919) % 1000, str(i % 10)) for i in range(n)]
    things.sort()
    cheap = [replace(thing, price=thing.price + 1) for thing in things if thing.price < 100]
    modes = Mode.READ | Mode.WRITE
    count = sum(1 for i in range(n) if Colour(i % 3 + 1) is Colour.GREEN and Mode.READ in modes)
    return len(cheap) + count


for _ in range(2):
    print(accounts(30000), trees(6000), vectors(8000), shapes(12000), items(3000))
