"""The course of a loss with the noise of its batches taken out: medians of blocks of steps."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from steepest.training.run import FloatArray, IntArray, Run

_BLOCKS = 24


@dataclass(frozen=True)
class Levels:
    """`values` (b,) are medians of the loss over blocks; `starts` (b + 1,) the places of steps
    between which the blocks lie; `spread` is the typical width of a block (of its middle half).
    """

    values: FloatArray
    starts: IntArray
    spread: float

    @property
    def first(self) -> float:
        """Where the loss began."""
        return float(self.values[0])

    @property
    def best(self) -> float:
        """The lowest it came."""
        return float(np.min(self.values))

    @property
    def end(self) -> float:
        """Where it stands."""
        return float(self.values[-1])


def levels(run: Run, most: int = _BLOCKS) -> Levels | None:
    """The course of the loss; None with fewer than three finite losses."""
    loss = run["loss"]
    known = np.flatnonzero(np.isfinite(loss))
    if len(known) < 3:
        return None
    count = min(most, len(known))
    edges = np.linspace(0, len(known), count + 1).round().astype(int)
    parts = [loss[known[a:b]] for a, b in pairwise(edges)]
    values = np.array([np.median(part) for part in parts])
    widths = [np.subtract(*np.percentile(part, [75, 25])) for part in parts if len(part) > 3]
    starts = np.append(known[edges[:-1]], known[-1] + 1)
    return Levels(values, starts, float(np.median(widths)) if widths else 0.0)
