"""The plane that a picture shows: all of it for two variables, a slice through a point for more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steepest.errors import ParameterError
from steepest.local.model import ScalarFunction

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Plane:
    """Two coordinates of f vary, the others stay as they are at `through` (n,)."""

    function: ScalarFunction
    through: FloatArray
    axes: tuple[int, int]

    @property
    def names(self) -> tuple[str, str]:
        """The variables along the two axes."""
        return self.function.variables[self.axes[0]], self.function.variables[self.axes[1]]

    @property
    def fixed(self) -> dict[str, float]:
        """The variables that do not vary, and their values."""
        return {
            name: float(self.through[k])
            for k, name in enumerate(self.function.variables)
            if k not in self.axes
        }

    def values(self, points: FloatArray) -> FloatArray:
        """f at points (m, 2) of the plane -> (m,)."""
        whole = np.repeat(self.through[None], len(points), axis=0)
        whole[:, self.axes] = points
        return self.function.values(whole)

    def part(self, vectors: FloatArray) -> FloatArray:
        """The two components in the plane of vectors or points (…, n)."""
        return vectors[..., list(self.axes)]


def plane_through(
    function: ScalarFunction, point: FloatArray, names: Sequence[str] | None
) -> Plane:
    """The plane of the variables `names` (default: the first two) through `point`."""
    if names is None:
        return Plane(function, point, (0, 1))
    known = ", ".join(function.variables)
    if len(names) != 2 or names[0] == names[1]:
        raise ParameterError(
            f"plane={','.join(names)}: name two different variables out of {known}"
        )
    for name in names:
        if name not in function.variables:
            raise ParameterError(f"plane: {name!r} is not a variable; they are {known}")
    first, second = (function.variables.index(name) for name in names)
    return Plane(function, point, (first, second))
