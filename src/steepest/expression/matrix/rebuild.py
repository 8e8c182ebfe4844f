"""Array operations built again on other arguments, with the rewriting of their builders."""

from __future__ import annotations

from typing import Final

from steepest.expression.graph import Node
from steepest.expression.matrix import operations as array
from steepest.expression.matrix import squares

_REDUCED: Final = {
    "sum": array.total, "mean": array.mean, "trace": array.trace, "norm": array.norm,
}  # fmt: skip
_OF_SQUARES: Final = {
    "inv": squares.inverse, "det": squares.determinant, "logdet": squares.log_determinant,
}  # fmt: skip


def apply_array(node: Node, args: tuple[Node, ...]) -> Node:
    """The array operation of `node` on rewritten arguments, which stand for the old ones."""
    op = node.op
    shapes = [a.shape for a in node.args]
    if op == "matmul":
        return array.matmul(args[0], args[1], shapes[0], shapes[1])
    if op in _REDUCED:
        return _REDUCED[op](args[0], shapes[0])
    if op in _OF_SQUARES:
        return _OF_SQUARES[op](array.fitted(args[0], shapes[0]))
    if op == "transpose":
        return array.transpose(args[0])
    if op == "diag":
        return array.diagonal(args[0], shapes[0])
    if op == "diagonal":
        return array.diagonal_of(args[0], shapes[0])
    return array.fill(args[0], node.shape) if op == "fill" else node
