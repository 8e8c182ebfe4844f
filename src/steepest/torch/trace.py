"""The trace and the spectral density of a symmetric operator, estimated with a stated error."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from steepest.errors import ParameterError
from steepest.torch.eigenvalues import require_count
from steepest.torch.krylov import FloatArray, Krylov, gaussian, generator


@dataclass(frozen=True)
class TraceEstimate:
    """An unbiased estimate of the trace and its standard error, 0 if it was computed in full."""

    value: float
    standard_error: float
    products: int

    def __str__(self) -> str:
        if self.standard_error == 0:
            return f"trace {self.value:.6g} ({self.products} Hessian products)"
        return (
            f"trace {self.value:.6g} ± {self.standard_error:.2g}"
            f" (standard error; {self.products} Hessian products)"
        )


def estimate_trace(
    apply: Callable[[Tensor], Tensor], like: Tensor, products: int = 60, seed: int = 0
) -> TraceEstimate:
    """tr A of the operator v (n,) -> Av (n,), by Hutch++ (Meyer, Musco, Musco, Woodruff, 2021).

    A third of the products finds the space of large eigenvalues, a third its part of the trace,
    exactly; the rest of the trace is the mean of gᵀAg over random signs g orthogonal to it, whose
    spread is the standard error. With `products` ≥ n the trace is computed. Raises
    ParameterError for fewer than 6 products.
    """
    n = len(like)
    require_count("products", products)
    if products >= n:
        total = 0.0
        for k in range(n):
            unit = torch.zeros_like(like)
            unit[k] = 1.0
            total += float(apply(unit)[k])
        return TraceEstimate(total, 0.0, n)
    if products < 6:
        raise ParameterError(f"products={products}: an estimate with its error needs at least 6")
    source = generator(seed)
    third = products // 3
    sketch = torch.stack([apply(gaussian(n, like, source)) for _ in range(third)])
    basis = torch.linalg.qr(sketch.T)[0].T
    large = sum(float(torch.dot(q, apply(q))) for q in basis)
    rest = []
    for _ in range(products - 2 * third):
        g = torch.sign(gaussian(n, like, source))
        g = g - basis.T @ (basis @ g)
        rest.append(float(torch.dot(g, apply(g))))
    error = float(np.std(rest, ddof=1)) / math.sqrt(len(rest))
    return TraceEstimate(large + float(np.mean(rest)), error, products)


@dataclass(frozen=True, eq=False)
class SpectralDensity:
    """How the eigenvalues of an operator of dimension n are spread.

    `nodes` (p, k) with `weights` (p, k) are the quadratures of p probes: `weights` sums to 1 a
    probe, and Σ weight·φ(node), averaged over the probes, estimates (1/n) Σ φ(λᵢ).
    """

    nodes: FloatArray
    weights: FloatArray
    products: int

    @property
    def range(self) -> tuple[float, float]:
        """The least and the largest node: the spectrum reaches at least so far."""
        return float(self.nodes.min()), float(self.nodes.max())

    @property
    def mean(self) -> tuple[float, float]:
        """The mean eigenvalue, tr A/n, and its standard error over the probes."""
        return self._mean_of((self.nodes * self.weights).sum(axis=1))

    def share(self, low: float, high: float) -> tuple[float, float]:
        """The share of eigenvalues in [low, high] and its error.

        The error is the standard error over the probes and what a quadrature cannot tell: on
        which side of a bound the eigenvalues lie for which the nodes next to it stand (the
        inequalities of Chebyshev, Markov and Stieltjes).
        """
        inside = (self.nodes >= low) & (self.nodes <= high)
        share, spread = self._mean_of(np.where(inside, self.weights, 0.0).sum(axis=1))
        blur = sum(self._beside(bound) for bound in (low, high) if math.isfinite(bound))
        return share, spread + blur

    def _beside(self, bound: float) -> float:
        """The weight of the heavier node next to `bound`, averaged over the probes."""
        heaviest = []
        for nodes, weights in zip(self.nodes, self.weights, strict=True):
            k = int(np.searchsorted(nodes, bound))
            heaviest.append(float(weights[max(k - 1, 0) : k + 1].max()))
        return float(np.mean(heaviest))

    @staticmethod
    def _mean_of(each: FloatArray) -> tuple[float, float]:
        return float(each.mean()), float(each.std(ddof=1) / math.sqrt(len(each)))

    def density(self, points: FloatArray, width: float | None = None) -> FloatArray:
        """The density (m,) at `points` (m,): every node widened to a Gaussian of `width`.

        By default the width is a hundredth of the range. The integral is 1.
        """
        low, high = self.range
        sigma = width or 0.01 * (high - low) or 1.0
        z = (np.asarray(points, dtype=np.float64)[:, None] - self.nodes.ravel()) / sigma
        bumps = np.exp(-0.5 * z**2) / (sigma * math.sqrt(2 * math.pi))
        return bumps @ self.weights.ravel() / len(self.nodes)

    def __str__(self) -> str:
        low, high = self.range
        mean, error = self.mean
        return (
            f"spectrum from {low:.4g} to {high:.4g}, mean {mean:.3g} ± {error:.1g}"
            f" ({len(self.nodes)} probes, {self.products} Hessian products)"
        )


def estimate_density(
    apply: Callable[[Tensor], Tensor],
    like: Tensor,
    probes: int = 6,
    steps: int = 30,
    seed: int = 0,
) -> SpectralDensity:
    """The spectral density by stochastic Lanczos quadrature (Ubaru, Chen, Saad, 2017).

    Every probe is a random start of `steps` Lanczos steps, at most n. Raises ParameterError for
    fewer than two probes, which have no spread.
    """
    require_count("probes", probes)
    require_count("steps", steps)
    if probes < 2:
        raise ParameterError("probes=1: the error is the spread over probes, so give at least 2")
    steps = min(steps, len(like))
    source = generator(seed)
    nodes, weights = np.zeros((probes, steps)), np.zeros((probes, steps))
    products = 0
    for p in range(probes):
        space = Krylov(apply, gaussian(len(like), like, source), source)
        while space.size < steps and not space.restarts:
            space.grow()
        products += space.size
        ritz = space.ritz()
        # An invariant subspace has fewer nodes; the empty places get no weight.
        nodes[p] = ritz.values[-1]
        nodes[p, : space.size] = ritz.values
        weights[p, : space.size] = ritz.coordinates[0] ** 2
    return SpectralDensity(nodes, weights, products)
