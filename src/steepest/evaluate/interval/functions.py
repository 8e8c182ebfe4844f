"""What every function of the formula language does to ranges.

Monotone functions are taken at both ends and padded by the documented error of the library;
for the others the extremum inside is found first. Domains: see `ranges.Range`.
"""

from __future__ import annotations

from collections.abc import Callable
from math import pi
from typing import Final

from steepest.evaluate.interval.machine import INFINITY, LARGEST, Lanes, Machine, Mask
from steepest.evaluate.interval.ranges import (
    Range,
    difference,
    either,
    exact,
    inherit,
    magnitude,
    negative,
    product,
    quotient,
    reciprocal,
    root,
    total,
)

PI: Final = Range(3.141592653589793, 3.1415926535897936, nonnegative=True)
E: Final = Range(2.718281828459045, 2.7182818284590455, nonnegative=True)
_HALF_PI: Final = 1.5707963267948968  # above π/2


def _increasing(
    m: Machine, name: str, a: Range, least: float = -INFINITY, most: float = INFINITY
) -> Range:
    """An increasing library function whose values lie between `least` and `most`."""
    # An infinite value may be the overflow of a finite one.
    lo = m.library_down(m.smaller(m.call(name, a.lo), LARGEST))
    hi = m.library_up(m.larger(m.call(name, a.hi), -LARGEST))
    if least != -INFINITY:
        lo = m.larger(lo, least)
    if most != INFINITY:
        hi = m.smaller(hi, most)
    return inherit(m, Range(lo, hi, nonnegative=least >= 0), a)


def _limit(m: Machine, a: Range, least: float, most: float) -> Range:
    """`a` cut to where a function is defined, with the masks that say what was cut."""
    lo = m.smaller(m.larger(a.lo, least), most)
    hi = m.smaller(m.larger(a.hi, least), most)
    undefined: Mask = None
    nowhere: Mask = None
    if least != -INFINITY:
        undefined, nowhere = m.less(a.lo, least), m.less(a.hi, least)
    if most != INFINITY:
        undefined = either(m, undefined, m.less(most, a.hi))
        nowhere = either(m, nowhere, m.less(most, a.lo))
    return inherit(m, Range(lo, hi, undefined, nowhere), a)


def _logarithm(name: str) -> Callable[[Machine, Range], Range]:
    def rule(m: Machine, a: Range) -> Range:
        # log(0) is -infinity, a bound; but 0 itself is not in the domain.
        cut = Range(m.larger(a.lo, 0.0), m.larger(a.hi, 0.0), a.undefined, a.nowhere)
        result = _increasing(m, name, cut)
        undefined, nowhere = m.less_equal(a.lo, 0.0), m.less_equal(a.hi, 0.0)
        return inherit(m, Range(result.lo, result.hi, undefined, nowhere), cut)

    return rule


def _holds_integer(m: Machine, a: Range, per_unit: float, offset: float) -> Mask:
    """Whether a·per_unit - offset may be an integer somewhere on the range."""
    lo = m.down(m.sub(m.library_down(m.mul(a.lo, per_unit)), offset))
    hi = m.up(m.sub(m.library_up(m.mul(a.hi, per_unit)), offset))
    return m.less_equal(m.ceil(lo), m.floor(hi))


def _wave(name: str, peak: float, valley: float) -> Callable[[Machine, Range], Range]:
    """sin or cos, with the places of its maxima and minima in whole turns."""

    def rule(m: Machine, a: Range) -> Range:
        start, end = m.call(name, a.lo), m.call(name, a.hi)
        high, low = (_holds_integer(m, a, 1 / (2 * pi), place) for place in (peak, valley))
        lo = m.larger(m.library_down(m.smaller(start, end)), -1.0)
        hi = m.smaller(m.library_up(m.larger(start, end)), 1.0)
        return inherit(m, Range(m.select(low, -1.0, lo), m.select(high, 1.0, hi)), a)

    return rule


def _tangent(m: Machine, a: Range) -> Range:
    pole = _holds_integer(m, a, 1 / pi, 0.5)
    lo = m.select(pole, -INFINITY, m.library_down(m.call("tan", a.lo)))
    hi = m.select(pole, INFINITY, m.library_up(m.call("tan", a.hi)))
    return inherit(m, Range(lo, hi, pole), a)


def _decreasing_arc(m: Machine, a: Range) -> Range:
    cut = _limit(m, a, -1.0, 1.0)
    lo = m.larger(m.library_down(m.call("acos", cut.hi)), 0.0)
    return inherit(m, Range(lo, m.library_up(m.call("acos", cut.lo)), nonnegative=True), cut)


def _area_tangent(m: Machine, a: Range) -> Range:
    # The ends ±1 are limits, not points of the domain.
    cut = _limit(m, a, -1.0, 1.0)
    edge = m.either(m.less_equal(a.lo, -1.0), m.less_equal(1.0, a.hi))
    beyond = m.either(m.less_equal(a.hi, -1.0), m.less_equal(1.0, a.lo))
    result = _increasing(m, "atanh", Range(cut.lo, cut.hi))
    return inherit(m, Range(result.lo, result.hi, edge, beyond), a)


def _sigmoid_bounds(m: Machine, a: Range) -> Range:
    falling = total(m, exact(1), _increasing(m, "exp", negative(m, a), least=0.0))
    inverse = reciprocal(m, Range(falling.lo, falling.hi, nonnegative=True))
    return inherit(m, Range(inverse.lo, m.smaller(inverse.hi, 1.0), nonnegative=True), a)


def _softplus(m: Machine, a: Range) -> Range:
    def at(x: Lanes) -> Range:
        small = _increasing(m, "exp", Range(m.neg(m.abs(x)), m.neg(m.abs(x))), least=0.0)
        rest = _increasing(m, "log1p", small, least=0.0)
        kept = m.larger(x, 0.0)
        return total(m, Range(kept, kept, nonnegative=True), rest)

    return inherit(m, Range(at(a.lo).lo, at(a.hi).hi, nonnegative=True), a)


def _hypotenuse(m: Machine, a: Range, b: Range) -> Range:
    a, b = magnitude(m, a), magnitude(m, b)
    lo = m.library_down(m.smaller(m.call("hypot", a.lo, b.lo), LARGEST))
    hi = m.library_up(m.call("hypot", a.hi, b.hi))
    return inherit(m, Range(m.larger(lo, 0.0), hi, nonnegative=True), a, b)


def _power(m: Machine, a: Range, b: Range) -> Range:
    """a^b = exp(b log a): its extremes over a box of (log a, b) are at the corners."""
    base_lo, base_hi = m.larger(a.lo, 0.0), m.larger(a.hi, 0.0)
    exponents = (b.lo,) if b.constant is not None and b.lo == b.hi else (b.lo, b.hi)
    lo, hi = m.hull([m.call("pow", x, y) for x in (base_lo, base_hi) for y in exponents])
    # Corners may overflow, or be 0^0 or ∞^0: NaN and doubt become the widest range.
    lo = m.larger(m.library_down(lo), 0.0)
    hi = m.library_up(hi)
    entire = m.less_equal(INFINITY, m.larger(m.larger(m.neg(b.lo), b.hi), base_hi))
    lo, hi = m.select(entire, 0.0, lo), m.select(entire, INFINITY, hi)
    undefined, nowhere = m.less(a.lo, 0.0), m.less(a.hi, 0.0)
    touches = m.less_equal(a.lo, 0.0)
    undefined = m.either(undefined, m.both(touches, m.less_equal(b.lo, 0.0)))
    if b.constant is None:
        # A negative base has a power where the exponent happens to be an integer.
        whole = m.both(m.less(a.lo, 0.0), m.less_equal(m.ceil(b.lo), m.floor(b.hi)))
        lo = m.select(whole, -INFINITY, lo)
        hi = m.select(whole, INFINITY, hi)
        nowhere = m.both(nowhere, m.negate(whole))
        return inherit(m, Range(lo, hi, undefined, nowhere), a, b)
    return inherit(m, Range(lo, hi, undefined, nowhere, True), a, b)


def _angle(m: Machine, y: Range, x: Range) -> Range:
    """atan2(y, x): extreme at corners unless the cut along x < 0 or the origin is inside."""
    # -0 would choose the wrong side of the cut.
    ys, xs = [m.add(v, 0.0) for v in (y.lo, y.hi)], [m.add(v, 0.0) for v in (x.lo, x.hi)]
    lo, hi = m.hull([m.call("atan2", v, u) for v in ys for u in xs])
    left = m.less_equal(x.lo, 0.0)
    cut = m.both(left, m.both(m.less(y.lo, 0.0), m.less_equal(0.0, y.hi)))
    origin = m.both(
        m.both(left, m.less_equal(0.0, x.hi)),
        m.both(m.less_equal(y.lo, 0.0), m.less_equal(0.0, y.hi)),
    )
    most = PI.hi
    wide = m.either(cut, origin)
    lo = m.select(wide, -most, m.larger(m.library_down(lo), -most))
    hi = m.select(wide, most, m.smaller(m.library_up(hi), most))
    return inherit(m, Range(lo, hi, origin), y, x)


def _sign(m: Machine, a: Range) -> Range:
    def at(x: Lanes) -> Lanes:
        return m.select(m.less(0.0, x), 1.0, m.select(m.less(x, 0.0), -1.0, 0.0))

    return inherit(m, Range(at(a.lo), at(a.hi)), a)


def _smallest(m: Machine, a: Range, b: Range) -> Range:
    return inherit(m, Range(m.smaller(a.lo, b.lo), m.smaller(a.hi, b.hi)), a, b)


def _largest(m: Machine, a: Range, b: Range) -> Range:
    positive = a.nonnegative or b.nonnegative
    return inherit(m, Range(m.larger(a.lo, b.lo), m.larger(a.hi, b.hi), nonnegative=positive), a, b)


def _compare(m: Machine, surely: Mask, never: Mask, a: Range, b: Range) -> Range:
    """A truth value as a range: [1, 1] true, [0, 0] false, [0, 1] not known."""
    undefined = either(m, a.undefined, b.undefined)
    lo, hi = m.select(surely, 1.0, 0.0), m.select(never, 0.0, 1.0)
    if undefined is not None:
        # A comparison with something undefined is false, so both stay possible.
        lo, hi = m.select(undefined, 0.0, lo), m.select(undefined, 1.0, hi)
    return Range(lo, hi, undefined, nonnegative=True)


def _choose(m: Machine, condition: Range, a: Range, b: Range) -> Range:
    """where(condition, a, b): one branch where the condition is decided, else their hull."""
    true, false = m.less(0.5, condition.lo), m.less(condition.hi, 0.5)
    lo = m.select(true, a.lo, m.select(false, b.lo, m.smaller(a.lo, b.lo)))
    hi = m.select(true, a.hi, m.select(false, b.hi, m.larger(a.hi, b.hi)))
    # A branch undefined everywhere has no values, so the hull is the other branch alone;
    # its bounds are worthless but real, which keeps the hull an enclosure.
    undefined, nowhere = condition.undefined, None
    if a.undefined is not None:
        undefined = either(m, undefined, m.both(m.negate(false), a.undefined))
    if b.undefined is not None:
        undefined = either(m, undefined, m.both(m.negate(true), b.undefined))
    if a.nowhere is not None:
        nowhere = m.both(true, a.nowhere)
    if b.nowhere is not None:
        nowhere = either(m, nowhere, m.both(false, b.nowhere))
    return Range(lo, hi, undefined, nowhere, a.nonnegative and b.nonnegative)


#: Operation -> its rule. `ipow`, `const` and `var` carry a value and are `program`'s.
RULES: Final[dict[str, Callable[..., Range]]] = {
    "pi": lambda m: PI, "e": lambda m: E,
    "neg": negative, "add": total, "sub": difference, "mul": product, "div": quotient,
    "abs": magnitude, "sqrt": root, "pow": _power, "sign": _sign, "hypot": _hypotenuse,
    "cbrt": lambda m, a: _increasing(m, "cbrt", a),
    "exp": lambda m, a: _increasing(m, "exp", a, least=0.0),
    "log": _logarithm("log"), "log2": _logarithm("log2"), "log10": _logarithm("log10"),
    "sin": _wave("sin", 0.25, -0.25), "cos": _wave("cos", 0.0, 0.5), "tan": _tangent,
    "asin": lambda m, a: _increasing(m, "asin", _limit(m, a, -1.0, 1.0), -_HALF_PI, _HALF_PI),
    "acos": _decreasing_arc,
    "atan": lambda m, a: _increasing(m, "atan", a, -_HALF_PI, _HALF_PI),
    "atan2": _angle,
    "sinh": lambda m, a: _increasing(m, "sinh", a),
    "cosh": lambda m, a: _increasing(m, "cosh", magnitude(m, a), least=1.0),
    "tanh": lambda m, a: _increasing(m, "tanh", a, -1.0, 1.0),
    "asinh": lambda m, a: _increasing(m, "asinh", a),
    "acosh": lambda m, a: _increasing(m, "acosh", _limit(m, a, 1.0, INFINITY), least=0.0),
    "atanh": _area_tangent,
    "sigmoid": _sigmoid_bounds, "softplus": _softplus,
    "relu": lambda m, a: _largest(m, a, exact(0)),
    "erf": lambda m, a: _increasing(m, "erf", a, -1.0, 1.0),
    "min": _smallest, "max": _largest,
    "lt": lambda m, a, b: _compare(m, m.less(a.hi, b.lo), m.less_equal(b.hi, a.lo), a, b),
    "le": lambda m, a, b: _compare(m, m.less_equal(a.hi, b.lo), m.less(b.hi, a.lo), a, b),
    "where": _choose,
}  # fmt: skip
