"""Evaluates graphs with arrays in numpy: one call an operation, whatever the size of the data.

At one point, numbers are numpy scalars and arrays have two axes; at m points, both have a
first axis of length m. Points are taken so many at a time that the results stay in the cache.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from steepest.evaluate.numpy import FUNCTIONS, FloatArray, integer_power
from steepest.evaluate.tape import to_float
from steepest.expression.graph import Node, topological
from steepest.expression.matrix.argument import Argument
from steepest.expression.matrix.differentiate import directional
from steepest.expression.matrix.operations import entries, symbol

# Numbers, over all results at one point, beyond which more points at a time gain nothing.
_CHUNK: Final = 1 << 17


class ArrayEvaluator:
    """All entries of `roots` at points (m, n) -> (k, m): those of the first root first."""

    def __init__(self, roots: Sequence[Node], arguments: Sequence[Argument]) -> None:
        self._program = _Program(roots, arguments)
        self._sizes = [entries(root.shape) for root in roots]

    def __call__(self, points: FloatArray) -> FloatArray:
        m = len(points)
        result = np.empty((sum(self._sizes), m))
        for start, stop in self._program.chunks(m):
            row = 0
            values = self._program(points[start:stop])
            for value, size in zip(values, self._sizes, strict=True):
                block = np.broadcast_to(value, (stop - start, *np.shape(value)[-2:]))
                result[row : row + size, start:stop] = block.reshape(stop - start, size).T
                row += size
        return result


class ArrayHessian:
    """f and the upper triangle of its Hessian, row by row, at points (m, n) -> (k, m).

    A row of the Hessian is the derivative of the gradient along one axis: forward over reverse.
    """

    def __init__(self, root: Node, gradient: Sequence[Node], arguments: Sequence[Argument]) -> None:
        # No formula can hold a name that starts with a digit.
        moves = [Argument(f"0{a.name}", a.shape, a.start) for a in arguments]
        self._n = n = sum(a.size for a in arguments)
        ahead = [Argument(m.name, m.shape, m.start + n) for m in moves]
        direction = {a.node: symbol(m.name, m.shape) for a, m in zip(arguments, moves, strict=True)}
        roots = directional(gradient, direction)
        self._value = ArrayEvaluator([root], arguments)
        self._rows = ArrayEvaluator(roots, [*arguments, *ahead])

    def __call__(self, points: FloatArray) -> FloatArray:
        m, n = len(points), self._n
        upper = [self._value(points)]
        for i in range(n):
            axis = np.zeros((m, n))
            axis[:, i] = 1.0
            upper.append(self._rows(np.hstack([points, axis]))[i:])
        return np.concatenate(upper)


class _Program:
    """The operations of `roots` in order; what no variable enters is computed once."""

    def __init__(self, roots: Sequence[Node], arguments: Sequence[Argument]) -> None:
        order = topological(roots)
        inputs = {a.node: a for a in arguments}
        varies: set[Node] = set()
        for node in order:
            if node in inputs or any(a in varies for a in node.args):
                varies.add(node)
        self._constants: dict[Node, Any] = {}
        with np.errstate(all="ignore"):
            for node in order:
                if node not in varies:
                    args = [self._constants[a] for a in node.args]
                    self._constants[node] = _compute(node, args, one=True)
        self._roots = list(roots)
        self._inputs = [(node, inputs[node]) for node in order if node in inputs]
        self._steps = [node for node in order if node in varies and node not in inputs]
        kept = set(roots)
        last: dict[Node, Node] = {}
        for node in self._steps:
            last.update(dict.fromkeys(node.args, node))
        self._free: dict[Node, list[Node]] = {}
        for node, user in last.items():
            if node in varies and node not in kept:
                self._free.setdefault(user, []).append(node)
        used = {a for step in self._steps for a in step.args} | kept
        self._constants = {n: v for n, v in self._constants.items() if n in used}
        self._entries = sum(entries(node.shape) for node in self._steps) + 1

    def chunks(self, m: int) -> list[tuple[int, int]]:
        """The points 0 … m - 1 in parts that are evaluated together."""
        size = max(1, _CHUNK // self._entries)
        return [(start, min(start + size, m)) for start in range(0, m, size)]

    def __call__(self, points: FloatArray) -> list[Any]:
        one = len(points) == 1
        known = dict(self._constants)
        for node, a in self._inputs:
            block = points[:, a.start : a.start + a.size]
            if one:
                known[node] = block[0].reshape(a.shape) if a.shape else block[0, 0]
            else:
                known[node] = block.reshape(-1, *(a.shape or (1, 1)))
        # Infinity and NaN are answers here, not accidents.
        with np.errstate(all="ignore"):
            for node in self._steps:
                known[node] = _compute(node, [known[a] for a in node.args], one)
                for done in self._free.get(node, ()):
                    del known[done]
        return [known[root] for root in self._roots]


def _compute(node: Node, args: list[Any], one: bool) -> Any:
    """One operation; `one` says that numbers have no axes."""
    op = node.op
    if op == "const":
        return np.float64(to_float(node.value))
    if op in ("data", "count", "eye"):
        return _LEAVES[op](node)
    if op == "ipow":
        return integer_power(args[0], node.value)
    if op in FUNCTIONS:
        return FUNCTIONS[op](*args)
    if op == "matmul":
        product = _matmul(*args)
        return product[0, 0] if not node.shape and product.ndim == 2 else product
    if op == "fill":
        return np.broadcast_to(args[0], (*np.shape(args[0])[:-2], *node.value))
    if op == "transpose":
        return np.swapaxes(args[0], -1, -2)
    if op == "diag":
        return args[0] * np.eye(node.shape[0])
    reduced = _REDUCE[op](_whole(args[0], node.args[0].shape))
    return reduced if one or np.ndim(reduced) == 0 else reduced[:, None, None]


_LEAVES: Final[dict[str, Callable[[Node], Any]]] = {
    "data": lambda node: node.value.array if node.shape else node.value.array[0, 0],
    "count": lambda node: np.float64(node.value),
    "eye": lambda node: np.eye(node.value),
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
    return np.sqrt(np.sum(a * a, axis=(-2, -1)))


_REDUCE: Final[dict[str, Callable[[Any], Any]]] = {
    "sum": lambda a: np.sum(a, axis=(-2, -1)),
    "mean": lambda a: np.mean(a, axis=(-2, -1)),
    "trace": lambda a: np.trace(a, axis1=-2, axis2=-1),
    "norm": _norm,
}
