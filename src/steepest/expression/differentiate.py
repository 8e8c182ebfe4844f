"""Differentiation on the graph: reverse mode for gradients, forward over reverse for Hessians.

The cost stays proportional to the graph: every derivative is made of shared nodes.

Choices (`where`, `min`, `max`, `relu`) need care: the usual adjoint times zero for the
branch not taken is NaN when that branch overflows or is undefined. So the gradient of a
choice is the choice of the gradients, where(c, ∇a, ∇b), and only piecewise linear branches,
whose derivatives are always finite, take the cheaper masked adjoint.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from steepest.expression.arithmetic import add, div, mul, neg, power, scale, sub
from steepest.expression.graph import (
    ONE,
    PI,
    TWO,
    ZERO,
    E,
    Node,
    build,
    constant,
    topological,
    variable,
)
from steepest.expression.simplify import call, simplify

CHOICES: Final = frozenset({"where", "min", "max", "relu"})
_LINEAR: Final = frozenset({"neg", "add", "sub"}) | CHOICES
_BOOLEAN: Final = frozenset({"lt", "le"})


def gradient(root: Node, variables: Sequence[str]) -> list[Node]:
    """The partial derivatives of `root` with respect to `variables`, simplified."""
    derivatives = _reverse(root)
    return simplify(derivatives.get(variable(name), ZERO) for name in variables)


def hessian(first: Sequence[Node], variables: Sequence[str]) -> list[list[Node]]:
    """The second derivatives, from the gradient `first`: a symmetric matrix, n rows of n nodes."""
    n = len(variables)
    rows = [[ZERO] * n for _ in range(n)]
    flat: list[Node] = []
    for i, name in enumerate(variables):
        flat.extend(directional(first[i:], {variable(name): ONE}))
    flat = simplify(flat)
    k = 0
    for i in range(n):
        for j in range(i, n):
            rows[i][j] = rows[j][i] = flat[k]
            k += 1
    return rows


def directional(roots: Sequence[Node], direction: dict[Node, Node]) -> list[Node]:
    """Forward mode: the derivatives of `roots` when each variable moves at its given speed."""
    tangent: dict[Node, Node] = dict(direction)
    for node in topological(roots):
        if node in tangent or not any(a in tangent for a in node.args):
            continue
        speed = pushed(node, tangent)
        if speed is not ZERO:
            tangent[node] = speed
    return [tangent.get(root, ZERO) for root in roots]


def pushed(node: Node, tangent: Mapping[Node, Node]) -> Node:
    """The derivative of one operation whose arguments move as `tangent` says; the rest rest."""
    if node.op in _BOOLEAN:
        return ZERO
    if node.op in CHOICES:
        condition, *branches = as_choice(node)
        return call("where", condition, *(tangent.get(b, ZERO) for b in branches))
    speed = ZERO
    for arg, partial in zip(node.args, partials(node), strict=True):
        if arg in tangent:
            speed = add(speed, mul(partial(), tangent[arg]))
    return speed


def as_choice(node: Node) -> tuple[Node, Node, Node]:
    """A min, max, relu or where node as (condition, value if true, value if false)."""
    if node.op == "where":
        return node.args  # type: ignore[return-value]
    if node.op == "relu":
        return build("lt", ZERO, node.args[0]), node.args[0], ZERO
    a, b = node.args
    return (build("le", a, b) if node.op == "min" else build("le", b, a)), a, b


def _reverse(root: Node) -> dict[Node, Node]:
    """The derivative of `root` with respect to every variable it depends on."""
    order = topological([root])
    linear = _piecewise_linear(order)
    # Inner choices come first, so every sweep finds the gradients of the choices it meets.
    isolated: dict[Node, dict[Node, Node]] = {}
    for node in order:
        if node.op in CHOICES and node not in linear:
            condition, a, b = as_choice(node)
            da, db = _sweep(a, linear, isolated), _sweep(b, linear, isolated)
            isolated[node] = {
                v: call("where", condition, da.get(v, ZERO), db.get(v, ZERO))
                for v in [*da, *(v for v in db if v not in da)]
            }
    return _sweep(root, linear, isolated)


def _sweep(
    root: Node, linear: set[Node], isolated: dict[Node, dict[Node, Node]]
) -> dict[Node, Node]:
    """One backward pass from `root`, which stops at choices whose gradients are known."""
    found: dict[Node, Node] = {}
    adjoint: dict[Node, Node] = {root: ONE}

    def flow(target: Node, amount: Node) -> None:
        # The walk is backward, so new terms go in front: the sum reads in the formula's order.
        adjoint[target] = add(amount, adjoint[target]) if target in adjoint else amount

    for node in reversed(topological([root])):
        flowing = adjoint.pop(node, None)
        if flowing is None or flowing is ZERO:
            continue
        if not node.args:
            if node.op == "var":
                found[node] = flowing
        elif node in isolated:
            for v, partial in isolated[node].items():
                flow(v, mul(flowing, partial))
        elif node.op in CHOICES:
            condition, a, b = as_choice(node)
            flow(a, call("where", condition, flowing, ZERO))
            flow(b, call("where", condition, ZERO, flowing))
        else:
            for arg, partial in zip(node.args, partials(node), strict=True):
                # Nothing flows through a slope of 0, not even 0 times something undefined.
                if (arg.args or arg.op == "var") and (slope := partial()) is not ZERO:
                    flow(arg, mul(flowing, slope))
    return found


def _piecewise_linear(order: list[Node]) -> set[Node]:
    """The nodes whose derivatives are constants on pieces, so that 0 times them is 0."""
    linear: set[Node] = set()
    for node in order:
        branches = node.args[1:] if node.op == "where" else node.args
        if (
            not node.args
            or (node.op in _LINEAR and all(a in linear for a in branches))
            or (node.op == "mul" and node.args[0].op == "const" and node.args[1] in linear)
        ):
            linear.add(node)
    return linear


def partials(node: Node) -> list[Callable[[], Node]]:
    """How fast `node` changes with each argument, as builders called only when needed."""
    op, args = node.op, node.args
    if len(args) == 1:
        a = args[0]
        if op == "ipow":
            n: int = node.value  # type: ignore[assignment]
            return [lambda: scale(n, power(a, n - 1)) if n else ZERO]
        return [lambda: _UNARY[op](a, node)]
    a, b = args
    return [lambda: _FIRST[op](a, b, node), lambda: _SECOND[op](a, b, node)]


def _half_turn(a: Node) -> Node:
    return call("sqrt", sub(ONE, power(a, 2)))


_UNARY: Final[dict[str, Callable[[Node, Node], Node]]] = {
    "neg": lambda a, f: constant(-1),
    "abs": lambda a, f: call("sign", a),
    "sign": lambda a, f: ZERO,
    "sqrt": lambda a, f: div(ONE, mul(TWO, f)),
    "cbrt": lambda a, f: div(ONE, mul(constant(3), power(f, 2))),
    "exp": lambda a, f: f,
    "log": lambda a, f: div(ONE, a),
    "log2": lambda a, f: div(ONE, mul(a, call("log", TWO))),
    "log10": lambda a, f: div(ONE, mul(a, call("log", constant(10)))),
    "sin": lambda a, f: call("cos", a),
    "cos": lambda a, f: neg(call("sin", a)),
    "tan": lambda a, f: add(power(f, 2), ONE),
    "asin": lambda a, f: div(ONE, _half_turn(a)),
    "acos": lambda a, f: neg(div(ONE, _half_turn(a))),
    "atan": lambda a, f: div(ONE, add(power(a, 2), ONE)),
    "sinh": lambda a, f: call("cosh", a),
    "cosh": lambda a, f: call("sinh", a),
    # 1 - tanh² and s(1 - s) lose all digits for large arguments; these forms lose none.
    "tanh": lambda a, f: div(ONE, power(call("cosh", a), 2)),
    "sigmoid": lambda a, f: mul(f, call("sigmoid", neg(a))),
    "asinh": lambda a, f: div(ONE, call("sqrt", add(power(a, 2), ONE))),
    "acosh": lambda a, f: div(ONE, call("sqrt", sub(power(a, 2), ONE))),
    "atanh": lambda a, f: div(ONE, sub(ONE, power(a, 2))),
    "softplus": lambda a, f: call("sigmoid", a),
    "erf": lambda a, f: div(mul(TWO, call("exp", neg(power(a, 2)))), call("sqrt", PI)),
}

_FIRST: Final[dict[str, Callable[[Node, Node, Node], Node]]] = {
    "add": lambda a, b, f: ONE,
    "sub": lambda a, b, f: ONE,
    "mul": lambda a, b, f: b,
    "div": lambda a, b, f: div(ONE, b),
    "pow": lambda a, b, f: mul(b, call("pow", a, sub(b, ONE))),
    "atan2": lambda a, b, f: div(b, add(power(a, 2), power(b, 2))),
    "hypot": lambda a, b, f: div(a, f),
}

_SECOND: Final[dict[str, Callable[[Node, Node, Node], Node]]] = {
    "add": lambda a, b, f: ONE,
    "sub": lambda a, b, f: constant(-1),
    "mul": lambda a, b, f: a,
    "div": lambda a, b, f: neg(div(a, power(b, 2))),
    "pow": lambda a, b, f: f if a is E else mul(f, call("log", a)),
    "atan2": lambda a, b, f: neg(div(a, add(power(a, 2), power(b, 2)))),
    "hypot": lambda a, b, f: div(b, f),
}
