"""Parameters spread over several ranks (DTensor, FSDP2): their parts, their whole, their lengths.

Nothing here loads torch.distributed: where no DTensor was made, none is met.
"""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any, TypeGuard

import torch
from torch import Tensor

from steepest.errors import ParameterError

if TYPE_CHECKING:
    from torch.distributed.tensor import DTensor


def is_sharded(tensor: Tensor) -> TypeGuard[DTensor]:
    """Whether this is a DTensor."""
    room = sys.modules.get("torch.distributed.tensor")
    return room is not None and isinstance(tensor, room.DTensor)


def local_part(tensor: Tensor) -> Tensor:
    """What this rank holds; sums that are still to be made between ranks are made first."""
    return _settled(tensor).to_local() if is_sharded(tensor) else tensor


def whole(tensor: Tensor) -> Tensor:
    """The entire tensor, on every rank."""
    return tensor.full_tensor() if is_sharded(tensor) else tensor


def spread_like(result: Tensor, model: Tensor) -> Tensor:
    """A tensor that every rank has whole, spread over the ranks as `model` is."""
    if not is_sharded(model):
        return result
    from torch.distributed.tensor import DTensor, Replicate

    settled = _settled(model)
    everywhere = [Replicate()] * settled.device_mesh.ndim
    entire = DTensor.from_local(result, settled.device_mesh, everywhere, run_check=False)
    return entire.redistribute(placements=settled.placements)


def reduce_lengths(tensors: list[Tensor], parts: Tensor, order: float) -> Tensor:
    """The lengths of whole tensors (k,), from those of what this rank holds of each (k,)."""
    spreads: dict[Any, list[int]] = {}
    for k, tensor in enumerate(tensors):
        if is_sharded(tensor):
            for group in _groups(tensor):
                spreads.setdefault(group, []).append(k)
    if spreads and order <= 0.0:
        raise ParameterError(
            f"norm_type={order:g}: of parameters that are spread over ranks the length can be"
            " asked for a norm_type above 0 only"
        )
    result = parts.clone()
    for group, indices in spreads.items():
        where = torch.tensor(indices, device=parts.device)
        result[where] = _combined(result[where], group, order)
    return result


def _combined(parts: Tensor, group: Any, order: float) -> Tensor:
    from torch.distributed import ReduceOp, all_reduce

    largest = parts.clone()
    # A maximum may lose a NaN on its way; a sum does not.
    broken = parts.isnan().to(parts.dtype)
    all_reduce(largest.nan_to_num_(nan=0.0, posinf=math.inf), ReduceOp.MAX, group=group)
    if math.isinf(order):
        all_reduce(broken, ReduceOp.SUM, group=group)
        return torch.where(broken > 0, math.nan, largest)
    usual = (largest > 0) & largest.isfinite()
    divisor = torch.where(usual, largest, torch.ones_like(largest))
    powers = (parts / divisor) ** order
    all_reduce(powers, ReduceOp.SUM, group=group)
    return divisor * powers ** (1.0 / order)


def _groups(tensor: DTensor) -> list[Any]:
    """The process groups between whose ranks the tensor is cut up."""
    mesh, placements = tensor.device_mesh, _settled(tensor).placements
    return [mesh.get_group(d) for d, placement in enumerate(placements) if placement.is_shard()]


def _settled(tensor: DTensor) -> DTensor:
    from torch.distributed.tensor import Replicate

    if not any(placement.is_partial() for placement in tensor.placements):
        return tensor
    placements = [Replicate() if p.is_partial() else p for p in tensor.placements]
    return tensor.redistribute(placements=placements)
