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
    names = _names(course)
    found: list[TrainingPhase] = []
    for k, end in _stretches(names):
        first, last = int(course.starts[k]), int(course.starts[end + 1]) - 1
        found.append(_phase(run, names[k], first, last))
    if run.not_finite is not None:
        first = int(np.searchsorted(run.steps, run.not_finite.step))
        if first > found[-1].last:
            found.append(_phase(run, "not finite", first, len(run) - 1))
    return tuple(found)


def _names(course: Levels) -> list[str]:
    """What the loss does in each block, by its change to the next."""
    heights, magnified = _heights(course.values)
    changes = np.diff(heights)
    # Measured by the fall, so that an explosion afterwards does not make it look like nothing.
    lowest = int(np.argmin(heights))
    total = float(np.max(heights[: lowest + 1]) - heights[lowest]) or float(np.ptp(heights))
    if not total > 0:
        return ["standing still"] * len(heights)
    average = total / len(heights)
    # What two medians differ by through scatter alone, at two standard errors.
    errors = course.errors * magnified
    scatter = 2 * np.hypot(errors[1:], errors[:-1])
    still = np.maximum(_STILL * average, scatter)
    names = _smoothed(
        [
            "rising" if change > least
            else "standing still" if change > -least
            else "falling fast" if change < -_FAST * average
            else "falling slowly"
            for change, least in zip(changes, still, strict=True)
        ]
    )  # fmt: skip
    # Changes too small to be seen from block to block may be seen from end to end.
    for first, last in _stretches(names):
        if names[first] == "standing still":
            change = float(heights[last + 1] - heights[first])
            certain = 2 * float(np.hypot(errors[last + 1], errors[first]))
            if abs(change) > max(certain, _STILL * average * (last - first + 1)):
                named = "rising" if change > 0 else "falling slowly"
                names[first : last + 1] = [named] * (last - first + 1)
    # The last block has no change of its own: it goes on as the one before it.
    return [*names, names[-1]]


def _stretches(names: list[str]) -> list[tuple[int, int]]:
    """First and last place of every stretch of the same name."""
    found = []
    first = 0
    for k in range(1, len(names) + 1):
        if k == len(names) or names[k] != names[first]:
            found.append((first, k - 1))
            first = k
    return found


def _heights(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The losses, nearly linear where they are ordinary, logarithmic where they explode.

    And by how much that magnifies small differences.
    """
    scale = abs(float(values[0])) or float(np.median(np.abs(values)))
    if not scale > 0:
        return values, np.ones_like(values)
    return np.arcsinh(values / scale), 1 / np.hypot(values, scale)


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
