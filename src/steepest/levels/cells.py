"""Cutting the plane into cells in which a level curve cannot hide.

A cell is thrown away if interval arithmetic keeps f away from c on it. It is simple if a
partial derivative keeps its sign on it, so that the curve inside is a graph, and if each side
is crossed at most once, which the signs of f at the corners then tell. A graph without a
crossing is empty, so nothing can be missed. Other cells are cut; what is still not simple when
it is tiny is left over: singular points, where branches meet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from steepest.critical.bounds import BROKEN, Bounds
from steepest.critical.search import halve
from steepest.evaluate.interval.program import Enclosure, Flag
from steepest.evaluate.numpy import FloatArray

_LARGEST: Final = 1 / 48  # of the box: cells are cut at least to this
_FINEST: Final = 2.0**-24
_UP: Final = 1 + 2.0**-40
_CROWD: Final = 20_000
# Cuts at the same places in x and y would put corners on the diagonal, where curves like to be.
_TURN: Final = 0.0117

#: The sides of a cell by their corners: lower, upper, left, right. Corners are numbered by
#: (0, 1) for (lo, hi) in x, then y.
SIDES: Final = (((0, 0), (1, 0)), ((0, 1), (1, 1)), ((0, 0), (0, 1)), ((1, 0), (1, 1)))


@dataclass(frozen=True)
class Cells:
    """Simple cells [lo, hi] (2, k) with the sides that are crossed (4, k), and leftovers.

    `graph` (k,) is the coordinate that the curve is a function for: 1 means y = y(x).
    """

    lo: FloatArray
    hi: FloatArray
    crossed: NDArray[np.bool_]
    graph: NDArray[np.intp]
    left_lo: FloatArray
    left_hi: FloatArray
    left_flags: NDArray[np.uint8]


def simple_cells(bounds: Bounds, c: float, lo: FloatArray, hi: FloatArray) -> Cells:
    """The cells of the box [lo, hi] (2,) that the curve f = c meets."""
    whole = (hi - lo)[:, None]
    at_lo, at_hi = lo[:, None], hi[:, None]
    simple: list[tuple[Any, ...]] = []
    left: list[tuple[Any, ...]] = []
    while at_lo.shape[1]:
        alive, flags, definite = _meeting(bounds, c, at_lo, at_hi)
        at_lo, at_hi = at_lo[:, alive], at_hi[:, alive]
        flags, definite = flags[alive], definite[:, alive]
        size = at_hi - at_lo
        small = np.all(size <= _LARGEST * whole, axis=0)
        ready = small & definite.any(axis=0) & ((flags & BROKEN) == 0)
        known, crossed = _sides(bounds, c, at_lo[:, ready], at_hi[:, ready])
        chosen = np.flatnonzero(ready)[known]
        simple.append(
            (at_lo[:, chosen], at_hi[:, chosen], crossed[:, known],
             np.where(definite[1, chosen], 1, 0))
        )  # fmt: skip
        rest = np.ones(at_lo.shape[1], bool)
        rest[chosen] = False
        tiny = rest & np.all(size <= _FINEST * whole, axis=0)
        if (rest & small).sum() > _CROWD:
            tiny = rest
        left.append((at_lo[:, tiny], at_hi[:, tiny], flags[tiny]))
        go = rest & ~tiny
        share = size[:, go] / whole
        _, at_lo, at_hi = halve(
            at_lo[:, go], at_hi[:, go], share >= 0.6 * share.max(axis=0, initial=0.0), _TURN
        )
    joined: list[Any] = [np.concatenate([part[i] for part in simple], axis=-1) for i in range(4)]
    over: list[Any] = [np.concatenate([part[i] for part in left], axis=-1) for i in range(3)]
    met = joined[2].any(axis=0)
    return Cells(joined[0][:, met], joined[1][:, met], joined[2][:, met], joined[3][met], *over)


def _meeting(
    bounds: Bounds, c: float, lo: FloatArray, hi: FloatArray
) -> tuple[NDArray[np.bool_], NDArray[np.uint8], NDArray[np.bool_]]:
    """Which cells f = c may meet, their flags, and which derivatives (2, m) keep their sign."""
    found = bounds.gradients(lo, hi)
    alive = ~_away(bounds, c, lo, hi, found)
    definite = (found.lo[1:] > 0) | (found.hi[1:] < 0)
    return alive, found.flags, definite


def _away(
    bounds: Bounds, c: float, lo: FloatArray, hi: FloatArray, found: Enclosure
) -> NDArray[np.bool_]:
    """Where f is never c: by its range, or by f(middle) and the slopes (`found`)."""
    middle = 0.5 * lo + 0.5 * hi
    at = bounds.values(middle, middle)
    with np.errstate(all="ignore"):
        radius = np.maximum(hi - middle, middle - lo) * _UP
        slope = np.maximum(np.abs(found.lo[1:]), np.abs(found.hi[1:]))
        change = np.where(radius > 0, slope * radius, 0.0).sum(axis=0) * _UP
        low, high = at.lo[0] - change, at.hi[0] + change
        low, high = low - (np.abs(low) * 2.0**-50 + 1e-300), high + np.abs(high) * 2.0**-50 + 1e-300
    continuous = (found.flags & (Flag.UNDEFINED | Flag.JUMP)) == 0
    nowhere = (found.flags & Flag.NOWHERE) != 0
    by_slopes = continuous & ((low > c) | (high < c))
    return nowhere | (found.lo[0] > c) | (found.hi[0] < c) | by_slopes


def _sides(
    bounds: Bounds, c: float, lo: FloatArray, hi: FloatArray
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """For which cells it is known how often each side is crossed, and the sides crossed (4, m)."""
    m = lo.shape[1]
    ends = (lo, hi)
    signs = {}
    for i in (0, 1):
        for j in (0, 1):
            corner = np.array([ends[i][0], ends[j][1]])
            at = bounds.values(corner, corner)
            signs[i, j] = np.where(at.lo[0] > c, 1, np.where(at.hi[0] < c, -1, 0))
    known, crossed = np.ones(m, bool), np.zeros((4, m), bool)
    for k, (first, last) in enumerate(SIDES):
        start = np.array([ends[first[0]][0], ends[first[1]][1]])
        end = np.array([ends[last[0]][0], ends[last[1]][1]])
        along = bounds.gradients(start, end)
        axis = 1 + (0 if first[1] == last[1] else 1)
        away = _away(bounds, c, start, end, along)
        monotone = (along.lo[axis] > 0) | (along.hi[axis] < 0)
        a, b = signs[first], signs[last]
        known &= away | (monotone & (a != 0) & (b != 0))
        crossed[k] = ~away & (a * b < 0)
    return known, crossed
