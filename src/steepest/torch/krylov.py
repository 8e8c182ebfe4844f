"""Lanczos' recurrence with full reorthogonalization.

After k products with a symmetric A there are orthonormal rows Q (k, n) and a tridiagonal T with
A Qᵀ = Qᵀ T + β r eₖᵀ. The eigenpairs (θ, s) of T give Ritz pairs (θ, Qᵀs), whose residual
‖A y − θ y‖ = β |sₖ| costs nothing (Parlett, The Symmetric Eigenvalue Problem, §13.2).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from steepest.errors import LossError

FloatArray = NDArray[np.float64]

_FIRST_ROWS: Final = 16


class Ritz(NamedTuple):
    """Ritz values (k,), ascending, their residuals (k,) and the eigenvectors (k, k) of T."""

    values: FloatArray
    residuals: FloatArray
    coordinates: FloatArray


class Krylov:
    """A growing Krylov space of a symmetric operator on vectors (n,).

    `start` (n,) is its first vector, up to length. Where the space is exhausted (an invariant
    subspace) it goes on with a random vector orthogonal to it, so that multiple eigenvalues are
    found too.
    """

    def __init__(
        self, apply: Callable[[Tensor], Tensor], start: Tensor, generator: torch.Generator
    ) -> None:
        self._apply = apply
        self._generator = generator
        self._rows = start.new_empty((min(_FIRST_ROWS, len(start)), len(start)))
        self._rows[0] = start / torch.linalg.vector_norm(start)
        self.size = 0
        self.restarts = 0
        self._diagonal: list[float] = []
        self._beside: list[float] = []

    @property
    def basis(self) -> Tensor:
        """The orthonormal rows (k, n)."""
        return self._rows[: self.size]

    @property
    def exhausted(self) -> bool:
        """Whether the space is the whole one: then the Ritz values are all eigenvalues."""
        return self.size == self._rows.shape[1]

    def grow(self) -> None:
        """One product, one more dimension. Raises LossError if the product is not finite."""
        k, n = self.size, self._rows.shape[1]
        q = self._rows[k]
        w = self._apply(q)
        along = float(torch.dot(w, q))
        if not np.isfinite(along):
            raise LossError(
                "a product with the Hessian is not finite, though the gradient is: second"
                " derivatives overflow or do not exist here (half precision, sqrt at 0)"
            )
        self._diagonal.append(along)
        size = float(torch.linalg.vector_norm(w))
        self.size = k + 1
        w = self._orthogonal(w)
        beta = float(torch.linalg.vector_norm(w))
        if self.exhausted:
            self._beside.append(0.0)
            return
        # What remains after cancellation to rounding is noise, no direction of its own.
        if beta <= 32 * torch.finfo(w.dtype).eps * max(size, self._scale()):
            beta, w = 0.0, self._fresh(n, w)
            self.restarts += 1
        self._beside.append(beta)
        if self.size == len(self._rows):
            more = w.new_empty((min(2 * self.size, n), n))
            more[: self.size] = self._rows
            self._rows = more
        self._rows[self.size] = w / torch.linalg.vector_norm(w)

    def ritz(self) -> Ritz:
        """What the space says about the eigenvalues."""
        t = np.diag(self._diagonal)
        off = np.array(self._beside[:-1])
        t += np.diag(off, 1) + np.diag(off, -1)
        values, columns = np.linalg.eigh(t)
        return Ritz(values, self._beside[-1] * np.abs(columns[-1]), columns)

    def vectors(self, coordinates: FloatArray) -> Tensor:
        """Ritz vectors (m, n), for columns (k, m) of `Ritz.coordinates`."""
        weights = torch.from_numpy(coordinates.T.copy()).to(self._rows)
        return weights @ self.basis

    def _scale(self) -> float:
        return max(map(abs, self._diagonal))

    def _orthogonal(self, w: Tensor) -> Tensor:
        """w without its part in the space. Twice is enough (Giraud and others, 2005)."""
        basis = self.basis
        for _ in range(2):
            w = w - basis.T @ (basis @ w)
        return w

    def _fresh(self, n: int, like: Tensor) -> Tensor:
        return self._orthogonal(gaussian(n, like, self._generator))


def gaussian(n: int, like: Tensor, generator: torch.Generator) -> Tensor:
    """A standard normal vector (n,), drawn on the CPU so that every device has the same."""
    drawn = torch.randn(n, generator=generator, dtype=torch.float64)
    return drawn.to(like)


def generator(seed: int) -> torch.Generator:
    """A source of random vectors that touches nobody else's.

    torch's generator starts badly from a seed with few bits set, so they are spread first.
    """
    spread = ((seed + 1) * 0x9E3779B97F4A7C15) & 0x7FFFFFFFFFFFFFFF
    return torch.Generator().manual_seed(spread)
