"""What the ranks of `work.py` do at the end if they are asked to: one stays away, then dies."""

from __future__ import annotations

import os
import signal
from datetime import timedelta

import torch
import torch.distributed as dist

import steepest.torch as stt
from steepest.errors import RankError

LONG = timedelta(seconds=200)


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
    store, rank = dist.distributed_c10d._get_default_store(), dist.get_rank()
    if rank == 1:
        # Not before the others have nothing to expect of it but that sum.
        store.wait(["waiting 0", "waiting 2"], LONG)
        os.kill(os.getpid(), signal.SIGKILL)
    # torchrun ends the survivors when it sees a death; they say first what they have lost.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    store.set(f"waiting {rank}", "")
    # So long a timeout that a busy machine cannot reach it: the death ends the wait.
    stt.SumOverRanks(timeout=200)([torch.ones(3)])
