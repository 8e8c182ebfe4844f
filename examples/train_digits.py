"""A divergence found and mended: three models on scikit-learn's digits, each well below a minute.

    python examples/train_digits.py logistic|cnn|transformer [--folder .] [--surface]

The first run takes a learning rate that is too large for the curvature it meets, and blows up.
`watch` says why and from which rate on it would be stable. The next run takes half of that rate;
should it meet sharper places and blow up there, the one after it takes half of what those bear.
Each run leaves a file for `steepest watch`. With `--surface` the last run's loss is computed on the
plane in which its trajectory spread most, for `steepest surface`.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

import steepest.torch as stt
from steepest.training.judging import judge
from steepest.training.run import Run

STEPS, BATCH, EVERY = 200, 128, 5
MOST_RUNS = 6
STRIDE, ROWS, RESOLUTION = 4, 256, 31  # of a surface: steps between points, digits, points a side


class Transformer(nn.Module):
    """One layer of attention over the eight rows of a digit."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.rows = nn.Linear(8, width)
        self.places = nn.Parameter(0.02 * torch.randn(8, width))
        self.layer = nn.TransformerEncoderLayer(width, 4, 2 * width, 0.0, batch_first=True)
        self.head = nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.layer(self.rows(x[:, 0]) + self.places).mean(1))


def logistic() -> nn.Module:
    """Logistic regression: convex, so it overshoots and comes back, but stays worse."""
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 10))


def cnn() -> nn.Module:
    """Two convolutions."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(256, 10),
    )  # fmt: skip


#: Model, and a learning rate that it does not bear.
MODELS = {"logistic": (logistic, 50.0), "cnn": (cnn, 3.0), "transformer": (Transformer, 1.0)}


@dataclass
class Trained:
    """A run, the share of digits told right, and every fourth step's parameters."""

    run: Run
    right: float
    loss: stt.Loss
    trajectory: list[Tensor]


def train(name: str, rate: float, path: Path, steps: int = STEPS) -> Trained:
    """Plain gradient descent with momentum."""
    torch.manual_seed(0)
    digits = load_digits()
    x = torch.tensor(digits.images / 16, dtype=torch.float32)[:, None]
    y = torch.tensor(digits.target)
    model = MODELS[name][0]()
    some = stt.Loss(model, (x[:ROWS], y[:ROWS]), cross_entropy)
    trajectory: list[Tensor] = []
    optimizer = torch.optim.SGD(model.parameters(), rate, momentum=0.9)
    with stt.watch(model, optimizer, path, curvature_every=EVERY, max_products=8) as run:
        for step in range(steps):
            if step % STRIDE == 0:
                trajectory.append(some.parameters.flatten(some.parameters.snapshot()))
            rows = torch.randint(len(x), (BATCH,))
            optimizer.zero_grad()
            loss = cross_entropy(model(x[rows]), y[rows])
            loss.backward()
            run.observe(loss, lambda rows=rows: cross_entropy(model(x[rows]), y[rows]))
            optimizer.step()
            if not torch.isfinite(loss) or loss > 1e6:
                break
    with torch.no_grad():
        right = (model(x).argmax(1) == y).float().mean().item()
    trajectory.append(some.parameters.flatten(some.parameters.snapshot()))
    return Trained(run.run(), right, some, trajectory)


def surface(trained: Trained, file: Path) -> None:
    """The loss on the principal plane of the trajectory, each point kept in `file`."""
    plane = stt.Slice.pca(trained.loss, trained.trajectory)
    seen = stt.surface(
        trained.loss, plane, resolution=RESOLUTION, trajectory=trained.trajectory, file=file
    )
    print(f"\n{seen}")
    print(f"  more: steepest surface {file} --page {file.with_suffix('.html')}")


def stable_rate(run: Run) -> float:
    """Half of what the sharpest place bears that the run met before its loss blew up."""
    sound = run.checks[run["loss"][run.checks] <= 1.5 * run["loss"][0]]
    return 0.5 * float(np.min(run["limit"][sound] / run["lambda_max"][sound]))


def main() -> None:
    """Runs of the model that the command line names, until one learns."""
    parser = argparse.ArgumentParser(description="A divergence found and mended.")
    parser.add_argument("model", choices=MODELS)
    parser.add_argument("--folder", type=Path, default=Path())
    parser.add_argument("--surface", action="store_true")
    given = parser.parse_args()
    rate = MODELS[given.model][1]
    for count in range(1, MOST_RUNS + 1):
        path = given.folder / f"{given.model}-{count}.jsonl"
        trained = train(given.model, rate, path)
        run = trained.run
        print(f"\nlr {rate:.3g}: {len(run)} steps, {100 * trained.right:.1f} % right")
        for sentence in judge(run):
            print(f"  {sentence.level}: {sentence}")
        print(f"  more: steepest watch {path}")
        if trained.right > 0.85:
            if given.surface:
                surface(trained, given.folder / f"{given.model}-surface.jsonl")
            break
        rate = min(stable_rate(run), 0.5 * rate)


if __name__ == "__main__":
    main()
