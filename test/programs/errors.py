# --- try_finally_order
def f():
    try:
        print("try")
        return "value"
    finally:
        print("finally")
print(f())
# --- exception_chain
try:
    try:
        {}["k"]
    except KeyError as e:
        raise RuntimeError("wrapped") from e
except RuntimeError as e:
    print(repr(e), repr(e.__cause__))
# --- else_clause
for s in ("5", "x"):
    try:
        n = int(s)
    except ValueError as e:
        print(e)
    else:
        print(n + 1)
for i in range(3):
    if i == 5:
        break
else:
    print("no break")
# --- custom_hierarchy
class AppError(Exception):
    def __init__(self, code, msg):
        super().__init__(msg)
        self.code = code
class NotFound(AppError):
    def __init__(self, what):
        super().__init__(404, f"{what} not found")
try:
    raise NotFound("page")
except AppError as e:
    print(e.code, e, type(e).__mro__[1].__name__)
# --- exception_group
try:
    raise ExceptionGroup("many", [ValueError(1), TypeError(2), ValueError(3)])
except* ValueError as g:
    print(len(g.exceptions))
except* TypeError as g:
    print(repr(g.exceptions[0]))
# --- notes
e = ValueError("bad")
e.add_note("in row 3")
print(e.__notes__)
# --- assert_message
try:
    assert 1 == 2, "math works"
except AssertionError as e:
    print("AssertionError:", e)
# --- common_errors
for f in (lambda: 1 / 0, lambda: [][1], lambda: {}["a"], lambda: "a" + 1, lambda: None.x, lambda: int("z"), lambda: undefined, lambda: [1].index(2)):
    try:
        f()
    except Exception as e:
        print(type(e).__name__, "-", e)
# --- warnings_caught
import warnings
with warnings.catch_warnings(record=True) as w:
    warnings.simplefilter("always")
    warnings.warn("old", DeprecationWarning)
    print(len(w), w[0].category.__name__, w[0].message)
# --- exit_code_caught
import sys
try:
    sys.exit("bye")
except SystemExit as e:
    print(e.code)
# --- syntax_error_compile
try:
    compile("a = = 1", "x.py", "exec")
except SyntaxError as e:
    print(e.msg, e.lineno, e.offset)
# --- contextlib_exitstack
from contextlib import ExitStack
with ExitStack() as st:
    for i in range(3):
        st.callback(print, "cleanup", i)
    print("body")
