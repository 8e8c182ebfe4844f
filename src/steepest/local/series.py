"""One-sided expansions: what an expression does just after t = 0, as a series in t.

A series is Σ cₖ t^eₖ with increasing rational exponents (√t and 1/t are series too) and known
below the exponent `end`. Operations that have a singular place decide by the first
coefficient that is not zero. Where the expression stops existing for small t > 0, an
operation raises `Leaves`; where the coefficients cannot tell, `Unknown`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from math import inf

from steepest.local.balls import Number, finite, shorten, sign

Exponent = int | Fraction

#: Exponent of what is smaller than every power of t, such as exp(-1/t).
FLAT = 10**6
#: log t grows slower than t^-ε: everything from this exponent on is given up after it.
_LOGARITHM = Fraction(-1, 8)


class Leaves(Exception):
    """The expression has no value for small t > 0; the argument says what is undefined.

    `infinite` tells 1/0 or log(0), where evaluators go on with an infinity, from √-1.
    """

    def __init__(self, reason: str, infinite: bool = False) -> None:
        super().__init__(reason)
        self.infinite = infinite


class Unknown(Exception):
    """Nobody can tell; the argument says why. `more` is set if more terms might help."""

    def __init__(self, reason: str, more: bool = False) -> None:
        super().__init__(reason)
        self.more = more


@dataclass(frozen=True, slots=True)
class Series:
    """Σ coefficient·t^exponent + O(t^end), the terms in order; `end` is inf if that is all."""

    terms: tuple[tuple[Exponent, Number], ...]
    end: Exponent | float = inf

    @property
    def lowest(self) -> Exponent | float:
        """No term has a smaller exponent."""
        return self.terms[0][0] if self.terms else self.end

    @property
    def constant(self) -> Number:
        """The value at t = 0, for a series that has one."""
        self.require_limit()
        if self.terms and self.terms[0][0] == 0:
            return self.terms[0][1]
        return Fraction(0)

    def require_limit(self) -> None:
        """Unknown unless the series stays bounded and its limit is known."""
        if self.lowest < 0 or self.end <= 0:
            raise Unknown("an inner expression grows without bound", more=self.end <= 0)

    def varying(self) -> Series:
        """The series without its constant term."""
        if self.terms and self.terms[0][0] == 0:
            return Series(self.terms[1:], self.end)
        return self

    @property
    def fixed(self) -> bool:
        """Whether the series does not depend on t."""
        return self.end == inf and all(e == 0 for e, _ in self.terms)


def number(value: Number) -> Series:
    """A series that does not depend on t."""
    return Series(((0, value),)) if value != 0 else Series(())


class Algebra:
    """Arithmetic of series that keeps at most `size` terms."""

    def __init__(self, size: int) -> None:
        self.size = size

    def make(self, terms: dict[Exponent, Number], end: Exponent | float) -> Series:
        """A series from its terms, in order, cut to size."""
        kept = sorted((e, shorten(c)) for e, c in terms.items() if c != 0 and e < end)
        if len(kept) > self.size:
            end = kept[self.size][0]
            kept = kept[: self.size]
        for _, c in kept:
            if not finite(c):
                raise Unknown("a number is too large for double precision (it overflows)")
        return Series(tuple(kept), end)

    def add(self, a: Series, b: Series) -> Series:
        """a + b."""
        terms = dict(a.terms)
        for e, c in b.terms:
            terms[e] = terms[e] + c if e in terms else c
        return self.make(terms, min(a.end, b.end))

    def sub(self, a: Series, b: Series) -> Series:
        """a - b."""
        return self.add(a, self.scale(b, Fraction(-1)))

    def scale(self, a: Series, factor: Number, shift: Exponent = 0) -> Series:
        """factor·t^shift·a."""
        return self.make({e + shift: c * factor for e, c in a.terms}, a.end + shift)

    def mul(self, a: Series, b: Series) -> Series:
        """a·b."""
        if (not a.terms and a.end == inf) or (not b.terms and b.end == inf):
            return Series(())
        end = min(a.end + b.lowest, b.end + a.lowest)
        terms: dict[Exponent, Number] = {}
        for e, c in a.terms:
            for f, d in b.terms:
                if e + f < end:
                    product = c * d
                    terms[e + f] = terms[e + f] + product if e + f in terms else product
        return self.make(terms, end)

    def div(self, a: Series, b: Series) -> Series:
        """a/b; Leaves where b is zero along the whole ray."""
        lead = leading(b)
        if lead is None:
            raise Leaves("divides by zero", infinite=True)
        exponent, coefficient, _ = lead
        inverse = self.compose((Fraction((-1) ** k) for k in count()), self.beyond(b, lead))
        return self.scale(self.mul(a, inverse), Fraction(1) / coefficient, -exponent)

    def beyond(self, a: Series, lead: tuple[Exponent, Number, int]) -> Series:
        """δ in a = c·t^e·(1 + δ)."""
        exponent, coefficient, _ = lead
        rest = Series(a.terms[1:], a.end)
        return self.scale(rest, Fraction(1) / coefficient, -exponent)

    def compose(self, coefficients: Iterable[Number], delta: Series) -> Series:
        """Σ cₖ·δᵏ for a δ that vanishes at t = 0."""
        source: Iterator[Number] = iter(coefficients)
        total = self.make({0: next(source)}, inf)
        lowest = delta.lowest
        if lowest == inf:
            return total
        power = number(Fraction(1))
        for k in count(1):
            if k > self.size or k * lowest >= total.end or lowest == delta.end:
                return self.make(dict(total.terms), min(total.end, k * lowest))
            power = self.mul(power, delta)
            total = self.add(total, self.scale(power, next(source)))
        raise AssertionError

    def integer_power(self, a: Series, n: int) -> Series:
        """aⁿ by repeated squaring."""
        if n < 0:
            if leading(a) is None:
                raise Leaves("divides by zero", infinite=True)
            return self.div(number(Fraction(1)), self.integer_power(a, -n))
        result, square = number(Fraction(1)), a
        while n:
            if n & 1:
                result = self.mul(result, square)
            n >>= 1
            if n:
                square = self.mul(square, square)
        return result

    def binomial(self, delta: Series, p: Number) -> Series:
        """(1 + δ)^p."""

        def coefficients() -> Iterator[Number]:
            c: Number = Fraction(1)
            for k in count(1):
                yield c
                c = c * (p - Fraction(k - 1)) / Fraction(k)

        return self.compose(coefficients(), delta)

    def derivative(self, a: Series) -> Series:
        """da/dt."""
        return self.make({e - 1: c * Fraction(e) for e, c in a.terms if e != 0}, a.end - 1)

    def integral(self, a: Series) -> Series:
        """∫ from 0 to t; where that is infinite, only its growth like log t is known."""
        if a.lowest <= -1:
            if a.lowest < -1:
                raise Unknown("an inner expression grows without bound")
            return Series((), _LOGARITHM)
        return self.make({e + 1: c / Fraction(e + 1) for e, c in a.terms}, a.end + 1)

    def logarithm(self, a: Series, lead: tuple[Exponent, Number, int], of: Number) -> Series:
        """log(c·t^e·(1 + δ)), given log(c)."""
        if lead[0] != 0:
            return Series((), _LOGARITHM)

        def coefficients() -> Iterator[Number]:
            yield of
            for k in count(1):
                yield Fraction((-1) ** (k + 1), k)

        return self.compose(coefficients(), self.beyond(a, lead))


def leading(a: Series) -> tuple[Exponent, Number, int] | None:
    """(exponent, coefficient, sign) of the first term that is not zero; None for a = 0.

    Raises Unknown if that term cannot be told from zero.
    """
    for exponent, coefficient in a.terms:
        s = sign(coefficient)
        if s is None:
            raise Unknown("a number is zero only to within rounding")
        return exponent, coefficient, s
    if a.end == inf:
        return None
    raise Unknown("its expansion begins beyond the terms that were computed", more=True)
