"""A loss surface as JSON values, the same in its page, on the command line and in its file.

    title       what was computed: the loss and the slice
    names       what each axis is
    grid        coordinates along each axis: (k,), and (l,) for a plane
    values      the loss: k numbers, or l rows of k from low to high second coordinate
    unit        the Euclidean length of a coordinate of 1
    points      [{"label", "at"}]: what the slice was laid through
    trajectory  None, or {"points", "distances", "share"}: a run's projections, how far each of
                its points lies off the slice, and the part of the spread within it
    lowest      {"value", "at"}: the least value on the grid; None if none is finite
    missing     how many points are not computed yet

Numbers that are not finite are None. This file does not load torch.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from steepest.torch.picture import FloatArray, Path, Surface


def surface_json(surface: Surface) -> dict[str, Any]:
    """The surface; all its numbers with all their digits."""
    value, place = surface.lowest
    return {
        **about(surface),
        "grid": [numbers(g) for g in surface.grid],
        "values": numbers(surface.values),
        "trajectory": None if surface.path is None else path_json(surface.path),
        "lowest": {"value": value, "at": list(place)} if math.isfinite(value) else None,
        "missing": surface.missing,
    }


def about(surface: Surface) -> dict[str, Any]:
    """What a picture says of the surface, without its values."""
    return {
        "title": surface.title,
        "names": list(surface.names),
        "unit": surface.unit,
        "points": [{"label": label, "at": list(at)} for label, at in surface.points],
    }


def path_json(path: Path) -> dict[str, Any]:
    """A trajectory on a slice."""
    return {
        "points": numbers(path.coordinates),
        "distances": numbers(path.distances),
        "share": number(path.share),
    }


def path_from(told: dict[str, Any]) -> Path:
    """The trajectory of which `path_json` told. Raises ValueError or KeyError for anything else."""
    distances = np.array(told["distances"], dtype=np.float64).reshape(-1)
    points = np.array(told["points"], dtype=np.float64).reshape(len(distances), -1)
    share = told["share"]
    return Path(points, distances, math.nan if share is None else float(share))


def numbers(values: FloatArray) -> list[Any]:
    """An array as lists, None where it is not finite."""
    told = values.astype(object)
    told[~np.isfinite(values)] = None
    return told.tolist()


def number(value: float) -> float | None:
    """The number, None if it is not finite."""
    return float(value) if math.isfinite(value) else None
