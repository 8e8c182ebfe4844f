"""Derivatives on graphs with arrays, in matrix form.

The gradient is reverse mode: what flows back to an array is an array of its shape, or a number
that stands for one. Operations on entries have the derivatives of `expression.differentiate`;
here are those of products of matrices, sums and norms. `directional` is forward mode, from
which evaluators make Hessians.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from steepest.expression.arithmetic import add, div, mul, neg, scale
from steepest.expression.differentiate import CHOICES, as_choice, partials
from steepest.expression.graph import ONE, ZERO, Node, integer_power, topological
from steepest.expression.matrix import operations as array
from steepest.expression.matrix import squares
from steepest.expression.matrix.rebuild import apply_array
from steepest.expression.matrix.simplify import simplify
from steepest.expression.simplify import call

_BOOLEAN: Final = frozenset({"lt", "le"})

Flow = Callable[[Node, Node], None]


def gradient(
    root: Node,
    symbols: Sequence[Node],
    instead: Callable[[Node, Node, Flow], bool] | None = None,
) -> list[Node]:
    """The derivatives of the number `root` by each of `symbols`, of the symbols' shapes.

    `instead`, if given, is asked before the rules with each node, what flows to it, and how to
    send that on; it returns True if it did so itself.
    """
    found = _reverse(root, instead)
    shaped = [array.fitted(found.get(s, ZERO), s.shape) for s in symbols]
    return simplify(shaped)


def directional(roots: Sequence[Node], direction: dict[Node, Node]) -> list[Node]:
    """Forward mode: the derivatives of `roots` when symbols move as `direction` says."""
    tangent = dict(direction)
    for node in topological(roots):
        if node in tangent or node.op in _BOOLEAN or not any(a in tangent for a in node.args):
            continue
        speed = _forward(node, tangent)
        if speed is not ZERO:
            tangent[node] = speed
    return simplify(array.fitted(tangent.get(r, ZERO), r.shape) for r in roots)


def _reverse(root: Node, instead: Callable[[Node, Node, Flow], bool] | None) -> dict[Node, Node]:
    order = topological([root])
    varies = _varying(order)
    masked = _below_choices(order)
    adjoint: dict[Node, Node] = {root: ONE}
    found: dict[Node, Node] = {}

    def flow(target: Node, amount: Node) -> None:
        # The walk is backward, so new terms go in front: the sum reads in the formula's order.
        if target in varies and amount is not ZERO:
            adjoint[target] = add(amount, adjoint[target]) if target in adjoint else amount

    for node in reversed(order):
        flowing = adjoint.pop(node, None)
        if flowing is None or flowing is ZERO or node not in varies:
            continue
        if node.op in ("symbol", "var"):
            found[node] = flowing
        elif instead is not None and instead(node, flowing, flow):
            continue
        elif node.op in _REVERSE:
            _REVERSE[node.op](node, flowing, flow)
        elif array.is_square_of_norm(node):
            inside = node.args[0].args[0]
            power = integer_power(node.args[0], node.value - 2) if node.value > 2 else ONE
            flow(inside, mul(mul(flowing, scale(node.value, power)), inside))
        else:
            _entrywise(node, flowing, flow, node in masked)
    return found


def _varying(order: list[Node]) -> set[Node]:
    """The nodes that depend on a variable."""
    varies: set[Node] = set()
    for node in order:
        if node.op in ("symbol", "var") or any(a in varies for a in node.args):
            varies.add(node)
    return varies


def _below_choices(order: list[Node]) -> set[Node]:
    """The nodes in the branches of a choice: nothing may flow there through what is not taken."""
    below: set[Node] = set()
    for node in reversed(order):
        if node in below or node.op in CHOICES:
            below.update(node.args)
    return below


def _entrywise(node: Node, flowing: Node, flow: Flow, masked: bool) -> None:
    """The adjoints of an operation on entries: a number beside an array sums what reaches it."""
    if node.op in CHOICES:
        condition, a, b = as_choice(node)
        for branch, kept in ((a, (flowing, ZERO)), (b, (ZERO, flowing))):
            _reduced(branch, call("where", condition, *kept), node, flow)
        return
    if _number_times_identity(node, flowing, flow):
        return
    for arg, partial in zip(node.args, partials(node), strict=True):
        if not (arg.args or arg.op in ("symbol", "var")):
            continue
        slope = partial()
        if slope is not ZERO:
            doubtful = masked and not slope.total
            amount = array.masked_product(flowing, slope) if doubtful else mul(flowing, slope)
            _reduced(arg, amount, node, flow)


def _number_times_identity(node: Node, flowing: Node, flow: Flow) -> bool:
    """d tr(Gᵀ cI) = tr(G) dc: entries beside the diagonal, which are 0 all along, do not count."""
    if node.op != "mul" or not node.shape:
        return False
    number, matrix = node.args if node.args[1].shape else node.args[::-1]
    if number.shape or matrix.op != "eye":
        return False
    flow(number, array.trace(flowing, node.shape))
    return True


def _reduced(arg: Node, amount: Node, node: Node, flow: Flow) -> None:
    flow(arg, amount if arg.shape else array.total(amount, node.shape))


def _matmul(node: Node, g: Node, flow: Flow) -> None:
    a, b = node.args
    turned = array.transposed
    flow(a, array.matmul(g, array.transpose(b), node.shape, turned(b.shape)))
    flow(b, array.matmul(array.transpose(a), g, turned(a.shape), node.shape))


def _inverse(node: Node, g: Node, flow: Flow) -> None:
    turned, shape = array.transpose(node), node.shape
    inner = array.matmul(g, turned, shape, shape)
    flow(node.args[0], neg(array.matmul(turned, inner, shape, shape)))


def _turned_inverse(node: Node) -> Node:
    return array.transpose(squares.inverse(node.args[0]))


_REVERSE: Final[dict[str, Callable[[Node, Node, Flow], None]]] = {
    "matmul": _matmul,
    "transpose": lambda node, g, flow: flow(node.args[0], array.transpose(g)),
    "sum": lambda node, g, flow: flow(node.args[0], g),
    "mean": lambda node, g, flow: flow(
        node.args[0], div(g, array.count(array.entries(node.args[0].shape)))
    ),
    "trace": lambda node, g, flow: flow(
        node.args[0], mul(g, array.eye(node.args[0].shape[0]))
    ),
    "norm": lambda node, g, flow: flow(node.args[0], mul(g, div(node.args[0], node))),
    "inv": _inverse,
    "det": lambda node, g, flow: flow(node.args[0], mul(mul(g, node), _turned_inverse(node))),
    "logdet": lambda node, g, flow: flow(node.args[0], mul(g, _turned_inverse(node))),
    "diag": lambda node, g, flow: flow(node.args[0], array.diagonal_of(g, node.shape)),
    "diagonal": lambda node, g, flow: flow(
        node.args[0], array.diagonal(array.fitted(g, node.shape), node.shape)
    ),
    "fill": lambda node, g, flow: flow(node.args[0], array.total(g, node.shape)),
}  # fmt: skip


def _forward(node: Node, tangent: dict[Node, Node]) -> Node:
    op, args = node.op, node.args
    speeds = [tangent.get(a, ZERO) for a in args]
    if op in CHOICES:
        condition, a, b = as_choice(node)
        return call("where", condition, tangent.get(a, ZERO), tangent.get(b, ZERO))
    if op == "matmul":
        (a, b), (da, db) = args, speeds
        shapes = a.shape, b.shape
        return add(array.matmul(da, b, *shapes), array.matmul(a, db, *shapes))
    if op in ("sum", "mean", "trace", "transpose", "fill", "diag", "diagonal"):
        return apply_array(node, tuple(speeds))
    if op == "inv":
        shape = node.shape
        inner = array.matmul(speeds[0], node, shape, shape)
        return neg(array.matmul(node, inner, shape, shape))
    if op in ("det", "logdet"):
        shape, inverse = args[0].shape, squares.inverse(args[0])
        moved = array.trace(array.matmul(inverse, speeds[0], shape, shape), shape)
        return mul(node, moved) if op == "det" else moved
    if op == "norm":
        a = args[0]
        return div(array.total(mul(a, speeds[0]), a.shape), node)
    if array.is_square_of_norm(node):
        a, n = args[0].args[0], node.value
        inner = array.total(mul(a, tangent.get(a, ZERO)), a.shape)
        return mul(scale(n, integer_power(args[0], n - 2) if n > 2 else ONE), inner)
    speed = ZERO
    for speed_of, partial in zip(speeds, partials(node), strict=True):
        if speed_of is not ZERO:
            speed = add(speed, mul(partial(), speed_of))
    return speed
