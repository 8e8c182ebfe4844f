"""The kind of a critical point, from an enclosure of the Hessian around it.

With Q any matrix, the inertia of QᵀHQ is that of H (Sylvester). Q is made of approximate
eigenvectors of the middle of H, and the product is taken over the whole enclosure; where
it is strictly diagonally dominant, the signs on its diagonal are those of H's eigenvalues
(Gershgorin), for every matrix in the enclosure. The middle alone is never asked.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steepest.evaluate.numpy import FloatArray

_UNIT: Final = 2.0**-52


class Kind(Enum):
    """What a critical point is, by the signs of the Hessian's eigenvalues there."""

    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    SADDLE = "saddle"
    UNDECIDED = "kind not proved"


KINDS: Final = (Kind.MINIMUM, Kind.MAXIMUM, Kind.SADDLE, Kind.UNDECIDED)


def classify(
    lo: FloatArray, hi: FloatArray
) -> tuple[NDArray[np.int8], NDArray[np.int8], FloatArray]:
    """Kinds of m points whose Hessians lie in [lo, hi] (n, n, m).

    Returns indices into `KINDS` (m,), the number of negative eigenvalues (m,), -1 if it is
    not proved, and approximate eigenvalues (n, m) in ascending order.
    """
    n = len(lo)
    with np.errstate(all="ignore"):
        middle = 0.5 * lo + 0.5 * hi
        spread = np.maximum(hi - middle, middle - lo) * (1 + 2.0**-40)
        eigenvalues, q = _eigen(middle)
        size = np.abs(q)
        product = _sandwich(q, middle)
        # A sum of n² products of three, every rounding covered twice over.
        error = (2 * n * n + 16) * _UNIT
        radius = _sandwich(size, spread + error * np.abs(middle)) * (1 + 2.0**-40) + 1e-300
        diagonal = np.einsum("iim->im", product)
        others = (np.abs(product) + radius).sum(axis=1) - np.abs(diagonal)
        proved = np.all(np.abs(diagonal) > others * (1 + 2.0**-40), axis=0)
    negative = (diagonal < 0).sum(axis=0)
    kind = np.where(negative == 0, 0, np.where(negative == n, 1, 2))
    return (
        np.where(proved, kind, 3).astype(np.int8),
        np.where(proved, negative, -1).astype(np.int8),
        eigenvalues,
    )


def positive_definite(lo: FloatArray, hi: FloatArray) -> NDArray[np.bool_]:
    """Where every symmetric matrix in [lo, hi] (n, n, m) is proved positive definite."""
    return classify(lo, hi)[1] == 0


def _sandwich(q: FloatArray, a: FloatArray) -> FloatArray:
    """QᵀAQ for matrices (n, n, m)."""
    return np.einsum("kim,klm,ljm->ijm", q, a, q)


def _eigen(a: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Approximate eigenvalues (n, m), ascending, and eigenvectors (n, n, m) in columns."""
    n, _, m = a.shape
    if n == 1:
        return a[0], np.ones((1, 1, m))
    if n == 2:
        p, q, s = a[0, 0], a[0, 1], a[1, 1]
        mean, half = 0.5 * (p + s), np.hypot(0.5 * (p - s), q)
        angle = 0.5 * np.arctan2(2 * q, p - s)
        cos, sin = np.cos(angle), np.sin(angle)
        return np.array([mean - half, mean + half]), np.array([[-sin, cos], [cos, sin]])
    stack = np.moveaxis(a, 2, 0)
    finite = np.asarray(np.isfinite(stack).all(axis=(1, 2)))
    values, vectors = np.linalg.eigh(np.where(finite[:, None, None], stack, np.eye(n)))
    values[~finite] = np.nan
    return values.T, np.moveaxis(vectors, 0, 2)
