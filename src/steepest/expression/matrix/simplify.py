"""The rewriting of `expression.simplify`, on graphs with arrays."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import Final

from steepest.expression import simplify as numbers
from steepest.expression.graph import ARITY, Node, build, rebuild, topological
from steepest.expression.matrix import operations as array
from steepest.expression.matrix.rebuild import apply_array

_MORE_PASSES: Final = 3
_DEEPEST: Final = 6  # terms of a sum that are searched for a partner


def simplify(roots: Iterable[Node]) -> list[Node]:
    """`roots` with like terms collected, Av + Aᵀv written (A + Aᵀ)v, diagonals added up."""
    roots = list(roots)
    shapes = [root.shape for root in roots]
    # What leaves a sum or a transpose in one pass meets its like in the next.
    before, new = roots, numbers.simplify(roots, apply_array)
    for _ in range(_MORE_PASSES):
        if new == before:
            break
        before, new = new, numbers.simplify(new, apply_array)
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
    """`node`, a sum, with its last term joined to an earlier one where the two make one product."""
    if node.op not in ("add", "sub"):
        return node
    terms: list[Node] = []
    rest = node
    while rest.op in ("add", "sub") and len(terms) < _DEEPEST:
        terms.append(numbers.neg(rest.args[1]) if rest.op == "sub" else rest.args[1])
        rest = rest.args[0]
    last, *before = [*terms, rest]
    for k, term in enumerate(before):
        pair = _pair(array.parted(term), array.parted(last))
        if pair is not None:
            before[k] = pair
            return reduce(numbers.add, reversed(before))
    return node


def _pair(first: tuple[Node, Node], last: tuple[Node, Node]) -> Node | None:
    """c·A + c·Aᵀ, c·diag(u) + d·diag(v), or products of these with one array, as one product."""
    (s, a), (t, b) = first, last
    if a.op == b.op == "diag":
        entries = numbers.add(numbers.mul(s, a.args[0]), numbers.mul(t, b.args[0]))
        return array.diagonal(entries, entries.shape) if entries.shape else None
    if s is t and a.shape == b.shape[::-1] and array.transpose(a) is b:
        upright = (b, a) if a.op == "transpose" else (a, b)
        return numbers.mul(s, build("add", *upright))
    if a.op != "matmul" or b.op != "matmul":
        return None
    (left, right), (other, beside) = a.args, b.args
    if right is beside and (pair := _pair((s, left), (t, other))) is not None:
        return array.matmul(pair, right, left.shape, right.shape)
    if left is other and (pair := _pair((s, right), (t, beside))) is not None:
        return array.matmul(left, pair, left.shape, right.shape)
    return None
