"""The rules of differentiation as a textbook states them, one application at a time.

This is a second account of differentiation, kept apart from `expression.differentiate` on
purpose: the steps it makes are checked against the derivative the program uses, so a mistake
in either shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Final, NamedTuple

from steepest.expression.graph import (
    ONE,
    PI,
    TWO,
    ZERO,
    Node,
    build,
    constant,
    integer_power,
    topological,
    variable,
)


class Dependence:
    """The nodes that depend on one of `names`; new nodes are looked at when they are met."""

    def __init__(self, names: Iterable[str]) -> None:
        self._known = {variable(name): True for name in names}

    def __contains__(self, node: Node) -> bool:
        known = self._known
        if node not in known:
            for n in topological([node]):
                if n not in known:
                    known[n] = any(known[a] for a in n.args)
        return known[node]


class At(NamedTuple):
    """Where a rule is applied: with respect to `x`, on which the nodes of `depends` depend.

    `open_(v)` stands for the derivative of a part v that is still to be found.
    """

    x: str
    depends: Dependence
    open_: Callable[[Node], Node]


class Rule(NamedTuple):
    """A rule's name, and what it says of u and v (functions of x), c and n (constants)."""

    name: str
    statement: str
    latex: str


class Applied(NamedTuple):
    """A rule applied: d/dx of a node is `result`. `{0}`, `{1}` … in `reason` are `shown`."""

    rule: Rule
    result: Node
    reason: str = ""
    shown: tuple[Node, ...] = ()


CONSTANT: Final = Rule("constant", "c′ = 0", r"(c)' = 0")
VARIABLE: Final = Rule("variable", "x′ = 1", r"(x)' = 1")
SUM: Final = Rule("sum", "(u + v)′ = u′ + v′", r"(u + v)' = u' + v'")
DIFFERENCE: Final = Rule("difference", "(u - v)′ = u′ - v′", r"(u - v)' = u' - v'")
MULTIPLE: Final = Rule("constant multiple", "(c·u)′ = c·u′", r"(c\,u)' = c\,u'")
PRODUCT: Final = Rule("product", "(u·v)′ = u′·v + u·v′", r"(u\,v)' = u'\,v + u\,v'")
QUOTIENT: Final = Rule(
    "quotient", "(u/v)′ = (u′·v - u·v′)/v²", r"\left(\frac{u}{v}\right)' = \frac{u' v - u v'}{v^2}"
)
RECIPROCAL: Final = Rule(
    "reciprocal", "(c/v)′ = -c·v′/v²", r"\left(\frac{c}{v}\right)' = -\frac{c\,v'}{v^2}"
)
POWER: Final = Rule("power", "(xⁿ)′ = n·xⁿ⁻¹", r"(x^n)' = n x^{n-1}")
EXPONENTIAL: Final = Rule("exponential", "(cᵘ)′ = cᵘ·ln c·u′", r"(c^u)' = c^u \ln c \; u'")
GENERAL_POWER: Final = Rule(
    "general power",
    "(uᵛ)′ = v·uᵛ⁻¹·u′ + uᵛ·ln u·v′",
    r"(u^v)' = v\,u^{v-1}\,u' + u^v \ln u\; v'",
)
CHAIN: Final = Rule("chain", "g(u)′ = g′(u)·u′", r"g(u)' = g'(u)\,u'")
STANDARD: Final = Rule("standard derivative", "from the table", r"\text{from the table}")
TWO_ARGUMENTS: Final = Rule(
    "chain (two arguments)", "g(u, v)′ = g_u·u′ + g_v·v′", r"g(u, v)' = g_u\,u' + g_v\,v'"
)
CHOICE: Final = Rule(
    "choice", "each branch is differentiated where it holds", r"\text{branch by branch}"
)
JUMP: Final = Rule("step", "constant between its jumps", r"\text{constant between its jumps}")
NAMED: Final = Rule("named part", "found above", r"\text{found above}")
SIMPLIFY: Final = Rule("simplify", "the same value, tidied", r"\text{simplify}")
REWRITE: Final = Rule("rewrite", "the form the program uses", r"\text{rewrite}")


def differentiate_once(node: Node, at: At) -> Applied:
    """One rule applied to d/dx of `node`."""
    op, args = node.op, node.args
    if node not in at.depends:
        return Applied(CONSTANT, ZERO, f"{{0}} does not depend on {at.x}", (node,))
    if op == "var":
        return Applied(VARIABLE, ONE)
    if op in ("add", "sub"):
        return termwise(node, at.open_)
    if op == "neg":
        return Applied(MULTIPLE, build("neg", at.open_(args[0])), "the sign stays in front")
    if op == "mul":
        return _product(node, at)
    if op == "div":
        return _quotient(node, at)
    if op == "ipow":
        return _integer_power(node, at)
    if op == "pow":
        return _power(node, at)
    if op in ("sign", "lt", "le"):
        return Applied(JUMP, ZERO, "{0} is constant wherever it does not jump", (node,))
    if op in ("where", "min", "max", "relu"):
        return _choice(node, at)
    if op in ("atan2", "hypot"):
        return _two_arguments(node, at)
    return _function(node, at)


def termwise(node: Node, open_: Callable[[Node], Node]) -> Applied:
    """The rule for a sum or a difference of any number of terms, each opened by `open_`."""
    minus = False

    def opened(n: Node) -> Node:
        nonlocal minus
        minus = minus or n.op == "sub"
        left, right = n.args
        first = opened(left) if left.op in ("add", "sub") else open_(left)
        return build(n.op, first, open_(right))

    result = opened(node)
    rule = DIFFERENCE if minus and node.args[0].op != "add" else SUM
    return Applied(rule, result, "term by term")


def _factors(node: Node) -> list[Node]:
    found: list[Node] = []
    while node.op == "mul":
        found.append(node.args[1])
        node = node.args[0]
    return [node, *reversed(found)]


def times(factors: Sequence[Node]) -> Node:
    """The product, without rewriting."""
    return reduce(lambda a, b: build("mul", a, b), factors)


def _product(node: Node, at: At) -> Applied:
    factors = _factors(node)
    fixed = [f for f in factors if f not in at.depends]
    moving = [f for f in factors if f in at.depends]
    if fixed:
        front = times(fixed)
        result = build("mul", front, at.open_(times(moving)))
        return Applied(MULTIPLE, result, "{0} stays in front", (front,))
    # More than three factors are split in two, so that a line stays readable.
    if len(moving) > 3:
        moving = [times(moving[: len(moving) // 2]), times(moving[len(moving) // 2 :])]
    terms = [
        times([at.open_(f) if k == i else f for k, f in enumerate(moving)])
        for i in range(len(moving))
    ]
    names = " times ".join(f"{{{k}}}" for k in range(len(moving)))
    return Applied(PRODUCT, reduce(lambda a, b: build("add", a, b), terms), names, tuple(moving))


def _quotient(node: Node, at: At) -> Applied:
    u, v = node.args
    if v not in at.depends:
        reason = "{0} stays below"
        return Applied(MULTIPLE, build("div", at.open_(u), v), reason, (v,))
    if u not in at.depends:
        top = build("neg", build("mul", u, at.open_(v)))
        reason = f"{{0}} does not depend on {at.x}"
        return Applied(RECIPROCAL, build("div", top, integer_power(v, 2)), reason, (u,))
    top = build("sub", build("mul", at.open_(u), v), build("mul", u, at.open_(v)))
    result = build("div", top, integer_power(v, 2))
    return Applied(QUOTIENT, result, "u = {0}, v = {1}", (u, v))


def _chained(rule: Rule, outer: Node, inner: Node, at: At, name: str) -> Applied:
    """outer·inner′; for the bare variable just the outer derivative, by `rule`."""
    if inner.op == "var" and inner.value == at.x:
        return Applied(rule, outer)
    reason = f"outer {name}, inner {{0}}"
    return Applied(CHAIN, build("mul", outer, at.open_(inner)), reason, (inner,))


def _integer_power(node: Node, at: At) -> Applied:
    u, n = node.args[0], int(node.value)  # type: ignore[arg-type]
    if n == 0:
        return Applied(CONSTANT, ZERO, "{0} is 1 wherever it is defined", (node,))
    lower = u if n == 2 else ONE if n == 1 else integer_power(u, n - 1)
    return _chained(POWER, build("mul", constant(n), lower), u, at, f"(…)^{n}")


def _power(node: Node, at: At) -> Applied:
    u, v = node.args
    lower = build("mul", v, build("pow", u, build("sub", v, ONE)))
    if v not in at.depends:
        return _chained(POWER, lower, u, at, "(…)^n")
    higher = node if u.op == "e" else build("mul", node, build("log", u))
    if u not in at.depends:
        reason = "base {0}"
        return Applied(EXPONENTIAL, build("mul", higher, at.open_(v)), reason, (u,))
    result = build("add", build("mul", lower, at.open_(u)), build("mul", higher, at.open_(v)))
    return Applied(GENERAL_POWER, result, "base {0}, exponent {1}", (u, v))


def _choice(node: Node, at: At) -> Applied:
    args = node.args
    if node.op == "where":
        condition, a, b = args
    elif node.op == "relu":
        result = build("where", build("lt", ZERO, args[0]), at.open_(args[0]), ZERO)
        return Applied(CHOICE, result, "the argument where positive, else 0", (node,))
    else:
        a, b = args
        condition = build("le", a, b) if node.op == "min" else build("le", b, a)
    result = build("where", condition, at.open_(a), at.open_(b))
    return Applied(CHOICE, result, "branch by branch")


def _two_arguments(node: Node, at: At) -> Applied:
    a, b = node.args
    if node.op == "hypot":
        top = build("add", build("mul", a, at.open_(a)), build("mul", b, at.open_(b)))
        result = build("div", top, node)
        return Applied(TWO_ARGUMENTS, result, "partials u/hypot, v/hypot")
    top = build("sub", build("mul", b, at.open_(a)), build("mul", a, at.open_(b)))
    below = build("add", integer_power(a, 2), integer_power(b, 2))
    reason = "partials v/(u² + v²), -u/(u² + v²)"
    return Applied(TWO_ARGUMENTS, build("div", top, below), reason)


def _function(node: Node, at: At) -> Applied:
    u = node.args[0]
    outer = OUTER[node.op](u, node)
    applied = _chained(STANDARD, outer, u, at, f"{_SPOKEN.get(node.op, node.op)}(…)")
    if applied.rule is STANDARD:
        name = _SPOKEN.get(node.op, node.op)
        return applied._replace(reason=name)
    return applied


_SPOKEN: Final = {"log": "ln"}


def _squared(u: Node) -> Node:
    return integer_power(u, 2)


def _one_over(below: Node) -> Node:
    return build("div", ONE, below)


#: g -> g′ at u; `f` is g(u) itself.
OUTER: Final[dict[str, Callable[[Node, Node], Node]]] = {
    "abs": lambda u, f: build("sign", u),
    "sqrt": lambda u, f: _one_over(build("mul", TWO, f)),
    "cbrt": lambda u, f: _one_over(build("mul", constant(3), _squared(f))),
    "exp": lambda u, f: f,
    "log": lambda u, f: _one_over(u),
    "log2": lambda u, f: _one_over(build("mul", u, build("log", TWO))),
    "log10": lambda u, f: _one_over(build("mul", u, build("log", constant(10)))),
    "sin": lambda u, f: build("cos", u),
    "cos": lambda u, f: build("neg", build("sin", u)),
    "tan": lambda u, f: build("add", ONE, _squared(f)),
    "asin": lambda u, f: _one_over(build("sqrt", build("sub", ONE, _squared(u)))),
    "acos": lambda u, f: build("neg", _one_over(build("sqrt", build("sub", ONE, _squared(u))))),
    "atan": lambda u, f: _one_over(build("add", ONE, _squared(u))),
    "sinh": lambda u, f: build("cosh", u),
    "cosh": lambda u, f: build("sinh", u),
    "tanh": lambda u, f: _one_over(_squared(build("cosh", u))),
    "asinh": lambda u, f: _one_over(build("sqrt", build("add", _squared(u), ONE))),
    "acosh": lambda u, f: _one_over(build("sqrt", build("sub", _squared(u), ONE))),
    "atanh": lambda u, f: _one_over(build("sub", ONE, _squared(u))),
    "sigmoid": lambda u, f: build("mul", f, build("sub", ONE, f)),
    "softplus": lambda u, f: build("sigmoid", u),
    "erf": lambda u, f: build(
        "div", build("mul", TWO, build("exp", build("neg", _squared(u)))), build("sqrt", PI)
    ),
}
