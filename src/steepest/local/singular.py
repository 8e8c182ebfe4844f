"""Every operation on series, with its rule at the places where it is singular.

`OPERATIONS[op](algebra, *arguments)` gives the expansion of the result; `touches` tells
whether the operation, at a point, sits on such a place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import count
from typing import Any, Final

from steepest.local import balls
from steepest.local.balls import Ball, Number
from steepest.local.series import FLAT, Algebra, Leaves, Series, Unknown, leading, number

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


def _root(k: Algebra, a: Series, degree: int) -> Series:
    lead = leading(a)
    if lead is None:
        return a
    exponent, coefficient, _ = lead
    factor = balls.root(coefficient, degree)
    part = k.binomial(k.beyond(a, lead), Fraction(1, degree))
    return k.scale(part, factor, Fraction(exponent, degree))


def _square_root(k: Algebra, a: Series) -> Series:
    lead = leading(a)
    if lead is not None and lead[2] < 0:
        raise Leaves("takes the square root of a negative number")
    return _root(k, a, 2)


def _cube_root(k: Algebra, a: Series) -> Series:
    lead = leading(a)
    if lead is not None and lead[2] < 0:
        return k.scale(_root(k, k.scale(a, Fraction(-1)), 3), Fraction(-1))
    return _root(k, a, 3)


def _exp(k: Algebra, a: Series) -> Series:
    if a.lowest < 0:
        lead = leading(a)
        if lead is not None and lead[0] < 0:
            if lead[2] < 0:
                return Series((), FLAT)
            return Series(((-FLAT, Fraction(1)),), 1 - FLAT)
    return _taylor(k, a, ("exp",), (1,))


def _taylor(k: Algebra, a: Series, names: tuple[str, ...], signs: tuple[int, ...]) -> Series:
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


def _bounded(k: Algebra, a: Series, names: tuple[str, ...], signs: tuple[int, ...]) -> Series:
    if a.lowest < 0 or a.end <= 0:
        return Series((), 0)  # sin(1/t) stays within [-1, 1], and that is all that is known
    return _taylor(k, a, names, signs)


def _log(k: Algebra, a: Series) -> Series:
    lead = leading(a)
    if lead is None:
        raise Leaves("takes the logarithm of 0", infinite=True)
    if lead[2] < 0:
        raise Leaves("takes the logarithm of a negative number")
    return k.logarithm(a, lead, balls.function("log", lead[1]) if lead[0] == 0 else lead[1])


def _log_base(base: int) -> Callable[[Algebra, Series], Series]:
    def log(k: Algebra, a: Series) -> Series:
        return k.scale(_log(k, a), Fraction(1) / balls.function("log", Fraction(base)))

    return log


def _tan(k: Algebra, a: Series) -> Series:
    sine = _taylor(k, a, ("sin", "cos"), (1, 1, -1, -1))
    return k.div(sine, _taylor(k, a, ("cos", "sin"), (1, -1, -1, 1)))


def _sigmoid(k: Algebra, a: Series) -> Series:
    lead = leading(a)
    if lead is None or lead[2] > 0:
        return k.div(_ONE, k.add(_ONE, _exp(k, k.scale(a, Fraction(-1)))))
    e = _exp(k, a)
    return k.div(e, k.add(_ONE, e))


def _softplus(k: Algebra, a: Series) -> Series:
    lead = leading(a)
    if lead is None or lead[2] < 0:
        return _log(k, k.add(_ONE, _exp(k, a)))
    return k.add(a, _log(k, k.add(_ONE, _exp(k, k.scale(a, Fraction(-1))))))


def _tanh(k: Algebra, a: Series) -> Series:
    if a.lowest >= 0 and a.end > 0 and abs(balls.to_float(a.constant)) <= 1:
        sine = _taylor(k, a, ("sinh", "cosh"), (1, 1))
        return k.div(sine, _taylor(k, a, ("cosh", "sinh"), (1, 1)))
    twice = _sigmoid(k, k.scale(a, Fraction(2)))
    return k.sub(k.scale(twice, Fraction(2)), _ONE)


def _by_derivative(k: Algebra, a: Series, start: Number, slope: Series) -> Series:
    """start + ∫ a'·slope dt."""
    return k.add(number(start), k.integral(k.mul(k.derivative(a), slope)))


def _atan(k: Algebra, a: Series) -> Series:
    if a.lowest < 0:
        lead = leading(a)
        if lead is not None and lead[0] < 0:
            limit = number(_HALF_PI * Fraction(lead[2]))
            return k.sub(limit, _atan(k, k.div(_ONE, a)))
    slope = k.div(_ONE, k.add(_ONE, k.mul(a, a)))
    return _by_derivative(k, a, balls.function("atan", a.constant), slope)


def _asinh(k: Algebra, a: Series) -> Series:
    start = balls.function("asinh", a.constant)
    return _by_derivative(k, a, start, k.div(_ONE, _root(k, k.add(_ONE, k.mul(a, a)), 2)))


def _erf(k: Algebra, a: Series) -> Series:
    start = balls.function("erf", a.constant)
    slope = _exp(k, k.scale(k.mul(a, a), Fraction(-1)))
    return _by_derivative(k, a, start, k.scale(slope, Ball(2 / math.sqrt(math.pi), 3e-16)))


def _asin(k: Algebra, a: Series) -> Series:
    return k.sub(number(_HALF_PI), _acos(k, a))


def _odd_asin(k: Algebra, a: Series) -> Series:
    constant = a.constant
    if constant == 0:
        slope = k.div(_ONE, _square_root(k, k.sub(_ONE, k.mul(a, a))))
        return _by_derivative(k, a, constant, slope)
    return _asin(k, a)


def _acos(k: Algebra, a: Series) -> Series:
    left = k.sub(_ONE, k.mul(a, a))
    lead = leading(left)
    constant = a.constant
    if lead is not None and lead[2] < 0:
        raise Leaves("takes the arcsine or arccosine of a number beyond 1")
    start: Number = _HALF_PI + _HALF_PI if constant == -1 else balls.function("acos", constant)
    if lead is None:
        return number(start)
    slope = k.div(number(Fraction(-1)), _root(k, left, 2))
    return _by_derivative(k, a, start, slope)


def _acosh(k: Algebra, a: Series) -> Series:
    left = k.sub(k.mul(a, a), _ONE)
    constant = a.constant
    lead = leading(left)
    if (lead is not None and lead[2] < 0) or balls.to_float(constant) < 0:
        raise Leaves("takes acosh of a number below 1")
    start = balls.function("acosh", constant)
    if lead is None:
        return number(start)
    return _by_derivative(k, a, start, k.div(_ONE, _root(k, left, 2)))


def _atanh(k: Algebra, a: Series) -> Series:
    left = k.sub(_ONE, k.mul(a, a))
    lead = leading(left)
    if lead is None or lead[2] < 0:
        reason = "takes atanh of a number that is not between -1 and 1"
        raise Leaves(reason, infinite=lead is None)
    if lead[0] > 0:
        raise Unknown("an inner expression grows without bound")
    return _by_derivative(k, a, balls.function("atanh", a.constant), k.div(_ONE, left))


def _angle(k: Algebra, y: Series, x: Series) -> Series:
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


def _distance(k: Algebra, a: Series, b: Series) -> Series:
    if a.fixed and b.fixed and not (_exact(a) and _exact(b)):
        # One number: scaled, so that squares do not overflow.
        p, q = balls.ball(a.constant), balls.ball(b.constant)
        middle = math.hypot(p.middle, q.middle)
        return k.make({0: Ball(middle, p.radius + q.radius + 4 * balls.UNIT * middle)}, math.inf)
    return _root(k, k.add(k.mul(a, a), k.mul(b, b)), 2)


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
        return _exp(k, k.mul(b, _log(k, a)))
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
    "pow": _power, "abs": _absolute, "sign": _sign, "sqrt": _square_root, "cbrt": _cube_root,
    "exp": _exp, "log": _log, "log2": _log_base(2), "log10": _log_base(10),
    "sin": lambda k, a: _bounded(k, a, ("sin", "cos"), (1, 1, -1, -1)),
    "cos": lambda k, a: _bounded(k, a, ("cos", "sin"), (1, -1, -1, 1)),
    "tan": _tan, "asin": _odd_asin, "acos": _acos, "atan": _atan, "atan2": _angle,
    "sinh": lambda k, a: _taylor(k, a, ("sinh", "cosh"), (1, 1)),
    "cosh": lambda k, a: _taylor(k, a, ("cosh", "sinh"), (1, 1)),
    "tanh": _tanh, "asinh": _asinh, "acosh": _acosh, "atanh": _atanh, "sigmoid": _sigmoid,
    "softplus": _softplus, "relu": _relu, "erf": _erf, "hypot": _distance,
    "min": _smaller, "max": _larger, "lt": less, "le": less_equal,
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
