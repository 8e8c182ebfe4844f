"""Who computes which points of a surface, who keeps them, and what all ranks agree on.

Ranks need not see the same files: what one of them reads is told to the others before anything
is computed, so that no rank leaves out a point that another waits at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray

from steepest.errors import ParameterError, RankError
from steepest.torch.objective import Objective, Reduce
from steepest.torch.picture import FloatArray

if TYPE_CHECKING:
    from steepest.torch.points_file import PointsFile


@dataclass(frozen=True)
class Ranks:
    """This process among those that compute a surface.

    It computes every `stride`-th of the missing points from the `first` on, and reads and writes
    file `number` if it `keeps` one. `add` sums tensors over all of them; None for one process.
    """

    first: int
    stride: int
    number: int
    keeps: bool
    add: Reduce | None
    device: torch.device

    @classmethod
    def of(cls, objective: Objective) -> Ranks:
        """Points are dealt out, unless the ranks need each other at every point (`reduce`)."""
        started = dist.is_available() and dist.is_initialized()
        device = objective.parameters.device
        if objective.reduce is None:
            if not started:
                return cls(0, 1, 0, True, None, device)
            rank, ranks = dist.get_rank(), dist.get_world_size()
            place = device if dist.get_backend() == "nccl" else torch.device("cpu")
            return cls(rank, ranks, rank, True, _add_over_default_group, place)
        rank = getattr(objective.reduce, "rank", dist.get_rank() if started else None)
        if rank is None:  # nobody can tell how many there are
            return cls(0, 1, 0, True, None, device)
        # Every rank computes the same numbers: one file is enough, and what it holds is law.
        return cls(0, 1, 0, rank == 0, objective.reduce, device)

    def known(self, store: PointsFile | None, count: int) -> tuple[FloatArray, FloatArray]:
        """Values and 1.0 (else 0) for the points that are known already, the same on every rank.

        Raises ParameterError if the file holds something else, and RankError on the other ranks.
        """
        values, done = np.zeros(count), np.zeros(count)
        failure: ParameterError | None = None
        if store is not None and self.keeps:
            try:
                for index, value in store.read().items():
                    values[index], done[index] = value, 1.0
            except ParameterError as error:
                failure = error
        if self.add is not None:
            failed = np.array([failure is not None], dtype=np.float64)
            values, done, failed = self._sums(values, done, failed)
            values, done = _mean(values, done)
            if failure is None and failed[0]:
                raise RankError(
                    "another rank cannot use its file of points, so this one stops with it; its"
                    " own output says why"
                )
        if failure is not None:
            raise failure
        return values, done

    def together(self, values: FloatArray, done: FloatArray, own: NDArray[np.intp]) -> FloatArray:
        """The values of all ranks; `own` are the indices that this one has computed."""
        if self.add is None or self.stride == 1:
            return values
        keep = done == 1 if self.first == 0 else np.zeros(len(done), dtype=bool)
        keep[own] = True  # what was known before counts once
        summed, times = self._sums(np.where(keep, values, 0.0), keep.astype(np.float64))
        return _mean(summed, times)[0]

    def _sums(self, *arrays: FloatArray) -> list[FloatArray]:
        assert self.add is not None
        tensors = [torch.tensor(a, device=self.device) for a in arrays]
        self.add(tensors)
        return [t.cpu().numpy() for t in tensors]


def _add_over_default_group(tensors: list[torch.Tensor]) -> None:
    for tensor in tensors:
        dist.all_reduce(tensor)


def _mean(total: FloatArray, times: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Values that several ranks told, and 1.0 where there was any."""
    return np.where(times > 0, total / np.maximum(times, 1.0), 0.0), np.minimum(times, 1.0)
