"""Derivatives of vectors by vectors in matrix form: the blocks of a Hessian, such as 2XᵀX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from steepest.errors import ParameterError
from steepest.expression.arithmetic import add, div, mul, scale
from steepest.expression.differentiate import CHOICES, as_choice, partials
from steepest.expression.graph import ARITY, ONE, ZERO, Node, integer_power, topological
from steepest.expression.matrix import operations as array
from steepest.expression.matrix.differentiate import directional
from steepest.expression.matrix.simplify import simplify
from steepest.expression.simplify import call


def jacobian(root: Node, symbol: Node) -> Node:
    """The matrix of the derivatives of the entries of `root` by those of `symbol`.

    Both are numbers or vectors. Raises ParameterError where there is no such matrix.
    """
    for node in (root, symbol):
        _size(node)
    if not symbol.shape:
        return _column(directional([root], {symbol: ONE})[0])
    p = array.entries(symbol.shape)  # 2 or more: one entry is a number
    known: dict[Node, Node] = {symbol: array.eye(p)}
    for node in topological([root]):
        if node in known or not any(a in known for a in node.args) or node.op in ("lt", "le"):
            continue
        rows = _size(node)
        found = _derivative(node, known, p)
        if found is not ZERO:
            known[node] = array.fitted(found, (rows, p))
    return simplify([array.fitted(known.get(root, ZERO), (_size(root), p))])[0]


def _size(node: Node) -> int:
    if node.shape and 1 not in node.shape:
        rows, columns = node.shape
        raise ParameterError(
            f"a second derivative here is that of a matrix {rows} × {columns}, which has four"
            " indices and no matrix form; hessians(points) gives its numbers"
        )
    return array.entries(node.shape)


def _derivative(node: Node, known: dict[Node, Node], p: int) -> Node:
    op, args = node.op, node.args
    if op in _RULES:
        return _RULES[op](node, known, p)
    if array.is_square_of_norm(node):
        inner = args[0].args[0]
        power = integer_power(args[0], node.value - 2) if node.value > 2 else ONE
        return mul(scale(node.value, power), _against(inner, known[inner], inner, p))
    if op not in ARITY:
        _refuse(op)
    slopes: list[tuple[Node, Callable[[], Node]]]
    if op in CHOICES:
        condition, a, b = as_choice(node)
        slopes = [
            (a, lambda: call("where", condition, ONE, ZERO)),
            (b, lambda: call("where", condition, ZERO, ONE)),
        ]
    else:
        slopes = list(zip(args, partials(node), strict=True))
    result = ZERO
    for arg, slope in slopes:
        if arg in known:
            result = add(result, _scaled(slope(), node, arg, known[arg], p))
    return result


def _scaled(slope: Node, node: Node, arg: Node, inner: Node, p: int) -> Node:
    """The rows of `inner`, the derivative of `arg`, each times its entry of `slope`."""
    n = _size(node)
    if not slope.shape and (arg.shape or not node.shape):
        return mul(slope, inner)
    column = _column(array.fitted(slope, node.shape))
    if arg.shape:
        diagonal = array.diagonal(column, (n, 1))
        return array.matmul(diagonal, inner, (n, n), (n, p))
    return array.matmul(column, inner, (n, 1), (1, p))


def _column(a: Node) -> Node:
    return array.transpose(a) if a.shape and a.shape[0] == 1 else a


def _against(vector: Node, inner: Node, of: Node, p: int) -> Node:
    """vectorᵀ·inner, where `inner` is the derivative of `of`."""
    n = _size(of)
    row = array.transpose(_column(array.fitted(vector, of.shape)))
    return array.matmul(row, inner, (1, n) if n > 1 else (), (n, p))


def _product(node: Node, known: dict[Node, Node], p: int) -> Node:
    a, b = node.args
    result = ZERO
    if b in known:
        if b.shape[1] != 1:
            _refuse("matmul")
        result = array.matmul(a, known[b], a.shape, (b.shape[0], p))
    if a in known:
        if a.shape[0] != 1:
            _refuse("matmul")
        turned = array.transpose(b)
        result = add(result, array.matmul(turned, known[a], turned.shape, (a.shape[1], p)))
    return result


def _sum(node: Node, known: dict[Node, Node], p: int) -> Node:
    a = node.args[0]
    n = _size(a)
    return array.matmul(array.fill(ONE, (1, n)), known[a], (1, n), (n, p))


def _refuse(op: str) -> None:
    raise ParameterError(
        f"a second derivative here ({op}) has no matrix form; hessians(points) gives its numbers"
    )


def _mean(node: Node, known: dict[Node, Node], p: int) -> Node:
    return div(_sum(node, known, p), array.count(_size(node.args[0])))


def _norm(node: Node, known: dict[Node, Node], p: int) -> Node:
    a = node.args[0]
    return div(_against(a, known[a], a, p), node)


_RULES: Final[dict[str, Callable[[Node, dict[Node, Node], int], Node]]] = {
    "matmul": _product,
    "transpose": lambda node, known, p: known[node.args[0]],
    "sum": _sum,
    "mean": _mean,
    "norm": _norm,
    "fill": lambda node, known, p: array.matmul(
        array.fill(ONE, (_size(node), 1)), known[node.args[0]], (_size(node), 1),
        (1, p),
    ),
}  # fmt: skip
