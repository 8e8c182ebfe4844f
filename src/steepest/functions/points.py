"""Points as callers give them -> arrays of doubles, or an error that says what was expected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from steepest.errors import PointError
from steepest.evaluate.numpy import FloatArray


def as_point(coordinates: tuple[Any, ...], variables: Sequence[str]) -> FloatArray:
    """One point, given as f(1, 2) or f([1, 2]), as an array (n,)."""
    one = len(coordinates) == 1 and np.ndim(coordinates[0]) == 1
    given = coordinates[0] if one else coordinates
    try:
        point = _floats(given).copy()
    except (TypeError, ValueError):
        raise PointError(f"{given!r} is not a point: expected {_expected(variables)}") from None
    if point.shape != (len(variables),):
        raise PointError(f"a point with {point.size} numbers: expected {_expected(variables)}")
    return point


def as_batch(points: ArrayLike, n: int) -> FloatArray:
    """Points as an array (m, n)."""
    try:
        batch = _floats(points)
    except (TypeError, ValueError):
        raise PointError(f"points must be numbers, an array (m, {n})") from None
    if batch.ndim != 2 or batch.shape[1] != n:
        raise PointError(
            f"an array of shape {batch.shape} is not a batch of points: expected"
            f" (m, {n}), a row for each point"
        )
    return batch


def _expected(variables: Sequence[str]) -> str:
    n = len(variables)
    count = "1 number" if n == 1 else f"{n} numbers"
    return f"{count} ({', '.join(variables)})" if n else "no numbers"


def _floats(given: Any) -> FloatArray:
    """`given` as doubles. TypeError for what numpy would guess at: texts, and None as NaN."""
    raw = np.asarray(given)
    if raw.dtype.kind not in "biuf" and any(v is None or isinstance(v, str) for v in raw.flat):
        raise TypeError("not numbers")
    return np.asarray(given, dtype=np.float64)
