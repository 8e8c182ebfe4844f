"""Runs made up number by number, for tests of what is read and said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from steepest.training.records import Header, Layer
from steepest.training.run import Run, RunBuilder

HEADER = Header("Net", "SGD", 30, (Layer("first", 20), Layer("second", 10)), "", {"lr": 0.1})


def made(steps: int = 100, shares: Sequence[float] = (0.8, 0.6), **columns: Any) -> Run:
    """A quiet run whose columns are replaced; a column is a number, an array or None for unknown.

    `shares` are the parts of the gradient's length in each layer.
    """
    layers = tuple(Layer(f"layer{k}", 10) for k in range(len(shares)))
    header = Header("Net", "SGD", 10 * len(shares), layers, "", {"lr": 0.1})
    quiet: dict[str, Any] = {
        "loss": np.linspace(2.0, 1.0, steps),
        "gradient": 1.0,
        "lr": 0.1,
        "clip": 1.0,
        "turn": 45.0,
        "update": 0.01,
        "weights": 1.0,
    }
    told = {k: v for k, v in (quiet | columns).items() if v is not None}
    rows = {k: np.broadcast_to(np.asarray(v, dtype=float), (steps,)) for k, v in told.items()}
    builder = RunBuilder(header)
    for step in range(steps):
        values = {
            k: float(v[step]) for k, v in rows.items() if not np.isnan(v[step]) or k == "loss"
        }
        builder.add(step, values, [s * values.get("gradient", 0.0) for s in shares])
    return builder.run()


def sometimes(steps: int, every: int, values: float | Sequence[float]) -> np.ndarray:
    """A column that is known at every `every`-th step."""
    column = np.full(steps, np.nan)
    column[::every] = values
    return column
