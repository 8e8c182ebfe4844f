"""What clipping and a step cost, beside PyTorch's own, in one run on the processor.

    python benchmarks/bench_torch_steps.py [--threads N]

Each pair runs both ways of one job in turn, on parameters of their own, and the order changes
with every pair. A ratio is the median over all pairs of our time over PyTorch's: below 1 we are
faster. Gradients are given, not computed, and put back before every run, outside of the time.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from machine import machine
from torch import Tensor, nn

import steepest.torch as stt

Job = Callable[[list[Tensor]], Callable[[], object]]


@dataclass
class Pair:
    """One job, PyTorch's way and ours."""

    name: str
    theirs: Job
    ours: Job


def transformer(width: int, layers: int) -> list[tuple[int, ...]]:
    """The shapes of the parameters of an encoder with four times as wide a hidden layer."""
    layer = [
        (3 * width, width), (3 * width,), (width, width), (width,),
        (4 * width, width), (4 * width,), (width, 4 * width), (width,),
        (width,), (width,), (width,), (width,),
    ]  # fmt: skip
    return layer * layers


MODELS: dict[str, list[tuple[int, ...]]] = {
    "transformer, width 32, 2 layers": transformer(32, 2),
    "transformer, width 128, 4 layers": transformer(128, 4),
    "transformer, width 256, 6 layers": transformer(256, 6),
    "one tensor of 10 million": [(10_000_000,)],
}


def clip_and_step(limit: float, momentum: float) -> Pair:
    def theirs(parameters: list[Tensor]) -> Callable[[], object]:
        optimizer = torch.optim.SGD(parameters, 1e-9, momentum=momentum, fused=True)

        def run() -> None:
            nn.utils.clip_grad_norm_(parameters, limit)
            optimizer.step()

        return run

    def ours(parameters: list[Tensor]) -> Callable[[], object]:
        optimizer = stt.SteepestDescent(parameters, 1e-9, momentum=momentum, fused=True)

        def run() -> None:
            stt.clip_grad_norm_(parameters, limit)
            optimizer.step()

        return run

    active = "clipping" if limit < 1e3 else "within the limit"
    return Pair(f"clip + step, momentum {momentum:g}, {active}", theirs, ours)


def clip_only(limit: float) -> Pair:
    return Pair(
        f"clip alone, {'clipping' if limit < 1e3 else 'within the limit'}",
        lambda parameters: lambda: nn.utils.clip_grad_norm_(parameters, limit),
        lambda parameters: lambda: stt.clip_grad_norm_(parameters, limit),
    )


def spectral(precision: str | None) -> Pair:
    options = {"momentum": 0.95, "nesterov": True, "weight_decay": 0.1}
    norm = stt.Spectral(precision=precision)
    return Pair(
        f"spectral step, {precision or 'the precision that is fast here'}",
        lambda parameters: torch.optim.Muon(parameters, 1e-9, **options).step,
        lambda parameters: stt.SteepestDescent(parameters, 1e-9, norm=norm, **options).step,
    )


def made(shapes: list[tuple[int, ...]]) -> list[Tensor]:
    torch.manual_seed(0)
    found: list[Tensor] = []
    for shape in shapes:
        parameter = nn.Parameter(torch.randn(shape))
        parameter.grad = torch.randn(shape)
        found.append(parameter)
    return found


def compare(pair: Pair, shapes: list[tuple[int, ...]], seconds: float) -> tuple[float, float]:
    """PyTorch's median time in ms, and the median of our time over it in the same pair."""
    sides = [(job, made(shapes)) for job in (pair.theirs, pair.ours)]
    kept = [p.grad.clone() for p in sides[0][1] if p.grad is not None]
    runs = [(job(parameters), parameters) for job, parameters in sides]
    times: list[tuple[float, float]] = []
    started = time.perf_counter()
    while len(times) < 5 or (time.perf_counter() - started < seconds and len(times) < 400):
        found = [0.0, 0.0]
        for k in (0, 1) if len(times) % 2 else (1, 0):
            run, parameters = runs[k]
            for parameter, gradient in zip(parameters, kept, strict=True):
                assert parameter.grad is not None
                parameter.grad.copy_(gradient)
            begun = time.perf_counter()
            run()
            found[k] = time.perf_counter() - begun
        times.append((found[0], found[1]))
    times = times[2:]  # the first runs compile and allocate
    return (
        1e3 * statistics.median(theirs for theirs, _ in times),
        statistics.median(ours / theirs for theirs, ours in times),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Clip and step, beside PyTorch")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--seconds", type=float, default=1.5, help="for each pair")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(machine())
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, float32")
    header = "PyTorch/ms  ours/PyTorch"
    for name, shapes in MODELS.items():
        size = sum(nn.Parameter(torch.empty(shape)).numel() for shape in shapes)
        print(f"\n{name}: {len(shapes)} tensors, {size:,} entries\n{'':52}{header}")
        pairs = [clip_and_step(limit, m) for limit in (1.0, 1e6) for m in (0.0, 0.9)]
        for pair in [*pairs, clip_only(1.0), clip_only(1e6)]:
            ms, ratio = compare(pair, shapes, arguments.seconds)
            print(f"{pair.name:52}{ms:10.3f}{ratio:14.2f}", flush=True)
        # bfloat16 products take seconds for the larger ones on processors without them.
        matrices = [shape for shape in shapes if len(shape) == 2] if size < 1_000_000 else []
        for pair in [spectral(None), spectral("bfloat16")] if matrices else []:
            ms, ratio = compare(pair, matrices, arguments.seconds)
            print(f"{pair.name:52}{ms:10.3f}{ratio:14.2f}", flush=True)


if __name__ == "__main__":
    main()
