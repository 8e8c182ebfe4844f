"""Norms on one parameter that need no iteration: ℓ2, ℓ∞, ℓ1, and the rows of an embedding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from steepest.errors import ParameterError
from steepest.torch.lengths import lengths
from steepest.torch.norms import Direction
from steepest.torch.scaling import scaled, unit_of
from steepest.torch.sharded import is_sharded, spread_like, whole


@dataclass(frozen=True)
class Euclidean:
    """‖W‖₂ of all entries of the parameter. The steepest direction is G/‖G‖₂."""

    name = "l2"

    def sizes(self, tensors: Sequence[Tensor]) -> list[float]:
        """‖Wₖ‖₂."""
        return lengths(tensors)

    def duals(self, gradients: Sequence[Tensor]) -> list[float]:
        """‖Gₖ‖₂: the Euclidean norm is its own dual."""
        return lengths(gradients)

    def steepest(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        """Gₖ/‖Gₖ‖₂."""
        return [
            scaled(g, 1.0 / n if n else 0.0)
            for g, n in zip(gradients, lengths(gradients), strict=True)
        ]

    def direction(self, gradients: Sequence[Tensor], sizes: Sequence[float]) -> Direction:
        """The same. Nothing is copied: the gradient itself and its factor."""
        found = [unit_of(g, n) for g, n in zip(gradients, sizes, strict=True)]
        return Direction([g for g, _ in found], [factor for _, factor in found])

    def ties(self, gradient: Tensor) -> str:
        """Never a tie."""
        return ""


@dataclass(frozen=True)
class Signs:
    """max|wᵢ|. The steepest direction is the sign of every entry; 0 stays 0."""

    name = "linf"

    def sizes(self, tensors: Sequence[Tensor]) -> list[float]:
        """max|wᵢ|."""
        return lengths(tensors, float("inf"))

    def duals(self, gradients: Sequence[Tensor]) -> list[float]:
        """Σ|gᵢ|."""
        return lengths(gradients, 1.0)

    def steepest(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        """sign(G)."""
        return [torch.sgn(g) for g in gradients]

    def direction(self, gradients: Sequence[Tensor], sizes: Sequence[float]) -> Direction:
        """sign(G)."""
        _refuse_sparse_and_complex(self.name, gradients)
        if any(is_sharded(g) for g in gradients):
            signs = self.steepest([*gradients])
        else:
            signs = list(torch._foreach_sign(list(gradients)))  # pyright: ignore[reportPrivateImportUsage]
        return Direction(signs, [1.0] * len(signs))

    def ties(self, gradient: Tensor) -> str:
        """How many entries do not matter."""
        idle = int((whole(gradient) == 0).sum())
        return f"{idle} entries may move anywhere in [-1, 1]" if idle else ""


@dataclass(frozen=True)
class OneEntry:
    """Σ|wᵢ|. The steepest direction moves one entry: the first with the largest |gᵢ|."""

    name = "l1"

    def sizes(self, tensors: Sequence[Tensor]) -> list[float]:
        """Σ|wᵢ|."""
        return lengths(tensors, 1.0)

    def duals(self, gradients: Sequence[Tensor]) -> list[float]:
        """max|gᵢ|."""
        return lengths(gradients, float("inf"))

    def steepest(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        """sign(gᵢ) at the first i with the largest |gᵢ|, 0 elsewhere."""
        return [spread_like(_largest_entry(whole(g)), g) for g in gradients]

    def direction(self, gradients: Sequence[Tensor], sizes: Sequence[float]) -> Direction:
        """The same."""
        _refuse_sparse_and_complex(self.name, gradients)
        return Direction(self.steepest(gradients), [1.0] * len(gradients))

    def ties(self, gradient: Tensor) -> str:
        """How many entries share the largest size."""
        sizes = whole(gradient).abs()
        shared = int((sizes == sizes.max()).sum())
        return f"every mixture of {shared} entries is as steep; the first moves" * (shared > 1)


@dataclass(frozen=True)
class Rows:
    """The largest root mean square of a row, max √(Σⱼ wᵢⱼ²/d): for the weights of an embedding.

    A step of length one moves every row whose gradient is not zero by entries of size one on
    average, and no other row. Dimensions after the first are one row; a vector is one row.
    """

    name = "rows"

    def sizes(self, tensors: Sequence[Tensor]) -> list[float]:
        """max √(Σⱼ wᵢⱼ²/d)."""
        return [float(_row_lengths(_rows(t)).max()) / _width(t) for t in tensors]

    def duals(self, gradients: Sequence[Tensor]) -> list[float]:
        """√d Σᵢ ‖gᵢ‖₂."""
        return [float(_row_lengths(_rows(g)).sum()) * _width(g) for g in gradients]

    def steepest(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        """√d gᵢ/‖gᵢ‖₂, row by row."""
        return [
            spread_like(_unit_rows(_rows(g)).mul_(_width(g)).reshape(g.shape), g)
            if g.numel()
            else g
            for g in gradients
        ]

    def direction(self, gradients: Sequence[Tensor], sizes: Sequence[float]) -> Direction:
        """The same."""
        _refuse_sparse_and_complex(self.name, gradients)
        return Direction(self.steepest(gradients), [1.0] * len(gradients))

    def ties(self, gradient: Tensor) -> str:
        """How many rows do not matter."""
        idle = int((_row_lengths(_rows(gradient)) == 0).sum())
        return f"{idle} rows may move by any step of length at most 1" if idle else ""


def _largest_entry(gradient: Tensor) -> Tensor:
    flat = gradient.reshape(-1)
    found = torch.zeros_like(flat)
    if flat.numel():
        first = flat.abs().argmax()
        found[first] = torch.sgn(flat[first])
    return found.reshape(gradient.shape)


def _rows(tensor: Tensor) -> Tensor:
    everywhere = whole(tensor)
    if not tensor.numel():
        return everywhere.new_zeros(1, 1)
    return everywhere.reshape(1 if tensor.ndim < 2 else tensor.shape[0], -1)


def _width(tensor: Tensor) -> float:
    rows = tensor.shape[0] if tensor.ndim > 1 else 1
    return max(1, tensor.numel() // max(1, rows)) ** 0.5


def _row_lengths(rows: Tensor) -> Tensor:
    """‖row‖₂ without overflow: the largest entry is taken out first."""
    largest = rows.abs().amax(dim=1).double()
    divisor = torch.where((largest > 0) & largest.isfinite(), largest, torch.ones_like(largest))
    return divisor * torch.linalg.vector_norm(rows.double() / divisor[:, None], dim=1)


def _unit_rows(rows: Tensor) -> Tensor:
    sizes = _row_lengths(rows)[:, None]
    units = rows.double() / torch.where(sizes > 0, sizes, torch.ones_like(sizes))
    return units.to(rows.dtype)


def _refuse_sparse_and_complex(name: str, gradients: Sequence[Tensor]) -> None:
    for k, gradient in enumerate(gradients):
        if gradient.layout is not torch.strided:
            raise ParameterError(
                f"gradient {k + 1} is sparse: of the norms only l2 takes those; make the layer"
                " with sparse=False"
            )
        if gradient.is_complex():
            raise ParameterError(
                f"gradient {k + 1} is complex: of the norms only l2 takes those; store real and"
                f" imaginary part as two parameters to use {name}"
            )
