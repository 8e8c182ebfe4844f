"""Symbols of any shape that go through numpy code and leave an expression graph behind."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from typing import Any, Final, NoReturn

import numpy as np

from steepest.errors import TraceError
from steepest.expression import arrays, typeset
from steepest.expression.elementwise import (
    FUNCTIONS,
    IDENTITY,
    Content,
    as_number,
    is_condition,
    number,
)
from steepest.expression.graph import Node

_NO_TRUTH: Final = (
    "a symbol is neither true nor false, so the function cannot branch on it: write"
    " np.where(x > 0, a, b) instead of if, while or a conditional expression,"
    " np.maximum(a, b) and np.minimum(a, b) instead of max and min, & and | instead of and, or"
    " and chained comparisons, np.stack([a, b]) instead of np.array([a, b]) before comparing"
)
_NO_NUMBER: Final = (
    "a symbol has no numeric value: use numpy's functions (np.sin(x), not math.sin(x)), leave"
    " out dtype=float, and write into np.zeros_like(x), not into np.zeros(n)"
)
_ONE_NUMBER: Final = (
    "this symbol is one number, not a vector: for a function of one vector give dim="
)
_MATRIX_PRODUCTS: Final = frozenset({"matmul", "vecdot", "matvec", "vecmat"})
_JUMPS: Final = frozenset("floor ceil rint trunc fix round floor_divide remainder fmod mod".split())


class Traced:
    """A symbol, or an array of symbols, that records what is done with it.

    `content` is what it stands for: a node (or condition) of the graph for a scalar, else a
    numpy array of scalar symbols and plain numbers. `Traced(node)` makes a symbol of a node;
    `.node` gives the node back.
    """

    __slots__ = ("content",)

    def __init__(self, content: Content | np.ndarray) -> None:
        self.content = content

    @property
    def node(self) -> Node:
        """The graph of this scalar; a condition counts 1 or 0. TraceError for an array."""
        if isinstance(self.content, np.ndarray):
            raise TraceError(f"an array of shape {self.shape} is not one number")
        return as_number(self.content)

    @property
    def is_condition(self) -> bool:
        """Whether this scalar is true or false, not a number."""
        return not isinstance(self.content, np.ndarray) and is_condition(self.content)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.content.shape if isinstance(self.content, np.ndarray) else ()

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(object)

    @property
    def T(self) -> Traced:
        return wrap(_raw(self).T)

    @property
    def real(self) -> Traced:
        return self

    def __len__(self) -> int:
        if not isinstance(self.content, np.ndarray):
            raise TraceError(_ONE_NUMBER)
        return len(self.content)

    def __iter__(self) -> Iterator[Any]:
        if not isinstance(self.content, np.ndarray):
            raise TraceError(_ONE_NUMBER)
        return (wrap(part) for part in self.content)

    def __getitem__(self, index: Any) -> Any:
        if not isinstance(self.content, np.ndarray) and index not in ((), ..., None):
            raise TraceError(_ONE_NUMBER)
        return wrap(_raw(self)[_index(index)])

    def __setitem__(self, index: Any, value: Any) -> None:
        if not isinstance(self.content, np.ndarray):
            raise TraceError(_ONE_NUMBER)
        self.content[_index(index)] = value.content if _is_array(value) else value

    def __repr__(self) -> str:
        if isinstance(self.content, np.ndarray):
            return f"Traced({self.content.tolist()!r})"
        return f"Traced({typeset.text(as_number(self.content))})"

    def __hash__(self) -> int:
        return id(self)

    def __getattr__(self, name: str) -> Any:
        # numpy's loops over arrays of objects call x.sin(), and users call x.sum().
        if name in FUNCTIONS:
            return lambda *others: operate(name, self, *others)
        if name in arrays.METHODS:
            return lambda *args, **options: arrays.METHODS[name](self, *args, **options)
        if name == "astype":
            return lambda *args, **options: self
        if name.startswith("_") or not hasattr(np.ndarray, name):
            raise AttributeError(f"a symbol has no attribute {name!r}")
        method = getattr(_raw(self), name)
        if not callable(method):
            return wrap(method)
        return lambda *args, **options: wrap(method(*_raw(args), **_raw(options)))

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        name = ufunc.__name__
        if options.pop("out", None) is not None or options.pop("where", True) is not True:
            raise TraceError(
                f"np.{name}(…, out= or where=) cannot be traced: use the result, and np.where"
            )
        for harmless in ("dtype", "casting", "order", "subok"):
            options.pop(harmless, None)
        if method == "__call__" and not options:
            return operate(name, *inputs)
        if name in _MATRIX_PRODUCTS:
            return wrap(ufunc(*_raw(inputs), **options))
        return wrap(getattr(_vectorized(name, ufunc.nin), method)(*_raw(inputs), **options))

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        if function in arrays.FUNCTIONS:
            return arrays.FUNCTIONS[function](*args, **options)
        if function is np.where:
            if len(args) != 3:
                raise TraceError("np.where needs all three arguments: np.where(condition, a, b)")
            return wrap(_vectorized("where", 3)(*_raw(args)))
        # Symbols have no dtype: np.zeros_like(x, dtype=float) must be able to hold them.
        options = {key: _raw(value) for key, value in options.items() if key != "dtype"}
        return wrap(function(*_raw(args), **options))

    def __bool__(self) -> NoReturn:
        raise TraceError(_NO_TRUTH)

    def __float__(self) -> NoReturn:
        raise TraceError(_NO_NUMBER)

    __int__ = __index__ = __complex__ = __float__

    def __eq__(self, other: object) -> Any:
        return False if other is None or isinstance(other, str) else operate("equal", self, other)

    def __ne__(self, other: object) -> Any:
        return (
            True if other is None or isinstance(other, str) else operate("not_equal", self, other)
        )

    def __pow__(self, exponent: Any, modulus: None = None) -> Any:
        return operate("power", self, exponent)

    def __round__(self, digits: int | None = None) -> NoReturn:
        raise _unsupported("round")

    @staticmethod
    def _binary(name: str) -> Any:
        return lambda self, other: operate(name, self, other)

    @staticmethod
    def _swapped(name: str) -> Any:
        return lambda self, other: operate(name, other, self)

    @staticmethod
    def _unary(name: str) -> Any:
        return lambda self: operate(name, self)

    __add__, __radd__ = _binary("add"), _swapped("add")
    __sub__, __rsub__ = _binary("subtract"), _swapped("subtract")
    __mul__, __rmul__ = _binary("multiply"), _swapped("multiply")
    __truediv__, __rtruediv__ = _binary("divide"), _swapped("divide")
    __floordiv__, __rfloordiv__ = _binary("floor_divide"), _swapped("floor_divide")
    __mod__, __rmod__ = _binary("remainder"), _swapped("remainder")
    __matmul__, __rmatmul__ = _binary("matmul"), _swapped("matmul")
    __rpow__ = _swapped("power")
    __lt__, __le__ = _binary("less"), _binary("less_equal")
    __gt__, __ge__ = _binary("greater"), _binary("greater_equal")
    __and__, __rand__ = _binary("bitwise_and"), _swapped("bitwise_and")
    __or__, __ror__ = _binary("bitwise_or"), _swapped("bitwise_or")
    __xor__, __rxor__ = _binary("bitwise_xor"), _swapped("bitwise_xor")
    __neg__, __pos__, __abs__ = _unary("negative"), _unary("positive"), _unary("absolute")
    __invert__, __floor__, __ceil__ = _unary("invert"), _unary("floor"), _unary("ceil")
    __trunc__ = _unary("trunc")


def operate(name: str, *operands: Any) -> Any:
    """The numpy function called `name` on symbols, numbers and arrays of both."""
    if name in _MATRIX_PRODUCTS:
        return wrap(getattr(np, name)(*_raw(operands)))
    if any(isinstance(o, list | tuple | np.ndarray) or _is_array(o) for o in operands):
        return wrap(_vectorized(name, len(operands))(*_raw(operands)))
    return _scalar(name, *operands)


def wrap(value: Any) -> Any:
    """A result of numpy code on raw arrays as symbols again; other results as they are."""
    if isinstance(value, np.ndarray) and value.dtype == object:
        return Traced(value) if value.ndim else value.item()
    return type(value)([wrap(part) for part in value]) if type(value) in (list, tuple) else value


def _scalar(name: str, *operands: Any) -> Traced:
    function = FUNCTIONS.get(name)
    if function is None:
        raise _unsupported(name)
    return Traced(function(*map(_content, operands)))


def _content(value: Any) -> Content:
    if isinstance(value, Traced):
        return value.node if isinstance(value.content, np.ndarray) else value.content
    return bool(value) if isinstance(value, bool | np.bool) else number(value)


@cache
def _vectorized(name: str, takes: int) -> Any:
    """The function for arrays of any shape, with its reductions and accumulations."""
    if name not in FUNCTIONS:
        raise _unsupported(name)
    function = partial(_scalar, name)
    if name in IDENTITY:
        return np.frompyfunc(function, takes, 1, identity=IDENTITY[name])
    return np.frompyfunc(function, takes, 1)


def _is_array(value: Any) -> bool:
    return isinstance(value, Traced) and isinstance(value.content, np.ndarray)


def _raw(value: Any) -> Any:
    """Symbols as numpy arrays of objects (a scalar as one without axes), also inside lists."""
    if isinstance(value, Traced):
        if isinstance(value.content, np.ndarray):
            return value.content
        box = np.empty((), dtype=object)
        box[()] = value
        return box
    if type(value) in (list, tuple):
        return type(value)(map(_raw, value))
    if type(value) is dict:
        return {key: _raw(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.floating) and value.dtype in (np.float16, np.float32):
        # Widened by their decimals: the float32 that prints as 0.1 is 0.1.
        return value.astype(str).astype(np.float64)
    return value


def _index(index: Any) -> Any:
    parts = index if isinstance(index, tuple) else (index,)
    if any(isinstance(part, Traced) for part in parts):
        raise TraceError("a symbol cannot be an index or a mask: write np.where(condition, a, b)")
    return index


def _unsupported(name: str) -> TraceError:
    why = (
        "it jumps, so its slope says nothing"
        if name in _JUMPS
        else "formulas have no such function"
    )
    return TraceError(f"np.{name} cannot be traced: {why}")
