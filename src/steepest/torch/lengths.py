"""How long each of many tensors is, right at every scale, read from the device at once."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from steepest.torch.sharded import is_sharded, local_part, reduce_lengths
from steepest.torch.square_sum import fits, square_sums

# Below and above these, the square of a double is no longer exact to rounding.
_TINY, _HUGE = 1e-280, 1e280


def lengths(tensors: Sequence[Tensor], order: float = 2.0) -> list[float]:
    """The length of each tensor, (Σ|x|^order)^(1/order), in double precision.

    Dense and sparse tensors of any floating dtype, complex ones and DTensors (whose whole length
    is meant). One transfer from the device to the host for all of them; none if they lie in the
    processor's memory. NaN and infinite entries give NaN and infinite lengths.
    """
    found = [0.0] * len(tensors)
    rest = _lengths_in_memory(tensors, found) if order == 2.0 else list(range(len(tensors)))
    if rest:
        measured = _lengths_on_device([tensors[k] for k in rest], order)
        for k, length in zip(rest, measured.tolist(), strict=True):
            found[k] = length
    return found


def total_length(parts: Sequence[float], order: float = 2.0) -> float:
    """The length of what has parts of these lengths, without overflow or underflow."""
    if any(math.isnan(part) for part in parts):
        return math.nan
    if not parts:
        return 0.0
    if order == 2.0:
        return math.hypot(*parts)
    if order == 0.0:
        return math.fsum(parts)
    largest = max(parts) if order > 0 else min(parts)
    if math.isinf(order) or largest == 0.0 or math.isinf(largest):
        return largest
    return largest * math.fsum((part / largest) ** order for part in parts) ** (1.0 / order)


def _lengths_in_memory(tensors: Sequence[Tensor], found: list[float]) -> list[int]:
    """Fill in what the kernel can measure; give the places of the others."""
    places: dict[torch.dtype, list[int]] = {}
    rest: list[int] = []
    for k, tensor in enumerate(tensors):
        if fits(tensor):
            places.setdefault(tensor.dtype, []).append(k)
        else:
            rest.append(k)
    for dtype, indices in places.items():
        sums = square_sums([tensors[k] for k in indices], dtype)
        for k, total in zip(indices, sums, strict=True):
            usual = dtype is not torch.float64 or _TINY < total < _HUGE or math.isnan(total)
            found[k] = math.sqrt(total) if usual else _scaled_length(tensors[k], 2.0).item()
    return rest


def _lengths_on_device(tensors: list[Tensor], order: float) -> Tensor:
    """(k,) on the device of the first tensor; nothing here waits for it."""
    if any(is_sharded(tensor) for tensor in tensors):
        locals_ = [local_part(tensor) for tensor in tensors]
        return reduce_lengths(tensors, _lengths_on_device(locals_, order), order)
    entries = [entries_of(tensor) for tensor in tensors]
    measured: list[Tensor] = [torch.empty(0)] * len(entries)
    alike: dict[tuple[torch.device, torch.dtype], list[int]] = {}
    for k, tensor in enumerate(entries):
        if tensor.dtype is torch.float64 or not tensor.numel() or not has_double(tensor.device):
            measured[k] = _scaled_length(tensor, order)
        else:
            alike.setdefault((tensor.device, tensor.dtype), []).append(k)
    for indices in alike.values():
        group = [entries[k] for k in indices]
        if order == 2.0 and all(fits(tensor) for tensor in group):
            sums = square_sums(group, group[0].dtype)
            found = list(torch.tensor(sums, dtype=torch.float64).sqrt())
        else:
            # The largest entry is exact in any precision.
            wide = None if math.isinf(order) else torch.float64
            found = list(torch._foreach_norm(group, order, dtype=wide))  # pyright: ignore[reportPrivateImportUsage]
        for k, length in zip(indices, found, strict=True):
            measured[k] = length
    device = measured[0].device
    wide = torch.float64 if has_double(device) else torch.float32
    return torch.stack([length.to(device, wide) for length in measured])


def entries_of(tensor: Tensor) -> Tensor:
    """The stored entries as a dense tensor of real numbers: of a sparse one its values."""
    if tensor.layout is torch.sparse_coo:
        tensor = tensor.coalesce().values()
    elif tensor.layout is not torch.strided:
        tensor = tensor.values()
    if tensor.is_complex():
        tensor = torch.view_as_real(tensor.resolve_conj())
    return tensor


def _scaled_length(tensor: Tensor, order: float) -> Tensor:
    """The length of a tensor whose powers might overflow: divided by its largest entry first."""
    if not tensor.numel():
        return tensor.new_zeros(())
    largest = tensor.abs().amax()
    if math.isinf(order) or order == 0.0:
        return torch.linalg.vector_norm(tensor, order)
    # Where the largest entry is 0 or not finite it is the length; NaN stays NaN.
    divisor = torch.where((largest > 0) & largest.isfinite(), largest, torch.ones_like(largest))
    length = divisor * torch.linalg.vector_norm(tensor / divisor, order)
    return torch.where(largest.isinf(), largest, length)


def has_double(device: torch.device) -> bool:
    """Whether the device computes in float64."""
    return device.type != "mps"
