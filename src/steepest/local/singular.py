"""Every operation on series, with its rule at the places where it is singular.

`OPERATIONS[op](algebra, *arguments)` gives the expansion of the result; `touches` tells
whether the operation, at a point, sits on such a place.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

from steepest.local import balls, elementary
from steepest.local.balls import Ball, Number
from steepest.local.roots import cube_root, root, square_root
from steepest.local.series import Algebra, Leaves, Series, Unknown, leading, number

_ONE = number(Fraction(1))
_HALF_PI = Ball(math.pi / 2, 2e-16)


def _absolute(k: Algebra, a: Series) -> Series:
    lead = leading(a)
    return a if lead is None or lead[2] > 0 else k.scale(a, Fraction(-1))


def _sign(k: Algebra, a: Series) -> Series:
    lead = leading(a)
    return number(Fraction(0 if lead is None else lead[2]))


def _relu(k: Algebra, a: Series) -> Series:
    return _larger(k, a, number(Fraction(0)))


def _larger(k: Algebra, a: Series, b: Series) -> Series:
    lead = leading(k.sub(a, b))
    return a if lead is None or lead[2] > 0 else b


def _smaller(k: Algebra, a: Series, b: Series) -> Series:
    lead = leading(k.sub(a, b))
    return a if lead is None or lead[2] < 0 else b


def less(k: Algebra, a: Series, b: Series) -> bool:
    """a < b for small t > 0."""
    lead = leading(k.sub(b, a))
    return lead is not None and lead[2] > 0


def less_equal(k: Algebra, a: Series, b: Series) -> bool:
    """a <= b for small t > 0."""
    lead = leading(k.sub(b, a))
    return lead is None or lead[2] > 0


def _distance(k: Algebra, a: Series, b: Series) -> Series:
    if a.fixed and b.fixed and not (_exact(a) and _exact(b)):
        # One number: scaled, so that squares do not overflow.
        p, q = balls.ball(a.constant), balls.ball(b.constant)
        middle = math.hypot(p.middle, q.middle)
        return k.make({0: Ball(middle, p.radius + q.radius + 4 * balls.UNIT * middle)}, math.inf)
    return root(k, k.add(k.mul(a, a), k.mul(b, b)), 2)


def _exact(a: Series) -> bool:
    return isinstance(a.constant, Fraction)


def _power(k: Algebra, a: Series, b: Series) -> Series:
    p = b.constant
    if b.fixed and isinstance(p, Fraction) and p.denominator == 1:
        return _whole_power(k, a, int(p))
    lead = leading(a)
    if lead is None:
        return _power_of_zero(p)
    exponent, coefficient, s = lead
    if s < 0:
        if b.fixed and isinstance(p, Ball) and abs(p.middle - round(p.middle)) <= p.radius:
            raise Unknown("an exponent is an integer only to within rounding")
        raise Leaves("raises a negative number to a power that is not an integer")
    log = balls.function("log", coefficient)
    if b.fixed:
        factor = balls.root(coefficient, 2) if p == Fraction(1, 2) else _exp_of(p * log)
        power = p if isinstance(p, Fraction) else Fraction(p.middle)
        part = k.binomial(k.beyond(a, lead), p)
        return k.scale(part, factor, exponent * power if exponent else 0)
    if exponent == 0:
        return elementary.exponential(k, k.mul(b, elementary.logarithm(k, a)))
    # t^b(t) = t^b(0)·(1 + O(t^β log t)): the leading term is known, little beyond it.
    power = exponent * (p if isinstance(p, Fraction) else Fraction(p.middle))
    beyond = k.beyond(a, lead).lowest
    known = min(Fraction(b.varying().lowest) / 2, beyond)
    return k.make({power: _exp_of(p * log)}, power + known)


def _whole_power(k: Algebra, a: Series, n: int) -> Series:
    if n <= 0 and leading(a) is None:
        reason = "raises 0 to the power 0" if n == 0 else "raises 0 to a negative power"
        raise Leaves(reason, infinite=True)
    if abs(n) > 4096:
        raise Unknown(f"the exponent {n} is too large to analyse")
    return k.integer_power(a, n)


def _power_of_zero(p: Number) -> Series:
    s = balls.sign(p)
    if s is None:
        raise Unknown("an exponent is zero only to within rounding")
    if s <= 0:
        reason = "raises 0 to the power 0" if s == 0 else "raises 0 to a negative power"
        raise Leaves(reason, infinite=True)
    return number(Fraction(0))


def _exp_of(p: Number) -> Number:
    return balls.function("exp", p)


#: Operation -> (algebra, arguments) -> the expansion of the result; comparisons give a bool.
OPERATIONS: Final[dict[str, Callable[..., Any]]] = {
    "neg": lambda k, a: k.scale(a, Fraction(-1)),
    "add": Algebra.add, "sub": Algebra.sub, "mul": Algebra.mul, "div": Algebra.div,
    "pow": _power, "sqrt": square_root, "cbrt": cube_root, "hypot": _distance,
    "abs": _absolute, "sign": _sign, "relu": _relu, "min": _smaller, "max": _larger,
    "lt": less, "le": less_equal,
    "exp": elementary.exponential, "log": elementary.logarithm,
    "log2": elementary.log_base(2), "log10": elementary.log_base(10),
    "sin": lambda k, a: elementary.bounded(k, a, ("sin", "cos"), (1, 1, -1, -1)),
    "cos": lambda k, a: elementary.bounded(k, a, ("cos", "sin"), (1, -1, -1, 1)),
    "tan": elementary.tangent, "asin": elementary.arcsine, "acos": elementary.arccosine,
    "atan": elementary.atan, "atan2": elementary.angle,
    "sinh": lambda k, a: elementary.taylor(k, a, ("sinh", "cosh"), (1, 1)),
    "cosh": lambda k, a: elementary.taylor(k, a, ("cosh", "sinh"), (1, 1)),
    "tanh": elementary.tanh, "asinh": elementary.asinh, "acosh": elementary.acosh,
    "atanh": elementary.atanh, "sigmoid": elementary.sigmoid, "softplus": elementary.softplus,
    "erf": elementary.erf,
}  # fmt: skip


def touches(op: str, arguments: list[Series]) -> bool:
    """Whether `op`, defined at a point, is not smooth there; the arguments don't vary."""
    a = arguments[0].constant if arguments else Fraction(1)
    if op in ("abs", "sign", "relu", "sqrt", "cbrt"):
        return a == 0
    if op in ("min", "max", "lt", "le"):
        return a == arguments[1].constant
    if op in ("asin", "acos", "acosh"):
        return abs(balls.to_float(a)) == 1
    if op == "pow":
        return balls.sign(a) != 1
    if op == "hypot":
        return a == 0 and arguments[1].constant == 0
    if op == "atan2":
        return a == 0 and balls.sign(arguments[1].constant) != 1
    return False
