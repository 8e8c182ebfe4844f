"""A loss surface of 51 × 51 points of an MLP, beside loss-landscapes 3.0.6, in one run.

    pip install "steepest[torch,bench]"
    python benchmarks/bench_torch_surface.py [--resolution N] [--rounds N]

The MLP (64-64-10) is asked on all 1,797 of scikit-learn's digits. Beside the loop that is shipped,
which sets the parameters in place, stand two other ways to evaluate the same points:
torch.func.functional_call, and torch.vmap over a row of points at a time. The last part starts two
processes of one thread each and compares them with one process of one thread.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable

import numpy as np
import torch
from machine import machine, verdict
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

import steepest.torch as stt
from steepest.torch.slices import Slice


def digits() -> tuple[Tensor, Tensor]:
    found = load_digits()
    return torch.tensor(found.data / 16, dtype=torch.float32), torch.tensor(found.target)


def mlp() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))


def ours(model: nn.Module, data: tuple[Tensor, Tensor], k: int) -> np.ndarray:
    f = stt.Loss(model, data, cross_entropy)
    return stt.surface(f, Slice.random(f.at()), resolution=k).values


def loss_landscapes(model: nn.Module, data: tuple[Tensor, Tensor], k: int) -> np.ndarray:
    from loss_landscapes import random_plane
    from loss_landscapes.metrics import Loss

    metric = Loss(cross_entropy, *data)
    return random_plane(model, metric, 1.0, k, normalization="filter", deepcopy_model=True)


def points(model: nn.Module, k: int) -> tuple[list[str], list[Tensor], list[Tensor], list[Tensor]]:
    f = stt.Loss(model, digits(), cross_entropy)
    plane = Slice.random(f.at())
    p = f.parameters
    return list(p.names), *(p.unflatten(v) for v in (plane.origin, *plane.axes))


def functional(model: nn.Module, data: tuple[Tensor, Tensor], k: int) -> np.ndarray:
    names, origin, u, v = points(model, k)
    grid = np.linspace(-1, 1, k)
    values = np.zeros((k, k))
    with torch.no_grad():
        for j, y in enumerate(grid):
            row = [o + y * b for o, b in zip(origin, v, strict=True)]
            for i, x in enumerate(grid):
                there = {n: o + x * a for n, o, a in zip(names, row, u, strict=True)}
                output = torch.func.functional_call(model, there, (data[0],))
                values[j, i] = cross_entropy(output, data[1]).item()
    return values


def vmapped(model: nn.Module, data: tuple[Tensor, Tensor], k: int) -> np.ndarray:
    names, origin, u, v = points(model, k)
    grid = torch.linspace(-1, 1, k, dtype=torch.float64).float()

    def value(there: dict[str, Tensor]) -> Tensor:
        return cross_entropy(torch.func.functional_call(model, there, (data[0],)), data[1])

    rows = []
    with torch.no_grad():
        for y in grid:
            there = {
                n: (o + y * b) + grid.view(-1, *[1] * a.dim()) * a
                for n, o, a, b in zip(names, origin, u, v, strict=True)
            }
            rows.append(torch.vmap(value)(there))
    return torch.stack(rows).numpy()


Way = Callable[[nn.Module, tuple[Tensor, Tensor], int], np.ndarray]


def timed(ways: list[Way], k: int, rounds: int) -> dict[str, float]:
    """The least seconds of each way; the ways take turns, so that all meet the same machine."""
    model, data = mlp(), digits()
    found = {way.__name__: float("inf") for way in ways}
    known = ours(model, data, 3)
    for way in (functional, vmapped):
        assert np.allclose(way(model, data, 3), known, rtol=1e-5), way.__name__
    for way in ways:
        way(model, data, 3)
    for _ in range(rounds):
        for way in ways:
            started = time.perf_counter()
            way(model, data, k)
            found[way.__name__] = min(found[way.__name__], time.perf_counter() - started)
    return found


def ranks(count: int, k: int, rounds: int) -> float:
    """Seconds of the slowest of `count` processes with one thread each, at their best."""
    port = str(20000 + os.getpid() % 20000 + count)
    shared = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": str(count)}
    arguments = [
        sys.executable,
        __file__,
        "--resolution",
        str(k),
        "--rounds",
        str(rounds),
        "--rank",
    ]
    running = [
        subprocess.Popen(
            [*arguments, str(rank)], stdout=subprocess.PIPE, text=True,
            env={**os.environ, **shared, "RANK": str(rank), "OMP_NUM_THREADS": "1"},
        )
        for rank in range(count)
    ]  # fmt: skip
    return max(float(process.communicate()[0]) for process in running)


def one_rank(k: int, rounds: int) -> None:
    import torch.distributed as dist

    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    model, data = mlp(), digits()
    ours(model, data, 5)
    best = float("inf")
    for _ in range(rounds):
        dist.barrier()
        started = time.perf_counter()
        ours(model, data, k)
        best = min(best, time.perf_counter() - started)
    print(best)
    dist.destroy_process_group()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--resolution", type=int, default=51)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rank", type=int)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    if asked.rank is not None:
        return one_rank(asked.resolution, asked.rounds)
    print(f"{machine()}, torch {torch.__version__}, {torch.get_num_threads()} threads")
    ways: list[Way] = [ours, loss_landscapes, functional, vmapped]
    seconds = timed(ways, asked.resolution, asked.rounds)
    for name, best in seconds.items():
        print(f"{name:20}{best:8.2f} s {1e6 * best / asked.resolution**2:9.0f} µs a point")
    ratio = seconds["ours"] / seconds["loss_landscapes"]
    print(verdict("time, ours / loss-landscapes", ratio, 1.0, "×"))
    one, two = (ranks(count, asked.resolution, asked.rounds) for count in (1, 2))
    print(f"one rank {one:.2f} s, two ranks {two:.2f} s, each of one thread")
    print(verdict("time, two ranks / one rank", two / one, 1 / 1.8, "×"))
    return None


if __name__ == "__main__":
    main()
