"""Normal forms, first part: arithmetic, and choices through conditions that are 0 or 1."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from steepest.explain.polynomials import Quotient, Ring, content, leading_sign


class Choices:
    """Arithmetic, comparisons, |x|, max and where in one ring."""

    def __init__(self, budget: int) -> None:
        self.ring = Ring(budget)

    def _opaque(self, op: str, *args: Quotient) -> Quotient:
        return self.ring.monomial((self.ring.atom((op, *(a.key for a in args))), 1))

    def _positive(self, *key: Any) -> int:
        atom = self.ring.atom(key)
        self.ring.positive.add(atom)
        return atom

    def _neg(self, a: Quotient) -> Quotient:
        return self.ring.scale(-1, a)

    def _add(self, a: Quotient, b: Quotient) -> Quotient:
        return self.ring.add(a, b)

    def _sub(self, a: Quotient, b: Quotient) -> Quotient:
        return self.ring.sub(a, b)

    def _mul(self, a: Quotient, b: Quotient) -> Quotient:
        return self.ring.mul(a, b)

    def _div(self, a: Quotient, b: Quotient) -> Quotient:
        return self.ring.mul(a, self.ring.reciprocal(b))

    def _condition(self, a: Quotient) -> Quotient:
        """1 where a > 0, 0 where a < 0; the border is not looked at."""
        ring = self.ring
        number = a.number
        if number is not None:
            return ring.constant(1 if number > 0 else 0)
        if len(a.top) == 1 and not a.bottom and ring.is_real(a.top):
            ((monomial, c),) = a.top.items()
            odd = [
                (atom, 1)
                for atom, e in monomial
                if atom not in ring.positive and e.denominator == 1 and e % 2
            ]
            if not odd:
                return ring.constant(1 if c > 0 else 0)
            a = Quotient({tuple(odd): c}, {})
        sign = leading_sign(a)
        size = content(a.top)
        a = Quotient({m: Fraction(c) * sign / size for m, c in a.top.items()}, a.bottom)
        atom = ring.indicator(("where", a.key))
        holds = ring.monomial((atom, 1))
        return holds if sign > 0 else ring.sub(ring.constant(1), holds)

    def _lt(self, a: Quotient, b: Quotient) -> Quotient:
        return self._condition(self.ring.sub(b, a))

    def _le(self, a: Quotient, b: Quotient) -> Quotient:
        difference = self.ring.sub(b, a)
        return self._condition(difference) if difference.top else self.ring.constant(1)

    def _where(self, condition: Quotient, a: Quotient, b: Quotient) -> Quotient:
        return self.ring.add(b, self.ring.mul(condition, self.ring.sub(a, b)))

    def _sign(self, a: Quotient) -> Quotient:
        if not a.top:
            return self.ring.constant(0)
        return self.ring.sub(self.ring.scale(2, self._condition(a)), self.ring.constant(1))

    def _abs(self, a: Quotient) -> Quotient:
        return self.ring.mul(a, self._sign(a)) if a.top else a

    def _relu(self, a: Quotient) -> Quotient:
        return self.ring.mul(a, self._condition(a)) if a.top else a

    def _max(self, a: Quotient, b: Quotient) -> Quotient:
        return self._where(self._lt(b, a), a, b)

    def _min(self, a: Quotient, b: Quotient) -> Quotient:
        return self._where(self._lt(a, b), a, b)
