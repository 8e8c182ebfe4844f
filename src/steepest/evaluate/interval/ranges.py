"""Ranges and what arithmetic does to them.

A `Range` encloses every value that an expression takes on a box, wherever it is defined
there. `undefined` marks boxes that may hold points where it is not, `nowhere` boxes where it
is defined at no point; the enclosure of those is worthless and stays so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import inf, nextafter

from steepest.evaluate.interval.machine import INFINITY, LARGEST, Lanes, Machine, Mask


@dataclass(slots=True)
class Range:
    """Bounds lo <= hi of an expression on each box; lo < infinity, hi > -infinity, never NaN.

    `nonnegative` is known without looking at the numbers; masks that are None are never set.
    Never changed once it has been handed on.
    """

    lo: Lanes
    hi: Lanes
    undefined: Mask = None
    nowhere: Mask = None
    nonnegative: bool = False
    constant: Fraction | None = None


@lru_cache(maxsize=4096)
def exact(value: Fraction | int) -> Range:
    """The tightest range of doubles around a rational constant."""
    value = Fraction(value)
    try:
        nearest = float(value)
    except OverflowError:
        nearest = inf if value > 0 else -inf
    if nearest in (inf, -inf):
        lo, hi = (LARGEST, inf) if nearest > 0 else (-inf, -LARGEST)
    elif Fraction(nearest) == value:
        lo = hi = nearest
    elif Fraction(nearest) < value:
        lo, hi = nearest, nextafter(nearest, inf)
    else:
        lo, hi = nextafter(nearest, -inf), nearest
    return Range(lo, hi, nonnegative=value >= 0, constant=value)


def either(m: Machine, a: Mask, b: Mask) -> Mask:
    """The union of two masks, either of which may be None."""
    if a is None or b is None:
        return b if a is None else a
    return m.either(a, b)


def inherit(m: Machine, result: Range, *operands: Range) -> Range:
    """`result`, which nobody else has seen yet, undefined also where an operand is."""
    for operand in operands:
        if operand.undefined is not None:
            result.undefined = either(m, result.undefined, operand.undefined)
        if operand.nowhere is not None:
            result.nowhere = either(m, result.nowhere, operand.nowhere)
    return result


def negative(m: Machine, a: Range) -> Range:
    """-a."""
    return inherit(m, Range(m.neg(a.hi), m.neg(a.lo)), a)


def total(m: Machine, a: Range, b: Range) -> Range:
    """a + b."""
    lo, hi = m.down(m.add(a.lo, b.lo)), m.up(m.add(a.hi, b.hi))
    positive = a.nonnegative and b.nonnegative
    if positive:
        lo = m.larger(lo, 0.0)
    return inherit(m, Range(lo, hi, nonnegative=positive), a, b)


def difference(m: Machine, a: Range, b: Range) -> Range:
    """a - b."""
    return inherit(m, Range(m.down(m.sub(a.lo, b.hi)), m.up(m.sub(a.hi, b.lo))), a, b)


def product(m: Machine, a: Range, b: Range) -> Range:
    """a·b."""
    if b.constant is not None or (b.nonnegative and not a.nonnegative and a.constant is None):
        a, b = b, a
    if a.constant is not None and a.lo == 0 == a.hi:
        return inherit(m, Range(0.0, 0.0, nonnegative=True), b)
    if a.constant is not None and a.hi < 0 and a.lo != a.hi:
        return negative(m, product(m, exact(-a.constant), b))
    positive = a.nonnegative and b.nonnegative
    if positive:
        lo, hi = m.mul(a.lo, b.lo), m.mul(a.hi, b.hi)
    elif a.constant is not None and a.lo == a.hi:
        ends = (b.lo, b.hi) if a.lo > 0 else (b.hi, b.lo)
        lo, hi = m.mul(a.lo, ends[0]), m.mul(a.lo, ends[1])
    elif a.nonnegative:
        # 0·∞ is NaN here; then the other product is 0·∞ too, or infinite, or the right bound.
        lo = m.hull([m.mul(a.lo, b.lo), m.mul(a.hi, b.lo)])[0]
        hi = m.hull([m.mul(a.lo, b.hi), m.mul(a.hi, b.hi)])[1]
    else:
        lo, hi = m.hull([m.mul(x, y) for x in (a.lo, a.hi) for y in (b.lo, b.hi)])
    lo, hi = m.product_down(lo), m.product_up(hi)
    if positive:
        lo = m.larger(lo, 0.0)
    return inherit(m, Range(lo, hi, nonnegative=positive), a, b)


def reciprocal(m: Machine, a: Range) -> Range:
    """1/a, undefined where a is 0 and half infinite where a only touches it."""
    if a.constant is not None and not a.lo <= 0 <= a.hi:
        return exact(1 / Fraction(a.constant))
    below, above = m.less(a.hi, 0.0), m.less(0.0, a.lo)
    # The end of `a` at 0 makes a quotient infinite; both ends there make the range entire.
    lo = m.select(m.less_equal(0.0, a.lo), m.div(1.0, a.hi), -INFINITY)
    lo = m.select(below, m.div(1.0, a.hi), lo)
    hi = m.select(m.less_equal(a.hi, 0.0), m.div(1.0, a.lo), INFINITY)
    hi = m.select(above, m.div(1.0, a.lo), hi)
    lo, hi = m.product_down(lo), m.product_up(hi)
    if a.nonnegative:
        lo = m.larger(lo, 0.0)
    zero = m.both(m.less_equal(a.lo, 0.0), m.less_equal(0.0, a.hi))
    nowhere = m.both(m.less_equal(0.0, a.lo), m.less_equal(a.hi, 0.0))
    return inherit(m, Range(lo, hi, zero, nowhere, a.nonnegative), a)


def quotient(m: Machine, a: Range, b: Range) -> Range:
    """a/b."""
    return product(m, a, reciprocal(m, b))


def magnitude(m: Machine, a: Range) -> Range:
    """|a|."""
    if a.nonnegative:
        return a
    lo = m.larger(m.larger(a.lo, m.neg(a.hi)), 0.0)
    hi = m.larger(m.neg(a.lo), a.hi)
    return inherit(m, Range(lo, hi, nonnegative=True), a)


def integer_power(m: Machine, a: Range, n: int) -> Range:
    """aⁿ for an integer n."""
    if n < 0:
        return reciprocal(m, integer_power(m, a, -n))
    if n == 0:
        return inherit(m, Range(1.0, 1.0, nonnegative=True), a)
    if n % 2 == 0 or a.nonnegative:
        base = magnitude(m, a)
        lo = m.larger(_power(m, base.lo, n, m.product_down), 0.0)
        return inherit(m, Range(lo, _power(m, base.hi, n, m.product_up), nonnegative=True), a)
    if n == 1:
        return a
    lo_size, hi_size = m.abs(a.lo), m.abs(a.hi)
    lo = m.select(
        m.less_equal(0.0, a.lo),
        _power(m, lo_size, n, m.product_down),
        m.neg(_power(m, lo_size, n, m.product_up)),
    )
    hi = m.select(
        m.less_equal(0.0, a.hi),
        _power(m, hi_size, n, m.product_up),
        m.neg(_power(m, hi_size, n, m.product_down)),
    )
    return inherit(m, Range(lo, hi), a)


def _power(m: Machine, base: Lanes, n: int, direct: Callable[[Lanes], Lanes]) -> Lanes:
    """baseⁿ of base >= 0, every product rounded by `direct`, which keeps the direction."""
    lower = direct == m.product_down
    result = None
    while True:
        if n & 1:
            result = base if result is None else _step(m, result, base, direct, lower)
        n >>= 1
        if not n:
            return result
        base = _step(m, base, base, direct, lower)


def _step(m: Machine, a: Lanes, b: Lanes, direct: Callable[[Lanes], Lanes], lower: bool) -> Lanes:
    product = direct(m.mul(a, b))
    # Below 0 a lower bound would turn round; above the largest double it would be lost.
    return m.larger(product, 0.0) if lower else product


def root(m: Machine, a: Range) -> Range:
    """√a, undefined where a < 0."""
    lo = m.larger(m.down(m.sqrt(m.larger(a.lo, 0.0))), 0.0)
    hi = m.up(m.sqrt(m.larger(a.hi, 0.0)))
    if a.nonnegative:
        return inherit(m, Range(lo, hi, nonnegative=True), a)
    return inherit(m, Range(lo, hi, m.less(a.lo, 0.0), m.less(a.hi, 0.0), True), a)
