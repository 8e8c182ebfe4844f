"""The slope along a direction from values of f alone, with an error bound that is honest.

Central differences at step sizes over some fifty orders of magnitude, extrapolated to h = 0
(Richardson, by Neville's scheme) in one batch of values. Two traps are avoided. Rounding:
each quotient carries a bound on the rounding error of its two values. Aliasing, as in
sin(10⁴x) with h near 1: an extrapolated value counts only if it lies within the error bar of
every quotient at a smaller h; and the ratio of the steps is irrational, so that they cannot
all hit the same phase of a period.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from steepest.local.balls import UNIT
from steepest.local.results import FloatArray

#: Points (m, n) and the uncertainty of their coordinates -> rounding error bounds (m,) of f.
Noise = Callable[[FloatArray, FloatArray | float], FloatArray]

_RATIO: Final = float(np.sqrt(np.pi))  # of neighbouring steps
_LARGEST: Final = 2.0**12  # times the size of the point
_SMALLEST: Final = 2.0**-52
_NEAR_ZERO: Final = 1e-28  # smallest step where the point itself gives no scale
_COLUMNS: Final = 7  # extrapolations
_CAUTION: Final = 4.0  # times the estimated truncation error
_JUDGES: Final = 4  # columns whose bars judge the values at larger steps
_SETTLED: Final = 1e-3
_ASSUMED: Final = 32.0  # roundings a value of an unknown function is assumed to hold
_SMALL_STEPS: Final = 12


@dataclass(frozen=True)
class NumericalSlope:
    """A slope within `error_bound` of the truth; NaN and inf if f cannot be sampled there."""

    value: float
    error_bound: float


def numerical_slope(
    values: Callable[[FloatArray], FloatArray],
    point: FloatArray,
    direction: FloatArray,
    noise: Noise | None = None,
    side: int = 0,
) -> NumericalSlope:
    """d/dt f(point + t·direction) at t = 0.

    `values` maps points (m, n) to (m,), NaN where f is undefined: such points are left out.
    `noise` bounds the rounding errors of the values; without it they are assumed to be a few
    units in the last place. With `side` = 1 the one-sided slope for t > 0.
    """
    h, forward, backward, spread = _points(point, direction)
    start = np.asarray(point, dtype=np.float64)[None]
    batch = np.concatenate([forward, start if side else backward])
    with np.errstate(all="ignore"):
        found = np.asarray(values(batch), dtype=np.float64)
        k = len(h)
        if noise is None:
            bounds = _guess_noise(found[:k], found[k:])
        else:
            behind = np.zeros_like(start) if side else spread
            bounds = noise(batch, np.concatenate([spread, behind]))
        width = h if side else 2.0 * h
        quotient = (found[:k] - found[k:]) / width
        rounding = np.where(np.isfinite(quotient), bounds[:k] + bounds[k:], 0.0)
        # Where rounding grows towards the point, f is not there what it is further away.
        rounding = np.maximum.accumulate(rounding[::-1])[::-1]
        error = rounding / width + 4 * UNIT * np.abs(quotient)
        return _extrapolate(h, quotient, error, 1 if side else 2, _closest(point, direction))


def _closest(point: FloatArray, direction: FloatArray) -> float:
    """The smallest step at which a coordinate reaches zero; inf if none does."""
    with np.errstate(over="ignore"):
        reached = np.abs(point[direction != 0] / direction[direction != 0])
    return float(np.min(reached[reached > 0], initial=np.inf))


def numerical_gradient(
    values: Callable[[FloatArray], FloatArray], point: FloatArray, noise: Noise | None = None
) -> tuple[FloatArray, FloatArray]:
    """The gradient (n,) and its error bounds (n,), one axis after the other."""
    slopes = [numerical_slope(values, point, axis, noise) for axis in np.eye(len(point))]
    return np.array([s.value for s in slopes]), np.array([s.error_bound for s in slopes])


def _points(
    point: FloatArray, direction: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Steps (k,), largest first; points ahead and behind (k, n); their rounding (k, n)."""
    moving = direction != 0
    fastest = float(np.max(np.abs(direction)))
    scale = float(np.max(np.abs(point[moving]), initial=0.0)) / fastest or 1.0
    pinned = not np.all(point[moving] == 0)
    smallest = scale * _SMALLEST if pinned else _NEAR_ZERO
    largest = min(_LARGEST * max(scale, 1.0), 1e307)
    count = int((np.log(largest) - np.log(max(smallest, 1e-307))) / np.log(_RATIO)) + 1
    h = np.asarray(largest * _RATIO ** -np.arange(count), dtype=np.float64)
    if np.count_nonzero(moving) == 1:
        # Along an axis a step can be chosen so that most sums are exact.
        i = int(np.flatnonzero(moving)[0])
        size = abs(point[i])
        h = (size + h) - size
        # np.unique would load numpy.ma, a tenth of the command line's start.
        h = np.array(sorted(set(h[h > 0].tolist()), reverse=True))
        step = h[:, None] * np.sign(direction)
        h = np.asarray(h / abs(float(direction[i])), dtype=np.float64)
        rounding = np.zeros_like(step)
    else:
        step = np.asarray(h[:, None] * direction, dtype=np.float64)
        rounding = UNIT * np.abs(step)
    forward, backward = point + step, point - step
    lost = np.maximum(_lost(point, step, forward), _lost(point, -step, backward))
    return h, forward, backward, lost + rounding


def _lost(a: FloatArray, b: FloatArray, total: FloatArray) -> FloatArray:
    """|a + b - total|, exactly (Knuth's two-sum): how far a point is off its place."""
    back = total - a
    return np.abs((a - (total - back)) + (b - back))


def _guess_noise(ahead: FloatArray, behind: FloatArray) -> FloatArray:
    """The rounding errors of an unknown function, from its values at the smallest steps.

    Slope and curvature of f do not show there, so what f(x + h) + f(x - h) scatters by is
    rounding. A function that comes in steps, as (x + 1e8) - 1e8 does, gives itself away by
    the first step.
    """
    behind = np.broadcast_to(behind, ahead.shape)
    sums = (0.5 * ahead + 0.5 * behind)[-_SMALL_STEPS:]
    sums = sums[np.isfinite(sums)]
    scatter = float(np.max(sums) - np.min(sums)) if sums.size else 0.0
    jumps = np.abs(ahead - behind)
    jumps = jumps[np.isfinite(jumps) & (jumps > 0)]
    typical = float(np.max(np.abs(sums), initial=0.0))
    level = 2.0 * scatter + (float(jumps[-1]) if jumps.size else 0.0)
    return np.concatenate(
        [_ASSUMED * UNIT * (np.abs(side) + typical) + level for side in (ahead, behind)]
    )


def _extrapolate(
    h: FloatArray, quotient: FloatArray, error: FloatArray, order: int, closest: float
) -> NumericalSlope:
    """The best entry of Neville's table; errors of the quotients fall like h^order, h^2order…"""
    usable = np.isfinite(quotient) & np.isfinite(error)
    if not usable.any():
        return NumericalSlope(float("nan"), float("inf"))
    h, quotient, error = h[usable], quotient[usable], error[usable]
    k = len(h)
    table = np.full((_COLUMNS + 1, k), np.nan)
    noise = np.full((_COLUMNS + 1, k), np.inf)
    truncation = np.full((_COLUMNS + 1, k), np.inf)
    table[0], noise[0] = quotient, error
    for c in range(1, min(_COLUMNS, k - 1) + 1):
        weight = 1.0 / ((h[:-c] / h[c:]) ** order - 1.0)
        table[c, c:] = table[c - 1, c:] + weight * (table[c - 1, c:] - table[c - 1, c - 1 : -1])
        noise[c, c:] = (1.0 + weight) * noise[c - 1, c:] + weight * noise[c - 1, c - 1 : -1]
    for c in range(_COLUMNS + 1):
        changes = [np.abs(table[c, 1:] - table[c, :-1])]
        if c:
            changes += [
                np.abs(table[c, 1:] - table[c - 1, 1:]),
                np.abs(table[c, 1:] - table[c - 1, :-1]),
            ]
        truncation[c, 1:] = np.max(changes, axis=0)
    caution = np.full((_COLUMNS + 1, 1), _CAUTION)
    bar = noise + caution * truncation
    bar[~np.isfinite(bar) | ~np.isfinite(table)] = np.inf
    caution[0] = 1.0  # the quotients themselves overshoot less than this
    low, high = _trusted(table[:_JUDGES], (noise + caution * truncation)[:_JUDGES])
    with np.errstate(all="ignore"):
        believed = np.isfinite(bar) & (table - bar <= high) & (table + bar >= low)
        # Functions like to change their nature at zero: steps that reach it prove nothing
        # where shorter steps leave much open.
        short = h < closest
        if np.isfinite(closest) and not short.all():
            first = int(np.argmax(short)) if short.any() else k
            left_open = high[first - 1] - low[first - 1]
            settled = short | (left_open <= _SETTLED * np.abs(table))
            bar = np.where(settled, bar, np.maximum(bar, left_open))
    if not believed.any():
        return NumericalSlope(float(quotient[-1]), float("inf"))
    c, j = np.unravel_index(np.argmin(np.where(believed, bar, np.inf)), bar.shape)
    return NumericalSlope(float(table[c, j]), float(bar[c, j]))


def _trusted(table: FloatArray, bar: FloatArray) -> tuple[FloatArray, FloatArray]:
    """For each step the interval that the error bars at all smaller steps share."""
    known = np.isfinite(table) & np.isfinite(bar)
    below = np.max(np.where(known, table - bar, -np.inf), axis=0)
    above = np.min(np.where(known, table + bar, np.inf), axis=0)
    low = np.maximum.accumulate(below[::-1])[::-1]
    high = np.minimum.accumulate(above[::-1])[::-1]
    return np.append(low[1:], -np.inf), np.append(high[1:], np.inf)
