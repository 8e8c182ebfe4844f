"""Three ranks add up. The second is too slow for one sum, and killed before another."""

from __future__ import annotations

import os
import signal
import time

import torch
import torch.distributed as dist

import steepest.torch as stt
from steepest.errors import RankError


def too_slow(group: dist.ProcessGroup) -> None:
    if dist.get_rank() == 1:
        time.sleep(2)
        return
    try:
        stt.SumOverRanks(group, timeout=1)([torch.ones(3)])
    except RankError as error:
        print(f"slow: {error}", flush=True)


def main() -> None:
    dist.init_process_group("gloo")
    group = dist.new_group()
    assert isinstance(group, dist.ProcessGroup)
    reduce = stt.SumOverRanks(timeout=5)
    reduce([torch.ones(3)])
    too_slow(group)
    if dist.get_rank() == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    reduce([torch.ones(3)])


if __name__ == "__main__":
    main()
