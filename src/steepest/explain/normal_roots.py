"""Normal forms, second part: roots as fractional powers."""

from __future__ import annotations

from fractions import Fraction

from steepest.explain.normal_choices import Choices
from steepest.explain.polynomials import (
    UNIT,
    Exponent,
    Polynomial,
    Quotient,
    TooLarge,
    content,
    prime_factors,
)


class Roots(Choices):
    """Square roots, cube roots and every power with a rational exponent."""

    def _sqrt(self, a: Quotient) -> Quotient:
        return self._root(a, Fraction(1, 2))

    def _hypot(self, a: Quotient, b: Quotient) -> Quotient:
        ring = self.ring
        return self._sqrt(ring.add(ring.mul(a, a), ring.mul(b, b)))

    def _root(self, a: Quotient, exponent: Fraction) -> Quotient:
        """a^exponent where a >= 0, so that (x^2)^(1/2) is |x|."""
        ring = self.ring
        if exponent.denominator == 1:
            return ring.power(a, int(exponent))
        if not a.top:
            return ring.constant(0)
        result = ring.constant(1)
        # P/Q = P·Q/Q²: the radicand of a root has no denominator.
        top = Quotient(a.top, {})
        for key, n in a.bottom.items():
            below = Quotient(dict(key), {})
            result = ring.mul(result, self._abs_power(below, -n, exponent))
            if n % 2:
                top = ring.mul(top, below)
        common, rest = ring.common(top.top) if ring.is_real(top.top) else (UNIT, top.top)
        loose: list[tuple[int, Exponent]] = []
        for atom, e in common:
            if atom in ring.positive or e.denominator > 1 or e % 2 == 0:
                part = ring.monomial((atom, e * exponent))
                if not (atom in ring.positive or e.denominator > 1) and (e * exponent) % 2:
                    whole = ring.monomial((atom, 1))
                    part = self._abs_power(whole, int(e), exponent)
                result = ring.mul(result, part)
            else:
                loose.append((atom, e))
        if len(loose) == 1 and len(rest) == 1 and min(rest.values()) > 0:
            # x^(3/2) is defined only where x >= 0.
            atom, e = loose[0]
            result = ring.mul(result, ring.monomial((atom, e * exponent)))
            loose = []
        rest_quotient = ring.mul(Quotient(rest, {}), ring.monomial(*loose))
        return ring.mul(result, self._root_of_rest(rest_quotient, exponent))

    def _abs_power(self, base: Quotient, n: int, exponent: Fraction) -> Quotient:
        """|base|^(m·exponent), where m is n or, for odd n, the even number below."""
        ring = self.ring
        even = n if n % 2 == 0 else n - 1
        whole = even * exponent
        if whole.denominator > 1:
            size = self._abs(base)
            if size.bottom:
                raise TooLarge
            return ring.monomial((ring.power_atom(size.top), whole))
        return ring.power(base if whole % 2 == 0 else self._abs(base), int(whole))

    def _root_of_rest(self, a: Quotient, exponent: Fraction) -> Quotient:
        ring = self.ring
        if a.bottom:
            raise TooLarge
        size = content(a.top)
        primitive: Polynomial = {m: Fraction(c) / size for m, c in a.top.items()}
        result = self._number_root(size, exponent)
        if primitive == {UNIT: Fraction(1)}:
            return result
        atom = ring.power_atom(primitive)
        return ring.mul(result, ring.monomial((atom, exponent)))

    def _number_root(self, value: Fraction, exponent: Fraction) -> Quotient:
        result = self.ring.constant(1)
        for sign, part in ((1, value.numerator), (-1, value.denominator)):
            for prime, n in prime_factors(part).items():
                atom = self.ring.power_atom({UNIT: Fraction(prime)})
                result = self.ring.mul(result, self.ring.monomial((atom, sign * n * exponent)))
        return result

    def _cbrt(self, a: Quotient) -> Quotient:
        # The real cube root is sign(a)·|a|^(1/3).
        if a.number is not None and a.number > 0:
            return self._root(a, Fraction(1, 3))
        sign = self._sign(a)
        return self.ring.mul(sign, self._root(self.ring.mul(sign, a), Fraction(1, 3)))
