"""The phases of a run: early, middle, near convergence.

They are read off two curves: how large the gradient is against the largest one met, and by
how much it turns from step to step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_SMALL: Final = 1e-3  # of the largest gradient: from here on the run is near convergence
_LARGE: Final = 0.1  # of the largest gradient: below it the early phase is over
_SHARP: Final = np.pi / 4  # a turn after which the directions no longer agree


@dataclass(frozen=True)
class Phase:
    """Steps `first` to `last` of a run, and what the gradient did there."""

    name: str
    first: int
    last: int
    sentence: str

    def __str__(self) -> str:
        steps = (
            f"step {self.first}" if self.first == self.last else f"steps {self.first}–{self.last}"
        )
        return f"{self.name} ({steps}): {self.sentence}"


def turning_angles(gradients: FloatArray) -> FloatArray:
    """The angle between each gradient and the one before it, radians; (k,) for (k + 1, n)."""
    lengths = np.linalg.norm(gradients, axis=1)
    safe = np.where(lengths > 0, lengths, 1.0)
    units = gradients / safe[:, None]
    # atan2 of difference and sum keeps its digits for small angles, where acos loses half.
    apart = np.linalg.norm(units[1:] - units[:-1], axis=1)
    together = np.linalg.norm(units[1:] + units[:-1], axis=1)
    return 2.0 * np.arctan2(apart, together)


def phases(gradients: FloatArray) -> tuple[Phase, ...]:
    """The phases of a run with these gradients (k + 1, n), in order; none without a step.

    A run whose gradients only grew has one phase, "growing".
    """
    sizes = np.linalg.norm(gradients, axis=1)
    k = len(sizes) - 1
    if k < 1 or not np.isfinite(sizes).all() or not sizes.max() > 0:
        return ()
    turns = turning_angles(gradients)
    if sizes[-1] == sizes.max() and sizes[-1] > sizes[0]:
        return (Phase("growing", 0, k, _describe(sizes, turns, 0, k)),)
    relative = sizes / sizes.max()
    over = np.flatnonzero((relative[1:] < _LARGE) | (turns > _SHARP))
    early_end = int(over[0]) if len(over) else k
    above = np.flatnonzero(relative >= _SMALL)
    near_start = max(int(above[-1]) + 1, early_end + 1)
    found = []
    for name, first, last in (
        ("early", 0, min(early_end, k)),
        ("middle", early_end + 1, min(near_start - 1, k)),
        ("near convergence", near_start, k),
    ):
        if first <= last and first <= k:
            found.append(Phase(name, first, last, _describe(sizes, turns, first, last)))
    return tuple(found)


def _describe(sizes: FloatArray, turns: FloatArray, first: int, last: int) -> str:
    part = turns[first:last]
    size = f"‖∇f‖ goes from {sizes[first]:.4g} to {sizes[last]:.4g}"
    if not len(part):
        return f"‖∇f‖ is {sizes[first]:.4g}"
    typical = float(np.degrees(np.median(part)))
    if typical > 135:
        return f"{size} and its direction flips at almost every step"
    if typical > 20:
        return f"{size} and turns by {typical:.0f}° a step"
    if typical > 2:
        return f"{size} and turns slowly, by {typical:.0f}° a step"
    return f"{size} and keeps its direction"
