"""Rewriting that makes derivatives short and never changes a value or widens a domain.

x + x becomes 2x, 2*(3*x) becomes 6x; x^2/x stays, because it is undefined at 0, and
0*log(x) stays, because it is undefined for x <= 0. The functions `add` … `call` build one
node and rewrite locally; `simplify` collects like terms and factors through whole chains.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import reduce
from math import isqrt
from typing import Final

from steepest.expression.graph import (
    ARITY,
    ONE,
    ZERO,
    E,
    Node,
    Rational,
    build,
    constant,
    integer_power,
    is_foldable,
    rational_value,
    topological,
)

_HALF: Final = Fraction(1, 2)
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
    (base, m), (other, n) = _base(s), _base(t)
    if base is other and m * n > 0:
        return power(base, m + n)
    if s.op == "mul" and t.op != "mul":
        return _insert(s, t)
    if t.op == "mul" and s.op != "mul":
        return _insert(t, s)
    return build("mul", s, t)


def _insert(product: Node, factor: Node) -> Node:
    """product*factor, where a power of the same base inside `product` takes the factor up."""
    base, n = _base(factor)
    factors = [_base(part) for part in _product_parts(product)]
    for k, (other, m) in enumerate(factors):
        if other is base and m * n > 0:
            factors[k] = (base, m + n)
            first, *rest = (power(b, p) for b, p in factors)
            for part in rest:
                first = build("mul", first, part)
            return first
    return build("mul", product, factor)


def _base(node: Node) -> tuple[Node, int]:
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
    below = [_base(f) for f in _product_parts(bottom)]
    if all(n < 2 for _, n in below):
        return top, bottom
    above = [_base(f) for f in _product_parts(top)]
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
            base, n = _base(t)
            powers[base, n > 0] = powers.get((base, n > 0), 0) + n
    product = ONE
    for (base, _), n in powers.items():
        product = mul(product, power(base, n))
    return reduce(mul, beyond, scale(number, product))
