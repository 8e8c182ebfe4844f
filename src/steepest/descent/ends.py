"""What lies at the end of a descent: a minimum, or a critical point that is not one."""

from __future__ import annotations

from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steepest.local.model import ScalarFunction

FloatArray = NDArray[np.float64]

_FLAT: Final = 1e-8  # an eigenvalue this small against the largest says nothing about its sign


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

    A minimum needs a positive definite Hessian here and on the way Newton's step points; where
    the Hessian is nearly singular, f is tried along the flat directions instead.
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
        if np.isfinite(ahead).all() and np.linalg.eigvalsh(ahead)[0] > 0:
            return End.MINIMUM
    flat = vectors[:, eigenvalues <= max(_FLAT * scale, float(eigenvalues[0]))]
    return End.SHOULDER if _falls_along(function, point, flat, newton) else End.FLAT_MINIMUM


def _falls_along(
    function: ScalarFunction, point: FloatArray, directions: FloatArray, newton: FloatArray
) -> bool:
    """Whether f is lower a little way along one of `directions` (columns), either way."""
    # Newton's step tells the scale on which a flat point looks flat; without one, all scales.
    own = float(np.linalg.norm(newton))
    smallest = own if own > 0 else 1e-6 * (1.0 + float(np.linalg.norm(point)))
    radii = smallest * np.geomspace(1.0, 100.0 if own > 0 else 1e4, 9)
    moves = (radii[:, None, None] * directions.T[None]).reshape(-1, len(point))
    tried = function.values(np.concatenate([point + moves, point - moves]))
    here = function.values(point[None])[0]
    noise = 16.0 * np.finfo(np.float64).eps * abs(here)
    return bool(np.any(tried < here - noise))
