"""Data spread over several processes: their sums, added; and what happens if one of them fails."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from steepest.errors import ParameterError, RankError
from steepest.torch.data import of_kind

_WORDS = 200  # letters of another rank's error that are shown


class SumOverRanks:
    """Adds tensors over the ranks of a process group: `reduce=` of `Loss`.

    Each rank asks its own part of the data (see `rank_part`); value, gradient, Hessian products
    and all that is made of them are then those of the whole data, the same on every rank. All
    ranks have to ask the same questions in the same order.

    Args:
        group: a process group; None is the default one, which torchrun's environment and
            `torch.distributed.init_process_group` make. Gloo on processors, NCCL on GPUs.
        timeout: how many seconds a rank waits for the others.

    Raises:
        ParameterError: no process group was made, or the timeout makes no sense.
        RankError: when called, on every rank that is well: another rank failed (with its name
            and its error), ended, or did not arrive in time. The group is of no use then.
    """

    def __init__(self, group: dist.ProcessGroup | None = None, timeout: float = 600.0) -> None:
        if not isinstance(timeout, int | float) or not 0 < timeout < math.inf:
            raise ParameterError(f"timeout={timeout!r}: give a number of seconds above 0")
        self.rank, self.ranks = _place(group)
        self.group, self.timeout = group, float(timeout)

    def __call__(self, tensors: list[Tensor]) -> None:
        """Add each tensor over the ranks, in place."""
        self._agree(None)
        for tensor in tensors:
            self._add(tensor)

    def abandon(self, error: BaseException) -> None:
        """Tell the other ranks, which wait for this one's sum, that `error` came instead."""
        # Whatever the others have to say: this rank has an error of its own to raise.
        with suppress(RankError):
            self._agree(error)

    def _agree(self, error: BaseException | None) -> None:
        """RankError if any rank came with an error."""
        failed = torch.tensor([0.0 if error is None else 1.0], device=self._device())
        self._add(failed)
        if not failed.item():
            return
        told: list[Any] = [None] * self.ranks
        sentence = None if error is None else f"{type(error).__name__}: {error}"[:_WORDS]
        self._guard(lambda: dist.all_gather_object(told, sentence, group=self.group))
        reasons = [f"rank {k} failed: {words}" for k, words in enumerate(told) if words]
        raise RankError("; ".join(reasons) + f" (rank {self.rank} was well, and stops with it)")

    def _add(self, tensor: Tensor) -> None:
        def add() -> None:
            work = dist.all_reduce(tensor, group=self.group, async_op=True)
            if work is not None:
                work.wait(timedelta(seconds=self.timeout))

        self._guard(add)

    def _guard(self, collective: Any) -> None:
        try:
            collective()
        except (RuntimeError, ValueError) as error:
            first = str(error).strip().splitlines()[0][:_WORDS] if str(error).strip() else ""
            raise RankError(
                f"rank {self.rank} of {self.ranks} lost the others while adding up: one of them"
                f" ended or did not arrive within {self.timeout:g} s. Its own output says why;"
                f" if it only is slow, raise timeout= ({type(error).__name__}: {first})"
            ) from error

    def _device(self) -> torch.device:
        if "nccl" in dist.get_backend(self.group):
            return torch.device("cuda", torch.cuda.current_device())
        return torch.device("cpu")


def rank_part(data: Any, group: dist.ProcessGroup | None = None) -> Any:
    """This rank's part of the data: all parts together are the data, each row once.

    A batch (a tensor, a tuple, list or dict of tensors with the same number of rows) is cut into
    neighbouring rows; of a list or tuple of batches every rank takes each `ranks`-th. Raises
    ParameterError, on every rank, if a rank would be left without a part.
    """
    rank, ranks = _place(group)
    if isinstance(data, Tensor):
        _require_enough(len(data), ranks, "rows")
        return data.tensor_split(ranks)[rank]
    if isinstance(data, Mapping):
        return {key: rank_part(value, group) for key, value in data.items()}
    if not isinstance(data, list | tuple) or not data:
        raise ParameterError(
            f"the data is {type(data).__name__}: give a tensor, a tuple or dict of tensors, or a"
            " list of batches; of a DataLoader give each rank its own, over its own rows"
        )
    if all(isinstance(part, Tensor) for part in data):
        return of_kind(data, (rank_part(part, group) for part in data))
    _require_enough(len(data), ranks, "batches")
    return data[rank::ranks]


def _place(group: dist.ProcessGroup | None) -> tuple[int, int]:
    """The rank of this process and the number of ranks."""
    if not dist.is_available():
        raise ParameterError("this build of PyTorch has no torch.distributed")
    if not dist.is_initialized():
        raise ParameterError(
            "no process group was made: start the script with torchrun, and call"
            ' torch.distributed.init_process_group("gloo") (on GPUs "nccl") first'
        )
    rank = dist.get_rank(group)
    if rank < 0:
        raise ParameterError("this process is no member of the group")
    return rank, dist.get_world_size(group)


def _require_enough(count: int, ranks: int, what: str) -> None:
    if count < ranks:
        raise ParameterError(f"{count} {what} are too few for {ranks} ranks: start fewer")
