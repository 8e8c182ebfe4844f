"""One-sided slopes along exact directions, and bases of tangent spaces."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from steepest.errors import NoDirectionError
from steepest.local.rays import Rays, quoted
from steepest.local.results import FloatArray
from steepest.local.series import Unknown
from steepest.norms import Norm, size_of


def exact_direction(direction: FloatArray, norm: Norm) -> tuple[list[Fraction], float]:
    """The direction as the decimals it prints as, and the length that these have in `norm`.

    Scaled by a power of two, so that neither overflows.
    """
    largest = float(np.max(np.abs(direction)))
    scaled = direction / 2.0 ** np.floor(np.log2(largest))
    exact = [Fraction(repr(float(c))) for c in scaled]
    return exact, size_of(norm, scaled)


def one_sided_slope(rays: Rays, direction: list[Fraction]) -> float:
    """lim (f(x + t d) - f(x))/t for t -> 0+; NoDirectionError where there is none."""
    shown = "(" + ", ".join(f"{float(c):g}" for c in direction[:4])
    shown += ", …)" if len(direction) > 4 else ")"
    try:
        slope = rays.slope(direction)
    except Unknown as unknown:
        raise NoDirectionError(f"the slope along {shown} is undecided: {unknown}") from None
    if slope is None:
        raise NoDirectionError(
            f"there is no slope along {shown}: {quoted(rays.root)} is undefined in that direction"
        )
    if slope.jump:
        raise NoDirectionError(
            f"there is no slope along {shown}: {quoted(rays.root)} jumps in that direction"
        )
    return slope.as_float + 0.0


def tangent_basis(unit: FloatArray) -> FloatArray:
    """An orthonormal basis (n-1, n) of the vectors orthogonal to `unit` (n,).

    The rows of the reflection that takes `unit` to an axis, without that axis: they vary
    smoothly with `unit` and cost n² operations.
    """
    n = len(unit)
    axis = int(np.argmax(np.abs(unit)))
    mirror = np.array(unit)
    mirror[axis] += np.copysign(1.0, unit[axis])
    reflection = np.eye(n) - np.outer(mirror, mirror) * (2.0 / (mirror @ mirror))
    return np.delete(reflection, axis, axis=0) + 0.0
