"""Numbers that know how far they may be off: a middle and a radius.

Exact rationals (`Fraction`) stay exact, so a tie or a zero is recognised with certainty
where the arithmetic is rational; everything else is a `Ball`. Radii are generous first-order
bounds (libm is trusted to two units in the last place), good for deciding what is *not* zero.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

UNIT = 2.0**-53  # half a unit in the last place of 1
_TINY = 5e-324
_MOST_BITS = 2048  # exact rationals longer than this continue as balls


@dataclass(frozen=True, slots=True)
class Ball:
    """A real number within `radius` of `middle`; infinite if it overflowed."""

    middle: float
    radius: float

    def __add__(self, other: Number) -> Ball:
        other = ball(other)
        middle = self.middle + other.middle
        return Ball(middle, _up(self.radius + other.radius, middle))

    __radd__ = __add__

    def __neg__(self) -> Ball:
        return Ball(-self.middle, self.radius)

    def __sub__(self, other: Number) -> Ball:
        return self + (-ball(other))

    def __rsub__(self, other: Number) -> Ball:
        return ball(other) + (-self)

    def __mul__(self, other: Number) -> Ball:
        other = ball(other)
        middle = self.middle * other.middle
        radius = (
            abs(self.middle) * other.radius
            + abs(other.middle) * self.radius
            + self.radius * other.radius
        )
        return Ball(middle, _up(radius, middle))

    __rmul__ = __mul__

    def __truediv__(self, other: Number) -> Ball:
        other = ball(other)
        low = abs(other.middle) - other.radius
        if not low > 0:
            return Ball(math.nan, math.inf)
        middle = self.middle / other.middle
        return Ball(middle, _up((self.radius + abs(middle) * other.radius) / low, middle))

    def __rtruediv__(self, other: Number) -> Ball:
        return ball(other) / self


Number = Fraction | Ball


def _up(radius: float, middle: float, ulps: float = 1.0) -> float:
    return radius * (1 + 8 * UNIT) + 2 * ulps * UNIT * abs(middle) + _TINY


def ball(number: Number) -> Ball:
    """The number as a ball."""
    if isinstance(number, Ball):
        return number
    try:
        middle = float(number)
    except OverflowError:
        return Ball(math.inf if number > 0 else -math.inf, math.inf)
    return Ball(middle, 0.0 if Fraction(middle) == number else _up(0.0, middle))


def shorten(number: Number) -> Number:
    """The same number, as a ball if its exact form has grown too long."""
    if isinstance(number, Fraction):
        bits = number.numerator.bit_length() + number.denominator.bit_length()
        return ball(number) if bits > _MOST_BITS else number
    return number


def sign(number: Number) -> int | None:
    """-1, 0 or 1; None if the ball holds zero, so that nobody can tell."""
    if isinstance(number, Fraction):
        return (number > 0) - (number < 0)
    if abs(number.middle) > number.radius:
        return 1 if number.middle > 0 else -1
    return None


def finite(number: Number) -> bool:
    """Whether the number is within the range of doubles."""
    return isinstance(number, Fraction) or (
        math.isfinite(number.middle) and math.isfinite(number.radius)
    )


def to_float(number: Number) -> float:
    """The nearest double, infinite beyond the range."""
    return ball(number).middle


def function(name: str, number: Number) -> Number:
    """exp, log, sin, cos, sinh, cosh, erf … of a number inside the domain of the function."""
    if isinstance(number, Fraction):
        exact = _EXACT.get((name, number))
        if exact is not None:
            return Fraction(exact)
    x = ball(number)
    evaluate, lipschitz = _FUNCTIONS[name]
    try:
        middle = evaluate(x.middle)
        radius = 0.0 if x.radius == 0 else lipschitz(x, middle) * x.radius
    except (OverflowError, ValueError, ZeroDivisionError):
        return Ball(math.inf, math.inf)
    return Ball(middle, _up(radius, middle, 2.0))


def root(number: Number, degree: int) -> Number:
    """The square or cube root of a positive number; exact where that is a rational."""
    if isinstance(number, Fraction):
        top, bottom = _exact_root(number.numerator, degree), _exact_root(number.denominator, degree)
        if top is not None and bottom is not None:
            return Fraction(top, bottom)
    x = ball(number)
    middle = math.sqrt(x.middle) if degree == 2 else math.cbrt(x.middle)
    low = x.middle - x.radius
    slope = middle / (degree * low) if low > 0 else math.inf
    return Ball(middle, _up(slope * x.radius if x.radius else 0.0, middle, 2.0))


def _exact_root(value: int, degree: int) -> int | None:
    if degree == 2:
        candidate = math.isqrt(value)
    else:
        if value.bit_length() > 1000:
            return None
        candidate = round(float(value) ** (1 / 3))
    return candidate if candidate**degree == value else None


def _sup_exp(x: Ball, y: float) -> float:
    return y * math.exp(x.radius)


def _sup_inverse(x: Ball, y: float) -> float:
    low = abs(x.middle) - x.radius
    return 1 / low if low > 0 else math.inf


_FUNCTIONS = {
    "exp": (math.exp, _sup_exp),
    "log": (math.log, _sup_inverse),
    "sin": (math.sin, lambda x, y: 1.0),
    "cos": (math.cos, lambda x, y: 1.0),
    "sinh": (math.sinh, lambda x, y: math.cosh(abs(x.middle) + x.radius)),
    "cosh": (math.cosh, lambda x, y: math.cosh(abs(x.middle) + x.radius)),
    "tanh": (math.tanh, lambda x, y: 1.0),
    "atan": (math.atan, lambda x, y: 1.0),
    "asinh": (math.asinh, lambda x, y: 1.0),
    "erf": (math.erf, lambda x, y: 1.13),
    # Only used strictly inside (-1, 1), or beyond 1: `series` treats the ends.
    "asin": (math.asin, lambda x, y: 1 / math.sqrt(1 - (abs(x.middle) + x.radius) ** 2)),
    "acos": (math.acos, lambda x, y: 1 / math.sqrt(1 - (abs(x.middle) + x.radius) ** 2)),
    "acosh": (math.acosh, lambda x, y: 1 / math.sqrt((x.middle - x.radius) ** 2 - 1)),
    "atanh": (math.atanh, lambda x, y: 1 / (1 - (abs(x.middle) + x.radius) ** 2)),
}
_EXACT = {
    **{(name, Fraction(0)): 0 for name in "sin sinh tanh atan asinh asin atanh erf".split()},
    **{(name, Fraction(0)): 1 for name in "exp cos cosh".split()},
    ("log", Fraction(1)): 0,
    ("acos", Fraction(1)): 0,
    ("acosh", Fraction(1)): 0,
}
