"""Wrong rules of matrix calculus that people use, so that a wrong answer can be recognised.

Each is the gradient as it comes out when one rule is used wrongly, everywhere or at one place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from steepest.explain.sentences import SLIPS
from steepest.expression.arithmetic import mul, neg
from steepest.expression.graph import ARITY, ONE, Node, integer_power, topological
from steepest.expression.matrix import operations as array
from steepest.expression.matrix.differentiate import Flow, gradient
from steepest.expression.simplify import call

_MOST: Final = 60  # derivatives that are tried

_SIDE: Final = (
    "a product with a matrix goes back through its transpose: look at which factor is transposed"
)
_NORM: Final = "the derivative of a norm has that norm below it; only that of its square has not"

#: Sends back from a node what flows to it, wrongly; False where it does not apply.
Rule = Callable[[Node, Node, Flow], bool]


def slipped(root: Node, name: str, right: Node) -> Iterator[tuple[Node, str]]:
    """Wrong derivatives of `root` by the variable of `name` and the shape of `right`."""
    order = topological([root])
    symbols = [n for n in order if n.op in ("symbol", "var") and _is_called(n, name)]
    if not symbols:
        return
    count = 0
    for sentence, rule in _SLIPS:
        places = _places(root, symbols, rule)
        for place in [None, *places] if len(places) > 1 else places:
            if count >= _MOST:
                return
            count += 1
            found = gradient(root, symbols, _at(rule, place))[0]
            yield found, sentence.replace("{u}", SLIPS["inside"])


def _is_called(node: Node, name: str) -> bool:
    return (node.value[0] if node.op == "symbol" else node.value) == name


def _at(rule: Rule, place: Node | None) -> Rule:
    return lambda node, g, flow: place in (None, node) and rule(node, g, flow)


def _places(root: Node, symbols: list[Node], rule: Rule) -> list[Node]:
    """The nodes at which `rule` applies."""
    found: list[Node] = []

    def watched(node: Node, g: Node, flow: Flow) -> bool:
        if rule(node, g, lambda target, amount: None):
            found.append(node)
        return False

    gradient(root, symbols, watched)
    return found


def _without_exponent(node: Node, g: Node, flow: Flow) -> bool:
    if node.op != "ipow":
        return False
    u, n = node.args[0], node.value
    if array.is_square_of_norm(node):
        inside = u.args[0]
        flow(inside, mul(mul(g, integer_power(u, n - 2) if n > 2 else ONE), inside))
    else:
        _back(u, mul(g, integer_power(u, n - 1) if n > 1 else ONE), node, flow)
    return True


def _back(arg: Node, amount: Node, node: Node, flow: Flow) -> None:
    flow(arg, amount if arg.shape else array.total(amount, node.shape))


def _one_side(which: int) -> Rule:
    """Only one factor of a product is differentiated."""

    def rule(node: Node, g: Node, flow: Flow) -> bool:
        if node.op not in ("mul", "matmul") or not all(map(_varies, node.args)):
            return False
        a, b = node.args
        if node.op == "mul":
            kept, other = node.args[which], node.args[1 - which]
            _back(kept, mul(g, other), node, flow)
        elif which == 0:
            flow(a, array.matmul(g, array.transpose(b), node.shape, b.shape[::-1]))
        else:
            flow(b, array.matmul(array.transpose(a), g, a.shape[::-1], node.shape))
        return True

    return rule


def _varies(node: Node) -> bool:
    return any(n.op in ("symbol", "var") for n in topological([node]))


def _without_inner(node: Node, g: Node, flow: Flow) -> bool:
    """The factor x of w·x is dropped, or a function's derivative is."""
    if node.op == "mul":
        fixed = [k for k, a in enumerate(node.args) if not _varies(a)]
        if len(fixed) != 1 or node.args[fixed[0]].op == "const":
            return False
        _back(node.args[1 - fixed[0]], g, node, flow)
        return True
    if node.op in ARITY and ARITY[node.op] == 1 and node.op not in ("neg", "ipow"):
        _back(node.args[0], g, node, flow)
        return True
    return False


def _untransposed(node: Node, g: Node, flow: Flow) -> bool:
    if node.op == "matmul":
        a, b = node.args
        fits_a = a.shape[0] == a.shape[1] and not _varies(a)
        fits_b = b.shape[0] == b.shape[1] and not _varies(b)
        if fits_a:
            flow(b, array.matmul(a, g, a.shape, node.shape))
        if fits_b:
            flow(a, array.matmul(g, b, node.shape, b.shape))
        return fits_a or fits_b
    if node.op == "logdet":
        a = node.args[0]
        flow(a, mul(g, array.array_operation("inv", (a,), None, a.shape)))
        return True
    return False


def _undivided(node: Node, g: Node, flow: Flow) -> bool:
    if node.op != "norm":
        return False
    flow(node.args[0], mul(g, node.args[0]))
    return True


def _cosine(node: Node, g: Node, flow: Flow) -> bool:
    if node.op not in ("sin", "cos"):
        return False
    u = node.args[0]
    outer = call("sin", u) if node.op == "cos" else neg(call("cos", u))
    _back(u, mul(g, outer), node, flow)
    return True


_SLIPS: Final[list[tuple[str, Rule]]] = [
    (SLIPS["power_factor"], _without_exponent),
    (SLIPS["product_term"], _one_side(0)),
    (SLIPS["product_term"], _one_side(1)),
    (SLIPS["inner_missing"], _without_inner),
    (_SIDE, _untransposed),
    (_NORM, _undivided),
    (SLIPS["cosine_sign"], _cosine),
]
