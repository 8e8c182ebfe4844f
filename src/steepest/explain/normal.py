"""A normal form that decides most equalities of formulas exactly.

Every formula becomes a fraction of polynomials in few kinds of atoms: sin x and cos x through
exp(i x), sinh, tanh and sigmoid through exp(x), |x|, max and where through conditions that
are 0 or 1, roots as fractional powers. Where two normal forms agree, the formulas agree at
every point where both are defined, except perhaps on the borders of conditions. Where they
differ nothing is said: `equal` then answers None.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from steepest.explain.normal_exponentials import Exponentials
from steepest.explain.polynomials import Monomial, Quotient, TooLarge, leading_sign
from steepest.expression.graph import Node, topological
from steepest.expression.simplify import simplify

_BUDGET: Final = 20_000
_LARGEST_POWER: Final = 64  # of a sum; higher powers are not multiplied out
_ODD: Final = frozenset("asin atan erf asinh atanh".split())


def equal(a: Node, b: Node, budget: int = _BUDGET) -> bool | None:
    """True if `a` and `b` agree wherever both are defined; None if that is not decided."""
    if a is b:
        return True
    tidy, other = simplify([a, b])
    if tidy is other:
        return True
    try:
        form = _Form(budget)
        return True if not form.difference(a, b).top else None
    except (TooLarge, ZeroDivisionError, OverflowError, RecursionError):
        return None


def decide(a: Node, b: Node, budget: int = _BUDGET) -> bool | None:
    """Like `equal`, and False where the two certainly differ.

    They do where the normal form of a - b is not 0 and has only atoms between which there is
    no relation: variables (also under roots), pi, and exp or exp(i·) of monomials in variables.
    """
    if a is b:
        return True
    form = _Form(budget)
    try:
        difference = form.difference(a, b)
    except (TooLarge, ZeroDivisionError, OverflowError, RecursionError):
        return None
    if not difference.top:
        return True
    return False if form.independent(difference.top) else None


class _Form(Exponentials):
    """Normal forms in one ring, so that equal atoms are one."""

    def __init__(self, budget: int) -> None:
        super().__init__(budget)
        self._done: dict[Node, Quotient] = {}

    def difference(self, a: Node, b: Node) -> Quotient:
        for node in topological([a, b]):
            if node not in self._done:
                args = [self._done[x] for x in node.args]
                self._done[node] = self._apply(node, args)
        return self.ring.sub(self._done[a], self._done[b])

    def independent(self, terms: Iterable[Monomial]) -> bool:
        """Whether no relation can hold between the atoms of `terms`."""
        ring = self.ring
        keys = {number: key for key, number in ring.atoms.items()}
        free = {ring.imaginary}
        free |= {k for k, key in keys.items() if key == ("pi",) or key[0] == "var"}
        plain = {k for k, key in keys.items() if key[0] == "var"}
        for k, key in keys.items():
            exponential = key[0] in ("exp", "turn") and key[1] and not key[2]
            if exponential and all(a in plain for a, _ in key[1]):
                free.add(k)
        return all(a in free for m in terms for a, _ in m)

    def _apply(self, node: Node, args: list[Quotient]) -> Quotient:
        op, ring = node.op, self.ring
        if op == "const":
            return ring.constant(node.value)  # type: ignore[arg-type]
        if op == "var":
            return ring.monomial((ring.atom(("var", node.value)), 1))
        if op == "pi":
            return ring.monomial((self._positive("pi"), 1))
        if op == "ipow":
            n = int(node.value)  # type: ignore[arg-type]
            if abs(n) > _LARGEST_POWER and len(args[0].top) > 1:
                raise TooLarge
            return ring.power(args[0], n)
        rule = getattr(self, f"_{op}", None)
        if rule is not None:
            return rule(*args)
        if op in _ODD and args[0].top:
            sign = leading_sign(args[0])
            return ring.scale(sign, self._opaque(op, ring.scale(sign, args[0])))
        return self._opaque(op, *args)
