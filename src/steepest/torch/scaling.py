"""Multiplying tensors by factors that their own precision may not hold."""

from __future__ import annotations

import math
from typing import Final

import torch
from torch import Tensor

from steepest.torch.sharded import is_sharded

# Beyond these, a factor loses digits in the precision in which entries are multiplied.
_RANGE: Final = {torch.float64: 1e290, torch.complex128: 1e290}
_RANGE_SINGLE: Final = 1e30


def factor_parts(factor: float, dtype: torch.dtype) -> tuple[float, ...]:
    """Numbers with the product `factor`, each of which arithmetic with `dtype` holds."""
    reach = _RANGE.get(dtype, _RANGE_SINGLE)
    size = abs(factor)
    if not math.isfinite(size) or size == 0.0 or 1.0 / reach <= size <= reach:
        return (factor,)
    half = 2.0 ** (math.frexp(factor)[1] // 2)
    return half, factor / half


def scaled(tensor: Tensor, factor: float) -> Tensor:
    """factor·tensor in the tensor's own dtype."""
    first, *rest = factor_parts(factor, tensor.dtype)
    if not rest:
        return tensor * first
    # Half precision would lose the result of the first of two multiplications.
    wide = tensor.float() if tensor.dtype in (torch.float16, torch.bfloat16) else tensor
    return (wide * first * rest[0]).to(tensor.dtype)


def unit_of(tensor: Tensor, length: float) -> tuple[Tensor, float]:
    """A tensor and a factor with the product tensor/length; of a zero tensor, itself and 0.

    The tensor is the one given unless it is so long or so short that the factor would not fit.
    """
    if not length:
        return tensor, 0.0
    parts = factor_parts(1.0 / length, tensor.dtype)
    if len(parts) == 1:
        return tensor, parts[0]
    wide = tensor.float() if tensor.dtype in (torch.float16, torch.bfloat16) else tensor
    return wide * parts[0], parts[1]


def multiply_(tensors: list[Tensor], factor: float, foreach: bool | None) -> None:
    """Multiply each tensor in place: sparse ones, DTensors and mixtures of kinds too."""
    alike: dict[tuple[torch.device, torch.dtype], list[Tensor]] = {}
    for tensor in tensors:
        here = tensor.to_local() if is_sharded(tensor) else tensor
        if foreach is False or here.layout is not torch.strided or _coarse(here):
            for part in factor_parts(factor, here.dtype):
                here.mul_(part)
        else:
            alike.setdefault((here.device, here.dtype), []).append(here)
    for (device, dtype), group in alike.items():
        for part in factor_parts(factor, dtype):
            # On processors a tensor as the factor takes half the time of a number.
            by = torch.tensor(part, dtype=dtype) if device.type == "cpu" else part
            torch._foreach_mul_(group, by)  # pyright: ignore[reportPrivateImportUsage]


def _coarse(tensor: Tensor) -> bool:
    """Whether PyTorch would round the factor to half precision: it does with lists on the CPU."""
    return tensor.device.type == "cpu" and tensor.dtype in (torch.float16, torch.bfloat16)
