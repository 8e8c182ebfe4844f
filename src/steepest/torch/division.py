"""Work on whole tensors, divided among the ranks between which the tensors are cut up.

Gathering every tensor on every rank would have each rank do all of the work. Here each tensor is
gathered on one rank only, its owner, and the result is sent back in the same pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from steepest.torch.sharded import is_sharded

if TYPE_CHECKING:
    from torch.distributed.tensor import DTensor


def divisible(tensor: Tensor) -> bool:
    """Whether the tensor is cut along one dimension between the ranks of a mesh, as by FSDP2."""
    if not is_sharded(tensor):
        return False
    from torch.distributed.tensor import Shard

    mesh, placements = tensor.device_mesh, tensor.placements
    return mesh.ndim == 1 and mesh.size() > 1 and type(placements[0]) is Shard


def divided(
    tensors: Sequence[Tensor],
    work: Callable[[int, Tensor], Tensor],
    dtype: Callable[[Tensor], torch.dtype],
) -> list[Tensor]:
    """work(k, whole tensor k) for each k, on one rank each; spread as the tensors are.

    All tensors must be `divisible`. The results have the shapes of the tensors, and in place of
    their dtypes those that `dtype` gives. Every rank has to call this with its parts of the same
    tensors.
    """
    meshes: dict[Any, list[int]] = {}
    for k, tensor in enumerate(tensors):
        assert is_sharded(tensor)
        meshes.setdefault((tensor.device_mesh, tensor.dtype), []).append(k)
    results: list[Tensor] = list(tensors)
    for (mesh, _), places in meshes.items():
        for first in range(0, len(places), mesh.size()):
            batch = places[first : first + mesh.size()]
            parts = [tensors[k] for k in batch]
            of_batch = partial(_shifted, work, batch)
            found = _one_each(parts, of_batch, dtype(parts[0]))
            for k, result in zip(batch, found, strict=True):
                results[k] = result
    return results


def _shifted(
    work: Callable[[int, Tensor], Tensor], places: list[int], j: int, entire: Tensor
) -> Tensor:
    return work(places[j], entire)


def _one_each(
    batch: list[Any], work: Callable[[int, Tensor], Tensor], dtype: torch.dtype
) -> list[Tensor]:
    """At most one tensor a rank: the first is the first rank's."""
    from torch.distributed import all_to_all_single
    from torch.distributed.tensor import DTensor

    mesh = batch[0].device_mesh
    group, ranks, me = mesh.get_group(), mesh.size(), mesh.get_local_rank()
    locals_ = [tensor.to_local() for tensor in batch]
    own = [part.numel() for part in locals_] + [0] * (ranks - len(batch))
    mine = batch[me] if me < len(batch) else None
    shapes = [] if mine is None else [_piece(mine, rank) for rank in range(ranks)]
    theirs = [shape.numel() for shape in shapes] or [0] * ranks

    def exchange(pieces: list[Tensor], gives: list[int], takes: list[int]) -> Tensor:
        flat = torch.cat([piece.reshape(-1) for piece in pieces])
        received = flat.new_empty(sum(takes))
        all_to_all_single(received, flat, takes, gives, group=group)
        return received

    gathered = exchange(locals_, own, theirs)
    back = [torch.empty(0, dtype=dtype, device=gathered.device)]
    if mine is not None:
        dim = mine.placements[0].dim
        pieces = zip(gathered.split(theirs), shapes, strict=True)
        entire = torch.cat([piece.view(shape) for piece, shape in pieces], dim)
        result = work(me, entire).to(dtype)
        back = list(result.split([shape[dim] for shape in shapes], dim))
    spread = exchange(back, theirs, own).split(own[: len(batch)])
    return [
        DTensor.from_local(
            piece.view(part.shape), mesh, tensor.placements, run_check=False,
            shape=tensor.shape, stride=tensor.stride(),
        )
        for piece, part, tensor in zip(spread, locals_, batch, strict=True)
    ]  # fmt: skip


def _piece(tensor: DTensor, rank: int) -> torch.Size:
    """The shape of what a rank holds: parts as large as the first, as far as they go."""
    dim = tensor.placements[0].dim  # type: ignore[union-attr]
    ranks, length = tensor.device_mesh.size(), tensor.shape[dim]
    part = -(-length // ranks)
    shape = list(tensor.shape)
    shape[dim] = max(0, min(part, length - rank * part))
    return torch.Size(shape)
