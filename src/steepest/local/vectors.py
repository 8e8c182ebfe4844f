"""Vectors that callers hand in: checked, with errors that quote them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from steepest.errors import PointError
from steepest.local.results import FloatArray
from steepest.norms import Norm, size_of


def frozen(array: ArrayLike) -> FloatArray:
    """A read-only copy."""
    copy = np.array(array, dtype=np.float64)
    copy.setflags(write=False)
    return copy


def point(coordinates: ArrayLike, variables: tuple[str, ...]) -> FloatArray:
    """A point (n,) with finite coordinates, read-only; PointError otherwise."""
    array = np.array(coordinates, dtype=np.float64)
    n = len(variables)
    if array.shape != (n,):
        raise PointError(
            f"a point of shape {array.shape}: expected ({n},), a number for"
            f" each of {', '.join(variables) or 'no variables'}"
        )
    if not np.isfinite(array).all():
        i = int(np.flatnonzero(~np.isfinite(array))[0])
        raise PointError(
            f"{variables[i]} = {array[i]} is not a place: every coordinate"
            " of a point must be finite"
        )
    return frozen(array)


def vector(given: ArrayLike, name: str, variables: tuple[str, ...]) -> FloatArray:
    """A finite vector (n,); PointError otherwise, which calls it `name`."""
    n = len(variables)
    try:
        array = np.array(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise PointError(f"{given!r} is not a {name}: expected {n} numbers") from None
    if array.shape == () and n == 1:
        array = array.reshape(1)
    if array.shape != (n,):
        raise PointError(
            f"a {name} with {array.size} numbers: expected {n} ({', '.join(variables)})"
        )
    if not np.isfinite(array).all():
        raise PointError(f"the {name} {_list(array)} has a component that is not finite")
    return array


def direction(given: ArrayLike, variables: tuple[str, ...]) -> FloatArray:
    """A vector (n,) that is not zero; PointError otherwise."""
    d = vector(given, "direction", variables)
    if not d.any():
        raise PointError(
            f"the direction {_list(d)} has length zero: give one with a nonzero component"
        )
    return d


def unit(direction: FloatArray, norm: Norm) -> FloatArray:
    """The direction (n,) with length one in `norm`."""
    d = direction / np.max(np.abs(direction))
    return d / size_of(norm, d)


def _list(v: FloatArray) -> str:
    shown = ", ".join(f"{c:g}" for c in v[:4])
    return f"({shown}{', …' if len(v) > 4 else ''})"
