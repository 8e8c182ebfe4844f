"""The largest and least eigenvalues of a symmetric operator, with what is known of their error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from steepest.errors import ParameterError
from steepest.torch.krylov import FloatArray, Krylov, Ritz, gaussian, generator

End = Literal["top", "bottom"]

MOST_PRODUCTS: Final = 100


@dataclass(frozen=True, eq=False)
class Eigenvalues:
    """The k largest (`end` = "top", descending) or least ("bottom", ascending) eigenvalues.

    `values` (k,) belong to the unit vectors `vectors` (k, n). An eigenvalue lies within
    `residuals` (k,) = ‖Hv - λv‖ of each value: that is certain to rounding. `errors` (k,) estimate
    the error: residual²/gap where the gap to the other Ritz values allows it (Kaniel, Temple), but
    no less than the last product still moved the value, nor than what a geometric series of such
    movements has left. That, and that nothing beyond was missed, rests on the random start.
    `converged` says that every error is within `tolerance` times the largest |λ| seen.
    """

    end: End
    values: FloatArray
    vectors: Tensor
    residuals: FloatArray
    errors: FloatArray
    products: int
    tolerance: float
    converged: bool
    exact: bool

    def __str__(self) -> str:
        shown = ", ".join(f"{v:.6g}" for v in self.values)
        many = len(self.values) > 1
        which = {"top": "largest", "bottom": "least"}[self.end]
        name = f"{which} {len(self.values)} eigenvalues" if many else f"{which} eigenvalue"
        cost = f"{self.products} Hessian products"
        if self.exact:
            return f"{name}: {shown}, from {cost} that span the whole space"
        error = self.errors.max()
        about = f"error about {error:.2g}" if np.isfinite(error) else "error not known yet"
        known = f"residual {self.residuals.max():.2g}, {about}"
        if self.converged:
            return f"{name}: {shown} ({known}; {cost})"
        return (
            f"{name}: {shown} so far ({known}; stopped after {cost}, before the tolerance"
            f" {self.tolerance:g}: raise max_products or the tolerance)"
        )


def extreme_eigenvalues(
    apply: Callable[[Tensor], Tensor],
    like: Tensor,
    k: int = 1,
    end: End = "top",
    *,
    tolerance: float = 1e-3,
    max_products: int = MOST_PRODUCTS,
    start: Tensor | None = None,
    seed: int = 0,
) -> Eigenvalues:
    """The k eigenvalues at one end of the operator v (n,) -> Av (n,), by Lanczos.

    `like` (n,) tells size, precision and device. `start` (n,) is the first vector, by default
    random from `seed`; the eigenvector of a nearby operator makes it fast, and blind to what is
    orthogonal to it, so a little noise is added. It stops when all errors are at most
    `tolerance` · max|λ|, or after `max_products`. Raises ParameterError for counts and
    tolerances that make no sense.
    """
    n = len(like)
    require_count("k", k, n)
    require_count("max_products", max_products)
    if not 0 < tolerance < 1:
        raise ParameterError(f"tolerance={tolerance!r}: expected a number between 0 and 1")
    if max_products < min(k, n):
        raise ParameterError(f"max_products={max_products}: {k} eigenvalues need at least {k}")
    space = Krylov(apply, start_vector(like, start, seed), generator(seed + 1))
    moved: tuple[FloatArray, ...] = ()
    while True:
        space.grow()
        ritz = space.ritz()
        chosen = _chosen(ritz, k, end)
        values = ritz.values[chosen]
        errors = np.maximum(estimated_errors(ritz)[chosen], _still_to_move(moved, values))
        moved = (*moved[-1:], values)
        largest = float(np.abs(ritz.values).max())
        converged = bool((errors <= tolerance * largest).all())
        if converged or space.exhausted or space.size >= max_products:
            break
    return Eigenvalues(
        end, values, space.vectors(ritz.coordinates[:, chosen]),
        ritz.residuals[chosen], errors, space.size, tolerance, converged or space.exhausted,
        space.exhausted,
    )  # fmt: skip


def estimated_errors(ritz: Ritz) -> FloatArray:
    """Errors (k,) of Ritz values: residual²/gap, or the residual where that is smaller.

    The gap is to the nearest other Ritz value, shortened by that one's own residual.
    """
    values, residuals = ritz.values, ritz.residuals
    if len(values) == 1:
        return residuals.copy()
    apart = np.abs(values[:, None] - values[None, :]) - residuals[None, :]
    np.fill_diagonal(apart, np.inf)
    gap = np.maximum(apart.min(axis=1), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        sharp = np.where(residuals > 0, residuals**2 / gap, 0.0)
    return np.minimum(residuals, sharp)


def _still_to_move(earlier: tuple[FloatArray, ...], values: FloatArray) -> FloatArray:
    """How far values may still go: as far as they just went, or further if they slow down little.

    If movements shrink by the factor r, the rest is r/(1 - r) times the last of them. A value
    that stands for a crowd of eigenvalues keeps moving: its gap is not to be trusted.
    """
    if len(earlier) < 2 or len(earlier[0]) < len(values):
        return np.full(len(values), np.inf)
    before, last = np.abs(earlier[1] - earlier[0]), np.abs(values - earlier[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = np.where(last < before, last**2 / (before - last), np.inf)
    return np.where(last == 0, 0.0, np.maximum(last, rest))


def start_vector(like: Tensor, start: Tensor | None, seed: int) -> Tensor:
    """A random first vector; or `start` with a hundredth of randomness mixed in."""
    random = gaussian(len(like), like, generator(seed))
    if start is None:
        return random
    size = torch.linalg.vector_norm(start)
    if not float(size) > 0 or not bool(torch.isfinite(size)):
        raise ParameterError("the start vector is zero or not finite: leave start= out")
    return start.to(like) / size + 0.01 * random / torch.linalg.vector_norm(random)


def require_count(name: str, count: int, most: int | None = None) -> None:
    """ParameterError unless `count` is an integer from 1 to `most`."""
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise ParameterError(f"{name}={count!r}: expected a whole number of at least 1")
    if most is not None and count > most:
        raise ParameterError(f"{name}={count}: there are only {most} eigenvalues")


def _chosen(ritz: Ritz, k: int, end: End) -> NDArray[np.intp]:
    order = np.arange(len(ritz.values))
    return (order[::-1] if end == "top" else order)[:k]
