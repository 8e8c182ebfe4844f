"""Evaluates graphs with arrays in numpy: one call an operation, whatever the size of the data.

At one point, numbers are numpy scalars and arrays have two axes; at m points, both have a
first axis of length m. Points are taken so many at a time that the results stay in the cache.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from steepest.evaluate.array_operations import compute, whole
from steepest.evaluate.numpy import FloatArray
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


class HessianInBlocks:
    """f and the upper triangle of its Hessian, row by row, at points (m, n) -> (k, m).

    `blocks` are the second derivatives in matrix form, one for each pair of arguments.
    """

    def __init__(
        self, root: Node, blocks: Sequence[Sequence[Node]], arguments: Sequence[Argument]
    ) -> None:
        self._arguments = arguments
        upper = [block for i, row in enumerate(blocks) for block in row[i:]]
        self._evaluate = ArrayEvaluator([root, *upper], arguments)
        self._n = sum(a.size for a in arguments)

    def __call__(self, points: FloatArray) -> FloatArray:
        rows = self._evaluate(points)
        n, m = self._n, len(points)
        hessian = np.empty((n, n, m))
        k = 1
        for i, a in enumerate(self._arguments):
            for b in self._arguments[i:]:
                block = rows[k : k + a.size * b.size].reshape(a.size, b.size, m)
                hessian[a.start : a.start + a.size, b.start : b.start + b.size] = block
                k += a.size * b.size
        return np.concatenate([rows[:1], hessian[np.triu_indices(n)]])


class HessianByRows:
    """The same where there is no matrix form: forward over reverse, an axis at a time."""

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
                    self._constants[node] = compute(node, args, one=True)
        self._fused = _sums_of_products(order, varies, roots)
        self._roots = list(roots)
        self._inputs = [(node, inputs[node]) for node in order if node in inputs]
        skipped = {node.args[0] for node in self._fused}
        self._steps = [n for n in order if n in varies and n not in inputs and n not in skipped]
        kept = set(roots)
        last: dict[Node, Node] = {}
        for node in self._steps:
            last.update(dict.fromkeys(self._fused.get(node, node.args), node))
        self._free: dict[Node, list[Node]] = {}
        for node, user in last.items():
            if node in varies and node not in kept:
                self._free.setdefault(user, []).append(node)
        used = {a for n in self._steps for a in self._fused.get(n, n.args)} | kept
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
                factors = self._fused.get(node)
                if factors is None:
                    known[node] = compute(node, [known[a] for a in node.args], one)
                else:
                    left, right = (whole(known[f]) for f in factors)
                    total = _dot(left, right, one)
                    known[node] = _FROM_DOT[node.op](total, entries(node.args[0].shape))
                for done in self._free.get(node, ()):
                    del known[done]
        values = [known[root] for root in self._roots]
        return [whole(v) for v in values]


def _sums_of_products(
    order: Sequence[Node], varies: set[Node], roots: Sequence[Node]
) -> dict[Node, tuple[Node, Node]]:
    """Sums and means whose terms are products that nothing else needs: their factors."""
    uses = Counter(a for node in order for a in node.args)
    uses.update(roots)
    fused: dict[Node, tuple[Node, Node]] = {}
    for node in order:
        if node.op not in ("sum", "mean") or node not in varies:
            continue
        terms = node.args[0]
        if uses[terms] > 1 or terms not in varies:
            continue
        if terms.op == "ipow" and terms.value == 2:
            fused[node] = terms.args[0], terms.args[0]
        elif terms.op == "mul" and terms.args[0].shape == terms.args[1].shape:
            fused[node] = terms.args[0], terms.args[1]
    return fused


def _dot(a: Any, b: Any, one: bool) -> Any:
    """The sum of a·b over all entries: without an array of the products, if that can be."""
    if one and a.shape == b.shape:
        return np.vdot(a, b)
    total = np.sum(a * b, axis=(-2, -1))
    return total if one else total[:, None, None]


_FROM_DOT: Final[dict[str, Callable[[Any, int], Any]]] = {
    "sum": lambda total, n: total,
    "mean": lambda total, n: total / n,
}
