"""The course of a loss with the noise of its batches taken out: medians of blocks of steps."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from steepest.training.run import FloatArray, IntArray, Run

_BLOCKS = 24


@dataclass(frozen=True)
class Levels:
    """`values` (b,) are medians of the loss over blocks, `errors` (b,) the standard errors that
    the scatter of the losses gives them; `starts` (b + 1,) are the places of steps between which
    the blocks lie; `spread` is the typical width of the middle half of a block.
    """

    values: FloatArray
    errors: FloatArray
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
    # The middle half of a normal distribution is 1.35 σ wide, its median errs by 1.25 σ/√n.
    widths = np.array(
        [np.subtract(*np.percentile(p, [75, 25])) if len(p) > 3 else 0.0 for p in parts]
    )
    errors = 1.25 / 1.35 * widths / np.sqrt([len(part) for part in parts])
    starts = np.append(known[edges[:-1]], known[-1] + 1)
    return Levels(values, errors, starts, float(np.median(widths)))
