"""The polar factor UVᵀ of a matrix USVᵀ by matrix products alone: odd polynomials, iterated.

An odd polynomial p acts on singular values: p(USVᵀ) = U p(S) Vᵀ. Iterated polynomials that drive
[lower, 1] to 1 drive a matrix to its polar factor. Two families of degree five:

- Newton-Schulz with fixed coefficients. Those of Muon (K. Jordan, 2024) trade the last digits for
  a steep start: after five steps singular values lie around 1, not at 1.
- Polar Express (Amsel, Persson, Musco, Gower, 2025): the best polynomial of each step, that is the
  one with the least greatest error on the interval that the steps before it have led to.
"""

from __future__ import annotations

from functools import cache
from typing import Final, TypeAlias

import numpy as np
import torch
from torch import Tensor

Coefficients: TypeAlias = tuple[float, float, float]

#: The coefficients of p(x) = ax + bx³ + cx⁵ that Muon is defined by.
MUON: Final[Coefficients] = (3.4445, -4.7750, 2.0315)
#: The smallest singular value, as a share of the Frobenius norm, that Polar Express is made for.
LOWER: Final = 1e-3

# From here on the best polynomial is the Newton-Schulz one to rounding, and Remez' system singular.
_NARROW: Final = 1e-5
# Rounding in bfloat16 may lift singular values above 1, where the polynomials grow fast: each
# step aims at a little less.
_DEFLATION: Final = 1.01


def iterate(matrix: Tensor, steps: tuple[Coefficients, ...]) -> Tensor:
    """The polynomials applied to a matrix (m, n), m ≤ n, with singular values up to 1."""
    x = matrix
    for a, b, c in steps:
        gram = x @ x.mT
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x


@cache
def polar_express(count: int, low_precision: bool = False) -> tuple[Coefficients, ...]:
    """The best `count` polynomials for singular values in [LOWER, 1], one after the other."""
    found: list[Coefficients] = []
    low, high = LOWER, 1.0
    for k in range(count):
        a, b, c, error = _best_quintic(low, high)
        if low_precision and k < count - 1:
            a, b, c = a / _DEFLATION, b / _DEFLATION**3, c / _DEFLATION**5
        found.append((a, b, c))
        low, high = 1.0 - error, 1.0 + error
    return tuple(found)


def image(steps: tuple[Coefficients, ...], lower: float, upper: float = 1.0) -> tuple[float, float]:
    """The least and the largest singular value that comes out if all that go in lie between."""
    x = np.unique(np.concatenate([np.geomspace(lower, upper, 100_001), [lower, upper]]))
    for a, b, c in steps:
        x = x * (a + x**2 * (b + x**2 * c))
    return float(x.min()), float(x.max())


def _best_quintic(low: float, high: float) -> tuple[float, float, float, float]:
    """(a, b, c, error) with the least greatest |1 − p| on [low, high]: Remez' exchange."""
    if high - low < _NARROW * high:
        middle = (low + high) / 2
        a, b, c = 15 / 8 / middle, -10 / 8 / middle**3, 3 / 8 / middle**5
        return a, b, c, abs(1 - low * (a + low**2 * (b + low**2 * c)))
    inner = np.array([low + (high - low) / 4, low + 3 * (high - low) / 4])
    a = b = c = error = 0.0
    for _ in range(100):
        x = np.array([low, *inner, high])
        # The error takes its greatest size at four places, with alternating signs.
        system = np.stack([x, x**3, x**5, [1.0, -1.0, 1.0, -1.0]], axis=1)
        a, b, c, error = (float(value) for value in np.linalg.solve(system, np.ones(4)))
        # p′ = a + 3bx² + 5cx⁴ vanishes at the two inner ones.
        root = np.sqrt(max(9 * b * b - 20 * a * c, 0.0))
        moved = np.sqrt(np.array([-3 * b - root, -3 * b + root]) / (10 * c))
        if np.abs(moved - inner).max() < 1e-15 * high:
            break
        inner = moved
    return a, b, c, error
