"""Which minimum many descents reached: their ends, polished and gathered."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from steepest.descent.judging import distinct
from steepest.local.function import ScalarFunction

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_POLISHING: Final = 25  # Newton steps; a degenerate minimum like x⁴'s comes a third closer each
_FLAT: Final = 1e-8
_NEAR: Final = 1e-4  # of the width of all ends: closer than that is one minimum
_WIDE: Final = 1e-2  # the same for minima that are not isolated
_CHUNK: Final = 16384
_PAIRS: Final = 1024  # points compared with all others at a time


def gather(
    function: ScalarFunction, ends: FloatArray, width: float
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Minima (k, n), their values (k,) lowest first, and the minimum of each of `ends` (m, n).

    Isolated ends within 1e-4 of `width` of each other belong to one minimum. Ends on a valley
    floor or a ring of minima belong together if gaps of at most 1e-2 of `width` join them.
    """
    if not len(ends):
        return ends, np.empty(0), np.empty(0, dtype=np.int64)
    first, group = distinct(ends, np.zeros(len(ends), dtype=np.int8))
    points = ends[first]
    alone = _isolated(function, points)
    points[alone] = polish(function, points[alone], 0.01 * width)
    family = np.empty(len(points), dtype=np.int64)
    family[alone] = _families(points[alone], _NEAR * width)
    count = int(np.max(family[alone], initial=-1)) + 1
    family[~alone] = count + _families(points[~alone], _WIDE * width)
    count = int(family.max()) + 1
    # The lowest end of each family stands for it.
    values = function.values(points)
    order = np.lexsort((np.arange(len(family)), values, family))
    heads = order[np.searchsorted(family[order], np.arange(count))]
    rank = np.lexsort((*points[heads].T[::-1], _rounded(values[heads])))
    place = np.empty(count, dtype=np.int64)
    place[rank] = np.arange(count)
    return points[heads[rank]], values[heads[rank]], place[family][group]


def _isolated(function: ScalarFunction, points: FloatArray) -> NDArray[np.bool_]:
    """Where the Hessian says that the minimum is a point, not part of a valley floor."""
    alone = np.zeros(len(points), dtype=bool)
    for start in range(0, len(points), _CHUNK):
        part = slice(start, start + _CHUNK)
        hessians = function.hessians(points[part])
        known = np.isfinite(hessians).all(axis=(1, 2))
        hessians[~known] = 0.0
        eigenvalues = np.linalg.eigvalsh(hessians)
        alone[part] = eigenvalues[:, 0] > _FLAT * np.max(np.abs(eigenvalues), axis=1)
    return alone


def polish(function: ScalarFunction, points: FloatArray, farthest: float) -> FloatArray:
    """`points` (k, n) moved by Newton's steps while these make ∇f smaller, at most `farthest`."""
    best = points.copy()
    gradients = function.gradients(best)
    size = np.linalg.norm(gradients, axis=1)
    live = np.arange(len(points))
    with np.errstate(all="ignore"):
        for _ in range(_POLISHING):
            hessians = function.hessians(best[live])
            usable = np.isfinite(hessians).all(axis=(1, 2)) & np.isfinite(size[live])
            live, hessians = live[usable], hessians[usable]
            if not len(live):
                break
            eigenvalues, vectors = np.linalg.eigh(hessians)
            largest = np.max(np.abs(eigenvalues), axis=1, keepdims=True)
            kept = np.abs(eigenvalues) > _FLAT * largest
            along = np.einsum("mji,mj->mi", vectors, gradients[live])
            along = np.where(kept, along / np.where(kept, eigenvalues, 1.0), 0.0)
            tried = best[live] - np.einsum("mij,mj->mi", vectors, along)
            new = function.gradients(tried)
            new_size = np.linalg.norm(new, axis=1)
            near = np.max(np.abs(tried - points[live]), axis=1) <= farthest
            better = near & (new_size < size[live])
            live = live[better]
            best[live], gradients[live], size[live] = tried[better], new[better], new_size[better]
    return best


def _families(points: FloatArray, near: float) -> IntArray:
    """A number for each point; points joined by gaps of at most `near` share theirs."""
    if not len(points):
        return np.empty(0, dtype=np.int64)
    cells = np.floor(points / near).astype(np.int64)
    _, first, cell = np.unique(cells, axis=0, return_index=True, return_inverse=True)
    seats = points[first]
    family = np.full(len(seats), -1, dtype=np.int64)
    number = 0
    for seed in range(len(seats)):
        if family[seed] >= 0:
            continue
        family[seed] = number
        front = np.array([seed])
        while len(front):
            open_ = np.flatnonzero(family < 0)
            if not len(open_):
                break
            reached = np.zeros(len(open_), dtype=bool)
            for k in range(0, len(front), _PAIRS):
                gaps = np.abs(seats[open_][:, None] - seats[front[k : k + _PAIRS]][None])
                reached |= (gaps.max(axis=2) <= 2.0 * near).any(axis=1)
            front = open_[reached]
            family[front] = number
        number += 1
    return family[cell.reshape(-1)]


def _rounded(values: FloatArray) -> FloatArray:
    """Values in 12 digits, so that equal minima are ordered by their place."""
    scale = float(np.max(np.abs(values[np.isfinite(values)]), initial=1.0))
    return np.round(values / scale, 12)
