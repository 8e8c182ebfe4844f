"""From finds to points: each pinned down to rounding, counted once, and placed in the box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steepest.critical.bounds import Bounds
from steepest.critical.operator import krawczyk, newton_step, without
from steepest.critical.search import Found
from steepest.evaluate.numpy import FloatArray

_ROUNDS: Final = 60
_ULP: Final = 2.0**-52


@dataclass(frozen=True)
class Certified:
    """Boxes [lo, hi] (n, k) that hold one critical point each, no two the same.

    `edge_lo`, `edge_hi`: boxes of points that may lie inside or outside the searched box.
    `doubtful`: indices of points not told apart (rounding); they may be one.
    """

    lo: FloatArray
    hi: FloatArray
    unique_lo: FloatArray
    unique_hi: FloatArray
    edge_lo: FloatArray
    edge_hi: FloatArray
    doubtful: NDArray[np.intp]


def certify(bounds: Bounds, found: Found, lo: FloatArray, hi: FloatArray) -> Certified:
    """The finds of a search of [lo, hi] (n,) as distinct points."""
    n = len(lo)
    tight_lo, tight_hi = _joined(found.lo, n), _joined(found.hi, n)
    unique_lo, unique_hi = _joined(found.unique_lo, n), _joined(found.unique_hi, n)
    low, high = lo[:, None], hi[:, None]
    outside = np.any((tight_hi < low) | (tight_lo > high), axis=0)
    near = _take(~outside, tight_lo, tight_hi, unique_lo, unique_hi)
    tight_lo, tight_hi = refine(bounds, near[0], near[1])
    outside = np.any((tight_hi < low) | (tight_lo > high), axis=0)
    tight_lo, tight_hi, unique_lo, unique_hi = _take(~outside, tight_lo, tight_hi, *near[2:])

    order = np.argsort(_projection(0.5 * tight_lo + 0.5 * tight_hi))
    tight_lo, tight_hi, unique_lo, unique_hi = (
        part[:, order] for part in (tight_lo, tight_hi, unique_lo, unique_hi)
    )
    repeated, doubtful = _repeated(tight_lo, tight_hi, unique_lo, unique_hi)
    inside = np.all((tight_lo > low) & (tight_hi < high), axis=0)
    keep, edge = ~repeated & inside, ~repeated & ~inside
    number = np.cumsum(keep) - 1
    return Certified(
        *_take(keep, tight_lo, tight_hi, unique_lo, unique_hi),
        tight_lo[:, edge],
        tight_hi[:, edge],
        number[doubtful & keep],
    )


def refine(
    bounds: Bounds, lo: FloatArray, hi: FloatArray, fixed: NDArray[np.bool_] | None = None
) -> tuple[FloatArray, FloatArray]:
    """Boxes known to hold one critical point each, shrunk around it until rounding stops that.

    Coordinates that are `fixed` (n, m) stay as they are.
    """
    first = (hi - lo).max(axis=0, initial=0.0)
    lo, hi = lo.copy(), hi.copy()
    least = 1e-17 * float(first.max(initial=0.0))
    _contract(bounds, lo, hi, fixed, np.arange(lo.shape[1]), 0.5, least)
    size = np.maximum(np.abs(lo), np.abs(hi)).max(axis=0, initial=0.0)
    slow = np.flatnonzero((hi - lo).max(axis=0, initial=0.0) > 1e-6 * first + 2.0**-40 * size)
    if slow.size:
        _jump(bounds, lo, hi, fixed, slow)
        _contract(bounds, lo, hi, fixed, slow, 0.97, least)
    return lo, hi


def _contract(
    bounds: Bounds,
    lo: FloatArray,
    hi: FloatArray,
    fixed: NDArray[np.bool_] | None,
    active: NDArray[np.intp],
    gain: float,
    least: float,
) -> None:
    """The operator again and again on the `active` boxes, while a round gains as much.

    Boxes are not shrunk below `least`; one around 0 would go on to the smallest double.
    """
    for _ in range(_ROUNDS):
        if not active.size:
            return
        a, b = lo[:, active], hi[:, active]
        centre = 0.5 * a + 0.5 * b
        pieces, gradient = bounds.with_centres(a, b, centre)
        held = None if fixed is None else fixed[:, active]
        decision = krawczyk(a, b, centre, gradient, pieces.hessian, held)
        lo[:, active] = np.maximum(a, decision.lo)
        hi[:, active] = np.minimum(b, decision.hi)
        width = (hi - lo)[:, active].max(axis=0)
        size = np.maximum(np.abs(a), np.abs(b)).max(axis=0)
        active = active[(width < gain * (b - a).max(axis=0)) & (width > least + _ULP * size)]


def _jump(
    bounds: Bounds,
    lo: FloatArray,
    hi: FloatArray,
    fixed: NDArray[np.bool_] | None,
    slow: NDArray[np.intp],
) -> None:
    """Newton's method to the point, then proof that it is in a tiny box around the result.

    The given box holds one critical point only, so the tiny box holds that one.
    """
    a, b = lo[:, slow], hi[:, slow]
    held = np.zeros(a.shape, bool) if fixed is None else fixed[:, slow]
    x = 0.5 * a + 0.5 * b
    with np.errstate(all="ignore"):
        for _ in range(30):
            at = bounds.pieces(x, x)
            gradient, hessian = without(held, at.gradient, at.hessian)
            step = newton_step(0.5 * (gradient[0] + gradient[1]), 0.5 * (hessian[0] + hessian[1]))
            x = np.clip(x - np.nan_to_num(step), a, b)
        radius = np.where(held, 0.0, 1e-9 * (b - a) + 2.0**-44 * np.abs(x))
    small = np.maximum(a, x - radius), np.minimum(b, x + radius)
    pieces, gradient = bounds.with_centres(*small, x)
    decision = krawczyk(*small, x, gradient, pieces.hessian, held)
    sure = decision.unique
    lo[:, slow[sure]] = np.maximum(small[0], decision.lo)[:, sure]
    hi[:, slow[sure]] = np.minimum(small[1], decision.hi)[:, sure]


def inside_any(
    lo: FloatArray, hi: FloatArray, unique_lo: FloatArray, unique_hi: FloatArray
) -> NDArray[np.bool_]:
    """Which boxes [lo, hi] (n, m) lie in one of the boxes (n, k) whose only point is known."""
    held = np.zeros(lo.shape[1], dtype=bool)
    if not held.size or held.size * unique_lo.shape[1] > 20_000_000:
        return held
    for k in range(unique_lo.shape[1]):
        a, b = unique_lo[:, k, None], unique_hi[:, k, None]
        held |= np.all((lo >= a) & (hi <= b), axis=0)
    return held


def _repeated(
    lo: FloatArray, hi: FloatArray, unique_lo: FloatArray, unique_hi: FloatArray
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which boxes hold the point of an earlier one, and which may or may not."""
    m = lo.shape[1]
    repeated, doubtful = np.zeros(m, dtype=bool), np.zeros(m, dtype=bool)
    # Boxes that meet have projections that meet, so only near neighbours need a look.
    first, last = _projection(lo), _projection(hi)
    slack = 1e-14 * np.abs(last).max(initial=0.0)
    reach = np.maximum.accumulate(last) + slack
    k = 1
    while k < m and (first[k:] <= reach[:-k]).any():
        i, j = np.arange(m - k), np.arange(k, m)
        meet = np.all((lo[:, j] <= hi[:, i]) & (lo[:, i] <= hi[:, j]), axis=0)
        i, j = i[meet], j[meet]
        same = _contains(unique_lo, unique_hi, i, lo, hi, j)
        same |= _contains(unique_lo, unique_hi, j, lo, hi, i)
        repeated[j[same]] = True
        doubtful[j[~same]] = True
        k += 1
    return repeated, doubtful & ~repeated


def _contains(
    outer_lo: FloatArray,
    outer_hi: FloatArray,
    i: NDArray[np.intp],
    lo: FloatArray,
    hi: FloatArray,
    j: NDArray[np.intp],
) -> NDArray[np.bool_]:
    return np.all((lo[:, j] >= outer_lo[:, i]) & (hi[:, j] <= outer_hi[:, i]), axis=0)


def _projection(points: FloatArray) -> FloatArray:
    """A coordinate with positive weights in which hardly any two different points agree."""
    weights = 1 / np.sqrt(np.array([2.0, 3, 5, 7, 11, 13, 17, 19]))
    return np.resize(weights, len(points)) @ points


def _joined(parts: list[FloatArray], n: int) -> FloatArray:
    return np.concatenate(parts, axis=1) if parts else np.empty((n, 0))


def _take(mask: NDArray[np.bool_], *arrays: FloatArray) -> list[FloatArray]:
    return [array[:, mask] for array in arrays]
