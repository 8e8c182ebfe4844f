"""What lies at the end of a descent: a minimum, or a critical point that is not one."""

from __future__ import annotations

from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steepest.local.function import ScalarFunction, graph_of
from steepest.local.roundoff import value_noise

FloatArray = NDArray[np.float64]

_FLAT: Final = 1e-8  # an eigenvalue this small against the largest says nothing about its sign
_STEADY: Final = 0.25  # of the curvature must be left where Newton's step points
_EPSILON: Final = float(np.finfo(np.float64).eps)


class End(Enum):
    """A critical point by its Hessian."""

    MINIMUM = "a minimum"
    FLAT_MINIMUM = "a flat minimum (the Hessian is singular there; nothing lower was found nearby)"
    MAXIMUM = "a maximum"
    SADDLE = "a saddle"
    SHOULDER = "a flat point from which f falls further"
    UNKNOWN = "a point where the curvature is not finite"


def end_at(function: ScalarFunction, point: FloatArray, gradient: FloatArray) -> End:
    """The kind of critical point near `point` (n,), where ∇f is (almost) zero.

    A minimum needs a positive definite Hessian, here and twice Newton's step away. Where it is
    nearly singular, or changes too fast to be trusted, f is tried along the flat directions.
    """
    hessian = function.hessians(point[None])[0]
    if not np.isfinite(hessian).all():
        return End.UNKNOWN
    eigenvalues, vectors = np.linalg.eigh(hessian)
    scale = float(np.max(np.abs(eigenvalues), initial=0.0))
    if scale and eigenvalues[0] < -_FLAT * scale:
        return End.MAXIMUM if eigenvalues[-1] < 0 else End.SADDLE
    newton = np.zeros_like(point)
    if scale and eigenvalues[0] > _FLAT * scale:
        newton = -vectors @ ((vectors.T @ gradient) / eigenvalues)
        ahead = function.hessians((point + 2.0 * newton)[None])[0]
        if np.isfinite(ahead).all() and np.linalg.eigvalsh(ahead)[0] > _STEADY * eigenvalues[0]:
            return End.MINIMUM
    flat = vectors[:, eigenvalues <= max(_FLAT * scale, float(eigenvalues[0]))]
    # What is still to be gained across the valley floor says nothing about the way along it.
    curved = eigenvalues > _FLAT * scale
    left = float(np.sum((vectors.T @ gradient)[curved] ** 2 / eigenvalues[curved]))
    falls = _falls_along(function, point, gradient, flat, newton, left)
    return End.SHOULDER if falls else End.FLAT_MINIMUM


def rounding_noise(function: ScalarFunction, points: FloatArray) -> FloatArray:
    """How far rounding may move f at `points` (m, n) -> (m,)."""
    graph = graph_of(function)
    if graph is not None:
        return value_noise(graph)(points, 0.0)
    return 8.0 * _EPSILON * np.abs(function.values(points))


def _falls_along(
    function: ScalarFunction,
    point: FloatArray,
    gradient: FloatArray,
    directions: FloatArray,
    newton: FloatArray,
    left: float,
) -> bool:
    """Whether f falls along one of `directions` (columns), by more than what is left of ∇f."""
    # Newton's step tells the scale on which a flat point looks flat; without one, all scales.
    own = float(np.linalg.norm(newton))
    smallest = own if own > 0 else 1e-6 * (1.0 + float(np.linalg.norm(point)))
    radii = smallest * np.geomspace(1.0, 20.0 if own > 0 else 1e4, 9)
    moves = (radii[:, None, None] * directions.T[None]).reshape(-1, len(point))
    moves = np.concatenate([moves, -moves])
    tried = np.concatenate([point[None], point + moves])
    values, noise = function.values(tried), rounding_noise(function, tried)
    expected = 2.0 * np.abs(moves @ gradient) + left + noise[0] + noise[1:]
    return bool(np.any(values[1:] < values[0] - expected))
