"""The curvature a descent met on its way, and the step size it allows."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from steepest.local.model import ScalarFunction
from steepest.norms import L1, L2, Norm, Quadratic
from steepest.rules.base import Rule

FloatArray = NDArray[np.float64]

_MOST_POINTS: Final = 200  # Hessians computed along one trajectory
_MOST_VARIABLES: Final = 32  # beyond it the Hessian's n² entries cost more than they tell


def largest_curvature(
    function: ScalarFunction,
    points: FloatArray,
    gradients: FloatArray,
    values: FloatArray,
    rule: Rule,
) -> float | None:
    """λmax along the way: the largest curvature vᵀHv/‖v‖² met, in the rule's norm.

    Only the points up to the first rise of f count: past it a diverging run flies through
    places that did not cause the divergence. If their curvature does not explain the rise, the
    point after it counts too. In more than 32 variables the curvature is the one measured along
    the steps, ⟨Δ∇f, Δx⟩/‖Δx‖². None in the ℓ∞ norm, where it is NP-hard.
    """
    norm: Norm = getattr(rule, "norm", L2())
    rises = np.flatnonzero(np.diff(values) > 0)
    last = int(rises[0]) if len(rises) else len(points) - 1
    curvature = _largest(function, points[: last + 1], gradients[: last + 1], norm)
    step_size = getattr(rule, "step_size", 0.0)
    if len(rises) and curvature is not None and curvature * step_size <= 2.0:
        after = slice(last, last + 2)
        beyond = _largest(function, points[after], gradients[after], norm)
        curvature = curvature if beyond is None else max(curvature, beyond)
    return curvature


def _largest(
    function: ScalarFunction, met: FloatArray, gradients: FloatArray, norm: Norm
) -> float | None:
    if function.dim > _MOST_VARIABLES:
        return _along_steps(met, gradients) if isinstance(norm, L2) else None
    chosen = np.unique(np.linspace(0, len(met) - 1, min(len(met), _MOST_POINTS)).astype(int))
    hessians = function.hessians(met[chosen])
    hessians = hessians[np.isfinite(hessians).all(axis=(1, 2))]
    if not len(hessians):
        return None
    if isinstance(norm, L1):
        return float(np.max(np.diagonal(hessians, axis1=1, axis2=2)))
    if isinstance(norm, Quadratic):
        # The eigenvalues of P⁻¹H are those of the symmetric L⁻¹HL⁻ᵀ with P = LLᵀ.
        inverse = np.linalg.inv(np.linalg.cholesky(np.array(norm.matrix)))
        hessians = inverse @ hessians @ inverse.T
    elif not isinstance(norm, L2):
        return None
    return float(np.max(np.linalg.eigvalsh(hessians)))


def _along_steps(points: FloatArray, gradients: FloatArray) -> float | None:
    moves, changes = np.diff(points, axis=0), np.diff(gradients, axis=0)
    lengths = np.sum(moves**2, axis=1)
    used = lengths > 0
    if not used.any():
        return None
    return float(np.max(np.sum(moves * changes, axis=1)[used] / lengths[used]))
