"""Points on a level curve inside simple cells, and the arcs between them."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from steepest.evaluate.numpy import FloatArray
from steepest.functions.formula import Formula
from steepest.levels.cells import SIDES, Cells

_HALVINGS: Final = 62
_BETWEEN: Final = (0.25, 0.5, 0.75)  # where an arc gets more points


def arcs(f: Formula, c: float, cells: Cells) -> FloatArray:
    """All arcs as (a, 5, 2): a point on each end, on sides of a cell, and three between."""
    crossings = _crossings(f, c, cells)
    pairs: list[tuple[int, int, int]] = []
    for cell in range(cells.lo.shape[1]):
        sides = np.flatnonzero(cells.crossed[:, cell])
        run = 1 - cells.graph[cell]  # the coordinate that the arcs run along
        order = sides[np.argsort(crossings[sides, run, cell])]
        # A graph leaves the cell where it entered it next: neighbours in order are an arc.
        pairs += [(cell, a, b) for a, b in zip(order[::2], order[1::2], strict=True)]
    if not pairs:
        return np.empty((0, 5, 2))
    cell, first, last = np.array(pairs).T
    start, end = crossings[first, :, cell], crossings[last, :, cell]
    points = [start]
    for part in _BETWEEN:
        points.append(_on_graph(f, c, cells, cell, start + part * (end - start)))
    return np.stack([*points, end], axis=1)


def _crossings(f: Formula, c: float, cells: Cells) -> FloatArray:
    """Where each crossed side meets the curve: (4, 2, k); NaN for the others."""
    ends = (cells.lo, cells.hi)
    result = np.full((4, 2, cells.lo.shape[1]), np.nan)
    for k, (first, last) in enumerate(SIDES):
        crossed = cells.crossed[k]
        start = np.array([ends[first[0]][0], ends[first[1]][1]])[:, crossed]
        end = np.array([ends[last[0]][0], ends[last[1]][1]])[:, crossed]
        result[k][:, crossed] = bisect(f, c, start.T, end.T).T
    return result


def _on_graph(
    f: Formula, c: float, cells: Cells, cell: NDArray[np.intp], near: FloatArray
) -> FloatArray:
    """The points of the graphs in the given cells that stand over the points `near` (a, 2)."""
    rows = np.arange(len(cell))
    axis = cells.graph[cell]
    low, high = near.copy(), near.copy()
    low[rows, axis] = cells.lo[axis, cell]
    high[rows, axis] = cells.hi[axis, cell]
    return bisect(f, c, low, high)


def bisect(f: Formula, c: float, start: FloatArray, end: FloatArray) -> FloatArray:
    """The points (a, 2) on the segments from `start` to `end` where f - c changes its sign."""
    rising = f.values(end) > c
    low, high = np.zeros(len(start)), np.ones(len(start))
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        above = f.values(start + middle[:, None] * (end - start)) > c
        forward = above == rising
        high, low = np.where(forward, middle, high), np.where(forward, low, middle)
    return start + (0.5 * (low + high))[:, None] * (end - start)
