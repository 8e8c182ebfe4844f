"""The phases of a run: where the loss fell fast, fell slowly, stood still or rose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from steepest.training.judging.levels import Levels, levels
from steepest.training.judging.sentence import short
from steepest.training.run import FloatArray, Run

_FAST: Final = 1.5  # times the average fall of a block
_STILL: Final = 0.1  # times it


@dataclass(frozen=True)
class TrainingPhase:
    """Steps `first` to `last` of a run, what the loss did there, and the numbers in a sentence."""

    name: str
    first: int
    last: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.name} (steps {self.first}–{self.last}): {self.sentence}"


def training_phases(run: Run) -> tuple[TrainingPhase, ...]:
    """The phases of `run`, in order; none if it has fewer than three finite losses."""
    course = levels(run)
    if course is None:
        return ()
    names = _smoothed(_names(course))
    found: list[TrainingPhase] = []
    k = 0
    while k < len(names):
        end = k
        while end < len(names) and names[end] == names[k]:
            end += 1
        first, last = int(course.starts[k]), int(course.starts[end]) - 1
        found.append(_phase(run, names[k], first, last))
        k = end
    if run.not_finite is not None:
        first = int(np.searchsorted(run.steps, run.not_finite.step))
        if first > found[-1].last:
            found.append(_phase(run, "not finite", first, len(run) - 1))
    return tuple(found)


def _names(course: Levels) -> list[str]:
    """What the loss does in each block, by its change to the next (the last one's: from before)."""
    heights = _heights(course.values)
    changes = np.diff(heights)
    changes = np.append(changes, changes[-1])
    total = float(np.max(heights) - np.min(heights))
    # Medians of blocks whose losses scatter by `spread` scatter by a fraction of it.
    scatter = course.spread / max(float(np.ptp(course.values)), 1e-300) * total / 2
    if not total > 0:
        return ["standing still"] * len(changes)
    average = total / len(changes)
    still = max(_STILL * average, min(scatter, total / 4))
    return [
        "rising" if change > still
        else "standing still" if change > -still
        else "falling fast" if change < -_FAST * average
        else "falling slowly"
        for change in changes
    ]  # fmt: skip


def _heights(values: FloatArray) -> FloatArray:
    """The losses, nearly linear where they are ordinary, logarithmic where they explode."""
    scale = float(np.median(np.abs(values)))
    return np.arcsinh(values / scale) if scale > 0 else values


def _smoothed(names: list[str]) -> list[str]:
    """A block that is alone among its neighbours is no phase: it joins the one before it."""
    for k in range(1, len(names) - 1):
        if names[k] != names[k - 1] and names[k] != names[k + 1]:
            names[k] = names[k - 1]
    if len(names) > 2 and names[-1] != names[-2]:
        names[-1] = names[-2]
    return names


def _phase(run: Run, name: str, first: int, last: int) -> TrainingPhase:
    part = slice(first, last + 1)
    said = [_from_to("loss", run["loss"][part])]
    said.append(_from_to("gradient", run["gradient"][part]))
    turns = run["turn"][part]
    turns = turns[np.isfinite(turns)]
    if len(turns):
        said.append(f"it turns by {np.median(turns):.0f}° a step")
    sharp, limits = run["sharpness"][part], run["limit"][part]
    known = np.flatnonzero(np.isfinite(sharp) & np.isfinite(limits))
    if len(known):
        low, high = float(np.min(sharp[known])), float(np.max(sharp[known]))
        span = short(high) if short(low) == short(high) else f"{short(low)} to {short(high)}"
        said.append(f"sharpness {span} (limit {short(float(limits[known[-1]]))})")
    steps = run.steps[part]
    return TrainingPhase(name, int(steps[0]), int(steps[-1]), ", ".join(filter(None, said)))


def _from_to(what: str, values: FloatArray) -> str:
    """Loss 2.3 → 0.4: medians of the first and the last few, so that one batch says nothing."""
    values = values[np.isfinite(values)]
    if not len(values):
        return f"{what} not finite"
    few = max(1, min(10, len(values) // 4))
    a, b = float(np.median(values[:few])), float(np.median(values[-few:]))
    return f"{what} {short(a)}" if short(a) == short(b) else f"{what} {short(a)} → {short(b)}"
