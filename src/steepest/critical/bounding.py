"""Branch and bound for the global minimum.

A piece is thrown away if f is proved larger there than at some point already seen, or if f is
monotone along a coordinate, unless the piece touches the side of the box to which f falls: then
that side of it is kept, and the coordinate is fixed. A piece on which the Krawczyk operator
finds one critical point and f is strictly convex (in the coordinates that are not fixed) has
its minimum there, and is done.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from steepest.critical.bounds import BROKEN, Bounds
from steepest.critical.certify import refine
from steepest.critical.classify import classify, positive_definite
from steepest.critical.operator import krawczyk, newton_step, without
from steepest.critical.search import BUDGET, Progress, halve
from steepest.evaluate.interval.program import Enclosure, Flag
from steepest.evaluate.numpy import FloatArray

Mask = NDArray[np.bool_]

_INFLATION: Final = 0.05
_FINEST: Final = 2.0**-30
_CROWD: Final = 4096
# Pieces whose lower bound is this close to the best value are not worth more work in a crowd.
_CLOSE: Final = 1e-10
_UP: Final = 1 + 2.0**-40
_DISCONTINUOUS: Final = Flag.UNDEFINED | Flag.JUMP
# At a cusp the slope may be missing, and its sign on either side says nothing about the other.
_CUSP: Final = _DISCONTINUOUS | Flag.ROUGH


@dataclass
class Part:
    """Pieces [lo, hi] (n, m), which coordinates are fixed (n, m), lower bounds of f, flags."""

    lo: FloatArray
    hi: FloatArray
    fixed: Mask
    least: FloatArray
    flags: NDArray[np.uint8]

    def __getitem__(self, mask: Any) -> Part:
        lo, hi, fixed = self.lo[:, mask], self.hi[:, mask], self.fixed[:, mask]
        return Part(lo, hi, fixed, self.least[mask], self.flags[mask])

    def __len__(self) -> int:
        return self.lo.shape[1]


Kept = tuple[
    float,
    FloatArray | None,
    int,
    list[Part],
    list[tuple[FloatArray, FloatArray]],
    list[Part],
]


@dataclass
class Bounding:
    """How far a search of the box [lo, hi] (n,) is: the best value seen, what was kept."""

    bounds: Bounds
    lo: FloatArray
    hi: FloatArray
    best: float = math.inf  # f takes a value <= best at `point`
    point: FloatArray | None = None
    boxes: int = 0
    minimizers: list[Part] = field(default_factory=list)
    unique: list[tuple[FloatArray, FloatArray]] = field(default_factory=list)
    open: list[Part] = field(default_factory=list)

    def seen(self, at: Enclosure, points: FloatArray) -> None:
        """Takes into account the values of f at `points` (n, m), or on tiny boxes there."""
        values = np.where((at.flags & Flag.UNDEFINED) == 0, at.hi[0], math.inf)
        if values.size and (least := float(values.min())) < self.best:
            self.best, self.point = least, points[:, int(values.argmin())]

    def kept(self) -> Kept:
        """What another process needs of this search of a part of the box, to `merge` it."""
        return self.best, self.point, self.boxes, self.minimizers, self.unique, self.open

    def merge(self, kept: Kept) -> None:
        """Adds what the search of a part of the box has left."""
        best, point, boxes, minimizers, unique, left = kept
        if best < self.best:
            self.best, self.point = best, point
        self.boxes += boxes
        self.minimizers += minimizers
        self.unique += unique
        self.open += left


def whole(state: Bounding) -> Part:
    """The box of `state`, as the piece to begin with."""
    return Part(
        state.lo[:, None], state.hi[:, None], np.zeros((len(state.lo), 1), bool),
        np.full(1, -math.inf), np.zeros(1, np.uint8),
    )  # fmt: skip


def bound(state: Bounding, part: Part, max_boxes: int, seconds: float) -> Iterator[Progress]:
    """Searches the pieces `part`; what is left when a budget ends is open with flag BUDGET."""
    start = time.perf_counter()
    while len(part):
        spent = time.perf_counter() - start
        if state.boxes >= max_boxes or spent >= seconds:
            part.flags = np.full(len(part), BUDGET, np.uint8)
            state.open.append(part)
            return
        part = _examine(state, part)
        yield Progress(state.boxes, len(part), sum(map(len, state.minimizers)), spent)


def sample(state: Bounding) -> None:
    """A first upper bound: f at points spread over the box, the best of them improved."""
    n, f = len(state.lo), state.bounds.f
    rng = np.random.default_rng(0)
    points = state.lo + (state.hi - state.lo) * rng.random((256 * n, n))
    with np.errstate(all="ignore"):
        values = np.nan_to_num(f.values(points), nan=math.inf, posinf=math.inf)
        best = points[np.argsort(values)[:16]]
        for _ in range(12):
            gradients, hessians = f.gradients(best), f.hessians(best)
            shift = 1e-12 + 1e-9 * np.abs(hessians).max(axis=(1, 2), initial=0.0)
            usable = np.isfinite(gradients).all(axis=1) & np.isfinite(hessians).all(axis=(1, 2))
            best, gradients = best[usable], gradients[usable]
            if not len(best):
                break
            system = hessians[usable] + shift[usable, None, None] * np.eye(n)
            step = newton_step(gradients.T, np.moveaxis(system, 0, 2)).T
            step = np.nan_to_num(step, posinf=0.0, neginf=0.0)
            new = np.clip(best - step, state.lo, state.hi)
            better = f.values(new) < f.values(best)
            best = np.where(better[:, None], new, best)
    centre = 0.5 * state.lo + 0.5 * state.hi  # of a symmetric box often the minimizer itself
    tried = np.concatenate([points[np.argsort(values)[:16]], best, centre[None]]).T
    _visit(state, np.ascontiguousarray(tried))


def _visit(state: Bounding, points: FloatArray) -> None:
    """Takes the values at `points` (n, m) of the box into account."""
    at = state.bounds.values(points, points)
    state.seen(at, points)


def _examine(state: Bounding, part: Part) -> Part:
    """Decides what it can of the pieces; returns the next, smaller ones."""
    bounds = state.bounds
    state.boxes += len(part)
    first = bounds.gradients(part.lo, part.hi)
    centre = 0.5 * part.lo + 0.5 * part.hi
    at_centre = bounds.gradients(centre, centre)
    state.seen(at_centre, centre)
    part.flags = first.flags
    part.least = _lower_bounds(part, centre, first, at_centre)
    keep = (part.least <= state.best) & ((first.flags & Flag.NOWHERE) == 0)
    keep &= _fall_to_sides(state, part, first.lo[1:], first.hi[1:])
    part, centre = part[keep], centre[:, keep]
    centre = np.where(part.fixed, part.lo, centre)
    if not len(part):
        return part
    moved = part.fixed.any(axis=0)
    gradient = at_centre.lo[1:][:, keep], at_centre.hi[1:][:, keep]
    if moved.any():
        again = bounds.gradients(centre[:, moved], centre[:, moved])
        state.seen(again, centre[:, moved])
        gradient[0][:, moved], gradient[1][:, moved] = again.lo[1:], again.hi[1:]

    margin = np.where(part.fixed, 0.0, _INFLATION * (part.hi - part.lo))
    wide = part.lo - margin, part.hi + margin
    pieces = bounds.pieces(*wide)
    decision = krawczyk(*wide, centre, gradient, pieces.hessian, part.fixed)
    usable = (pieces.flags & BROKEN) == 0
    unique = decision.unique & usable
    done = np.zeros(len(part), bool)
    if unique.any():
        done[unique] = _settle(state, part[unique], wide, decision, pieces.hessian, unique)
    sides = np.any(~part.fixed & _at_side(state, part), axis=0)
    # Without a critical point inside, and away from the sides, there is no minimizer.
    empty = decision.empty & usable & ~sides
    part, suspect = part[~done & ~empty], (decision.singular | ~usable)[~done & ~empty]
    return _give_up(state, part, suspect)


def _lower_bounds(part: Part, centre: FloatArray, first: Any, at_centre: Any) -> FloatArray:
    """The better of the range of f and of f(c) - Σ|∂f|·radius, where f is continuous."""
    with np.errstate(all="ignore"):
        radius = np.maximum(part.hi - centre, centre - part.lo) * _UP
        slope = np.maximum(np.abs(first.lo[1:]), np.abs(first.hi[1:]))
        drop = np.where(radius > 0, slope * radius, 0.0).sum(axis=0) * _UP
        linear = at_centre.lo[0] - drop
        linear -= 2.0**-50 * np.abs(linear) + 1e-300
    smooth = ((first.flags & _DISCONTINUOUS) == 0) & ~np.isnan(linear)
    return np.maximum(np.maximum(first.lo[0], part.least), np.where(smooth, linear, -math.inf))


def _at_side(state: Bounding, part: Part) -> Mask:
    return (part.lo <= state.lo[:, None]) | (part.hi >= state.hi[:, None])


def _fall_to_sides(state: Bounding, part: Part, lo: FloatArray, hi: FloatArray) -> Mask:
    """Fixes coordinates along which f falls to a side of the box; False where it falls inward."""
    continuous = (part.flags & _CUSP) == 0
    keep = np.ones(len(part), bool)
    for i in range(len(lo)):
        free = ~part.fixed[i] & continuous
        for falls, side, end in (
            (free & (lo[i] > 0), part.lo[i] <= state.lo[i], part.lo),
            (free & (hi[i] < 0), part.hi[i] >= state.hi[i], part.hi),
        ):
            keep &= ~falls | side
            fix = falls & side
            value = end[i][fix]
            part.lo, part.hi, part.fixed = part.lo.copy(), part.hi.copy(), part.fixed.copy()
            part.lo[i][fix], part.hi[i][fix], part.fixed[i][fix] = value, value, True
    return keep


def _settle(
    state: Bounding, part: Part, wide: Any, decision: Any, hessian: Any, unique: Mask
) -> Mask:
    """Which pieces with one critical point are done with, having kept the minimizers."""
    lo = np.maximum(wide[0], decision.lo)[:, unique]
    hi = np.minimum(wide[1], decision.hi)[:, unique]
    lo, hi = np.where(part.fixed, part.lo, lo), np.where(part.fixed, part.hi, hi)
    lo, hi = refine(state.bounds, lo, hi, part.fixed)
    low, high = state.lo[:, None], state.hi[:, None]
    inside = np.all(part.fixed | ((lo > low) & (hi < high)), axis=0)
    _, own = without(part.fixed, (lo, hi), (hessian[0][..., unique], hessian[1][..., unique]))
    convex = positive_definite(*own)
    at = state.bounds.values(lo, hi)
    found = Part(lo, hi, part.fixed, at.lo[0], at.flags)
    kept = inside & convex
    reached = Enclosure(at.lo[:, kept], at.hi[:, kept], at.flags[kept])
    state.seen(reached, (0.5 * lo + 0.5 * hi)[:, kept])
    state.minimizers.append(found[kept])
    state.unique.append((wide[0][:, unique][:, kept], wide[1][:, unique][:, kept]))
    # A point that is not a minimum ends a piece only where no side of the box is near.
    tight = state.bounds.pieces(lo, hi)
    _, tight_own = without(part.fixed, (lo, hi), tight.hessian)
    other = inside & _not_minimum(*tight_own)
    return kept | (other & ~np.any(~part.fixed & _at_side(state, part), axis=0))


def _not_minimum(lo: FloatArray, hi: FloatArray) -> Mask:
    return classify(lo, hi)[1] > 0


def _give_up(state: Bounding, part: Part, suspect: Mask) -> Part:
    """Leaves pieces that are too small, or too many of a kind; halves the rest."""
    whole = (state.hi - state.lo)[:, None]
    size = part.hi - part.lo
    finest = np.maximum(_FINEST * whole, 2.0**-46 * np.maximum(np.abs(part.lo), np.abs(part.hi)))
    done = np.all(size <= finest, axis=0)
    if suspect.sum() > _CROWD:
        close = part.least >= state.best - _CLOSE * (1 + abs(state.best))
        done |= suspect & (close | np.all(size <= 2.0**-16 * whole, axis=0))
    state.open.append(part[done])
    part = part[~done]
    with np.errstate(all="ignore"):
        share = (part.hi - part.lo) / whole
    source, lo, hi = halve(part.lo, part.hi, share >= 0.7 * share.max(axis=0, initial=0.0))
    new = part[source]
    return Part(lo, hi, new.fixed, new.least, new.flags)


def join(parts: list[Part]) -> Part:
    """All the pieces of some parts."""
    return Part(
        np.concatenate([p.lo for p in parts], axis=1),
        np.concatenate([p.hi for p in parts], axis=1),
        np.concatenate([p.fixed for p in parts], axis=1),
        np.concatenate([p.least for p in parts]),
        np.concatenate([p.flags for p in parts]),
    )
