"""What the ranks of `work.py` do at the end if they are asked to: one stays away, then dies."""

from __future__ import annotations

import os
import signal

import torch
import torch.distributed as dist

import steepest.torch as stt
from steepest.errors import RankError


def stays_away() -> None:
    """The second rank is alive, but does not come to a sum in a group made for it."""
    group = dist.new_group()
    assert isinstance(group, dist.ProcessGroup)
    if dist.get_rank() == 1:
        return
    try:
        stt.SumOverRanks(group, timeout=1)([torch.ones(3)])
    except RankError as error:
        print(f"away: {error}", flush=True)


def killed() -> None:
    """The second rank dies before a sum, for which the others wait."""
    # So long a timeout that a busy machine cannot reach it.
    stt.SumOverRanks(timeout=60)([torch.ones(3)])
    if dist.get_rank() == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    stt.SumOverRanks(timeout=5)([torch.ones(3)])
