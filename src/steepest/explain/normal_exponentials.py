"""Normal forms, third part: exponentials, trigonometric functions through exp(i x), logarithms."""

from __future__ import annotations

from fractions import Fraction

from steepest.explain.normal_roots import Roots
from steepest.explain.polynomials import (
    UNIT,
    Exponent,
    Monomial,
    Polynomial,
    Quotient,
    TooLarge,
    content,
    leading_sign,
    prime_factors,
)


class Exponentials(Roots):
    """exp, powers with any exponent, sin … tanh, sigmoid, softplus, logarithms, acos."""

    def __init__(self, budget: int) -> None:
        super().__init__(budget)
        #: the monomial log(u) -> u, so that exp(c·log u) is u^c
        self._logs: dict[Monomial, Quotient] = {}

    def _pow(self, a: Quotient, b: Quotient) -> Quotient:
        exponent = b.number
        if exponent is not None:
            return self._root(a, Fraction(exponent))
        return self._exp(self.ring.mul(b, self._log(a)))

    def _e(self) -> Quotient:
        return self._exp(self.ring.constant(1))

    def _exp(self, a: Quotient) -> Quotient:
        """exp of a sum is a product of powers of exp(term)."""
        ring = self.ring
        result = ring.constant(1)
        bottom = frozenset(a.bottom.items())
        for m, c in a.top.items():
            log = self._logs.get(m) if not bottom else None
            if log is not None:
                # exp(c log a) is a^c
                result = ring.mul(result, self._root(log, Fraction(c)))
            else:
                atom = ring.atom(("exp", m, bottom))
                real = ring.is_real([m, *(n for key, _ in bottom for n, _ in key)])
                (ring.positive if real else ring.complex).add(atom)
                result = ring.mul(result, ring.monomial((atom, c)))
        return result

    def _turn(self, a: Quotient, sign: int = 1) -> Quotient:
        """exp(i·sign·a)."""
        ring = self.ring
        result = ring.constant(1)
        bottom = frozenset(a.bottom.items())
        half_turn = ((self._positive("pi"), 1),)
        for m, c in a.top.items():
            c *= sign
            if m == half_turn and not bottom:
                quarter, c = divmod(c % 2, Fraction(1, 2))
                result = ring.mul(result, ring.monomial((ring.imaginary, int(quarter))))
            atom = ring.atom(("turn", m, bottom))
            ring.complex.add(atom)
            result = ring.mul(result, ring.monomial((atom, c)))
        return result

    def _sin(self, a: Quotient) -> Quotient:
        ring = self.ring
        difference = ring.sub(self._turn(a), self._turn(a, -1))
        return ring.mul(difference, ring.scale(Fraction(-1, 2), ring.monomial((ring.imaginary, 1))))

    def _cos(self, a: Quotient) -> Quotient:
        return self.ring.scale(Fraction(1, 2), self.ring.add(self._turn(a), self._turn(a, -1)))

    def _tan(self, a: Quotient) -> Quotient:
        return self._div(self._sin(a), self._cos(a))

    def _sinh(self, a: Quotient) -> Quotient:
        return self.ring.scale(Fraction(1, 2), self.ring.sub(self._exp(a), self._exp(self._neg(a))))

    def _cosh(self, a: Quotient) -> Quotient:
        return self.ring.scale(Fraction(1, 2), self.ring.add(self._exp(a), self._exp(self._neg(a))))

    def _tanh(self, a: Quotient) -> Quotient:
        return self._div(self._sinh(a), self._cosh(a))

    def _sigmoid(self, a: Quotient) -> Quotient:
        return self.ring.reciprocal(self.ring.add(self.ring.constant(1), self._exp(self._neg(a))))

    def _softplus(self, a: Quotient) -> Quotient:
        return self._log(self.ring.add(self.ring.constant(1), self._exp(a)))

    def _log(self, a: Quotient) -> Quotient:
        ring = self.ring
        if not a.top:
            raise TooLarge
        size = content(a.top)
        result = self._number_log(size)
        top: Polynomial = {m: Fraction(c) / size for m, c in a.top.items()}
        rest: list[tuple[int, Exponent]] = []
        single = len(top) == 1 and not a.bottom and ring.is_real(top)
        if single and min(top.values()) > 0:
            (monomial,) = top
            for atom, e in monomial:
                inside = self._exponents.get(atom)
                if inside is not None:
                    result = ring.add(result, ring.scale(Fraction(e), inside))
                elif atom in ring.positive:
                    one = self._log_atom(ring.monomial((atom, 1)))
                    result = ring.add(result, ring.scale(Fraction(e), one))
                else:
                    rest.append((atom, e))
            if not rest:
                return result
            if len(rest) == 1:
                atom, e = rest[0]
                even = e.denominator == 1 and e % 2 == 0
                base = ring.monomial((atom, 2 if even else 1))
                factor = Fraction(e) / (2 if even else 1)
                return ring.add(result, ring.scale(factor, self._log_atom(base)))
            top = {tuple(rest): 1}
        elif top == {UNIT: Fraction(1)} and len(a.bottom) == 1 and set(a.bottom.values()) == {1}:
            (key,) = a.bottom
            return ring.sub(result, self._log(Quotient(dict(key), {})))
        return ring.add(result, self._log_atom(Quotient(top, a.bottom)))

    def _log_atom(self, a: Quotient) -> Quotient:
        result = self._opaque("log", a)
        (monomial,) = result.top
        self._logs[monomial] = a
        return result

    @property
    def _exponents(self) -> dict[int, Quotient]:
        """exp atom -> what it is the exponential of."""
        return {
            number: Quotient({key[1]: Fraction(1)}, dict(key[2]))
            for key, number in self.ring.atoms.items()
            if isinstance(key, tuple) and key[0] == "exp"
        }

    def _number_log(self, value: Fraction) -> Quotient:
        result = self.ring.constant(0)
        for sign, part in ((1, value.numerator), (-1, value.denominator)):
            for prime, n in prime_factors(part).items():
                log = self._log_atom(self.ring.constant(prime))
                result = self.ring.add(result, self.ring.scale(sign * n, log))
        return result

    def _log2(self, a: Quotient) -> Quotient:
        return self._div(self._log(a), self._number_log(Fraction(2)))

    def _log10(self, a: Quotient) -> Quotient:
        return self._div(self._log(a), self._number_log(Fraction(10)))

    def _acos(self, a: Quotient) -> Quotient:
        right_angle = self.ring.scale(Fraction(1, 2), self.ring.monomial((self._positive("pi"), 1)))
        if not a.top:
            return right_angle
        sign = leading_sign(a)
        asin = self.ring.scale(sign, self._opaque("asin", self.ring.scale(sign, a)))
        return self.ring.sub(right_angle, asin)
