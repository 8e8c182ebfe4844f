"""Wrong rules of differentiation that people use, so that a wrong answer can be recognised.

`slipped` lists derivatives as they come out when one rule is used wrongly, everywhere or at one
place, each with a sentence that helps without giving the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from steepest.explain.rules import OUTER
from steepest.explain.sentences import SLIPS
from steepest.expression import simplify as build
from steepest.expression.differentiate import partials, pushed
from steepest.expression.expression import Expression
from steepest.expression.graph import (
    ONE,
    PI,
    ZERO,
    E,
    Node,
    constant,
    topological,
    variable,
    variables_of,
)
from steepest.expression.graph import build as graph_build

_MOST: Final = 120  # derivatives that are tried
_ANGLES: Final = frozenset({"sin", "cos", "tan"})


class Slip(NamedTuple):
    """A wrong derivative and what to tell whoever found it."""

    derivative: Node
    sentence: str


#: A rule of one node, given the derivatives of its arguments; None where it does not apply.
Rule = Callable[[Node, list[Node]], Node | None]


def slipped(root: Node, x: str) -> Iterator[Slip]:
    """Wrong derivatives of `root` by x: each rule misused everywhere, then at one place each."""
    order = topological([root])
    right = _differentiate(order, x, None, None)
    count = 0
    for name, rule in _SLIPS:
        places = [n for n in order if n.args and _applies(rule, n, right)]
        only: list[Node | None] = [None] if places else []
        if len(places) > 1:
            only += places
        for place in only:
            if count >= _MOST:
                return
            count += 1
            found = _differentiate(order, x, rule, place)[root]
            where = place or (places[0] if len(places) == 1 else None)
            yield Slip(found, _told(SLIPS[name], where))


def _applies(rule: Rule, node: Node, right: dict[Node, Node]) -> bool:
    speeds = [right[a] for a in node.args]
    return any(s is not ZERO for s in speeds) and rule(node, speeds) is not None


def _told(sentence: str, place: Node | None) -> str:
    """The sentence with {u}, the inner part at the place, filled in."""
    if "{u}" not in sentence:
        return sentence
    inner = f"{Expression(place.args[0])}" if place is not None else SLIPS["inside"]
    return sentence.replace("{u}", inner if len(inner) <= 40 else SLIPS["inside"])


def _differentiate(
    order: list[Node], x: str, slip: Rule | None, place: Node | None
) -> dict[Node, Node]:
    """Forward mode, with `slip` in place of the right rule at `place` (None: everywhere)."""
    speed: dict[Node, Node] = {}
    for n in order:
        if not n.args:
            speed[n] = ONE if n is variable(x) else ZERO
            continue
        speeds = [speed[a] for a in n.args]
        wrong = None
        if (
            slip is not None
            and (place is None or place is n)
            and any(s is not ZERO for s in speeds)
        ):
            wrong = slip(n, speeds)
        speed[n] = wrong if wrong is not None else _right(n, speeds)
    return speed


def _right(n: Node, speeds: list[Node]) -> Node:
    seeds = {a: s for a, s in zip(n.args, speeds, strict=True) if s is not ZERO}
    return pushed(n, seeds) if seeds else ZERO


def _both(n: Node, d: list[Node], op: str) -> bool:
    return n.op == op and d[0] is not ZERO and d[1] is not ZERO


def _product(combine: Callable[[Node, Node, Node, Node], Node]) -> Rule:
    """A wrong product rule from (u, v, u′, v′)."""
    return lambda n, d: combine(*n.args, *d) if _both(n, d, "mul") else None


def _quotient(combine: Callable[[Node, Node, Node, Node], Node]) -> Rule:
    return lambda n, d: combine(*n.args, *d) if n.op == "div" and d[1] is not ZERO else None


def _power(combine: Callable[[Node, int, Node], Node]) -> Rule:
    return lambda n, d: combine(n.args[0], int(n.value), d[0]) if n.op == "ipow" else None  # type: ignore[arg-type]


def _outer(n: Node, u: Node) -> Node | None:
    """g′(u) for the operation g of node n."""
    if n.op == "ipow":
        k = int(n.value)  # type: ignore[arg-type]
        return build.mul(constant(k), build.power(u, k - 1))
    if n.op in OUTER:
        # The partials that are evaluated: s(1 - s) for a sigmoid would lose its digits.
        return partials(graph_build(n.op, u))[0]()
    if n.op == "pow" and n.args[0] is E:
        return build.call("pow", E, u)
    return None


def _inner(n: Node) -> Node:
    return n.args[1] if n.op == "pow" else n.args[0]


def _without_inner(n: Node, d: list[Node]) -> Node | None:
    return _outer(n, _inner(n)) if _inner(n).args else None


def _inside(n: Node, d: list[Node]) -> Node | None:
    return _outer(n, d[-1]) if _inner(n).args else None


def _function(table: dict[str, Callable[[Node, Node], Node]]) -> Rule:
    return lambda n, d: build.mul(table[n.op](n.args[0], n), d[0]) if n.op in table else None


def _dropped_factor(n: Node, d: list[Node]) -> Node | None:
    for k, factor in enumerate(n.args):
        # A factor such as y that is only held constant is another mistake.
        if n.op == "mul" and d[1 - k] is not ZERO and not variables_of([factor]):
            return d[1 - k]
    return None


def _in_degrees(n: Node, d: list[Node]) -> Node | None:
    if n.op not in _ANGLES:
        return None
    turn = build.div(PI, constant(180))
    return build.mul(build.mul(turn, OUTER[n.op](n.args[0], n)), d[0])


def _power_of_exponential(n: Node, d: list[Node]) -> Node | None:
    if n.op == "exp":
        lower = build.call("exp", build.sub(n.args[0], ONE))
        return build.mul(build.mul(n.args[0], lower), d[0])
    if n.op == "pow" and d[0] is ZERO:
        lower = build.call("pow", n.args[0], build.sub(n.args[1], ONE))
        return build.mul(build.mul(n.args[1], lower), d[1])
    return None


def _without_logarithm(n: Node, d: list[Node]) -> Node | None:
    return build.mul(n, d[1]) if n.op == "pow" and d[0] is ZERO and n.args[0] is not E else None


def _over(top: Node, v: Node, n: int = 2) -> Node:
    return build.div(top, build.power(v, n))


#: Which sentence tells of it, and the rule as it is misused.
_SLIPS: Final[list[tuple[str, Rule]]] = [
    ("inner_missing", _without_inner),
    ("inner_inside", _inside),
    ("product_of_derivatives", _product(lambda u, v, du, dv: build.mul(du, dv))),
    ("product_term", _product(lambda u, v, du, dv: build.mul(du, v))),
    ("product_term", _product(lambda u, v, du, dv: build.mul(u, dv))),
    ("product_sign", _product(lambda u, v, du, dv: build.sub(build.mul(du, v), build.mul(u, dv)))),
    ("quotient_of_derivatives", _quotient(lambda u, v, du, dv: build.div(du, dv))),
    (
        "quotient_sign",
        _quotient(lambda u, v, du, dv: _over(build.add(build.mul(du, v), build.mul(u, dv)), v)),
    ),
    (
        "quotient_order",
        _quotient(lambda u, v, du, dv: _over(build.sub(build.mul(u, dv), build.mul(du, v)), v)),
    ),
    (
        "quotient_square",
        _quotient(lambda u, v, du, dv: _over(build.sub(build.mul(du, v), build.mul(u, dv)), v, 1)),
    ),
    ("power_factor", _power(lambda u, n, du: build.mul(build.power(u, n - 1), du))),
    (
        "power_down",
        _power(lambda u, n, du: build.mul(build.mul(constant(n), build.power(u, n)), du)),
    ),
    (
        "power_integral",
        _power(
            lambda u, n, du: (
                build.mul(build.div(build.power(u, n + 1), constant(n + 1)), du)
                if n != -1
                else build.mul(u, du)
            )
        ),
    ),
    (
        "cosine_sign",
        _function(
            {
                "cos": lambda u, f: build.call("sin", u),
                "sin": lambda u, f: build.neg(build.call("cos", u)),
            }
        ),
    ),
    ("power_of_exponential", _power_of_exponential),
    ("logarithm_missing", _without_logarithm),
    ("root_factor", _function({"sqrt": lambda u, f: build.div(ONE, f)})),
    ("factor_dropped", _dropped_factor),
    ("degrees", _in_degrees),
]
