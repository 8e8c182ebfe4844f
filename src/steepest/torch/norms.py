"""Norms on parameters: how the step of a network is measured, and the steepest step in each.

A norm here is made of two parts. `each` measures one parameter on its own; `combine` makes one
number of those: their maximum, their sum, or the root of the sum of their squares. The dual norm
of the gradient is made of the duals of the parts in the dual way (maximum and sum change places):

    ‖W‖ = max ‖Wₖ‖        ‖G‖* = Σ ‖Gₖ‖*         every parameter moves by its steepest direction
    ‖W‖ = Σ ‖Wₖ‖          ‖G‖* = max ‖Gₖ‖*       only the one with the largest dual moves
    ‖W‖ = √Σ ‖Wₖ‖²        ‖G‖* = √Σ ‖Gₖ‖*²       each moves in proportion to its dual

So the ℓ2 norm of the whole is ℓ2 with "l2", the ℓ∞ norm ℓ∞ with "max", the ℓ1 norm ℓ1 with "sum".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, NamedTuple, Protocol, TypeAlias, runtime_checkable

import torch
from torch import Tensor

import steepest.norms as plain
from steepest.errors import NoDirectionError, ParameterError
from steepest.torch.lengths import total_length

_COMBINATIONS: Final = ("max", "sum", "l2")


class Direction(NamedTuple):
    """A direction as an optimizer walks it: factors[k] times tensors[k]."""

    tensors: list[Tensor]
    factors: list[float]


@runtime_checkable
class EachNorm(Protocol):
    """A norm on one parameter. All methods take several and treat each on its own.

    `sizes` are the Euclidean lengths of the gradients, all finite.
    A direction is zero where the gradient is.
    """

    @property
    def name(self) -> str: ...

    def sizes(self, tensors: Sequence[Tensor]) -> list[float]:
        """‖Wₖ‖ of each."""
        ...

    def duals(self, gradients: Sequence[Tensor]) -> list[float]:
        """‖Gₖ‖* of each."""
        ...

    def steepest(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        """For each a U with ‖U‖ = 1 and ⟨G, U⟩ = ‖G‖*, to rounding."""
        ...

    def direction(self, gradients: Sequence[Tensor], sizes: Sequence[float]) -> Direction:
        """The same as cheaply as an optimizer wants it; a norm may approximate it here."""
        ...

    def ties(self, gradient: Tensor) -> str:
        """ "" if the steepest direction of this gradient is unique, else a sentence."""
        ...


@dataclass(frozen=True)
class PerLayer:
    """A norm on a list of tensors: the "max", the "sum" or "l2", √Σ‖Wₖ‖², of the norms of each.

    `each` is "l1", "l2", "linf" (or st.L1(), st.L2(), st.LInf()), `Spectral(…)` or `Rows()`.
    A parameter is what PyTorch calls one: a weight matrix and its bias are two.

    Raises ParameterError for any other `each` or `combine`.
    """

    each: Any
    combine: str = "max"

    def __post_init__(self) -> None:
        if self.combine not in _COMBINATIONS:
            raise ParameterError(
                f"combine={self.combine!r}: give one of {', '.join(map(repr, _COMBINATIONS))}"
            )
        object.__setattr__(self, "each", _as_each(self.each))

    @property
    def name(self) -> str:
        """Such as "l2" (of the whole), "spectral", "l2-per-layer-sum"."""
        if _WHOLE.get(self.each.name, "max") == self.combine:
            return self.each.name
        return f"{self.each.name}-per-layer-{self.combine}"

    @torch.no_grad()
    def size(self, tensors: Sequence[Tensor]) -> Tensor:
        """‖W‖."""
        return _number(_combined(self.each.sizes(tensors), self.combine))

    def dual(self, gradients: Sequence[Tensor]) -> Tensor:
        """‖G‖*."""
        return _number(self.dual_with_parts(gradients)[1])

    @torch.no_grad()
    def dual_with_parts(self, gradients: Sequence[Tensor]) -> tuple[list[float], float]:
        """‖Gₖ‖* of each parameter alone, and ‖G‖*."""
        parts = self.each.duals(gradients)
        return parts, _combined(parts, _DUAL[self.combine])

    @torch.no_grad()
    def steepest(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        """The steepest direction; NoDirectionError if the gradient is zero or not finite."""
        parts, dual = self.dual_with_parts(gradients)
        if not math.isfinite(dual):
            raise NoDirectionError("the gradient is not finite, so no direction is steepest")
        if not dual:
            raise NoDirectionError("the gradient is zero, so no direction is steepest")
        shares = self._shares(parts, dual)
        return [
            unit if share == 1.0 else unit * share
            for unit, share in zip(self.each.steepest(gradients), shares, strict=True)
        ]

    def direction(self, gradients: Sequence[Tensor], sizes: Sequence[float]) -> Direction:
        """The steepest direction as an optimizer walks it; zero where the gradient is.

        `sizes` are the Euclidean lengths of the gradients, finite. Of `Spectral` it is as
        accurate as its iteration.
        """
        tensors, factors = self.each.direction(gradients, sizes)
        if self.combine == "max":
            return Direction(tensors, factors)
        parts = list(sizes) if self.each.name == "l2" else self.each.duals(gradients)
        shares = self._shares(parts, _combined(parts, _DUAL[self.combine]))
        return Direction(tensors, [f * s for f, s in zip(factors, shares, strict=True)])

    @torch.no_grad()
    def ties(self, gradients: Sequence[Tensor]) -> str:
        """What is not unique: within a parameter, or which one moves."""
        parts, dual = self.dual_with_parts(gradients)
        moving = [k for k, share in enumerate(self._shares(parts, dual)) if share]
        found = [(k, self.each.ties(gradients[k])) for k in moving]
        sentences = [f"parameter {k + 1}: {sentence}" for k, sentence in found if sentence]
        idle = [str(k + 1) for k, part in enumerate(parts) if not part]
        if self.combine == "max" and idle:
            sentences.append(
                f"parameter {', '.join(idle)} may move by any step of length at most 1"
                " without changing the slope"
            )
        if self.combine == "sum" and parts.count(dual) > 1:
            shared = ", ".join(str(k + 1) for k, part in enumerate(parts) if part == dual)
            sentences.append(f"every mixture of parameters {shared} is as steep; the first moves")
        return "; ".join(sentences)

    def _shares(self, parts: Sequence[float], dual: float) -> list[float]:
        """The length of each parameter's step in a steepest step of length one."""
        if self.combine == "max":
            return [1.0 if part else 0.0 for part in parts]
        if not dual:
            return [0.0] * len(parts)
        if self.combine == "l2":
            return [part / dual for part in parts]
        first = parts.index(dual)
        return [1.0 if k == first else 0.0 for k in range(len(parts))]


#: How the ℓp norm of one parameter has to be combined to be the ℓp norm of the whole.
_WHOLE: Final = {"l2": "l2", "l1": "sum"}
_DUAL: Final = {"max": "sum", "sum": "max", "l2": "l2"}

#: Whatever stands for a norm on parameters; see `as_tensor_norm`.
NormLike: TypeAlias = "str | plain.Norm | EachNorm | PerLayer | None"


def as_tensor_norm(norm: NormLike) -> PerLayer:
    """A norm on parameters from its name, from st.L1(), st.L2() or st.LInf(), or None for ℓ2.

    Names: "l2", "l1", "linf" of all entries; "spectral"; "rows". Raises ParameterError for
    anything else.
    """
    if isinstance(norm, PerLayer):
        return norm
    each = _as_each("l2" if norm is None else norm)
    return PerLayer(each, _WHOLE.get(each.name, "max"))


def to_plain(norm: PerLayer) -> dict[str, Any] | PerLayer:
    """The norm as strings and numbers, for a checkpoint; a norm of the user's own stays itself."""
    if norm.each.name not in _known() or type(norm.each) is not _known()[norm.each.name]:
        return norm
    options = {f.name: getattr(norm.each, f.name) for f in fields(norm.each)}
    return {"each": norm.each.name, "combine": norm.combine, **options}


def from_plain(norm: Any) -> PerLayer:
    """The norm that `to_plain` wrote down, or whatever `as_tensor_norm` takes."""
    if not isinstance(norm, dict):
        return as_tensor_norm(norm)
    options = {key: value for key, value in norm.items() if key not in ("each", "combine")}
    try:
        return PerLayer(_known()[norm["each"]](**options), norm["combine"])
    except (KeyError, TypeError):
        raise ParameterError(f"norm={norm!r} was not written by this version of steepest") from None


def _as_each(norm: Any) -> EachNorm:
    known = _known()
    if isinstance(norm, str) and norm in known:
        return known[norm]()
    if isinstance(norm, plain.L1 | plain.L2 | plain.LInf):
        return known[norm.name]()
    if isinstance(norm, EachNorm) and not isinstance(norm, type):
        return norm
    names = ", ".join(map(repr, known))
    if isinstance(norm, plain.Quadratic):
        raise ParameterError(
            "a quadratic norm has one matrix for all entries, which no network's parameters fit;"
            f" give one of {names}, or PerLayer(…)"
        )
    raise ParameterError(
        f"norm={norm!r} is no norm on parameters: give one of {names}, st.L1(), st.L2(),"
        " st.LInf(), Spectral(…), Rows() or PerLayer(…)"
    )


def _known() -> dict[str, Any]:
    """The norms on one parameter that have a name."""
    from steepest.torch import each_norm, spectral

    return {
        "l2": each_norm.Euclidean,
        "l1": each_norm.OneEntry,
        "linf": each_norm.Signs,
        "rows": each_norm.Rows,
        "spectral": spectral.Spectral,
    }


def _combined(parts: Sequence[float], combine: str) -> float:
    return total_length(parts, {"max": math.inf, "sum": 1.0, "l2": 2.0}[combine])


def _number(value: float) -> Tensor:
    return torch.tensor(value, dtype=torch.float64)
