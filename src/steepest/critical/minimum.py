"""The global minimum of a formula over a box, with rigorous bounds."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

import numpy as np

from steepest.critical.bounding import Bounding, Kept, Part, bound, join, sample, whole
from steepest.critical.bounds import Bounds
from steepest.critical.box import SLICES, Box, as_bounds, as_formula, slices, undefined_everywhere
from steepest.critical.certify import inside_any
from steepest.critical.clusters import regions
from steepest.critical.minimum_results import GlobalMinimum, Minimizer
from steepest.critical.points import MAX_BOXES, check_budget
from steepest.critical.search import Progress
from steepest.evaluate.numpy import FloatArray
from steepest.functions.formula import Formula


def global_minimum(
    f: Formula | str,
    box: Box,
    *,
    max_boxes: int = MAX_BOXES,
    seconds: float = math.inf,
    progress: Callable[[Progress], Any] | None = None,
    executor: Executor | None = None,
) -> GlobalMinimum:
    """The smallest value of f in the closed box, in rigorous bounds, and where it is taken.

    `box` is [(lo, hi), …]. Minimizers on the boundary are found too. The bounds hold in any
    case; where minimizers cannot be told (degenerate ones, kinks, an exhausted budget) the
    regions that may hold them are listed as undecided. `progress` is called with a `Progress`
    after every batch; `executor` takes slices of the box.

    Raises:
        PointError: the box does not fit, is empty, inverted or infinite, or lies outside the
            domain of f.
        ParameterError: f is no formula or has no variables; a budget is not positive.

    Example:
        >>> best = global_minimum("(1 - x)^2 + 100(y - x^2)^2", [(-5, 10), (-5, 10)])
        >>> [round(c, 6) for c in best.minimizers[0].x], best.complete
        ([1.0, 1.0], True)
    """
    started = time.perf_counter()
    f = as_formula(f)
    lo, hi = as_bounds(f, box)
    check_budget(max_boxes, seconds)
    state = Bounding(Bounds(f), lo, hi)
    sample(state)
    if executor is None:
        for step in bound(state, whole(state), max_boxes, seconds):
            if progress is not None:
                progress(step)
    else:
        _spread(state, max_boxes, seconds, progress, executor)
    if math.isinf(state.best) and not state.minimizers and not state.open:
        raise undefined_everywhere(f, lo, hi)
    return _result(state, started)


def _spread(
    state: Bounding,
    max_boxes: int,
    seconds: float,
    progress: Callable[[Progress], Any] | None,
    executor: Executor,
) -> None:
    """The search of slices of the box, each a task of its own that knows the best value so far."""
    started = time.perf_counter()
    share = -(-max_boxes // SLICES)
    tasks = [
        (state.bounds.f, state.lo, state.hi, state.best, state.point, lo, hi, share, seconds)
        for lo, hi in slices(state.lo, state.hi)
    ]
    for done, part in enumerate(executor.map(_search_slice, tasks), 1):
        state.merge(part)
        if progress is not None:
            spent, found = time.perf_counter() - started, sum(map(len, state.minimizers))
            progress(Progress(state.boxes, SLICES - done, found, spent))


def _search_slice(task: tuple[Any, ...]) -> Kept:
    f, lo, hi, best, point, slice_lo, slice_hi, max_boxes, seconds = task
    state = Bounding(Bounds(f), lo, hi, best, point)
    part = whole(state)
    part.lo, part.hi = slice_lo[:, None], slice_hi[:, None]
    for _ in bound(state, part, max_boxes, seconds):
        pass
    return state.kept()


def _result(state: Bounding, started: float) -> GlobalMinimum:
    n, lo, hi = len(state.lo), state.lo, state.hi
    empty = Part(
        np.empty((n, 0)), np.empty((n, 0)), np.empty((n, 0), bool),
        np.empty(0), np.empty(0, np.uint8),
    )  # fmt: skip
    found, left = join([empty, *state.minimizers]), join([empty, *state.open])
    unique = [
        np.concatenate([empty.lo, *parts], axis=1) for parts in zip(*state.unique, strict=True)
    ]
    low = found.least <= state.best
    found, unique = found[low], [part[:, low] for part in unique]
    left = left[left.least <= state.best]
    left = left[~inside_any(left.lo, left.hi, found.lo, found.hi)]
    found = _distinct(found, unique)
    least = min(np.min(found.least, initial=math.inf), np.min(left.least, initial=math.inf))
    return GlobalMinimum(
        function=state.bounds.f,
        box=tuple(zip(lo.tolist(), hi.tolist(), strict=True)),
        value_bounds=(float(min(least, state.best)), state.best),
        point=None if state.point is None else tuple(state.point.tolist()),
        minimizers=tuple(_minimizer(state, found, k) for k in range(len(found))),
        undecided=regions(left.lo, left.hi, left.flags, lo, hi),
        boxes=state.boxes,
        seconds=time.perf_counter() - started,
    )


def _minimizer(state: Bounding, found: Part, k: int) -> Minimizer:
    lo, hi = found.lo[:, k], found.hi[:, k]
    middle = 0.5 * lo + 0.5 * hi
    radius = float(np.nextafter(np.maximum(hi - middle, middle - lo).max(), math.inf))
    at = state.bounds.values(lo[:, None], hi[:, None])
    bounds = float(at.lo[0, 0]), float(at.hi[0, 0])
    side = bool(found.fixed[:, k].any())
    return Minimizer(
        tuple(middle.tolist()), 0.0 if np.array_equal(lo, hi) else radius, bounds, side
    )


def _distinct(found: Part, unique: list[FloatArray]) -> Part:
    """The boxes without those whose point is the only one in the neighbourhood of another."""
    keep = np.ones(len(found), bool)
    for k in range(len(found)):
        if keep[k]:
            a, b = unique[0][:, k, None], unique[1][:, k, None]
            same = np.all((found.lo >= a) & (found.hi <= b), axis=0)
            same &= np.all(found.fixed == found.fixed[:, k, None], axis=0)
            same[: k + 1] = False
            keep &= ~same
    return found[keep]
