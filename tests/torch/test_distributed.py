"""Two and three processes give what one gives; and one that fails ends the others."""

# Gradients are there, options come as dicts, and some arguments are wrong on purpose:
# pyright: reportOptionalMemberAccess=false, reportArgumentType=false, reportCallIssue=false
# pyright: reportOptionalIterable=false, reportOptionalSubscript=false, reportIndexIssue=false
# pyright: reportAttributeAccessIssue=false, reportMissingImports=false

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist

import steepest.torch as stt
from once import once
from steepest.errors import ParameterError

RANKS = Path(__file__).parent / "ranks"
sys.path.insert(0, str(RANKS))

import work  # noqa: E402


def torchrun(ranks: int, *arguments: str) -> Any:
    command = [
        sys.executable, "-m", "torch.distributed.run", "--standalone",
        f"--nproc-per-node={ranks}", "--monitor-interval=0.1",
        str(RANKS / "work.py"), *arguments,
    ]  # fmt: skip
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=300, env=environment, check=False
    )


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """What each of two ranks found."""
    folder, done = once(tmp_path_factory, "two-ranks", lambda to: torchrun(2, str(to / "found")))
    assert done.returncode == 0, done.stderr
    return [torch.load(f"{folder}/found.{rank}") for rank in range(2)]


@pytest.fixture(scope="module")
def dead(tmp_path_factory):
    """What each of three ranks found, and how they ended when the second was killed."""
    folder, done = once(
        tmp_path_factory, "three-ranks", lambda to: torchrun(3, str(to / "found"), "die")
    )
    return [torch.load(f"{folder}/found.{rank}") for rank in range(3)], done


@pytest.fixture(params=["two", "three"])
def found(request):
    if request.param == "two":
        return request.getfixturevalue("two")
    return request.getfixturevalue("dead")[0]


def agree(one: Any, other: Any, path: str = "") -> None:
    """Equal to rounding."""
    if isinstance(one, dict):
        assert one.keys() == other.keys(), path
        for key in one:
            agree(one[key], other[key], f"{path}/{key}")
    elif isinstance(one, list):
        assert len(one) == len(other), path
        for k, pair in enumerate(zip(one, other, strict=True)):
            agree(*pair, f"{path}/{k}")
    elif isinstance(one, torch.Tensor):
        assert torch.allclose(one.double(), other.double(), rtol=1e-9, atol=1e-11), path
    else:
        assert one == other, path


def test_a_loss_over_data_that_is_spread(found):
    alone = work.losses(lambda data: data, None)
    for rank in found:
        agree(rank["losses"], alone)
        agree(rank["after"], alone)


def test_norms_clipping_and_steps_of_sharded_parameters(found):
    alone = work.sharded(lambda net: net)
    assert alone["refused"].startswith("the gradient of head.bias is not finite")
    for rank in found:
        agree(rank["sharded"], alone)


def test_checkpoints_of_sharded_parameters(found):
    for rank in found:
        assert rank["resumed"] == [True, True]


def test_a_rank_that_fails_tells_the_others_why(found):
    own = "LossError: "
    assert found[1]["failed"].startswith(own)
    assert "rank" not in found[1]["failed"]
    for k in {0, len(found) - 1} - {1}:
        told = found[k]["failed"]
        assert told.startswith("RankError: rank 1 failed: " + found[1]["failed"][:60])
        assert told.endswith(f"(rank {k} was well, and stops with it)")


def test_a_rank_that_stays_away_or_dies_ends_the_others(dead):
    # `torchrun` was given five minutes, well below the half hour that PyTorch waits by itself.
    _, done = dead
    assert done.returncode != 0
    for rank in (0, 2):
        words = f"rank {rank} of 3 lost the others while adding up: one of them ended or did not"
        assert done.stdout.count(f"away: {words} arrive within 1 s") == 1, done.stdout
        assert done.stderr.count(f"RankError: {words} arrive within 200 s") == 1, done.stderr
    assert f"exitcode  : -{signal.SIGKILL.value}" in done.stderr


Pair = namedtuple("Pair", ["x", "y"])


def test_alone_or_without_a_group(tmp_path):
    with pytest.raises(ParameterError, match="no process group was made: start the script with"):
        stt.SumOverRanks()
    with pytest.raises(ParameterError, match="no process group"):
        stt.rank_part(torch.zeros(3))
    for wrong in (0, -1, float("inf"), "long"):
        with pytest.raises(ParameterError, match="timeout="):
            stt.SumOverRanks(timeout=wrong)
    dist.init_process_group("gloo", init_method=f"file://{tmp_path}/store", rank=0, world_size=1)
    try:
        reduce = stt.SumOverRanks()
        tensor = torch.ones(3)
        reduce([tensor])
        assert tensor.tolist() == [1.0, 1.0, 1.0]
        reduce.abandon(ValueError("nobody hears it"))
        pair = (torch.arange(4), torch.arange(4))
        assert torch.equal(stt.rank_part(pair)[0], pair[0])
        assert stt.rank_part(Pair(*pair))._fields == ("x", "y")
        assert stt.rank_part([pair, pair]) == [pair, pair]
        assert stt.rank_part({"x": pair[0]})["x"].tolist() == [0, 1, 2, 3]
        with pytest.raises(ParameterError, match="0 rows are too few for 1 ranks"):
            stt.rank_part(torch.zeros(0))
        with pytest.raises(ParameterError, match="the data is Dataset"):
            stt.rank_part(torch.utils.data.Dataset())
    finally:
        dist.destroy_process_group()
