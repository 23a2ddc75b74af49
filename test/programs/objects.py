# --- bank_account
class InsufficientFunds(Exception):
    pass
class Account:
    def __init__(self, owner, balance=0):
        self.owner, self._balance = owner, balance
    @property
    def balance(self):
        return self._balance
    def withdraw(self, n):
        if n > self._balance:
            raise InsufficientFunds(f"{self.owner} has only {self._balance}")
        self._balance -= n
a = Account("Ann", 100)
a.withdraw(30)
try:
    a.withdraw(100)
except InsufficientFunds as e:
    print(a.balance, e)
# --- shapes_abc
from abc import ABC, abstractmethod
import math
class Shape(ABC):
    @abstractmethod
    def area(self): ...
class Circle(Shape):
    def __init__(self, r): self.r = r
    def area(self): return math.pi * self.r ** 2
class Square(Shape):
    def __init__(self, s): self.s = s
    def area(self): return self.s ** 2
print([round(s.area(), 2) for s in (Circle(1), Square(3))])
try:
    Shape()
except TypeError as e:
    print("abstract" in str(e))
# --- vector_operators
class Vec:
    def __init__(self, *c): self.c = c
    def __add__(self, o): return Vec(*(a + b for a, b in zip(self.c, o.c)))
    def __mul__(self, k): return Vec(*(a * k for a in self.c))
    __rmul__ = __mul__
    def __eq__(self, o): return self.c == o.c
    def __abs__(self): return sum(a * a for a in self.c) ** 0.5
    def __repr__(self): return f"Vec{self.c}"
    def __getitem__(self, i): return self.c[i]
    def __bool__(self): return any(self.c)
print(Vec(1, 2) + Vec(3, 4), 2 * Vec(1, 2), abs(Vec(3, 4)), Vec(1) == Vec(1), bool(Vec(0, 0)), Vec(7, 8)[1])
# --- dataclass_inventory
from dataclasses import asdict, dataclass, field
@dataclass(order=True)
class Item:
    sort: float = field(init=False, repr=False)
    name: str
    price: float
    tags: list[str] = field(default_factory=list)
    def __post_init__(self):
        self.sort = -self.price
items = [Item("pen", 1.5), Item("book", 12.0, ["paper"])]
print(sorted(items)[0], asdict(items[0]))
# --- enum_flags
from enum import Enum, Flag, IntEnum, auto
class Color(Enum):
    RED = auto()
    GREEN = auto()
class Perm(Flag):
    R = 4
    W = 2
    X = 1
print(Color.RED, Color["GREEN"].value, list(Color), Perm.R | Perm.W, Perm.R in (Perm.R | Perm.X), Color(1).name)
# --- iterator_protocol
class Countdown:
    def __init__(self, n): self.n = n
    def __iter__(self): return self
    def __next__(self):
        if self.n <= 0:
            raise StopIteration
        self.n -= 1
        return self.n + 1
print(list(Countdown(5)), sum(Countdown(4)), max(Countdown(3)))
# --- context_manager
from contextlib import contextmanager, suppress
class Res:
    def __enter__(self):
        print("open")
        return self
    def __exit__(self, t, v, tb):
        print("close", t.__name__ if t else None)
        return t is KeyError
with Res():
    raise KeyError("x")
@contextmanager
def tag(n):
    print(f"<{n}>")
    yield
    print(f"</{n}>")
with tag("b"), suppress(ValueError):
    int("x")
# --- singleton_metaclass
class Single(type):
    _i = {}
    def __call__(cls, *a):
        if cls not in cls._i:
            cls._i[cls] = super().__call__(*a)
        return cls._i[cls]
class Config(metaclass=Single):
    pass
print(Config() is Config())
# --- descriptor
class Positive:
    def __set_name__(self, o, n): self.n = "_" + n
    def __get__(self, o, t=None): return self if o is None else getattr(o, self.n)
    def __set__(self, o, v):
        if v <= 0:
            raise ValueError(f"{self.n[1:]} must be positive, not {v}")
        setattr(o, self.n, v)
class Box:
    w = Positive()
    def __init__(self, w): self.w = w
try:
    print(Box(3).w)
    Box(-1)
except ValueError as e:
    print(e)
# --- mro
class A:
    def f(self): return "A"
class B(A):
    def f(self): return "B" + super().f()
class C(A):
    def f(self): return "C" + super().f()
class D(B, C):
    def f(self): return "D" + super().f()
print(D().f(), [k.__name__ for k in D.__mro__])
# --- class_registry
class Plugin:
    registry = {}
    def __init_subclass__(cls, name=None, **kw):
        super().__init_subclass__(**kw)
        Plugin.registry[name or cls.__name__.lower()] = cls
class Csv(Plugin): pass
class Json(Plugin, name="js"): pass
print(sorted(Plugin.registry))
# --- getattr_proxy
class Proxy:
    def __init__(self, t): self._t, self.calls = t, []
    def __getattr__(self, n):
        self.calls.append(n)
        return getattr(self._t, n)
p = Proxy([3, 1, 2])
p.sort()
p.append(9)
print(p._t, p.calls)
# --- slots_and_copy
import copy
class P:
    __slots__ = ("x", "y")
    def __init__(self, x, y): self.x, self.y = x, y
a = P([1], 2)
b, c = copy.copy(a), copy.deepcopy(a)
a.x.append(5)
print(b.x, c.x)
try:
    a.z = 1
except AttributeError as e:
    print(type(e).__name__)
# --- protocol_typing
from typing import Generic, Protocol, TypeVar, runtime_checkable
@runtime_checkable
class Sized(Protocol):
    def size(self) -> int: ...
class Disk:
    def size(self): return 9
T = TypeVar("T")
class Stack(Generic[T]):
    def __init__(self): self.i: list[T] = []
    def push(self, x: T): self.i.append(x)
    def pop(self) -> T: return self.i.pop()
s = Stack[int]()
s.push(4)
print(isinstance(Disk(), Sized), isinstance(3, Sized), s.pop())
# --- matching
def describe(x):
    match x:
        case []: return "empty"
        case [a]: return f"one {a}"
        case [a, *rest]: return f"{a} and {len(rest)} more"
        case {"type": "point", "x": x, "y": y}: return f"point {x},{y}"
        case str() as s if s.isupper(): return "SHOUT"
        case int() | float(): return "number"
        case _: return "?"
print([describe(v) for v in ([], [1], [1, 2, 3], {"type": "point", "x": 1, "y": 2}, "HI", "hi", 3.5)])
# --- state_machine
class Light:
    NEXT = {"red": "green", "green": "yellow", "yellow": "red"}
    def __init__(self): self.state = "red"
    def tick(self):
        self.state = self.NEXT[self.state]
        return self.state
l = Light()
print([l.tick() for _ in range(5)])
# --- observer
class Event:
    def __init__(self): self.h = []
    def __iadd__(self, f):
        self.h.append(f)
        return self
    def __call__(self, *a): return [f(*a) for f in self.h]
e = Event()
e += lambda x: x * 2
e += str
print(e(21))
# --- total_ordering
from functools import total_ordering
@total_ordering
class V:
    def __init__(self, s): self.p = tuple(map(int, s.split(".")))
    def __eq__(self, o): return self.p == o.p
    def __lt__(self, o): return self.p < o.p
    def __repr__(self): return ".".join(map(str, self.p))
print(sorted(map(V, "1.10 1.2 1.9.1 0.99".split())), V("2.0") >= V("1.99"))
