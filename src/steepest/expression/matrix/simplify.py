"""The rewriting of `expression.simplify`, on graphs with arrays."""

from __future__ import annotations

from collections.abc import Iterable

from steepest.expression import simplify as numbers
from steepest.expression.graph import ARITY, Node, build, rebuild, topological
from steepest.expression.matrix import operations as array
from steepest.expression.matrix.rebuild import apply_array


def simplify(roots: Iterable[Node]) -> list[Node]:
    """`roots` with like terms collected, Av + Aᵀv written (A + Aᵀ)v, diagonals added up."""
    roots = list(roots)
    shapes = [root.shape for root in roots]
    # What leaves a sum or a mean in the first pass meets its like in the second.
    new = numbers.simplify(numbers.simplify(roots, apply_array), apply_array)
    new = [array.fitted(node, shape) for node, shape in zip(new, shapes, strict=True)]
    return _with_symmetric_parts(new)


def _with_symmetric_parts(roots: list[Node]) -> list[Node]:
    new: dict[Node, Node] = {}
    for node in topological(roots):
        args = tuple(new[a] for a in node.args)
        if args == node.args:
            new[node] = node
        elif node.op in ARITY:
            new[node] = rebuild(node, args)
        else:
            new[node] = apply_array(node, args)
        if node.op in ("add", "sub") and node.shape:
            new[node] = _joined(new[node])
    return [new[root] for root in roots]


def _joined(node: Node) -> Node:
    """c·Av + c·Aᵀv as c·(A + Aᵀ)v, and c·diag(u)B ± d·diag(v)B as diag(c·u ± d·v)B."""
    if node.op not in ("add", "sub"):
        return node
    (s, a), (t, b) = (array.parted(part) for part in node.args)
    if a.op != "matmul" or b.op != "matmul" or a.args[1] is not b.args[1]:
        return node
    (left, right), other = a.args, b.args[0]
    if left.op == other.op == "diag":
        first, second = numbers.mul(s, left.args[0]), numbers.mul(t, other.args[0])
        entries = numbers.apply(node.op, first, second)
        if not entries.shape:
            return node
        matrix = array.diagonal(entries, entries.shape)
        return array.matmul(matrix, right, left.shape, right.shape)
    if s is t and node.op == "add" and array.transpose(left) is other:
        first, second = (other, left) if left.op == "transpose" else (left, other)
        matrix = build("add", first, second)
        return numbers.mul(s, array.matmul(matrix, right, matrix.shape, right.shape))
    return node
