"""How large the numbers in a formula can become while no variable is beyond a bound.

Where every one of them is finite, a kernel need not look for NaN and infinity, and where a sine's
argument is small enough, not for that either. The bounds are rough and wide; what they cannot
tell is infinite, and then the kernel looks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

from steepest.evaluate.tape import Tape, to_float

Range = tuple[float, float]

_EVERYTHING: Final[Range] = (-math.inf, math.inf)
# Wider than all roundings of an operation together, and of the C library's functions.
_SLACK: Final = 1e-9


def magnitudes(tape: Tape, bound: float) -> tuple[float, ...]:
    """For each register of `tape` a bound of its absolute value while |variables| <= `bound`.

    Infinite where the register may overflow or be undefined.
    """
    ranges: list[Range] = []
    for step in tape.instructions:
        args = [ranges[a] for a in step.args]
        if step.op == "var":
            found: Range = (-bound, bound)
        elif step.op == "const":
            value = to_float(step.value)
            found = (value, value)
        elif any(not _finite(a) for a in args):
            found = _EVERYTHING
        elif step.op == "ipow":
            found = _power(args[0], int(step.value))
        else:
            rule = _RULES.get(step.op)
            try:
                found = rule(*args) if rule else _EVERYTHING
            except OverflowError:
                found = _EVERYTHING
        ranges.append(_widened(found))
    return tuple(max(abs(low), abs(high)) for low, high in ranges)


def _finite(r: Range) -> bool:
    return math.isfinite(r[0]) and math.isfinite(r[1])


def _widened(r: Range) -> Range:
    low, high = r
    if not (math.isfinite(low) and math.isfinite(high)) or max(-low, high) > 1e300:
        return _EVERYTHING
    # A rounding error is relative to its own result, so an end at 0 stays there.
    return low - _SLACK * abs(low), high + _SLACK * abs(high)


def _corners(f: Callable[[float, float], float]) -> Callable[[Range, Range], Range]:
    def bound(a: Range, b: Range) -> Range:
        values = [f(x, y) for x in a for y in b]
        return min(values), max(values)

    return bound


def _rising(f: Callable[[float], float]) -> Callable[[Range], Range]:
    return lambda a: (f(a[0]), f(a[1]))


def _power(a: Range, n: int) -> Range:
    if n < 0 and a[0] <= 0 <= a[1]:
        return _EVERYTHING
    try:
        ends = [a[0] ** n, a[1] ** n]
    except OverflowError:
        return _EVERYTHING
    if n % 2 == 0 and a[0] <= 0 <= a[1]:
        ends.append(0.0)
    return min(ends), max(ends)


def _quotient(a: Range, b: Range) -> Range:
    if b[0] <= 0 <= b[1]:
        return _EVERYTHING
    return _corners(lambda x, y: x / y)(a, b)


def _absolute(a: Range) -> Range:
    size = max(abs(a[0]), abs(a[1]))
    return (0.0 if a[0] <= 0 <= a[1] else min(abs(a[0]), abs(a[1])), size)


def _positive(f: Callable[[float], float]) -> Callable[[Range], Range]:
    """A rising function that is defined for positive numbers only."""
    return lambda a: (f(a[0]), f(a[1])) if a[0] > 0 else _EVERYTHING


def _always(low: float, high: float) -> Callable[..., Range]:
    return lambda *args: (low, high)


def _choice(condition: Range, a: Range, b: Range) -> Range:
    return min(a[0], b[0]), max(a[1], b[1])


_RULES: Final[dict[str, Callable[..., Range]]] = {
    "pi": _always(math.pi, math.pi),
    "e": _always(math.e, math.e),
    "neg": lambda a: (-a[1], -a[0]),
    "add": lambda a, b: (a[0] + b[0], a[1] + b[1]),
    "sub": lambda a, b: (a[0] - b[1], a[1] - b[0]),
    "mul": _corners(lambda x, y: x * y),
    "div": _quotient,
    "abs": _absolute,
    "sign": _always(-1.0, 1.0),
    "sqrt": lambda a: (math.sqrt(a[0]), math.sqrt(a[1])) if a[0] >= 0 else _EVERYTHING,
    "cbrt": _rising(lambda x: math.copysign(abs(x) ** (1 / 3), x)),
    "exp": _rising(math.exp),
    "log": _positive(math.log),
    "log2": _positive(math.log2),
    "log10": _positive(math.log10),
    "sin": _always(-1.0, 1.0),
    "cos": _always(-1.0, 1.0),
    "atan": _always(-2.0, 2.0),
    "atan2": lambda a, b: (-4.0, 4.0),
    "sinh": _rising(math.sinh),
    "cosh": lambda a: (1.0, math.cosh(max(abs(a[0]), abs(a[1])))),
    "tanh": _always(-1.0, 1.0),
    "asinh": _rising(math.asinh),
    "sigmoid": _always(0.0, 1.0),
    "softplus": lambda a: (0.0, max(a[1], 0.0) + 1.0),
    "relu": lambda a: (max(a[0], 0.0), max(a[1], 0.0)),
    "erf": _always(-1.0, 1.0),
    "hypot": lambda a, b: (0.0, math.hypot(max(map(abs, a)), max(map(abs, b)))),
    "min": lambda a, b: (min(a[0], b[0]), min(a[1], b[1])),
    "max": lambda a, b: (max(a[0], b[0]), max(a[1], b[1])),
    "lt": _always(0.0, 1.0),
    "le": _always(0.0, 1.0),
    "where": _choice,
}


def all_finite(sizes: Sequence[float]) -> bool:
    """Whether every magnitude is known."""
    return all(map(math.isfinite, sizes))
