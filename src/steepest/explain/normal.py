"""A normal form that decides most equalities of formulas exactly.

Every formula becomes a fraction of polynomials in few kinds of atoms: sin x and cos x through
exp(i x), sinh, tanh and sigmoid through exp(x), |x|, max and where through conditions that
are 0 or 1, roots as fractional powers. Where two normal forms agree, the formulas agree at
every point where both are defined, except perhaps on the borders of conditions. Where they
differ nothing is said: `equal` then answers None.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import isqrt
from typing import Any, Final

from steepest.explain.polynomials import (
    UNIT,
    Exponent,
    Monomial,
    Polynomial,
    Quotient,
    Ring,
    TooLarge,
    leading_sign,
)
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


class _Form:
    """Normal forms in one ring, so that equal atoms are one."""

    def __init__(self, budget: int) -> None:
        self.ring = Ring(budget)
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

    def _opaque(self, op: str, *args: Quotient) -> Quotient:
        return self.ring.monomial((self.ring.atom((op, *(a.key for a in args))), 1))

    def _positive(self, *key: Any) -> int:
        atom = self.ring.atom(key)
        self.ring.positive.add(atom)
        return atom

    # Arithmetic

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

    # Powers and roots

    def _pow(self, a: Quotient, b: Quotient) -> Quotient:
        exponent = b.number
        if exponent is not None:
            return self._root(a, Fraction(exponent))
        return self._exp(self.ring.mul(b, self._log(a)))

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
        content = _content(a.top)
        primitive: Polynomial = {m: Fraction(c) / content for m, c in a.top.items()}
        result = self._number_root(content, exponent)
        if primitive == {UNIT: Fraction(1)}:
            return result
        atom = ring.power_atom(primitive)
        return ring.mul(result, ring.monomial((atom, exponent)))

    def _number_root(self, value: Fraction, exponent: Fraction) -> Quotient:
        result = self.ring.constant(1)
        for sign, part in ((1, value.numerator), (-1, value.denominator)):
            for prime, n in _factors(part).items():
                atom = self.ring.power_atom({UNIT: Fraction(prime)})
                result = self.ring.mul(result, self.ring.monomial((atom, sign * n * exponent)))
        return result

    def _cbrt(self, a: Quotient) -> Quotient:
        # The real cube root is sign(a)·|a|^(1/3).
        if a.number is not None and a.number > 0:
            return self._root(a, Fraction(1, 3))
        sign = self._sign(a)
        return self.ring.mul(sign, self._root(self.ring.mul(sign, a), Fraction(1, 3)))

    # Exponentials

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

    @property
    def _logs(self) -> dict[Monomial, Quotient]:
        return self.__dict__.setdefault("_known_logs", {})

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

    # Logarithms

    def _log(self, a: Quotient) -> Quotient:
        ring = self.ring
        if not a.top:
            raise TooLarge
        content = _content(a.top)
        result = self._number_log(content)
        top: Polynomial = {m: Fraction(c) / content for m, c in a.top.items()}
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
            for prime, n in _factors(part).items():
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

    # Choices

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
        content = _content(a.top)
        a = Quotient({m: Fraction(c) * sign / content for m, c in a.top.items()}, a.bottom)
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


def _content(top: Polynomial) -> Fraction:
    """The positive rational that leaves coprime integers when taken out."""
    from math import gcd, lcm

    numerators = gcd(*(c.numerator for c in top.values()))
    return Fraction(numerators, lcm(*(c.denominator for c in top.values())))


def _factors(n: int) -> dict[int, int]:
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
