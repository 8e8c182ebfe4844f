"""The operations of graphs with arrays, in numpy: what `arrays` runs one after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from steepest.evaluate.numpy import FUNCTIONS, integer_power
from steepest.evaluate.tape import to_float
from steepest.expression.graph import Node


def compute(node: Node, args: list[Any], one: bool) -> Any:
    """The operation `node` on the values `args`; `one` says that numbers have no axes."""
    op = node.op
    if op == "const":
        return np.float64(to_float(node.value))
    if op in _LEAVES:
        return _LEAVES[op](node)
    if op == "ipow":
        return integer_power(whole(args[0]), node.value)
    if op == "diag":
        return _Diagonal(whole(args[0]))
    if op == "matmul" and isinstance(args[0], _Diagonal):
        return args[0].vector * whole(args[1])
    if op == "transpose" and isinstance(args[0], _Unit):
        return args[0].transposed()
    if op == "matmul" and any(isinstance(a, _Unit) for a in args):
        picked = _pick_or_place(node, args)
        return picked[0, 0] if not node.shape and picked.ndim == 2 else picked
    args = [whole(a) for a in args]
    if op in FUNCTIONS:
        return FUNCTIONS[op](*args)
    if op == "matmul":
        product = _matmul(*args)
        return product[0, 0] if not node.shape and product.ndim == 2 else product
    if op == "fill":
        return np.broadcast_to(args[0], (*np.shape(args[0])[:-2], *node.value))
    if op == "transpose":
        return np.swapaxes(args[0], -1, -2)
    full = _whole(args[0], node.args[0].shape)
    if op in _ON_MATRICES:
        return _ON_MATRICES[op](full)
    reduced = _REDUCE[op](full)
    return reduced if one or np.ndim(reduced) == 0 else reduced[:, None, None]


class _Diagonal:
    """diag(v) as v alone: in Xᵀ diag(v) X over many rows the matrix would not fit anywhere."""

    def __init__(self, vector: Any) -> None:
        self.vector = vector

    def whole(self) -> Any:
        """The matrix with all its zeros."""
        return self.vector * np.eye(self.vector.shape[-2])


class _Unit:
    """Columns or rows of the identity matrix: what stands beside them is never multiplied."""

    def __init__(self, n: int, first: int, last: int, turned: bool = False) -> None:
        self.n, self.part, self.turned = n, slice(first, last), turned

    def transposed(self) -> _Unit:
        return _Unit(self.n, self.part.start, self.part.stop, not self.turned)

    def whole(self) -> Any:
        """The matrix with all its zeros."""
        columns = np.arange(self.part.start, self.part.stop)
        matrix = np.zeros((self.n, len(columns)))
        matrix[columns, columns - self.part.start] = 1.0
        return matrix.T if self.turned else matrix


def whole(value: Any) -> Any:
    """An array with all its entries, where only those that are not 0 were kept."""
    return value.whole() if isinstance(value, _Diagonal | _Unit) else value


def _pick_or_place(node: Node, args: list[Any]) -> Any:
    """Rows or columns of one factor, or that factor among zeros."""
    a, b = args
    left, right = (factor.shape for factor in node.args)
    if isinstance(a, _Unit):
        b = _whole(whole(b), right)
        if a.turned:
            return b[..., a.part, :]
        placed = np.zeros((*np.shape(b)[:-2], a.n, right[1]))
        placed[..., a.part, :] = b
        return placed
    a = _whole(whole(a), left)
    if not b.turned:
        return a[..., b.part]
    placed = np.zeros((*np.shape(a)[:-2], left[0], b.n))
    placed[..., b.part] = a
    return placed


_LEAVES: Final[dict[str, Callable[[Node], Any]]] = {
    "data": lambda node: node.value.array if node.shape else node.value.array[0, 0],
    "count": lambda node: np.float64(node.value),
    "eye": lambda node: np.eye(node.value),
    "unit": lambda node: _Unit(*node.value),
}


def _whole(value: Any, shape: tuple[int, ...]) -> Any:
    """An array with all its entries, where one number per point stood for them."""
    if np.shape(value)[-2:] == shape:
        return value
    return np.broadcast_to(value, (*np.shape(value)[:-2], *shape))


def _matmul(a: Any, b: Any) -> Any:
    # One product of large matrices is faster than many of small ones.
    if a.ndim == 2 and b.ndim == 3 and b.shape[2] == 1:
        return (b[:, :, 0] @ a.T)[:, :, None]
    if a.ndim == 3 and b.ndim == 2 and a.shape[1] == 1:
        return (a[:, 0, :] @ b)[:, None, :]
    return a @ b


def _norm(a: Any) -> Any:
    return np.sqrt(np.vdot(a, a) if np.ndim(a) == 2 else np.sum(a * a, axis=(-2, -1)))


def _inverse(a: Any) -> Any:
    try:
        return np.linalg.inv(a)
    except np.linalg.LinAlgError:
        # One of the matrices is singular; the others have an inverse all the same.
        if a.ndim == 2:
            return np.full_like(a, np.nan)
        return np.stack([_inverse(matrix) for matrix in a])


def _log_determinant(a: Any) -> Any:
    sign, logarithm = np.linalg.slogdet(a)
    return np.where(sign < 0, np.nan, logarithm)


_ON_MATRICES: Final[dict[str, Callable[[Any], Any]]] = {
    "inv": _inverse,
    "diagonal": lambda a: np.diagonal(a, axis1=-2, axis2=-1)[..., None],
}

_REDUCE: Final[dict[str, Callable[[Any], Any]]] = {
    "sum": lambda a: np.sum(a, axis=(-2, -1)),
    "mean": lambda a: np.mean(a, axis=(-2, -1)),
    "trace": lambda a: np.trace(a, axis1=-2, axis2=-1),
    "norm": _norm,
    "det": np.linalg.det,
    "logdet": _log_determinant,
}
