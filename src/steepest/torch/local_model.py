"""A loss near one point: value, gradient, curvature and what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import torch
from torch import Tensor

from steepest.errors import NoDirectionError, ParameterError, PointError
from steepest.torch.eigenvalues import (
    MOST_PRODUCTS,
    Eigenvalues,
    End,
    extreme_eigenvalues,
    require_count,
)
from steepest.torch.lengths import lengths
from steepest.torch.norms import NormLike, PerLayer, as_tensor_norm
from steepest.torch.objective import Objective
from steepest.torch.parameters import VectorLike
from steepest.torch.trace import SpectralDensity, TraceEstimate, estimate_density, estimate_trace
from steepest.torch.verdict import Spectrum, Verdict, dense_spectrum, judged, sampled_spectrum

_DENSE: Final = 20_000  # parameters; the Hessian of so many takes 1.6 GB in single precision
_FEW: Final = 100  # up to so many parameters a verdict computes all eigenvalues


@dataclass(frozen=True, eq=False)
class SteepestStep:
    """The direction of length one in `norm` along which the loss changes fastest.

    `direction` (n,) has the parts `parts` by the names of the parameters; `rate` is the slope
    along it (negative for descent). `unique` is False for a tie; `sentence` tells what is free.
    """

    norm: PerLayer
    direction: Tensor
    parts: Mapping[str, Tensor]
    rate: float
    unique: bool
    sentence: str

    def __str__(self) -> str:
        tie = f"; {self.sentence}" if not self.unique else ""
        return f"rate {self.rate:.6g} per unit in the {self.norm.name} norm{tie}"


class LocalModel:
    """A scalar function of tensors near one point; made by `Loss.at` and `Function.at`.

    Vectors are flat (n,), in the order of `parameters`; wherever one is asked for, a list of
    tensors or tensors by name will do. Everything is computed when it is asked for.
    """

    def __init__(self, objective: Objective, point: list[Tensor]) -> None:
        self.objective = objective
        self.parameters = objective.parameters
        self.point = point

    # First order

    @cached_property
    def value(self) -> float:
        """The mean loss. Raises LossError if it is not a finite number."""
        if "_first_order" in self.__dict__:
            return self._first_order[0]
        with self.objective.at(self.point) as f:
            return f.value()

    @cached_property
    def _first_order(self) -> tuple[float, Tensor]:
        with self.objective.at(self.point) as f:
            return f.gradient()

    @property
    def gradient(self) -> Tensor:
        """∇f (n,); LossError if the loss cannot be differentiated or the gradient is not finite."""
        return self._first_order[1]

    @property
    def gradients(self) -> dict[str, Tensor]:
        """The gradient by the names of the parameters."""
        return self.parameters.named(self.gradient)

    @cached_property
    def gradient_norm(self) -> float:
        """‖∇f‖₂ of the whole."""
        return lengths([self.gradient])[0]

    def slope(self, direction: VectorLike, *, norm: NormLike = None) -> float:
        """The directional derivative ⟨∇f, u⟩ for u = direction/‖direction‖.

        Raises PointError for a direction that is zero, not finite or does not fit.
        """
        v = self._direction(direction)
        size = float(as_tensor_norm(norm).size(self.parameters.unflatten(v)))
        return float(torch.dot(self.gradient.double(), v.double())) / size

    def steepest_ascent(self, norm: NormLike = None) -> SteepestStep:
        """The steepest direction up, in ℓ2 or in another norm on parameters.

        Raises NoDirectionError where the gradient is zero.
        """
        return self._steepest(norm, 1.0)

    def steepest_descent(self, norm: NormLike = None) -> SteepestStep:
        """The steepest direction down; its rate is minus the dual norm of the gradient."""
        return self._steepest(norm, -1.0)

    def _steepest(self, norm: NormLike, sign: float) -> SteepestStep:
        chosen = as_tensor_norm(norm)
        parts = self.parameters.unflatten(self.gradient)
        if not bool(self.gradient.any()):
            raise NoDirectionError(
                "∇f = 0 here, so no direction is steepest; verdict() tells what the point is"
            )
        ties = chosen.ties(parts)
        flat = self.parameters.flatten([sign * u for u in chosen.steepest(parts)])
        named = self.parameters.named(flat)
        return SteepestStep(chosen, flat, named, sign * float(chosen.dual(parts)), not ties, ties)

    # Second order

    def hessian_product(self, vector: Any) -> Any:
        """The Hessian times a vector, in the form in which the vector was given.

        Of flat vectors several at once, (k, n), share one forward pass. Raises PointError for a
        vector that does not fit, LossError if the loss has no second derivatives for torch.
        """
        with self._products() as f:
            if isinstance(vector, Tensor) and vector.dim() == 2:
                return torch.stack([f(self.parameters.flatten(row)) for row in vector])
            product = f(self.parameters.flatten(vector))
        if isinstance(vector, Tensor):
            return product
        if isinstance(vector, Mapping):
            return self.parameters.named(product)
        return self.parameters.unflatten(product)

    def hessian(self) -> Tensor:
        """The Hessian (n, n), from n products. Raises ParameterError for more than 20,000."""
        n = self.parameters.count
        if n > _DENSE:
            raise ParameterError(
                f"the Hessian of {n:,} parameters has {n * n:.1e} entries: ask for top_eigenvalues,"
                " trace or spectral_density, or for fewer parameters with only="
            )
        return self.hessian_product(torch.eye(n, dtype=self._like.dtype, device=self._like.device))

    def top_eigenvalues(
        self,
        k: int = 1,
        *,
        tolerance: float = 1e-3,
        max_products: int = MOST_PRODUCTS,
        start: VectorLike | None = None,
        seed: int = 0,
    ) -> Eigenvalues:
        """The k largest eigenvalues of the Hessian with their eigenvectors, by Lanczos.

        It stops when the estimated errors are within `tolerance` · max|λ|, or after
        `max_products`; the answer states both. `start` is a first guess of the eigenvector, say
        from an earlier step of the training. Raises ParameterError for arguments out of range.
        """
        return self._extreme(k, "top", tolerance, max_products, start, seed)

    def bottom_eigenvalues(
        self,
        k: int = 1,
        *,
        tolerance: float = 1e-3,
        max_products: int = MOST_PRODUCTS,
        start: VectorLike | None = None,
        seed: int = 0,
    ) -> Eigenvalues:
        """The k least (most negative) eigenvalues; everything else as for `top_eigenvalues`."""
        return self._extreme(k, "bottom", tolerance, max_products, start, seed)

    def _extreme(
        self, k: int, end: End, tolerance: float, most: int, start: VectorLike | None, seed: int
    ) -> Eigenvalues:
        first = None if start is None else self.parameters.flatten(start)
        with self._products() as f:
            return extreme_eigenvalues(
                f, self._like, k, end, tolerance=tolerance, max_products=most, start=first,
                seed=seed,
            )  # fmt: skip

    def trace(self, products: int = 60, *, seed: int = 0) -> TraceEstimate:
        """The trace of the Hessian with its standard error, by Hutch++.

        Raises ParameterError for fewer than 6 products.
        """
        with self._products() as f:
            return estimate_trace(f, self._like, products, seed)

    def spectral_density(
        self, probes: int = 6, steps: int = 30, *, seed: int = 0
    ) -> SpectralDensity:
        """How the Hessian's eigenvalues are spread, from probes · steps products.

        Raises ParameterError for fewer than two probes.
        """
        with self._products() as f:
            return estimate_density(f, self._like, probes, steps, seed)

    def verdict(
        self, *, gradient_tolerance: float | None = None, max_products: int = 100, seed: int = 0
    ) -> Verdict:
        """What this point is: a minimum, a maximum, a saddle, not critical, or not known.

        Critical means ‖∇f‖₂ ≤ `gradient_tolerance`, by default √ε·max(1, |f|) with the ε of the
        parameters' precision. Up to 100 parameters all eigenvalues are computed; for more the
        sentence says how far `max_products` products reach.
        """
        require_count("max_products", max_products)
        tolerance = gradient_tolerance
        if tolerance is None:
            tolerance = self._epsilon**0.5 * max(1.0, abs(self.value))
        if not tolerance >= 0:
            raise ParameterError(f"gradient_tolerance={tolerance!r}: expected at least 0")

        def spectrum() -> Spectrum:
            if self.parameters.count <= _FEW:
                return dense_spectrum(self.hessian())
            with self._products() as f:
                return sampled_spectrum(f, self._like, max_products, seed)

        return judged(self._value_along, self.value, self.gradient_norm, tolerance, spectrum)

    # Helpers

    @cached_property
    def _like(self) -> Tensor:
        p = self.parameters
        return torch.empty(p.count, dtype=p.dtype, device=p.device)

    @property
    def _epsilon(self) -> float:
        return max(torch.finfo(t.dtype).eps for t in self.parameters.tensors)

    @contextmanager
    def _products(self) -> Iterator[Callable[[Tensor], Tensor]]:
        with self.objective.at(self.point) as f:
            yield f.product

    def _value_along(self, direction: Tensor, step: float) -> float:
        """f at point + step · direction; NaN or infinite where it is."""
        parts = self.parameters.unflatten(direction)
        there = [x + (step * d).to(x) for x, d in zip(self.point, parts, strict=True)]
        with self.objective.at(there) as f:
            return f.value(finite=False)

    def _direction(self, direction: VectorLike) -> Tensor:
        v = self.parameters.flatten(direction)
        if not bool(torch.isfinite(v).all()):
            raise PointError("the direction is not finite")
        if not bool(v.any()):
            raise PointError("the direction is zero, so there is no slope along it")
        return v

    def __repr__(self) -> str:
        return f"LocalModel({self.objective.title}, {self.parameters.count:,} parameters)"

    def __str__(self) -> str:
        return f"{self.objective.title}: value {self.value:.6g}, ‖∇f‖ {self.gradient_norm:.6g}"
