"""A loss surface as plain numbers: what a picture of it needs. This file does not load torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
#: (low, high) for each axis.
Ranges: TypeAlias = tuple[tuple[float, float], ...]


@dataclass(frozen=True, eq=False)
class Path:
    """A trajectory of m points as a slice shows it.

    `coordinates` (m, d) are its projections, `distances` (m,) how far each point lies off the
    slice, in the Euclidean norm of the parameters. `share` is the part of the squared distances
    from the slice's origin that lies within the slice: 1 if the slice hides nothing. Points that
    are not finite, as a run that blew up has them, are NaN and do not count.
    """

    coordinates: FloatArray
    distances: FloatArray
    share: float

    @property
    def farthest(self) -> int:
        """Which point lies farthest off the slice."""
        return int(np.argmax(np.nan_to_num(self.distances, nan=-1.0)))

    def __str__(self) -> str:
        return (
            f"{len(self.distances)} points; the slice shows {100 * self.share:.4g} % of their"
            f" spread, and the farthest lies {self.distances[self.farthest]:.3g} off it"
        )


class Lowest(NamedTuple):
    """The least value on the grid and its coordinates."""

    value: float
    coordinates: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Surface:
    """A loss on a line or plane.

    `grid` holds the coordinates along each axis, (k,) or (k,) and (l,); `values` is (k,), or
    (l, k) with rows from low to high second coordinate, NaN where the loss was not finite.
    Coordinates count in `unit`s of Euclidean length. `points` are (label, coordinates).
    `missing` points of the grid are not computed yet (in a file that was read); NaN, too.
    """

    title: str
    names: tuple[str, ...]
    grid: tuple[FloatArray, ...]
    values: FloatArray
    unit: float
    points: tuple[tuple[str, tuple[float, ...]], ...]
    path: Path | None = None
    missing: int = 0

    @property
    def lowest(self) -> Lowest:
        """The least finite value on the grid; NaN if there is none."""
        if np.isnan(self.values).all():
            return Lowest(float("nan"), (float("nan"),) * len(self.grid))
        place = np.unravel_index(int(np.nanargmin(self.values)), self.values.shape)
        axes = zip(self.grid, reversed(place), strict=True)
        return Lowest(float(self.values[place]), tuple(float(g[k]) for g, k in axes))

    def __str__(self) -> str:
        size = " × ".join(str(len(g)) for g in self.grid)
        value, place = self.lowest
        told = ", ".join(f"{c:.3g}" for c in place)
        walked = "" if self.path is None else f"; the trajectory: {self.path}"
        missing = f", {self.missing} not computed yet" if self.missing else ""
        return f"{self.title}, {size} points{missing}: lowest {value:.6g} at ({told}){walked}"
