"""Which part of the plane to show when nobody says: enough to see the shape around the point."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steepest.errors import ParameterError

FloatArray = NDArray[np.float64]
Box = list[tuple[float, float]]

_ROUND: Final = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0)
_GRID: Final = 33  # samples a side, to see how far values lie apart
_TOO_FINE: Final = 20.0  # how much finer than the usual window a function's own scale may be


def around(
    point: FloatArray,
    gradient: FloatArray,
    hessian: FloatArray,
    value: float = math.nan,
    spread: Callable[[float], float] | None = None,
) -> Box:
    """A cube for the coordinates of `point`: [(lo, hi), …], all sides equally long.

    Usually it is centred at the origin and holds the point. Where f changes on a much finer
    scale (sin(10⁴x)) or explodes, it is centred at the point, at f's own scale ‖∇f‖/‖H‖: the
    distance over which the gradient changes by its own size. Near a critical point that is
    small although nothing fine is there; then the curvature explains what f does in the usual
    window, and `spread` tells: how far its values lie apart in a window of that half side.
    The page's twin is `suggestHalf` in web/src/plot/view.ts.
    """
    largest = float(np.max(np.abs(point), initial=0.0))
    # One variable leaves room across: show more of it.
    home = _round_up(2.5 * max(largest, 1.6) if len(point) == 1 else 1.7 * max(largest, 1.2))
    own = own_scale(gradient, hessian)
    if own is not None and home > _TOO_FINE * own:
        half = _round_up(3.0 * own)
        if half > 1e-13 * largest and _own_scale_is_seen(hessian, value, home, spread):
            return [(float(c) - half, float(c) + half) for c in point]
    return [(-home, home)] * len(point)


def _own_scale_is_seen(
    hessian: FloatArray, value: float, home: float, spread: Callable[[float], float] | None
) -> bool:
    if spread is None:
        return True
    seen = spread(home)
    fine = 0.5 * float(np.max(np.abs(hessian))) * home**2 > 30 * seen
    explodes = not seen < 1e6 * (1 + abs(value))
    return fine or explodes


def spread_of(values: Callable[[FloatArray], FloatArray], dim: int) -> Callable[[float], float]:
    """How far f's values lie apart in a window around the origin, spikes left out.

    `values` takes points (m, dim), with dim 1 or 2.
    """

    def spread(half: float) -> float:
        side = np.linspace(-half, half, _GRID)
        grid = np.meshgrid(side, side)[:dim]
        with np.errstate(all="ignore"):
            found = values(np.column_stack([g.ravel() for g in grid]))
        known = np.sort(found[np.isfinite(found)])
        if not len(known):
            return math.nan
        low, high = (known[math.floor(q * (len(known) - 1) + 0.5)] for q in (0.05, 0.95))
        return float(high - low)

    return spread


def own_scale(gradient: FloatArray, hessian: FloatArray) -> float | None:
    """‖∇f‖/‖H‖, None where that says nothing."""
    if not (np.isfinite(gradient).all() and np.isfinite(hessian).all()):
        return None
    bend = float(np.max(np.abs(hessian), initial=0.0))
    slope = float(np.max(np.abs(gradient), initial=0.0))
    if not bend or not slope:
        return None
    ratio = slope / bend
    return ratio if math.isfinite(ratio) and ratio > 0 else None


def holding(points: FloatArray, home: Box | None = None) -> Box:
    """A cube that holds the trajectory `points` (k, n) with a margin.

    A divergent trajectory is followed only as far as it stays within sight of `home`.
    """
    seen = points[np.isfinite(points).all(axis=1)]
    if home is not None:
        low, high = np.array(home).T
        span = high - low
        near = ((seen >= low - 2 * span) & (seen <= high + 2 * span)).all(axis=1)
        seen = seen[near] if near.any() else seen[:1]
    low, high = seen.min(axis=0), seen.max(axis=0)
    half = 0.75 * float(np.max(high - low))
    if not half > 1e-12 * float(np.max(np.abs(seen), initial=0.0)):
        half = max(1.0, float(np.max(np.abs(seen), initial=0.0)))
    return [(float(c - half), float(c + half)) for c in (low + high) / 2]


def _round_up(length: float) -> float:
    """The next round number: 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten."""
    if not math.isfinite(length) or length <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(length))
    return next(r * power for r in _ROUND if r * power >= length * (1 - 1e-9))


def checked(box: Box, pairs: int) -> Box:
    """`box` as floats, or a ParameterError: `pairs` pairs (lo, hi), finite, lo < hi."""
    try:
        ranges = [(float(lo), float(hi)) for lo, hi in box]
    except (TypeError, ValueError):
        ranges = []
    if len(ranges) != pairs or not all(
        math.isfinite(lo) and math.isfinite(hi) and lo < hi for lo, hi in ranges
    ):
        expected = "[(lo, hi), (lo, hi)]" if pairs == 2 else "[(lo, hi)]"
        raise ParameterError(f"box={box!r:.80}: expected {expected} with finite lo < hi")
    return ranges
