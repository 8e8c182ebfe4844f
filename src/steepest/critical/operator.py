"""The Krawczyk operator on many boxes at once.

For a box X with midpoint c, H an enclosure of the Hessian on X and Y any matrix,

    K = c - Y ∇f(c) + (I - Y H)(X - c)

holds every critical point that X holds; if K lies strictly inside X, then X holds exactly
one (R. Krawczyk 1969, R. E. Moore 1977; A. Neumaier, *Interval Methods for Systems of
Equations*, ch. 5). Y is the inverse of the middle of H.

K is computed as a centre and a radius in rounded arithmetic, with the classical bound for
the error of a sum of n products, n·2⁻⁵²·Σ|products| doubled for safety, added to the radius.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steepest.evaluate.numpy import FloatArray

_UNIT: Final = 2.0**-52
# Every radius is a sum and product of non-negative numbers, far fewer than 2¹⁰ roundings long.
_SLACK: Final = 1 + 2.0**-40
_TINY: Final = 1e-300

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Decision:
    """What the operator says about each of m boxes.

    `lo`, `hi` (n, m): K, which holds every critical point of the box. `unique`: K is strictly
    inside. `empty`: K and the box have no common point. `singular`: the Hessian hardly varies
    on the box and still may be singular, so that cutting the box up helps little.
    """

    lo: FloatArray
    hi: FloatArray
    unique: Mask
    empty: Mask
    singular: Mask


def krawczyk(
    lo: FloatArray,
    hi: FloatArray,
    centre: FloatArray,
    gradient: tuple[FloatArray, FloatArray],
    hessian: tuple[FloatArray, FloatArray],
    fixed: Mask | None = None,
) -> Decision:
    """The operator on boxes [lo, hi] (n, m), with the gradient (n, m) at `centre` and the
    Hessian (n, n, m) on the box. The function must be twice differentiable on the box.
    Coordinates that are `fixed` (n, m) do not vary: the box is a point along them.
    """
    n = len(lo)
    with np.errstate(all="ignore"):
        if fixed is not None:
            gradient, hessian = without(fixed, gradient, hessian)
        middle = 0.5 * hessian[0] + 0.5 * hessian[1]
        spread = np.maximum(hessian[1] - middle, middle - hessian[0]) * _SLACK + _TINY
        inverse = _inverse(middle)
        radius = np.maximum(hi - centre, centre - lo) * _SLACK + _TINY
        room = np.minimum(hi - centre, centre - lo) * (1 - 2.0**-40)
        if fixed is not None:
            room = np.where(fixed, np.inf, room)

        error = (2 * n + 8) * _UNIT
        size = np.abs(inverse)
        identity = np.eye(n)[:, :, None]
        rest = np.abs(identity - _matmul(inverse, middle)) + error * identity
        rest += _matmul(size, spread + error * np.abs(middle))
        at = 0.5 * gradient[0] + 0.5 * gradient[1]
        at_spread = np.maximum(gradient[1] - at, at - gradient[0]) * _SLACK + _TINY
        step = -_apply(inverse, at)
        reach = _apply(rest, radius) + _apply(size, at_spread + error * np.abs(at))
        reach = reach * _SLACK + _TINY

        unique = np.all(np.abs(step) + reach < room, axis=0)
        empty = np.any(np.abs(step) > (reach + radius) * _SLACK, axis=0)
        narrow = spread.sum(axis=(0, 1)) < 0.1 * np.abs(middle).sum(axis=(0, 1)) + 1e-250
        regular = np.all(rest.sum(axis=1) < 1, axis=0)
        # The distance from the centre is exact to one rounding, and so is the sum.
        margin = reach + 4 * _UNIT * (np.abs(centre) + np.abs(step))
        new_lo, new_hi = centre + step - margin, centre + step + margin
    usable = np.isfinite(new_lo).all(axis=0) & np.isfinite(new_hi).all(axis=0)
    new_lo, new_hi = np.where(usable, new_lo, -np.inf), np.where(usable, new_hi, np.inf)
    return Decision(new_lo, new_hi, unique & usable, empty & usable, narrow & ~regular)


Pair = tuple[FloatArray, FloatArray]


def without(fixed: Mask, gradient: Pair, hessian: Pair) -> tuple[Pair, Pair]:
    """The derivatives of the function of the other coordinates, made square with 0 and 1."""
    either = fixed[:, None] | fixed[None, :]
    identity = np.eye(len(fixed))[:, :, None]
    return (
        (np.where(fixed, 0.0, gradient[0]), np.where(fixed, 0.0, gradient[1])),
        (np.where(either, identity, hessian[0]), np.where(either, identity, hessian[1])),
    )


def newton_step(gradient: FloatArray, hessian: FloatArray) -> FloatArray:
    """H⁻¹g for gradients (n, m) and Hessians (n, n, m), in plain arithmetic."""
    return _apply(_inverse(hessian), gradient)


def _matmul(a: FloatArray, b: FloatArray) -> FloatArray:
    """Products of matrices (n, n, m), one for each of the m boxes."""
    n = len(a)
    result = a[:, 0, None] * b[0]
    for k in range(1, n):
        result += a[:, k, None] * b[k]
    return result


def _apply(a: FloatArray, v: FloatArray) -> FloatArray:
    """Products of matrices (n, n, m) and vectors (n, m)."""
    result = a[:, 0] * v[0]
    for k in range(1, len(v)):
        result += a[:, k] * v[k]
    return result


def _inverse(a: FloatArray) -> FloatArray:
    """Approximate inverses of the matrices (n, n, m); not finite where there is none."""
    n = len(a)
    if n == 1:
        return 1 / a
    if n == 2:
        (p, q), (r, s) = a
        det = p * s - q * r
        return np.array([[s, -q], [-r, p]]) / det
    stack = np.moveaxis(a, 2, 0)
    singular = ~np.asarray(np.isfinite(stack).all(axis=(1, 2)))
    singular |= np.linalg.det(np.where(singular[:, None, None], 0, stack)) == 0
    safe = np.where(singular[:, None, None], np.eye(n), stack)
    inverse = np.moveaxis(np.linalg.inv(safe), 0, 2).copy()
    inverse[:, :, singular] = np.nan
    return inverse
