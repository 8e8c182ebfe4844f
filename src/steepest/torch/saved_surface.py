"""A surface from the file that `surface(…, file=…)` wrote, also if it is not complete yet.

This file does not load torch.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from steepest.errors import ParameterError
from steepest.torch.picture import Surface
from steepest.torch.points_file import Kept, files_of, read_points
from steepest.torch.surface_json import path_from


def read_surface(path: str | Path) -> Surface:
    """The surface whose points were kept in `path`, those of all ranks together.

    Points that are not there yet are NaN, and counted by `missing`. Needs no torch.

    Raises ParameterError if the file cannot be read or holds something else.
    """
    first = Path(path)
    try:
        kept = [k for p in files_of(first) if (k := read_points(p)) is not None]
    except OSError as error:
        raise _cannot(first, (error.strerror or str(error)).lower()) from None
    if not kept:
        reason = "nothing stands there yet" if first.exists() else "no such file"
        raise _cannot(first, reason)
    return _surface(first, kept)


def _cannot(path: Path, reason: str) -> ParameterError:
    return ParameterError(
        f"{str(path)!r} cannot be read ({reason}); give the file that surface(…, file=…) wrote"
    )


def _surface(path: Path, kept: list[Kept]) -> Surface:
    header = kept[0].header
    resolution, ranges = header["resolution"], header["ranges"]
    grid = tuple(
        np.linspace(low, high, k) for (low, high), k in zip(ranges, resolution, strict=True)
    )
    values, known = np.full(math.prod(resolution), np.nan), set[int]()
    for part in kept:
        if any(
            part.header.get(key) != header.get(key) for key in ("resolution", "ranges", "slice")
        ):
            raise ParameterError(
                f"a file of another rank beside {str(path)!r} holds another surface: delete it"
            )
        for index, value in part.points.items():
            values[index] = value
        known |= part.points.keys()
    told = next((k.trajectory for k in kept if k.trajectory is not None), None)
    try:
        return Surface(
            str(header["title"]),
            tuple(str(name) for name in header["names"]),
            grid,
            values.reshape(tuple(reversed(resolution))),
            float(header["unit"]),
            tuple((str(p["label"]), _place(p["at"], len(grid))) for p in header["points"]),
            None if told is None else path_from(told),
            missing=len(values) - len(known),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ParameterError(
            f"{str(path)!r} does not say what it holds ({type(error).__name__}: {error}): it was"
            " written by an older version; call surface(…, file=…) with a new file"
        ) from None


def _place(at: Any, dimension: int) -> tuple[float, ...]:
    place = tuple(float(c) for c in at)
    if len(place) != dimension:
        raise ValueError(f"a point has {len(place)} coordinates")
    return place
