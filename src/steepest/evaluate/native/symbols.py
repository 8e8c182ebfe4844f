"""What a step rule computes with while it is compiled: numbers that write down what is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NoReturn

import numpy as np

from steepest.errors import TraceError
from steepest.evaluate.native.emitter import Emitter, Value
from steepest.evaluate.native.operations import apply, number, truth


class Symbol:
    """A number or a condition in every lane. Arithmetic and numpy's functions write kernel code."""

    __slots__ = ("emitter", "value")

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, emitter: Emitter, value: Value) -> None:
        self.emitter = emitter
        self.value = value

    @classmethod
    def of(cls, emitter: Emitter, x: Any) -> Symbol:
        """A symbol for a plain number; symbols as they are."""
        if isinstance(x, Symbol):
            return x
        return cls(emitter, emitter.constant(float(x)))

    def number(self) -> Value:
        """The value, a condition as 1 or 0."""
        return number(self.emitter, self.value)

    def truth(self) -> Value:
        """The value as a condition."""
        return truth(self.emitter, self.value)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Symbol:
        operation = _UFUNCS.get(ufunc.__name__)
        if operation is None or method != "__call__" or options:
            raise TraceError(f"np.{ufunc.__name__} cannot be compiled in a step rule")
        return operation(*(Symbol.of(self.emitter, x) for x in inputs))

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Symbol:
        if function is not np.where or len(args) != 3 or options:
            raise TraceError(f"np.{function.__name__} cannot be compiled in a step rule")
        return _write("where", *(Symbol.of(self.emitter, x) for x in args))

    def __bool__(self) -> NoReturn:
        raise TraceError("a step rule cannot branch on a value: write np.where(condition, a, b)")

    def __neg__(self) -> Symbol:
        return _write("neg", self)

    def __abs__(self) -> Symbol:
        return _write("abs", self)

    def __add__(self, other: Any) -> Symbol:
        return _write("add", self, other)

    def __radd__(self, other: Any) -> Symbol:
        return _write("add", other, self)

    def __sub__(self, other: Any) -> Symbol:
        return _write("sub", self, other)

    def __rsub__(self, other: Any) -> Symbol:
        return _write("sub", other, self)

    def __mul__(self, other: Any) -> Symbol:
        return _write("mul", self, other)

    def __rmul__(self, other: Any) -> Symbol:
        return _write("mul", other, self)

    def __truediv__(self, other: Any) -> Symbol:
        return _write("div", self, other)

    def __rtruediv__(self, other: Any) -> Symbol:
        return _write("div", other, self)

    def __lt__(self, other: Any) -> Symbol:
        return _write("lt", self, other)

    def __le__(self, other: Any) -> Symbol:
        return _write("le", self, other)

    def __gt__(self, other: Any) -> Symbol:
        return _write("lt", other, self)

    def __ge__(self, other: Any) -> Symbol:
        return _write("le", other, self)

    def __eq__(self, other: object) -> Any:
        return _write("eq", self, other)

    def __ne__(self, other: object) -> Any:
        return ~_write("eq", self, other)

    def __and__(self, other: Any) -> Symbol:
        return _write("and", self, other)

    def __or__(self, other: Any) -> Symbol:
        return _write("or", self, other)

    __rand__, __ror__ = __and__, __or__

    def __invert__(self) -> Symbol:
        return _write("not", self)


def _write(op: str, *operands: Any) -> Symbol:
    emitter = next(x.emitter for x in operands if isinstance(x, Symbol))
    values = [Symbol.of(emitter, x).value for x in operands]
    return Symbol(emitter, apply(emitter, op, values))


def _named(op: str) -> Callable[..., Symbol]:
    return lambda *operands: _write(op, *operands)


_UFUNCS: Final[dict[str, Callable[..., Symbol]]] = {
    name: _named(op)
    for name, op in {
        "add": "add",
        "subtract": "sub",
        "multiply": "mul",
        "divide": "div",
        "negative": "neg",
        "absolute": "abs",
        "sign": "sign",
        "sqrt": "sqrt",
        "exp": "exp",
        "log": "log",
        "minimum": "min",
        "maximum": "max",
        "less": "lt",
        "less_equal": "le",
        "equal": "eq",
        "logical_and": "and",
        "logical_or": "or",
        "bitwise_and": "and",
        "bitwise_or": "or",
        "logical_not": "not",
        "invert": "not",
    }.items()
} | {
    "not_equal": lambda a, b: ~_write("eq", a, b),
    "greater": lambda a, b: _write("lt", b, a),
    "greater_equal": lambda a, b: _write("le", b, a),
}
