"""A loss on a line or plane, point by point: shared out over ranks, and resumed from a file."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch

from steepest.descent.many import free_memory
from steepest.errors import ParameterError
from steepest.torch.grid_walk import walk
from steepest.torch.objective import Objective
from steepest.torch.parameters import VectorLike
from steepest.torch.picture import FloatArray, Ranges, Surface
from steepest.torch.points_file import PointsFile
from steepest.torch.shared_points import Ranks
from steepest.torch.slices import Slice
from steepest.torch.surface_json import about, path_json

if TYPE_CHECKING:
    from steepest.torch.local_model import LocalModel
    from steepest.torch.loss import Loss

_BYTES: Final = 40  # a point, while the values of ranks are put together

#: Called with how many points are done and how many there are.
Progress = Callable[[int, int], None]


def surface(
    f: Loss | LocalModel,
    where: Slice,
    *,
    ranges: Sequence[tuple[float, float]] | None = None,
    resolution: int | Sequence[int] = 51,
    trajectory: Sequence[VectorLike] | None = None,
    file: str | Path | None = None,
    progress: Progress | None = None,
) -> Surface:
    """The loss on a slice, at `resolution` points along each axis.

    `ranges` is the window, (low, high) for each axis, by default the slice's own. `trajectory`
    is projected onto the slice and drawn with the share of it that the slice shows. With `file`
    every point is written down as soon as it is known, and points that the file has are not
    computed again. `progress(done, total)` is called after each point, with this rank's counts.

    Where torch.distributed is initialized the points are shared out over the ranks of the default
    group, which all get the whole surface; unless the loss has `reduce=`, for then every rank is
    needed at every point, and the first one keeps the file and says what is known.

    Raises ParameterError for a slice of other parameters, and for a window, resolution or file
    that does not fit.
    """
    objective = _objective(f, where)
    window = checked_ranges(where.ranges if ranges is None else ranges, len(where.axes))
    counts = _counts(resolution, len(where.axes))
    grid = tuple(np.linspace(lo, hi, k) for (lo, hi), k in zip(window, counts, strict=True))
    path = None if trajectory is None or not len(trajectory) else where.project(trajectory)
    values = np.zeros(math.prod(counts))
    blank = Surface(
        f"{objective.title}: {where.title}", where.names, grid,
        values.reshape(tuple(reversed(counts))), where.unit, where.points, path,
    )  # fmt: skip
    ranks = Ranks.of(objective)
    store = None
    if file is not None:
        told = None if path is None else path_json(path)
        header = _header(where, grid)
        store = PointsFile(file, header, ranks.number, about=about(blank), trajectory=told)
    values, done = ranks.known(store, len(values))
    missing = np.flatnonzero(done == 0)[ranks.first :: ranks.stride]
    with store if store is not None and ranks.keeps else nullcontext() as written:

        def found(count: int, index: int, value: float) -> None:
            values[index], done[index] = value, 1.0
            if written is not None:
                written.add(index, value)
            if progress is not None:
                with torch.inference_mode(False):  # what it computes is its own
                    progress(count, len(missing))

        walk(objective, where, grid, missing, found)
    values = ranks.together(values, done, missing)
    shaped = values.reshape(blank.values.shape)
    return replace(blank, values=np.where(np.isfinite(shaped), shaped, np.nan))


def _objective(f: Loss | LocalModel, where: Slice) -> Objective:
    """What is asked on the slice; ParameterError if the two do not belong together."""
    objective = getattr(f, "objective", None)
    if not isinstance(objective, Objective):
        raise ParameterError(f"f={f!r:.60}: give a Loss, or the local model that at() gave")
    if not isinstance(where, Slice):
        raise ParameterError(f"where={where!r:.60}: give a Slice, such as Slice.random(loss.at())")
    if where.parameters.shapes != objective.parameters.shapes:
        raise ParameterError(
            f"the slice lies among other parameters, {where.parameters!r}, than the loss depends"
            f" on, {objective.parameters!r}: make it from this loss"
        )
    return objective


def checked_ranges(ranges: Sequence[tuple[float, float]], dimension: int) -> Ranges:
    """(low, high) for each axis; ParameterError for anything else."""
    try:
        window = tuple((float(lo), float(hi)) for lo, hi in ranges)
    except (TypeError, ValueError):
        window = ()
    if len(window) != dimension or not all(np.isfinite(w).all() and w[0] < w[1] for w in window):
        raise ParameterError(
            f"ranges={ranges!r}: expected {dimension} of (low, high) with low < high"
        )
    return window


def _counts(resolution: int | Sequence[int], dimension: int) -> tuple[int, ...]:
    many = isinstance(resolution, Iterable)
    counts = tuple(resolution) if many else (resolution,) * dimension
    if len(counts) != dimension or not all(isinstance(k, Integral) and k >= 2 for k in counts):
        raise ParameterError(
            f"resolution={resolution!r}: expected a whole number of at least 2 for each of"
            f" {dimension} axes"
        )
    points = math.prod(map(int, counts))
    needed, free = _BYTES * points, free_memory()
    if needed > free:
        raise ParameterError(
            f"resolution={resolution!r}: {points:,} points need {needed / 1e9:,.1f} GB of memory"
            f" and {free / 1e9:,.1f} GB are free: give a lower one"
        )
    return tuple(map(int, counts))


def _header(where: Slice, grid: tuple[FloatArray, ...]) -> dict[str, Any]:
    """What tells one surface from another: the window, and a digest of the slice itself."""
    digest = hashlib.sha256()
    for tensor in (where.origin, where.axes):
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return {
        "resolution": [len(g) for g in grid],
        "ranges": [[float(g[0]), float(g[-1])] for g in grid],
        "slice": digest.hexdigest()[:16],
    }
