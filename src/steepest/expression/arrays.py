"""numpy's array functions whose own code would look at values, said without looking.

Each is written with elementwise functions and reductions only, which traced symbols carry
out on the expression graph. Every other array function runs numpy's own code.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, Final

import numpy as np

from steepest.errors import TraceError


def _clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    low, high = min if a_min is None else a_min, max if a_max is None else a_max
    a = a if low is None else np.maximum(a, low)
    return a if high is None else np.minimum(a, high)


def _reduction(ufunc: np.ufunc) -> Callable[..., Any]:
    def reduce(a: Any, axis: Any = None, keepdims: bool = False, **options: Any) -> Any:
        return ufunc.reduce(a, axis=axis, keepdims=keepdims, **options)

    return reduce


_largest, _smallest = _reduction(np.maximum), _reduction(np.minimum)


def _range(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return _largest(a, axis, keepdims) - _smallest(a, axis, keepdims)


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Vector norms, and the Frobenius norm of whatever shape."""
    if np.ndim(x) > 1 and axis is None and ord not in (None, "fro"):
        raise TraceError(f"np.linalg.norm(…, ord={ord!r}) of a matrix cannot be traced")
    if ord in (None, 2, "fro"):
        return np.sqrt(np.sum(np.square(x), axis=axis, keepdims=keepdims))
    if not isinstance(ord, int | float) or ord == 0:
        raise TraceError(f"np.linalg.norm(…, ord={ord!r}) cannot be traced")
    size = np.absolute(x)
    if abs(ord) == np.inf:
        return (_largest if ord > 0 else _smallest)(size, axis, keepdims)
    total = np.sum(size**ord, axis=axis, keepdims=keepdims)
    return total if ord == 1 else total ** (1 / Fraction(ord))


def _select(conditions: Sequence[Any], choices: Sequence[Any], default: Any = 0) -> Any:
    result = default
    for condition, choice in zip(reversed(conditions), reversed(choices), strict=True):
        result = np.where(condition, choice, result)
    return result


def _variance(a: Any, axis: Any = None, *, ddof: int = 0, keepdims: bool = False) -> Any:
    squares = np.square(a - np.mean(a, axis=axis, keepdims=True))
    total = np.sum(squares, axis=axis, keepdims=keepdims)
    return total / (np.size(squares) // np.size(total) - ddof)


def _deviation(a: Any, axis: Any = None, *, ddof: int = 0, keepdims: bool = False) -> Any:
    return np.sqrt(_variance(a, axis, ddof=ddof, keepdims=keepdims))


def _sinc(x: Any) -> Any:
    angle = np.pi * np.where(x == 0, 1e-20, x)
    return np.sin(angle) / angle


#: numpy function -> its replacement.
FUNCTIONS: Final[dict[Callable[..., Any], Callable[..., Any]]] = {
    np.clip: _clip,
    np.max: _largest,
    np.amax: _largest,
    np.min: _smallest,
    np.amin: _smallest,
    np.ptp: _range,
    np.any: _reduction(np.logical_or),
    np.all: _reduction(np.logical_and),
    np.linalg.norm: _norm,
    np.select: _select,
    np.var: _variance,
    np.std: _deviation,
    np.sinc: _sinc,
}

#: The same, for methods: x.max().
METHODS: Final[dict[str, Callable[..., Any]]] = {
    name: FUNCTIONS[getattr(np, name)] for name in "clip max min any all var std".split()
}
