"""Rewriting that makes derivatives short and never changes a value or widens a domain.

x + x becomes 2x, 2*(3*x) becomes 6x; x^2/x stays, because it is undefined at 0, and
0*log(x) stays, because it is undefined for x <= 0. `add` … `power` (see `arithmetic`) and `call`
build one node and rewrite locally; `simplify` collects like terms and factors through whole
chains.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import reduce
from math import isqrt
from typing import Final

from steepest.expression.arithmetic import (
    add,
    base_of,
    div,
    mul,
    neg,
    power,
    scale,
    split_coefficient,
    sub,
)
from steepest.expression.graph import (
    ARITY,
    ONE,
    ZERO,
    E,
    Node,
    Rational,
    build,
    constant,
    is_foldable,
    rational_value,
    topological,
)

_HALF: Final = Fraction(1, 2)

_AT_ZERO: Final[dict[str, Node]] = {
    **dict.fromkeys(
        "sqrt cbrt sin tan asin atan sinh tanh asinh atanh sign relu erf".split(), ZERO
    ),
    **dict.fromkeys("exp cos cosh".split(), ONE),
}  # fmt: skip


def call(op: str, *args: Node) -> Node:
    """The function `op` of `args`, evaluated where the result is an exact constant."""
    a = args[0]
    if a is ZERO and op in _AT_ZERO:
        return _AT_ZERO[op]
    if op == "log" and (a is E or a is ONE):
        return ONE if a is E else ZERO
    if op == "sqrt" and (value := rational_value(a)) is not None and value >= 0:
        root = Fraction(isqrt(value.numerator), isqrt(value.denominator))
        if root * root == value:
            return constant(root)
    if op == "pow":
        exponent = rational_value(args[1])
        if exponent == _HALF:
            return call("sqrt", a)
        if exponent is not None and exponent.denominator == 1:
            return power(a, exponent.numerator)
    if op in ("abs", "cosh", "cos") and a.op == "neg":
        return call(op, a.args[0])
    if op == "where" and args[1] is args[2]:
        return args[1] if a.total else build(op, *args)
    return build(op, *args)


_BUILDERS: Final = {"add": add, "sub": sub, "mul": mul, "div": div, "neg": neg}


def apply(op: str, *args: Node, value: object = None) -> Node:
    """The node `op(*args)` through the rewriting builder for `op`."""
    if op == "ipow":
        return power(args[0], value)  # type: ignore[arg-type]
    builder = _BUILDERS.get(op)
    return builder(*args) if builder else call(op, *args)


def simplify(
    roots: Iterable[Node], apply_other: Callable[[Node, tuple[Node, ...]], Node] | None = None
) -> list[Node]:
    """`roots` rewritten: like terms and equal factors collected through whole chains.

    A chain is only flattened through nodes that nothing else uses, so shared
    subexpressions stay shared and the graph never grows. `apply_other` rebuilds what is no
    operation on numbers: see `matrix/operations.py`.
    """
    roots = list(roots)
    order = topological(roots)
    uses = Counter(a for node in order for a in node.args)
    uses.update(roots)
    parents: dict[Node, str] = {}
    for node in order:
        for a in node.args:
            parents[a] = node.op
    new: dict[Node, Node] = {}
    for node in order:
        if not node.args:
            new[node] = node
            continue
        kind = _CHAIN.get(node.op)
        inside = uses[node] == 1 and _CHAIN.get(parents.get(node, "")) == kind
        if kind == "sum" and not inside:
            new[node] = _collect_sum(node, uses, new)
        elif kind == "product" and not inside:
            new[node] = _collect_product(node, uses, new)
        else:
            args = tuple(new[a] for a in node.args)
            if node.op in ARITY or apply_other is None:
                new[node] = apply(node.op, *args, value=node.value)
            else:
                new[node] = apply_other(node, args)
    return [new[root] for root in roots]


_CHAIN: Final = {"add": "sum", "sub": "sum", "mul": "product"}


def _links(root: Node, kind: str, uses: Counter[Node]) -> list[tuple[Node, int]]:
    """The parts of the chain that hangs on `root`, left to right, each with its sign."""
    parts: list[tuple[Node, int]] = []
    stack = [(root, 1)]
    while stack:
        node, sign = stack.pop()
        if _CHAIN.get(node.op) == kind and (node is root or uses[node] == 1):
            left, right = node.args
            stack.append((right, -sign if node.op == "sub" else sign))
            stack.append((left, sign))
        else:
            parts.append((node, sign))
    return parts


def _collect_sum(root: Node, uses: Counter[Node], new: dict[Node, Node]) -> Node:
    terms: dict[Node, Rational] = {}
    for part, sign in _links(root, "sum", uses):
        c, t = split_coefficient(new[part])
        terms[t] = terms.get(t, 0) + sign * c
    number = terms.pop(ONE, 0)
    total = ZERO
    for t, c in terms.items():
        total = add(total, scale(c, t))
    return add(total, constant(number))


def _collect_product(root: Node, uses: Counter[Node], new: dict[Node, Node]) -> Node:
    number: Rational = 1
    beyond: list[Node] = []  # constants whose product would leave the range of doubles
    # Positive and negative powers of one base are kept apart: x*(1/x) is undefined at 0.
    powers: dict[tuple[Node, bool], int] = {}
    for part, _ in _links(root, "product", uses):
        c, t = split_coefficient(new[part])
        if is_foldable(number * c):
            number *= c
        else:
            beyond.append(constant(c))
        if t is not ONE:
            base, n = base_of(t)
            powers[base, n > 0] = powers.get((base, n > 0), 0) + n
    product = ONE
    for (base, _), n in powers.items():
        product = mul(product, power(base, n))
    return reduce(mul, beyond, scale(number, product))
