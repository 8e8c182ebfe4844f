"""Exact fractions of polynomials in atoms: the arithmetic under `normal`.

An atom is anything that is not a sum, product or quotient: a variable, sin's exp(i x), a
root. A polynomial maps monomials to rational coefficients; a monomial is a sorted tuple of
(atom, exponent), and exponents may be negative or fractions. Denominators with several
terms stay factored, so that sums over a common denominator do not grow.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import floor, gcd, isqrt, lcm
from typing import Any, Final

Exponent = int | Fraction
Monomial = tuple[tuple[int, Exponent], ...]
#: int wherever the value is one: int arithmetic is many times faster.
Coefficient = int | Fraction
Polynomial = dict[Monomial, Coefficient]
Key = frozenset[tuple[Monomial, Coefficient]]

UNIT: Final[Monomial] = ()
_LONGEST: Final = 20_000  # bits of a coefficient: powers of powers would grow without end


class TooLarge(Exception):
    """The exact answer would take too long: nothing is decided."""


@dataclass(frozen=True)
class Quotient:
    """`top` over a product of powers of monic polynomials; `bottom` maps each to its power."""

    top: Polynomial
    bottom: dict[Key, int]

    @property
    def key(self) -> tuple[Key, frozenset[tuple[Key, int]]]:
        """Equal quotients (as written: nothing is cancelled) have equal keys."""
        return frozenset(self.top.items()), frozenset(self.bottom.items())

    @property
    def number(self) -> Coefficient | None:
        """The value of a constant."""
        if self.bottom or any(m != UNIT for m in self.top):
            return None
        return self.top.get(UNIT, 0)


class Ring:
    """Arithmetic on quotients, with the relations that some atoms satisfy.

    `budget` is the number of products of two terms that may be spent.
    """

    def __init__(self, budget: int) -> None:
        self._left = budget
        #: what an atom is -> its number
        self.atoms: dict[tuple[Any, ...], int] = {}
        #: atom -> the polynomial it is, if only its fractional powers are atoms
        self._powers: dict[int, Polynomial] = {}
        #: atoms a with a² = a: 1 where a condition holds, 0 elsewhere
        self.indicators: set[int] = set()
        #: atoms whose value is positive, and those whose value is a complex number
        self.positive: set[int] = set()
        self.imaginary = self.atom(("i",))
        self.complex: set[int] = {self.imaginary}
        #: atoms with a relation that `_tidy` applies
        self._special: set[int] = {self.imaginary}

    def atom(self, key: tuple[Any, ...]) -> int:
        """The number of the atom described by `key`."""
        return self.atoms.setdefault(key, len(self.atoms))

    def power_atom(self, base: Polynomial) -> int:
        """The atom whose fractional powers are those of `base`."""
        number = self.atom(("power", frozenset(base.items())))
        self._powers[number] = base
        self.positive.add(number)
        self._special.add(number)
        return number

    def indicator(self, key: tuple[Any, ...]) -> int:
        """The atom that is 1 where a condition holds and 0 elsewhere."""
        number = self.atom(key)
        self.indicators.add(number)
        self._special.add(number)
        return number

    def constant(self, value: Coefficient) -> Quotient:
        """A rational number."""
        return Quotient({UNIT: _plain(value)} if value else {}, {})

    def monomial(self, *factors: tuple[int, Exponent]) -> Quotient:
        """A product of powers of atoms."""
        return self._tidy({tuple(sorted((a, _plain(e)) for a, e in factors if e)): 1}, {})

    def add(self, a: Quotient, b: Quotient) -> Quotient:
        """a + b."""
        if a.bottom == b.bottom:
            return self._tidy(_sum(a.top, b.top), a.bottom)
        bottom = {k: max(a.bottom.get(k, 0), b.bottom.get(k, 0)) for k in {*a.bottom, *b.bottom}}
        return self._tidy(_sum(self._over(a, bottom), self._over(b, bottom)), bottom)

    def scale(self, c: Coefficient, a: Quotient) -> Quotient:
        """c·a."""
        return (
            Quotient({m: _plain(c * v) for m, v in a.top.items()}, a.bottom)
            if c
            else Quotient({}, {})
        )

    def sub(self, a: Quotient, b: Quotient) -> Quotient:
        """a - b."""
        return self.add(a, self.scale(-1, b))

    def mul(self, a: Quotient, b: Quotient) -> Quotient:
        """a·b."""
        bottom = dict(a.bottom)
        for key, n in b.bottom.items():
            bottom[key] = bottom.get(key, 0) + n
        return self._tidy(self._product(a.top, b.top), bottom)

    def reciprocal(self, a: Quotient) -> Quotient:
        """1/a."""
        if not a.top:
            raise TooLarge
        top: Quotient = self.constant(1)
        for key, n in a.bottom.items():
            for _ in range(n):
                top = Quotient(self._product(top.top, dict(key)), {})
        common, rest = self.common(a.top)
        lead = rest[max(rest)]
        inverse = self.monomial(*((atom, -e) for atom, e in common))
        if len(rest) > 1 or UNIT not in rest:
            monic = frozenset((m, _plain(Fraction(c) / lead)) for m, c in rest.items())
            inverse = Quotient(inverse.top, {**inverse.bottom, monic: 1})
        return self.scale(Fraction(1) / lead, self.mul(top, inverse))

    def power(self, a: Quotient, n: int) -> Quotient:
        """a^n for an integer n, by squaring."""
        if n < 0:
            return self.power(self.reciprocal(a), -n)
        result = self.constant(1)
        square = a
        while n:
            if n & 1:
                result = self.mul(result, square)
            n >>= 1
            if n:
                square = self.mul(square, square)
        return result

    def is_real(self, terms: Iterable[Monomial]) -> bool:
        """Whether every atom that occurs has a real value."""
        return all(a not in self.complex for m in terms for a, _ in m)

    def common(self, p: Polynomial) -> tuple[Monomial, Polynomial]:
        """The monomial that divides every term of `p`, and what remains."""
        first, *rest = p
        common = dict(first)
        for m in rest:
            powers = dict(m)
            common = {a: min(e, powers[a]) for a, e in common.items() if a in powers}
        # Not what has no inverse (an indicator): it stays in the polynomial.
        common = {a: e for a, e in common.items() if a not in self.indicators}
        if not common:
            return UNIT, p
        divided = {
            tuple((a, e - common.get(a, 0)) for a, e in m if e != common.get(a, 0)): c
            for m, c in p.items()
        }
        return tuple(common.items()), divided

    def _over(self, a: Quotient, bottom: dict[Key, int]) -> Polynomial:
        top = a.top
        for key, n in bottom.items():
            for _ in range(n - a.bottom.get(key, 0)):
                top = self._product(top, dict(key))
        return top

    def _product(self, a: Polynomial, b: Polynomial) -> Polynomial:
        self._left -= len(a) * len(b)
        if self._left < 0:
            raise TooLarge
        product: Polynomial = {}
        for m, c in a.items():
            for n, d in b.items():
                joined, both = _join(m, n), c * d
                if both.numerator.bit_length() + both.denominator.bit_length() > _LONGEST:
                    raise TooLarge
                product[joined] = _plain(product.get(joined, 0) + both)
        return {m: c for m, c in product.items() if c}

    def _tidy(self, top: Polynomial, bottom: dict[Key, int]) -> Quotient:
        """The relations applied: i² = -1, indicators idempotent, whole powers of roots expanded."""
        if not top:
            return Quotient({}, {})
        special = self._special
        if all(a not in special for m in top for a, _ in m):
            return Quotient(top, bottom)
        changed: list[tuple[Monomial, Coefficient, list[tuple[int, int]]]] = []
        for m, c in top.items():
            atoms: list[tuple[int, Exponent]] = []
            whole: list[tuple[int, int]] = []
            for a, e in m:
                if a == self.imaginary:
                    c = -c if e % 4 in (2, 3) else c
                    e %= 2
                elif a in self.indicators:
                    e = 1
                elif a in self._powers and (n := floor(e)):
                    whole.append((a, n))
                    e -= n
                if e:
                    atoms.append((a, e if e.denominator > 1 else int(e)))
            changed.append((tuple(atoms), c, whole))
        plain: Polynomial = {}
        for m, c, whole in changed:
            if not whole:
                plain[m] = plain.get(m, 0) + c
        result = Quotient({m: c for m, c in plain.items() if c}, bottom)
        for m, c, whole in changed:
            if whole:
                term = Quotient({m: c}, bottom)
                for a, n in whole:
                    term = self.mul(term, self.power(Quotient(self._powers[a], {}), n))
                result = self.add(result, term)
        return result if result.top else Quotient({}, {})


def _plain(value: Coefficient) -> Coefficient:
    return value.numerator if value.denominator == 1 else value


def _sum(a: Polynomial, b: Polynomial) -> Polynomial:
    total = dict(a)
    for m, c in b.items():
        value = _plain(total.get(m, 0) + c)
        if value:
            total[m] = value
        else:
            del total[m]
    return total


def _join(m: Monomial, n: Monomial) -> Monomial:
    if not m or not n:
        return m or n
    powers: dict[int, Exponent] = dict(m)
    for a, e in n:
        powers[a] = powers.get(a, 0) + e
    return tuple(sorted((a, _plain(e)) for a, e in powers.items() if e))


def leading_sign(a: Quotient) -> int:
    """The sign of the leading coefficient: of a and -a one is the canonical one."""
    return 1 if a.top[max(a.top)] > 0 else -1


def content(top: Polynomial) -> Fraction:
    """The positive rational that leaves coprime integers when taken out."""
    numerators = gcd(*(c.numerator for c in top.values()))
    return Fraction(numerators, lcm(*(c.denominator for c in top.values())))


def prime_factors(n: int) -> dict[int, int]:
    """The prime factors of n > 0; a large factor that is hard to split is left whole."""
    found: dict[int, int] = {}
    for p in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37):
        while n % p == 0:
            n //= p
            found[p] = found.get(p, 0) + 1
    root = isqrt(n)
    if n > 1 and root * root == n:
        found[root] = found.get(root, 0) + 2
    elif n > 1:
        found[n] = 1
    return found
