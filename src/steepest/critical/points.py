"""All critical points of a formula in a box."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from typing import Any, Final

import numpy as np

from steepest.critical.bounds import Bounds
from steepest.critical.box import (
    SLICES,
    Box,
    as_bounds,
    as_formula,
    refuse_constant,
    slices,
    undefined_everywhere,
)
from steepest.critical.certify import Certified, certify, inside_any
from steepest.critical.classify import classify
from steepest.critical.clusters import regions
from steepest.critical.results import CriticalPoints
from steepest.critical.search import Found, Progress, search
from steepest.critical.winding import winding_number
from steepest.errors import ParameterError
from steepest.evaluate.numpy import FloatArray
from steepest.functions.formula import Formula

#: Boxes examined before a search gives up: ten seconds or so.
MAX_BOXES: Final = 10_000_000


def critical_points(
    f: Formula | str,
    box: Box,
    *,
    max_boxes: int = MAX_BOXES,
    seconds: float = math.inf,
    progress: Callable[[Progress], Any] | None = None,
    executor: Executor | None = None,
) -> CriticalPoints:
    """All points of the box where ∇f = 0, each proved, and proof that there are no others.

    `box` is [(lo, hi), …], one pair for each variable of `f`. Whatever cannot be decided is
    returned as undecided with the reason: degenerate points, points on the boundary, kinks,
    poles, and what `max_boxes` or `seconds` left unexamined. `progress` is called with a
    `Progress` after every batch; `executor` takes parts of the box.

    Method: interval branch and prune with the Krawczyk operator (see `critical.operator`).

    Raises:
        PointError: the box does not fit, is empty, inverted or infinite, or lies outside the
            domain of f.
        ParameterError: f is no formula, has no variables or is constant; a budget is not
            positive.

    Example:
        >>> found = critical_points("(x^2 + y - 11)^2 + (x + y^2 - 7)^2", [(-5, 5), (-5, 5)])
        >>> found.counts, found.complete, found.winding
        ({'minimum': 4, 'maximum': 1, 'saddle': 4}, True, 1)
    """
    started = time.perf_counter()
    f = as_formula(f)
    lo, hi = as_bounds(f, box)
    refuse_constant(f)
    check_budget(max_boxes, seconds)
    bounds = Bounds(f)
    if executor is None:
        found = Found()
        for step in search(bounds, lo, hi, found, max_boxes=max_boxes, seconds=seconds):
            if progress is not None:
                progress(step)
    else:
        found = _spread(f, lo, hi, max_boxes, seconds, progress, executor)
    if found.undefined:
        raise undefined_everywhere(f, lo, hi)
    return _result(bounds, found, lo, hi, started)


def check_budget(max_boxes: int, seconds: float) -> None:
    """Raises ParameterError unless both budgets are positive."""
    if max_boxes < 1:
        raise ParameterError(f"max_boxes={max_boxes!r}: allow at least one box")
    if not seconds > 0:
        raise ParameterError(f"seconds={seconds!r}: allow a positive time")


def _result(
    bounds: Bounds, found: Found, lo: FloatArray, hi: FloatArray, started: float
) -> CriticalPoints:
    points = certify(bounds, found, lo, hi)
    pieces = bounds.pieces(points.lo, points.hi)
    kinds, _, eigenvalues = classify(*pieces.hessian)
    middle = 0.5 * points.lo + 0.5 * points.hi
    radii = np.maximum(points.hi - middle, middle - points.lo).max(axis=0, initial=0.0)
    order = np.argsort(pieces.value[0] + pieces.value[1], kind="stable")
    return CriticalPoints(
        function=bounds.f,
        box=tuple(zip(lo.tolist(), hi.tolist(), strict=True)),
        locations=np.ascontiguousarray(middle.T[order]),
        radii=np.nextafter(radii, np.inf)[order],
        kinds=kinds[order],
        values=np.stack(pieces.value, axis=1)[order],
        eigenvalues=eigenvalues.T[order],
        undecided=_undecided(found, points, lo, hi),
        winding=winding_number(bounds, lo, hi) if bounds.n == 2 else None,
        boxes=found.boxes,
        seconds=time.perf_counter() - started,
    )


def _undecided(found: Found, points: Certified, lo: FloatArray, hi: FloatArray) -> tuple:
    n = len(lo)
    open_lo = np.concatenate([np.empty((n, 0)), *found.open_lo], axis=1)
    open_hi = np.concatenate([np.empty((n, 0)), *found.open_hi], axis=1)
    flags = np.concatenate([np.empty(0, np.uint8), *found.open_flags])
    known = inside_any(open_lo, open_hi, points.unique_lo, points.unique_hi)
    # A point of two boxes that could not be told apart is listed once and said to be doubtful.
    extra = points.doubtful
    open_lo = np.concatenate([open_lo[:, ~known], points.edge_lo, points.lo[:, extra]], axis=1)
    open_hi = np.concatenate([open_hi[:, ~known], points.edge_hi, points.hi[:, extra]], axis=1)
    more = np.zeros(points.edge_lo.shape[1] + len(extra), np.uint8)
    return regions(open_lo, open_hi, np.concatenate([flags[~known], more]), lo, hi)


def _spread(
    f: Formula,
    lo: FloatArray,
    hi: FloatArray,
    max_boxes: int,
    seconds: float,
    progress: Callable[[Progress], Any] | None,
    executor: Executor,
) -> Found:
    """The search of slices of the box, each a task of its own."""
    total, started = Found(), time.perf_counter()
    share = -(-max_boxes // SLICES)
    tasks = [(f, a, b, share, seconds) for a, b in slices(lo, hi)]
    for done, part in enumerate(executor.map(_search_part, tasks), 1):
        _merge(total, part)
        if progress is not None:
            spent = time.perf_counter() - started
            progress(Progress(total.boxes, SLICES - done, total.count, spent))
    return total


def _search_part(task: tuple[Formula, FloatArray, FloatArray, int, float]) -> Found:
    f, lo, hi, max_boxes, seconds = task
    found = Found()
    steps: Iterator[Progress] = search(
        Bounds(f), lo, hi, found, max_boxes=max_boxes, seconds=seconds
    )
    for _ in steps:
        pass
    return found


def _merge(total: Found, part: Found) -> None:
    total.boxes += part.boxes
    total.undefined &= part.undefined
    for name in ("unique_lo", "unique_hi", "lo", "hi", "open_lo", "open_hi", "open_flags"):
        getattr(total, name).extend(getattr(part, name))
