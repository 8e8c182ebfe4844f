"""Sums, products, quotients and powers, each one node that is rewritten locally.

x + x becomes 2x and 2*(3*x) becomes 6x; x^2/x stays, because it is undefined at 0. None of
these changes a value or widens a domain; `simplify` goes on through whole chains.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from steepest.expression.graph import (
    ONE,
    ZERO,
    Node,
    Rational,
    build,
    constant,
    integer_power,
    is_foldable,
)

_DEEPEST: Final = 6  # factors of a product that are searched for an equal base


def split_coefficient(node: Node) -> tuple[Rational, Node]:
    """`node` as (c, t) with node = c*t; t is 1 for a constant."""
    if node.op == "const":
        return node.value, ONE  # type: ignore[return-value]
    if node.op == "neg":
        c, t = split_coefficient(node.args[0])
        return -c, t
    if node.op == "mul" and node.args[0].op == "const":
        return node.args[0].value, node.args[1]  # type: ignore[return-value]
    return 1, node


def scale(c: Rational, node: Node) -> Node:
    """c*node."""
    own, t = split_coefficient(node)
    if not is_foldable(c * own):
        return build("mul", constant(c), node)
    c *= own
    if t is ONE:
        return constant(c)
    if c == 0 and t.total:
        return ZERO
    if c == 1:
        return t
    return build("neg", t) if c == -1 else build("mul", constant(c), t)


def neg(a: Node) -> Node:
    """-a."""
    if a.op == "sub":
        return build("sub", a.args[1], a.args[0])
    return scale(-1, a)


def add(a: Node, b: Node) -> Node:
    """a + b, with like terms collected."""
    if a is ZERO:
        return b
    if b is ZERO:
        return a
    (c, s), (d, t) = split_coefficient(a), split_coefficient(b)
    if s is t:
        return scale(c + d, s)
    if t is ONE and a.op in ("add", "sub") and a.args[1].op == "const":
        own = a.args[1].value if a.op == "add" else -a.args[1].value  # type: ignore[operator]
        return add(a.args[0], constant(own + d))  # type: ignore[operator]
    if d < 0:
        return build("sub", a, scale(-d, t))
    if c < 0 and d > 0:
        return build("sub", b, scale(-c, s))
    return build("add", b, a) if s is ONE else build("add", a, b)


def sub(a: Node, b: Node) -> Node:
    """a - b."""
    return add(a, neg(b))


def mul(a: Node, b: Node) -> Node:
    """a*b, with the constants in front and powers of one base joined."""
    (c, s), (d, t) = split_coefficient(a), split_coefficient(b)
    if not is_foldable(c * d):
        return build("mul", a, b)
    if s is ONE or t is ONE:
        return scale(c * d, t if s is ONE else s)
    return scale(c * d, _join(s, t))


def _join(s: Node, t: Node) -> Node:
    """s*t for factors without coefficient."""
    if s.op == "div" and t.op != "div":
        return div(mul(s.args[0], t), s.args[1])
    if t.op == "div":
        return div(mul(s, t.args[0]), t.args[1])
    (base, m), (other, n) = base_of(s), base_of(t)
    if base is other and m * n > 0:
        return power(base, m + n)
    if s.op == "mul" and t.op != "mul":
        return _insert(s, t)
    if t.op == "mul" and s.op != "mul":
        return _insert(t, s)
    return build("mul", s, t)


def _insert(product: Node, factor: Node) -> Node:
    """product*factor, where a power of the same base inside `product` takes the factor up."""
    base, n = base_of(factor)
    factors = [base_of(part) for part in _product_parts(product)]
    for k, (other, m) in enumerate(factors):
        if other is base and m * n > 0:
            factors[k] = (base, m + n)
            first, *rest = (power(b, p) for b, p in factors)
            for part in rest:
                first = build("mul", first, part)
            return first
    return build("mul", product, factor)


def base_of(node: Node) -> tuple[Node, int]:
    """`node` as (base, n) with node = base^n."""
    if node.op == "ipow":
        return node.args[0], node.value  # type: ignore[return-value]
    return node, 1


def div(a: Node, b: Node) -> Node:
    """a/b. Only constants cancel: a common factor may be zero."""
    (c, s), (d, t) = split_coefficient(a), split_coefficient(b)
    if d == 0:
        return build("div", a, b)
    ratio = Fraction(c) / d
    if not all(map(is_foldable, (ratio, ratio.numerator, ratio.denominator))):
        return build("div", a, b)
    if t is ONE:
        return scale(ratio, s)
    if c == 0 and s is ONE:
        return build("div", ZERO, t)
    sign = -1 if ratio < 0 else 1
    s, t = _cancel(s, t)
    top = scale(abs(ratio.numerator), s)
    bottom = scale(ratio.denominator, t)
    if bottom.op == "div":
        # 1/(p/q) is undefined at q = 0 while q/p is not, so the fraction stays nested.
        quotient = build("div", top, bottom)
    elif top.op == "div":
        quotient = build("div", top.args[0], mul(top.args[1], bottom))
    else:
        quotient = build("div", top, bottom)
    return quotient if sign > 0 else build("neg", quotient)


def _cancel(top: Node, bottom: Node) -> tuple[Node, Node]:
    """top/bottom with powers of equal factors cancelled, x^2/x^3 -> 1/x, but x^2/x stays.

    At least one power remains below, so that the quotient is undefined where it was.
    """
    below = [base_of(f) for f in _product_parts(bottom)]
    if all(n < 2 for _, n in below):
        return top, bottom
    above = [base_of(f) for f in _product_parts(top)]
    for i, (base, _) in enumerate(below):
        for k, (other, m) in enumerate(above):
            n = below[i][1]  # what earlier factors above have left
            if other is base and m > 0 and n > 1:
                common = min(m, n - 1)
                above[k], below[i] = (base, m - common), (base, n - common)
    return _rejoin(above), _rejoin(below)


def _product_parts(node: Node) -> list[Node]:
    parts: list[Node] = []
    while node.op == "mul" and len(parts) < _DEEPEST:
        parts.append(node.args[1])
        node = node.args[0]
    return [node, *reversed(parts)]


def _rejoin(factors: list[tuple[Node, int]]) -> Node:
    product = ONE
    for base, n in factors:
        if n:
            product = mul(product, power(base, n))
    return product


def power(base: Node, n: int) -> Node:
    """base^n for an integer n."""
    if n == 1:
        return base
    if n == 0 and base.total:
        return ONE
    if base.op == "mul" and base.args[0].op == "const" and n > 0:
        coefficient = integer_power(base.args[0], n)
        if coefficient.op == "const":
            return mul(coefficient, power(base.args[1], n))
    if base.op == "neg":
        inner = power(base.args[0], n)
        return inner if n % 2 == 0 else neg(inner)
    if base.op == "ipow" and n > 0 and base.value > 0:  # type: ignore[operator]
        return integer_power(base.args[0], base.value * n)  # type: ignore[operator]
    return integer_power(base, n)
