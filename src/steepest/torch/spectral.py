"""The spectral norm of weight matrices: steepest descent in it is Muon."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import torch
from torch import Tensor

from steepest.errors import ParameterError
from steepest.torch.division import divided, divisible
from steepest.torch.norms import Direction
from steepest.torch.polar import MUON, Coefficients, image, iterate, polar_express
from steepest.torch.scaling import scaled, unit_of
from steepest.torch.sharded import spread_like, whole

_SCALES: Final = ("original", "match_rms_adamw", "rms", "none")
_ITERATIONS: Final = ("newton-schulz", "polar-express")
_PRECISIONS: Final = {
    "bfloat16": torch.bfloat16,
    "float32": torch.float32,
    "float64": torch.float64,
}
# A length in this range has a square that bfloat16 and float32 hold.
_USUAL: Final = (1e-15, 1e15)


class Achieved(NamedTuple):
    """How near the iteration came to UVᵀ, on the singular vectors of the gradient.

    `smallest` and `largest` are what became of its singular values from `share` of its Frobenius
    norm on (UVᵀ has 1 for all); `below` says how many lie under that; `aside` is the largest
    entry that belongs to two different singular vectors.
    """

    smallest: float
    largest: float
    share: float
    below: int
    aside: float


@dataclass(frozen=True)
class Spectral:
    """The largest singular value of a weight matrix, over s: ‖W‖ = σ₁(W)/s.

    The dual is s times the sum of the singular values of the gradient USVᵀ, the steepest
    direction s·UVᵀ. Convolution kernels (out, in, …) are matrices (out, in·…). A vector or a
    number counts as a matrix with one column: its norm is ‖w‖₂/s.

    Args:
        iteration: how an optimizer finds UVᵀ: "newton-schulz" (Muon's), or "polar-express",
            the best polynomials of degree five.
        steps: how many polynomials.
        scale: s for a matrix of A rows and B columns. "original": √max(1, A/B);
            "match_rms_adamw": 0.2·√max(A, B); "rms": √(A/B); "none": 1. The first two are
            those of `torch.optim.Muon`.
        coefficients: (a, b, c) of ax + bx³ + cx⁵ for newton-schulz, instead of Muon's.
        precision: "bfloat16", "float32" or "float64" for the iteration. None takes bfloat16 on
            accelerators; on processors, where it is many times slower, float32, and float64 for
            float64 gradients.

    Raises ParameterError if one of these is none of those.
    """

    iteration: str = "newton-schulz"
    steps: int = 5
    scale: str = "original"
    coefficients: Coefficients | None = None
    precision: str | None = None

    name = "spectral"

    def __post_init__(self) -> None:
        _one_of("iteration", self.iteration, _ITERATIONS)
        _one_of("scale", self.scale, _SCALES)
        _one_of("precision", self.precision, (None, *_PRECISIONS))
        if isinstance(self.steps, bool) or not isinstance(self.steps, int) or self.steps < 1:
            raise ParameterError(f"steps={self.steps!r}: give a whole number of at least 1")
        if self.steps >= 100:
            raise ParameterError(f"steps={self.steps}: more than ten gain nothing; give below 100")
        if self.coefficients is None:
            return
        if self.iteration != "newton-schulz":
            raise ParameterError("coefficients are for newton-schulz; polar-express has its own")
        try:
            a, b, c = (float(value) for value in self.coefficients)
        except (TypeError, ValueError):
            raise ParameterError(
                f"coefficients={self.coefficients!r}: give three numbers a, b, c"
            ) from None
        object.__setattr__(self, "coefficients", (a, b, c))

    def sizes(self, tensors: Sequence[Tensor]) -> list[float]:
        """σ₁(W)/s."""
        return [float(_singular_values(t).max()) / self.factor(t) for t in tensors]

    def duals(self, gradients: Sequence[Tensor]) -> list[float]:
        """s·Σσᵢ(G), from a singular value decomposition."""
        return [float(_singular_values(g).sum()) * self.factor(g) for g in gradients]

    def steepest(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        """s·UVᵀ, from a singular value decomposition; singular values of 0 stay 0."""
        return [spread_like(_polar_by_svd(g) * self.factor(g), g) for g in gradients]

    def direction(self, gradients: Sequence[Tensor], sizes: Sequence[float]) -> Direction:
        """s·UVᵀ by iteration, without synchronization. Gradients of any scale are alike.

        Of gradients that are cut up between ranks each rank iterates on its share.
        """
        tensors: list[Tensor] = []
        factors: list[float] = []
        spread: list[int] = []
        for k, (gradient, length) in enumerate(zip(gradients, sizes, strict=True)):
            _require_dense_and_real(k, gradient)
            tensor, factor = gradient, self.factor(gradient)
            if not length:
                factor = 0.0
            elif gradient.ndim < 2:
                tensor, unit = unit_of(gradient, length)
                factor *= unit
            elif divisible(gradient):
                spread.append(k)
            else:
                tensor = spread_like(self._unit(whole(gradient), length), gradient)
            tensors.append(tensor)
            factors.append(factor)
        if spread:
            parts = [gradients[k] for k in spread]
            lengths = [sizes[k] for k in spread]
            found = divided(
                parts, lambda j, entire: self._unit(entire, lengths[j]), self._precision
            )
            for k, unit in zip(spread, found, strict=True):
                tensors[k] = unit
        return Direction(tensors, factors)

    def ties(self, gradient: Tensor) -> str:
        """The rank, if it is not full."""
        values = _singular_values(gradient)
        rank = int((values > _cutoff(values, gradient)).sum())
        if rank == len(values):
            return ""
        return f"the gradient has rank {rank} of {len(values)}: the rest may move freely"

    def factor(self, tensor: Tensor) -> float:
        """s for a parameter of this shape."""
        rows = tensor.shape[0] if tensor.ndim else 1
        columns = max(1, tensor.numel() // max(1, rows))
        if self.scale == "original":
            return math.sqrt(max(1, rows / columns))
        if self.scale == "match_rms_adamw":
            return 0.2 * math.sqrt(max(rows, columns))
        return math.sqrt(rows / columns) if self.scale == "rms" else 1.0

    def polynomials(self, low_precision: bool = False) -> tuple[Coefficients, ...]:
        """(a, b, c) of each step."""
        if self.iteration == "polar-express":
            return polar_express(self.steps, low_precision)
        return (self.coefficients or MUON,) * self.steps

    def bounds(self, share: float = 1e-3) -> tuple[float, float]:
        """Between what singular values of at least `share` of the Frobenius norm are taken.

        For exact arithmetic; UVᵀ itself would have 1 and 1.
        """
        if not 0.0 < share <= 1.0:
            raise ParameterError(f"share={share!r}: give a number above 0, at most 1")
        return image(self.polynomials(), share)

    @torch.no_grad()
    def achieved(self, gradient: Tensor, share: float = 1e-3) -> Achieved:
        """What the iteration makes of this gradient, by a singular value decomposition.

        Raises ParameterError if it is zero or not finite, or has no singular value of `share`.
        """
        matrix = _matrix(whole(gradient)).double()
        length = float(torch.linalg.vector_norm(matrix))
        if not math.isfinite(length) or not length:
            raise ParameterError("the gradient is zero or not finite: it has no polar factor")
        u, s, vh = torch.linalg.svd(matrix, full_matrices=False)
        (tensor,), (factor,) = self.direction([whole(gradient)], [length])
        unit = _matrix(tensor).double() * (factor / self.factor(gradient))
        core = u.mT @ unit @ vh.mT
        kept = core.diagonal()[s >= share * length]
        if not len(kept):
            raise ParameterError(
                f"share={share!r}: the largest singular value is {float(s[0]) / length:.3g} of the"
                " Frobenius norm; give a smaller share"
            )
        aside = (core - torch.diag(core.diagonal())).abs().max()
        return Achieved(
            float(kept.min()), float(kept.max()), share, len(s) - len(kept), float(aside)
        )

    def _unit(self, gradient: Tensor, length: float) -> Tensor:
        """UVᵀ of one matrix by iteration, in the shape of the gradient."""
        shape = gradient.shape
        precision = self._precision(gradient)
        low = precision is torch.bfloat16
        if not _USUAL[0] < length < _USUAL[1]:
            power = math.ldexp(1.0, min(1000, -math.frexp(length)[1]))
            gradient, length = scaled(gradient.to(_wide(gradient)), power), length * power
        matrix = _matrix(gradient)
        x = matrix.to(precision)
        tall = x.shape[0] > x.shape[1]
        if tall:
            x = x.mT
        # In bfloat16 the length of what was rounded is what counts (so it is in Muon).
        x = x / x.norm() if low else x * (1.0 / length)
        x = iterate(x, self.polynomials(low))
        found = x.mT if tall else x
        return found if len(shape) == 2 else found.reshape(shape)

    def _precision(self, gradient: Tensor) -> torch.dtype:
        if self.precision is not None:
            return _PRECISIONS[self.precision]
        if gradient.device.type != "cpu":
            return torch.bfloat16
        return torch.float64 if gradient.dtype is torch.float64 else torch.float32


def _require_dense_and_real(k: int, gradient: Tensor) -> None:
    if gradient.is_complex() or gradient.layout is not torch.strided:
        kind = "complex" if gradient.is_complex() else "sparse"
        raise ParameterError(
            f"gradient {k + 1} is {kind}: the spectral norm takes dense real gradients;"
            ' give this parameter a group with norm="l2"'
        )


def _matrix(tensor: Tensor) -> Tensor:
    if tensor.ndim == 2:
        return tensor
    return tensor.flatten(1) if tensor.ndim > 1 else tensor.reshape(-1, 1)


def _wide(tensor: Tensor) -> torch.dtype:
    return torch.float64 if tensor.dtype is torch.float64 else torch.float32


def _singular_values(tensor: Tensor) -> Tensor:
    if not tensor.numel():
        return torch.zeros(1, dtype=torch.float64, device=tensor.device)
    matrix = _matrix(whole(tensor)).double()
    largest = matrix.abs().max()
    if not bool(largest.isfinite()):
        return largest.reshape(1)
    divisor = largest if largest > 0 else torch.ones_like(largest)
    return torch.linalg.svdvals(matrix / divisor) * divisor


def _polar_by_svd(tensor: Tensor) -> Tensor:
    if not tensor.numel():
        return whole(tensor)
    matrix = _matrix(whole(tensor)).double()
    largest = matrix.abs().max()
    divisor = torch.where(largest > 0, largest, torch.ones_like(largest))
    u, s, vh = torch.linalg.svd(matrix / divisor, full_matrices=False)
    kept = (s > _cutoff(s, tensor)).to(s.dtype)
    return ((u * kept) @ vh).to(tensor.dtype).reshape(tensor.shape)


def _cutoff(values: Tensor, tensor: Tensor) -> float:
    """Below this a singular value is rounding."""
    long_side = max(1, *_matrix(tensor).shape)
    return float(values.max()) * torch.finfo(torch.float64).eps * long_side


def _one_of(what: str, value: object, choices: tuple[object, ...]) -> None:
    if value not in choices:
        listed = ", ".join(repr(choice) for choice in choices)
        raise ParameterError(f"{what}={value!r}: give one of {listed}")
