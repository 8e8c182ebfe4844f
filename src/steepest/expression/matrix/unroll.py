"""A graph with arrays written out as a graph of numbers, where that stays small enough.

Proofs, pages, derivations and machine code know numbers only. Written out, an operation on
arrays becomes one for each entry, so this is for small data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from steepest.expression.arithmetic import add, mul, power
from steepest.expression.graph import ARITY, ONE, ZERO, Node, constant, topological, variable
from steepest.expression.matrix import minors
from steepest.expression.matrix.argument import Argument
from steepest.expression.matrix.operations import (
    entries,
    is_picking,
    is_selection,
    is_square_of_norm,
)
from steepest.expression.simplify import apply, call

#: The most operations on numbers that a formula may have when it is written out.
LIMIT: Final = 3000

_Entries = NDArray[Any]  # of nodes


def size(root: Node) -> int:
    """How many operations on numbers `root` takes, written out; an upper bound."""
    total = 0
    varies: set[Node] = set()
    for node in topological([root]):
        if node.op in ("symbol", "var") or any(a in varies for a in node.args):
            varies.add(node)
        if node.op == "matmul":
            a, b = node.args
            total += 0 if is_selection(node) else 2 * entries(a.shape) * b.shape[1]
        elif node.op in ("sum", "mean", "trace"):
            total += entries(node.args[0].shape)
        elif node.op == "norm":
            total += 2 * entries(node.args[0].shape)
        elif node.op in minors.OPERATIONS:
            total += minors.size(node, node in varies)
        elif node.op in ARITY and node.args:
            total += entries(node.shape)
    return total


def too_large_to_invert(root: Node) -> Node | None:
    """A matrix of variables in `root` whose determinant or inverse is not written out."""
    varies: set[Node] = set()
    for node in topological([root]):
        if node.op in ("symbol", "var") or any(a in varies for a in node.args):
            varies.add(node)
            if node.op in minors.OPERATIONS and node.args[0].shape[0] > minors.LARGEST:
                return node
    return None


def unroll(root: Node, arguments: Sequence[Argument]) -> list[Node]:
    """The entries of `root`, row by row, as graphs of numbers; variables are the coordinates."""
    done: dict[Node, _Entries] = {}
    for a in arguments:
        done[a.node] = _array([variable(name) for name in a.coordinates], a.shape or (1, 1))
    for node in topological([root]):
        if node not in done:
            done[node] = _written_out(node, [done[a] for a in node.args], done)
    return list(done[root].flat)


def _array(nodes: Sequence[Node], shape: tuple[int, ...]) -> _Entries:
    array = np.empty(len(nodes), dtype=object)
    array[:] = nodes
    return array.reshape(shape)


def _written_out(node: Node, args: list[_Entries], done: dict[Node, _Entries]) -> _Entries:
    op = node.op
    if is_square_of_norm(node):
        squares = [power(x, 2) for x in done[node.args[0].args[0]].flat]
        return _array([power(_sum(squares), node.value // 2)], (1, 1))
    if op in _ON_ARRAYS:
        return _ON_ARRAYS[op](node, *args)
    if op in ARITY and args:
        whole = np.broadcast_arrays(*args)
        results = [
            apply(op, *parts, value=node.value)
            for parts in zip(*(w.flat for w in whole), strict=True)
        ]
        return _array(results, whole[0].shape)
    return _array([node], (1, 1))


def _sum(terms: Sequence[Node]) -> Node:
    return reduce(add, terms, ZERO)


def _matmul(node: Node, a: _Entries, b: _Entries) -> _Entries:
    left, right = node.args
    # What is picked must not meet what is not: 0 times log(x) is undefined where log(x) is.
    if is_picking(left):
        return b[slice(*left.args[0].value[1:])]
    if right.op == "unit":
        return a[:, slice(*right.value[1:])]
    products = [
        _sum([mul(p, q) for p, q in zip(row, column, strict=True)]) for row in a for column in b.T
    ]
    return _array(products, (len(a), b.shape[1]))


def _data(node: Node) -> _Entries:
    array = node.value.array
    return _array([constant(x) for x in array.ravel().tolist()], array.shape)


def _identity(node: Node, a: _Entries | None = None) -> _Entries:
    n = node.shape[0]
    whole = [ONE] * n if a is None else np.broadcast_to(a, (n, 1)).flat
    matrix = np.full((n, n), ZERO, dtype=object)
    for k, entry in enumerate(whole):
        matrix[k, k] = entry
    return matrix


def _unit(node: Node) -> _Entries:
    n, first, last = node.value
    matrix = np.full((n, last - first), ZERO, dtype=object)
    for k in range(last - first):
        matrix[first + k, k] = ONE
    return matrix


def _mean(node: Node, a: _Entries) -> _Entries:
    n = entries(node.args[0].shape)
    return _array([apply("div", _sum(list(a.flat)), constant(n))], (1, 1))


_ON_ARRAYS: Final[dict[str, Callable[..., Any]]] = {
    "data": _data,
    "count": lambda node: _array([constant(node.value)], (1, 1)),
    "eye": _identity,
    "diag": _identity,
    "unit": _unit,
    "diagonal": lambda node, a: np.diagonal(a).reshape(-1, 1),
    "inv": lambda node, a: minors.inverse(a),
    "det": lambda node, a: _array([minors.determinant(a)], (1, 1)),
    "logdet": lambda node, a: _array([call("log", minors.determinant(a))], (1, 1)),
    "fill": lambda node, a: np.broadcast_to(a, node.shape),
    "transpose": lambda node, a: a.T,
    "matmul": _matmul,
    "sum": lambda node, a: _array([_sum(list(a.flat))], (1, 1)),
    "mean": _mean,
    "trace": lambda node, a: _array([_sum(list(np.diagonal(a)))], (1, 1)),
    "norm": lambda node, a: _array(
        [call("sqrt", _sum([power(x, 2) for x in a.flat]))], (1, 1)
    ),
}  # fmt: skip
