"""Exponentials, logarithms, trigonometric functions and their inverses on series."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import count

from steepest.local import balls
from steepest.local.balls import Ball, Number
from steepest.local.roots import root
from steepest.local.series import FLAT, Algebra, Leaves, Series, Unknown, leading, number

_ONE = number(Fraction(1))
_HALF_PI = Ball(math.pi / 2, 2e-16)


def exponential(k: Algebra, a: Series) -> Series:
    """eᵃ, which at a pole of a is flat or explodes."""
    if a.lowest < 0:
        lead = leading(a)
        if lead is not None and lead[0] < 0:
            if lead[2] < 0:
                return Series((), FLAT)
            return Series(((-FLAT, Fraction(1)),), 1 - FLAT)
    return taylor(k, a, ("exp",), (1,))


def taylor(k: Algebra, a: Series, names: tuple[str, ...], signs: tuple[int, ...]) -> Series:
    """The Taylor series of a function whose derivatives run through `names` with `signs`."""
    constant = a.constant
    values = [balls.function(name, constant) for name in names]

    def coefficients() -> Iterator[Number]:
        factorial = 1
        for i in count():
            factorial *= max(i, 1)
            j = i % len(signs)
            yield values[j % len(values)] * Fraction(signs[j], factorial)

    return k.compose(coefficients(), a.varying())


def bounded(k: Algebra, a: Series, names: tuple[str, ...], signs: tuple[int, ...]) -> Series:
    """As `taylor`, for sin and cos: bounded wherever the argument goes."""
    if a.lowest < 0 or a.end <= 0:
        return Series((), 0)  # sin(1/t) stays within [-1, 1], and that is all that is known
    return taylor(k, a, names, signs)


def logarithm(k: Algebra, a: Series) -> Series:
    """log(a); near 0 only its growth is known."""
    lead = leading(a)
    if lead is None:
        raise Leaves("takes the logarithm of 0", infinite=True)
    if lead[2] < 0:
        raise Leaves("takes the logarithm of a negative number")
    return k.logarithm(a, lead, balls.function("log", lead[1]) if lead[0] == 0 else lead[1])


def log_base(base: int) -> Callable[[Algebra, Series], Series]:
    """The logarithm to another base."""

    def log(k: Algebra, a: Series) -> Series:
        return k.scale(logarithm(k, a), Fraction(1) / balls.function("log", Fraction(base)))

    return log


def tangent(k: Algebra, a: Series) -> Series:
    """tan(a)."""
    sine = taylor(k, a, ("sin", "cos"), (1, 1, -1, -1))
    return k.div(sine, taylor(k, a, ("cos", "sin"), (1, -1, -1, 1)))


def _upward(a: Series) -> bool:
    """Whether exp(-a) is safe from overflow; near 0 either answer is right."""
    if a.lowest >= 0 and a.end > 0:
        return balls.to_float(a.constant) >= 0
    lead = leading(a)
    return lead is None or lead[2] > 0


def sigmoid(k: Algebra, a: Series) -> Series:
    """1/(1 + e⁻ᵃ), without overflow."""
    if _upward(a):
        return k.div(_ONE, k.add(_ONE, exponential(k, k.scale(a, Fraction(-1)))))
    e = exponential(k, a)
    return k.div(e, k.add(_ONE, e))


def softplus(k: Algebra, a: Series) -> Series:
    """log(1 + eᵃ), without overflow."""
    if not _upward(a):
        return logarithm(k, k.add(_ONE, exponential(k, a)))
    return k.add(a, logarithm(k, k.add(_ONE, exponential(k, k.scale(a, Fraction(-1))))))


def tanh(k: Algebra, a: Series) -> Series:
    """The hyperbolic tangent, without overflow."""
    if a.lowest >= 0 and a.end > 0 and abs(balls.to_float(a.constant)) <= 1:
        sine = taylor(k, a, ("sinh", "cosh"), (1, 1))
        return k.div(sine, taylor(k, a, ("cosh", "sinh"), (1, 1)))
    twice = sigmoid(k, k.scale(a, Fraction(2)))
    return k.sub(k.scale(twice, Fraction(2)), _ONE)


def _by_derivative(k: Algebra, a: Series, start: Number, slope: Series) -> Series:
    """start + ∫ a'·slope dt."""
    return k.add(number(start), k.integral(k.mul(k.derivative(a), slope)))


def atan(k: Algebra, a: Series) -> Series:
    """The arctangent; ±π/2 at a pole of a."""
    if a.lowest < 0:
        lead = leading(a)
        if lead is not None and lead[0] < 0:
            limit = number(_HALF_PI * Fraction(lead[2]))
            return k.sub(limit, atan(k, k.div(_ONE, a)))
    slope = k.div(_ONE, k.add(_ONE, k.mul(a, a)))
    return _by_derivative(k, a, balls.function("atan", a.constant), slope)


def asinh(k: Algebra, a: Series) -> Series:
    """The inverse of sinh."""
    start = balls.function("asinh", a.constant)
    return _by_derivative(k, a, start, k.div(_ONE, root(k, k.add(_ONE, k.mul(a, a)), 2)))


def erf(k: Algebra, a: Series) -> Series:
    """The error function."""
    start = balls.function("erf", a.constant)
    slope = exponential(k, k.scale(k.mul(a, a), Fraction(-1)))
    return _by_derivative(k, a, start, k.scale(slope, Ball(2 / math.sqrt(math.pi), 3e-16)))


def arcsine(k: Algebra, a: Series) -> Series:
    """asin(a)."""
    constant = a.constant
    if constant == 0:
        slope = k.div(_ONE, root(k, k.sub(_ONE, k.mul(a, a)), 2))
        return _by_derivative(k, a, constant, slope)
    return k.sub(number(_HALF_PI), arccosine(k, a))


def arccosine(k: Algebra, a: Series) -> Series:
    """acos(a), with its vertical tangents at ±1."""
    left = k.sub(_ONE, k.mul(a, a))
    lead = leading(left)
    constant = a.constant
    if lead is not None and lead[2] < 0:
        raise Leaves("takes the arcsine or arccosine of a number beyond 1")
    start: Number = _HALF_PI + _HALF_PI if constant == -1 else balls.function("acos", constant)
    if lead is None:
        return number(start)
    slope = k.div(number(Fraction(-1)), root(k, left, 2))
    return _by_derivative(k, a, start, slope)


def acosh(k: Algebra, a: Series) -> Series:
    """The inverse of cosh, with its vertical tangent at 1."""
    left = k.sub(k.mul(a, a), _ONE)
    constant = a.constant
    lead = leading(left)
    if (lead is not None and lead[2] < 0) or balls.to_float(constant) < 0:
        raise Leaves("takes acosh of a number below 1")
    start = balls.function("acosh", constant)
    if lead is None:
        return number(start)
    return _by_derivative(k, a, start, k.div(_ONE, root(k, left, 2)))


def atanh(k: Algebra, a: Series) -> Series:
    """The inverse of tanh, between -1 and 1."""
    left = k.sub(_ONE, k.mul(a, a))
    lead = leading(left)
    if lead is None or lead[2] < 0:
        reason = "takes atanh of a number that is not between -1 and 1"
        raise Leaves(reason, infinite=lead is None)
    if lead[0] > 0:
        raise Unknown("an inner expression grows without bound")
    return _by_derivative(k, a, balls.function("atanh", a.constant), k.div(_ONE, left))


def angle(k: Algebra, y: Series, x: Series) -> Series:
    """atan2(y, x), with its jump on the cut y = 0, x < 0."""
    up, right = leading(y), leading(x)
    if up is None and right is None:
        raise Leaves("takes the angle of the origin, atan2(0, 0)")
    common = min(lead[0] for lead in (up, right) if lead is not None)
    high: Number = up[1] if up is not None and up[0] == common else Fraction(0)
    wide: Number = right[1] if right is not None and right[0] == common else Fraction(0)
    start: Number
    if high == 0:
        below = up is not None and up[2] < 0
        pi = _HALF_PI + _HALF_PI
        start = Fraction(0) if balls.to_float(wide) > 0 else -pi if below else pi
    else:
        a, b = balls.ball(high), balls.ball(wide)
        middle = math.atan2(a.middle, b.middle)
        size = math.hypot(a.middle, b.middle)
        start = Ball(middle, 2 * (a.radius + b.radius) / size + 4 * balls.UNIT * abs(middle))
    turning = k.sub(k.mul(x, k.derivative(y)), k.mul(y, k.derivative(x)))
    square = k.add(k.mul(x, x), k.mul(y, y))
    return k.add(number(start), k.integral(k.div(turning, square)))
