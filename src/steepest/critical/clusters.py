"""Undecided pieces, merged into regions that a person can read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steepest.critical.search import BUDGET
from steepest.evaluate.interval.program import Flag
from steepest.evaluate.numpy import FloatArray

# Pairs of pieces are compared; more than this many are first put into coarser cells.
_MOST: Final = 3000


class Reason(Enum):
    """Why a region is undecided; the value is what a user reads."""

    BUDGET = "budget"
    UNDEFINED = "undefined here"
    NOT_SMOOTH = "not differentiable here"
    BOUNDARY = "on the boundary"
    DEGENERATE = "degenerate"

    @property
    def sentence(self) -> str:
        """What the reason means."""
        return _SENTENCES[self]


_SENTENCES: Final = {
    Reason.BUDGET: "the budget of boxes or seconds ran out before this part was examined to the"
    " end",
    Reason.UNDEFINED: "f is undefined somewhere in this region (a pole or the edge of its domain)",
    Reason.NOT_SMOOTH: "f may have a kink or a jump in this region, where ∇f does not exist",
    Reason.BOUNDARY: "there may be critical points on the boundary of the box, which rounding"
    " cannot place inside or outside",
    Reason.DEGENERATE: "∇f comes too near to 0 to tell: critical points where the Hessian is"
    " singular, a whole curve of them, or none",
}


@dataclass(frozen=True)
class Region:
    """A part of the box about which nothing was proved.

    `box` is ((lo, hi), …); `pieces` how many small boxes it covers, `lo`, `hi` (n, pieces)
    their bounds: every critical point that is not listed lies in one of them.
    """

    box: tuple[tuple[float, float], ...]
    reason: Reason
    pieces: int
    lo: FloatArray
    hi: FloatArray


def regions(
    lo: FloatArray,
    hi: FloatArray,
    flags: NDArray[np.uint8],
    box_lo: FloatArray,
    box_hi: FloatArray,
) -> tuple[Region, ...]:
    """The pieces [lo, hi] (n, m) of the box as connected regions, with the reasons."""
    if not lo.shape[1]:
        return ()
    found = []
    reasons = _reasons(flags)
    # What the budget left over is no part of a region that was examined to the end.
    spent = reasons == _ORDER.index(Reason.BUDGET)
    for part in (spent, ~spent):
        group = connected(lo[:, part], hi[:, part], box_lo, box_hi)
        indices = np.flatnonzero(part)
        for k in range(group.max(initial=-1) + 1):
            inside = indices[group == k]
            low, high = lo[:, inside], hi[:, inside]
            hull_lo, hull_hi = low.min(axis=1), high.max(axis=1)
            reason = _ORDER[int(reasons[inside].min())]
            small = np.all(hull_hi - hull_lo <= 1e-3 * (box_hi - box_lo))
            at_edge = np.any((hull_lo <= box_lo) | (hull_hi >= box_hi))
            if reason is Reason.DEGENERATE and small and at_edge:
                reason = Reason.BOUNDARY
            hull = tuple(zip(hull_lo.tolist(), hull_hi.tolist(), strict=True))
            found.append(Region(hull, reason, len(inside), low, high))
    return tuple(sorted(found, key=lambda region: region.box))


#: The reason of a region is the first of these that one of its pieces has.
_ORDER: Final = (Reason.BUDGET, Reason.UNDEFINED, Reason.NOT_SMOOTH, Reason.DEGENERATE)


def _reasons(flags: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Indices into `_ORDER`, one for each piece."""
    kinds = (
        flags & BUDGET != 0,
        flags & Flag.UNDEFINED != 0,
        flags & (Flag.KINK | Flag.JUMP | Flag.ROUGH) != 0,
    )
    return np.select(kinds, range(3), 3)


def connected(
    lo: FloatArray, hi: FloatArray, box_lo: FloatArray, box_hi: FloatArray
) -> NDArray[np.intp]:
    """A number for each piece, the same for pieces joined by a chain of touching ones."""
    cells = None
    slack = 1e-9 * (box_hi - box_lo)[:, None]
    if lo.shape[1] > _MOST:
        # Pieces of one coarse cell count as joined.
        grid = np.floor((0.5 * lo + 0.5 * hi - box_lo[:, None]) / (box_hi - box_lo)[:, None] * 32)
        _, cells = np.unique(grid, axis=1, return_inverse=True)
        cells = cells.reshape(-1)
        n, count = len(lo), int(cells.max()) + 1
        cell_lo, cell_hi = np.full((n, count), np.inf), np.full((n, count), -np.inf)
        for i in range(n):
            np.minimum.at(cell_lo[i], cells, lo[i])
            np.maximum.at(cell_hi[i], cells, hi[i])
        lo, hi = cell_lo, cell_hi
    group = np.full(lo.shape[1], -1)
    number = 0
    for seed in range(lo.shape[1]):
        if group[seed] >= 0:
            continue
        group[seed] = number
        front = [seed]
        while front:
            k = front.pop()
            touching = (group < 0) & np.all(
                (lo <= hi[:, k, None] + slack) & (hi >= lo[:, k, None] - slack), axis=0
            )
            group[touching] = number
            front.extend(np.flatnonzero(touching).tolist())
        number += 1
    return group if cells is None else group[cells]
