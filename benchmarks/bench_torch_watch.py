"""What watching costs: training steps of a small Transformer, watched and not, side by side.

    python benchmarks/bench_torch_watch.py [--rounds 12]

Copies of one network take the same steps on scikit-learn's digits: alone, watched, and watched
with λmax every 50 steps, measured on a quarter of the step's batch, which is the default, and on
all of it. Their turns
alternate in blocks of 50 steps, in an order that changes from round to round, so that whatever
else the machine does meets all alike. What is compared is the ratio of the times in one round;
its median is printed. The last part tells how far the recorded λmax of a part of the batch is from
that of all of it, exact to a percent.
"""

from __future__ import annotations

import argparse
import copy
import itertools
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from machine import machine, verdict
from sklearn.datasets import load_digits
from torch import Tensor, nn

import steepest.torch as stt

_BLOCK = 50  # steps; λmax is measured once in each
_BATCH = 128


class Transformer(nn.Module):
    """Two layers of width 64 on the sixteen 2 × 2 patches of a digit: 101,962 parameters."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.patches = nn.Linear(4, width)
        self.places = nn.Parameter(0.02 * torch.randn(16, width))
        layer = nn.TransformerEncoderLayer(
            width, 4, 4 * width, dropout=0.0, batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.encoder(self.patches(x) + self.places).mean(1))


def trainer(
    model: nn.Module, x: Tensor, y: Tensor, path: Path | None, **how: Any
) -> Callable[[], None]:
    """A function that takes a block of steps, each on the next batch of an endless order."""
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
    watched = None if path is None else stt.watch(model, optimizer, path, **how)
    generator = torch.Generator().manual_seed(1)
    loss_of = nn.functional.cross_entropy

    def block() -> None:
        for _ in range(_BLOCK):
            rows = torch.randint(len(x), (_BATCH,), generator=generator)
            inputs, targets = x[rows], y[rows]
            optimizer.zero_grad()
            loss = loss_of(model(inputs), targets)
            loss.backward()
            if watched is not None:
                watched.observe(
                    loss, lambda part, a=inputs, b=targets: loss_of(model(part(a)), part(b))
                )
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()

    return block


def deviations(model: nn.Module, x: Tensor, y: Tensor, share: float) -> list[float]:
    """λmax as it is recorded over λmax of the whole batch, every 25 of 400 steps."""
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
    runs = [
        stt.watch(model, optimizer, curvature_every=25, curvature_share=s, max_products=most)
        for s, most in ((share, 2), (1.0, 12))
    ]
    generator = torch.Generator().manual_seed(1)
    loss_of = nn.functional.cross_entropy
    for _ in range(400):
        rows = torch.randint(len(x), (_BATCH,), generator=generator)
        inputs, targets = x[rows], y[rows]
        optimizer.zero_grad()
        loss = loss_of(model(inputs), targets)
        loss.backward()
        for run in runs:
            run.observe(loss, lambda part, a=inputs, b=targets: loss_of(model(part(a)), part(b)))
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    recorded, known = (run.run()["lambda_max"][25::25] for run in runs)
    return (recorded / known).tolist()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=12)
    rounds = parser.parse_args().rounds
    torch.manual_seed(0)
    model = Transformer()
    digits = load_digits()
    images = torch.tensor(digits.images / 16, dtype=torch.float32)
    x = images.unfold(1, 2, 2).unfold(2, 2, 2).reshape(len(images), 16, 4)
    y = torch.tensor(digits.target)
    print(machine())
    print(
        f"torch {torch.__version__}, {torch.get_num_threads()} threads; Transformer of"
        f" {sum(p.numel() for p in model.parameters()):,} parameters, AdamW, batch {_BATCH}"
    )
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        blocks = [
            trainer(copy.deepcopy(model), x, y, None),
            trainer(copy.deepcopy(model), x, y, place / "plain.jsonl"),
            trainer(copy.deepcopy(model), x, y, place / "part.jsonl", curvature_every=_BLOCK),
            trainer(
                copy.deepcopy(model),
                x,
                y,
                place / "whole.jsonl",
                curvature_every=_BLOCK,
                curvature_share=1.0,
            ),
        ]
        for block in blocks:
            block()
        times = [[] for _ in blocks]
        orders = itertools.cycle(itertools.permutations(range(len(blocks))))
        for _ in range(rounds):
            for k in next(orders):
                started = time.perf_counter()
                blocks[k]()
                times[k].append(time.perf_counter() - started)
    alone = [1000 * t / _BLOCK for t in times[0]]
    print(f"a step alone: {statistics.median(alone):.2f} ms (median of {rounds} rounds)")
    names = (
        "watched",
        "λmax every 50 steps, a quarter of the batch",
        "λmax every 50 steps, all of it",
    )
    for k, (name, limit) in enumerate(zip(names, (3.0, 10.0, 10.0), strict=True), 1):
        shares = [100 * (t / t0 - 1) for t, t0 in zip(times[k], times[0], strict=True)]
        low, _, high = statistics.quantiles(shares, n=4)
        line = verdict(name, statistics.median(shares), limit, "%")
        print(f"{line}  quartiles {low:.1f} to {high:.1f} %")
    for share in (0.25, 1.0):
        low, middle, high = statistics.quantiles(deviations(copy.deepcopy(model), x, y, share), n=4)
        print(
            f"λmax recorded on {share:g} of a batch, over that of all of it: median {middle:.2f},"
            f" quartiles {low:.2f} to {high:.2f}"
        )


if __name__ == "__main__":
    main()
