"""The winding number of ∇f along the boundary of a plane box: an independent count.

If ∇f is continuous and has no zero on the boundary, the number of its turns along it,
counterclockwise, is the sum of the indices of the zeros inside: minima and maxima count 1,
saddles -1 (Poincaré-Hopf). The boundary is cut into segments on which interval arithmetic
keeps ∇f in one open half-plane, right, upper, left or lower; passing from one to the next
turns it by a quarter, and the quarters are counted exactly.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from steepest.critical.bounds import Bounds
from steepest.evaluate.interval.program import Flag
from steepest.evaluate.numpy import FloatArray

_FIRST_CUT: Final = 64
_DEEPEST: Final = 44
_MOST_SEGMENTS: Final = 1 << 20
_DISCONTINUOUS: Final = Flag.UNDEFINED | Flag.JUMP


def winding_number(bounds: Bounds, lo: FloatArray, hi: FloatArray) -> int | None:
    """How often ∇f turns along the boundary of [lo, hi] (2,), or None if that is not proved.

    None means that ∇f may vanish or break off somewhere on the boundary.
    """
    # Positions run from 0 to 4, one unit a side, counterclockwise from the lower left corner.
    start = np.arange(4 * _FIRST_CUT) / _FIRST_CUT
    end = np.append(start[1:], 4.0)
    places: list[FloatArray] = []
    labels: list[NDArray[np.int64]] = []
    for _ in range(_DEEPEST):
        label = _half_planes(bounds, lo, hi, start, end)
        known = label >= 0
        places.append(start[known])
        labels.append(label[known])
        start, end = start[~known], end[~known]
        if not start.size:
            break
        if start.size > _MOST_SEGMENTS:
            return None
        middle = 0.5 * start + 0.5 * end
        start, end = np.concatenate([start, middle]), np.concatenate([middle, end])
    else:
        return None
    order = np.argsort(np.concatenate(places))
    label = np.concatenate(labels)[order]
    turns = (np.roll(label, -1) - label) % 4
    if np.any(turns == 2):
        return None
    return int((turns == 1).sum() - (turns == 3).sum()) // 4


def _half_planes(
    bounds: Bounds, lo: FloatArray, hi: FloatArray, start: FloatArray, end: FloatArray
) -> NDArray[np.int64]:
    """The half-plane 0 … 3 that holds ∇f on each segment, -1 where that is not known."""
    x0, y0 = _place(lo, hi, start)
    x1, y1 = _place(lo, hi, end)
    seen = bounds.gradients(
        np.array([np.minimum(x0, x1), np.minimum(y0, y1)]),
        np.array([np.maximum(x0, x1), np.maximum(y0, y1)]),
    )
    label = np.full(len(start), -1)
    for side, holds in (
        (3, seen.hi[2] < 0),
        (2, seen.hi[1] < 0),
        (1, seen.lo[2] > 0),
        (0, seen.lo[1] > 0),
    ):
        label[holds] = side
    label[(seen.flags & _DISCONTINUOUS) != 0] = -1
    return label


def _place(lo: FloatArray, hi: FloatArray, position: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Points of the boundary; equal positions give equal points, corners are exact."""

    def along(a: float, b: float, part: FloatArray) -> FloatArray:
        return np.where(part <= 0, a, np.where(part >= 1, b, a + part * (b - a)))

    x = np.where(position <= 2, along(lo[0], hi[0], position), along(hi[0], lo[0], position - 2))
    y = np.where(
        position <= 3,
        along(lo[1], hi[1], position - 1),
        along(hi[1], lo[1], position - 3),
    )
    return x, y
