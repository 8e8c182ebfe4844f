"""Basins of attraction: from which starts a rule reaches which minimum."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steepest.critical.box import as_bounds
from steepest.descent.many import Endpoints, Progress, check_memory, descend_many
from steepest.descent.outcomes import Outcome
from steepest.descent.verdict import global_verdict
from steepest.errors import ParameterError
from steepest.local.function import ScalarFunction, graph_of
from steepest.minima import gather
from steepest.rules.base import Rule

FloatArray = NDArray[np.float64]
Box = Sequence[tuple[float, float]]

#: Labels of starts from which no minimum was reached.
UNLABELLED: Final = {
    Outcome.DIVERGED: -1,
    Outcome.NOT_A_MINIMUM: -2,
    Outcome.LEFT_DOMAIN: -3,
    Outcome.STEP_LIMIT: -4,
    Outcome.NOT_FINITE_AT_START: -5,
    Outcome.OSCILLATING: -6,
}


@dataclass(frozen=True, eq=False)
class BasinMap:
    """Which minimum a descent reaches from every point of a grid.

    `axes` are the coordinates of the grid, an array a variable; `labels` has one axis a
    variable: labels[i, j] belongs to the start (axes[0][i], axes[1][j]). A label is a row of
    `minima` (k, n), the lowest minimum first, or one of the negative numbers of `UNLABELLED`.
    `steps` has the same shape. `minima_values` (k,) and `counts` (k,) go with `minima`.
    """

    function: ScalarFunction = field(repr=False)
    rule: Rule
    box: tuple[tuple[float, float], ...]
    axes: tuple[FloatArray, ...] = field(repr=False)
    labels: NDArray[np.int32] = field(repr=False)
    steps: NDArray[np.int64] = field(repr=False)
    minima: FloatArray
    minima_values: FloatArray
    counts: NDArray[np.int64]
    endpoints: Endpoints = field(repr=False)

    @property
    def starts(self) -> int:
        """How many starts there were."""
        return self.labels.size

    def number(self, outcome: Outcome) -> int:
        """How many descents ended in `outcome`."""
        return self.endpoints.counts.get(outcome, 0)

    def share(self, outcome: Outcome) -> float:
        """The share of descents that ended in `outcome`, between 0 and 1."""
        return self.number(outcome) / self.starts

    @property
    def diverged(self) -> int:
        """How many descents diverged."""
        return self.number(Outcome.DIVERGED)

    @property
    def stalled(self) -> int:
        """How many stopped at a critical point that is not a minimum."""
        return self.number(Outcome.NOT_A_MINIMUM)

    @property
    def undecided(self) -> int:
        """How many were still under way when the step limit was reached."""
        return self.number(Outcome.STEP_LIMIT)

    @cached_property
    def verdict(self) -> str:
        """What is proved of the lowest minimum reached: global in the box, or where a better is."""
        if not len(self.minima) or graph_of(self.function) is None:
            return ""
        low, high = np.array(self.box).T
        return global_verdict(self.function, (low, high), self.minima[0])

    def __str__(self) -> str:
        lines = [f"{self.starts:,} starts by {self.rule}"]
        for point, value, count in zip(self.minima, self.minima_values, self.counts, strict=True):
            where = ", ".join(f"{x + 0.0:.6g}" for x in point)
            lines.append(
                f"  {100 * count / self.starts:5.1f} %  reach the minimum"
                f" f = {value + 0.0:.6g} at ({where})"
            )
        for outcome, count in self.endpoints.counts.items():
            if outcome is not Outcome.CONVERGED:
                lines.append(f"  {100 * count / self.starts:5.1f} %  {outcome.value}")
        return "\n".join(lines)


def basins(
    function: ScalarFunction,
    box: Box,
    rule: Rule,
    *,
    resolution: int | Sequence[int] = 256,
    max_steps: int = 1000,
    tolerance: float = 1e-8,
    threads: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> BasinMap:
    """The minimum that `rule` reaches from every point of a grid in `box` [(lo, hi), …].

    `resolution` is the number of starts along each side, one for all or one a variable; they
    lie in the middle of equal cells. Works in any number of variables. The other arguments
    are those of `descend_many`.

    Raises:
        PointError: a box that is not one, or a grid that does not fit into memory.
        ParameterError: a resolution below 1, and what `descend_many` refuses.
    """
    low, high = as_bounds(function, box)
    counts = _resolution(resolution, function.dim)
    total = int(np.prod(counts, dtype=object))
    check_memory(total, function.dim)
    axes = tuple(
        lo + (np.arange(c) + 0.5) * ((hi - lo) / c)
        for lo, hi, c in zip(low, high, counts, strict=True)
    )
    starts = np.empty((total, function.dim))
    for k, grid in enumerate(np.meshgrid(*axes, indexing="ij", copy=False)):
        starts[:, k] = grid.reshape(-1)
    ends = descend_many(
        function,
        starts,
        rule,
        max_steps=max_steps,
        tolerance=tolerance,
        threads=threads,
        executor=executor,
        progress=progress,
    )
    labels = np.empty(total, dtype=np.int32)
    for outcome, label in UNLABELLED.items():
        labels[ends.ended(outcome)] = label
    converged = ends.ended(Outcome.CONVERGED)
    minima, values, reached = gather(function, ends.points[converged], float(np.max(high - low)))
    labels[converged] = reached
    return BasinMap(
        function,
        rule,
        tuple(zip(low.tolist(), high.tolist(), strict=True)),
        axes,
        labels.reshape(counts),
        ends.steps.reshape(counts),
        minima,
        values,
        np.bincount(reached, minlength=len(minima)),
        ends,
    )


def _resolution(resolution: int | Sequence[int], n: int) -> tuple[int, ...]:
    given = tuple(resolution) if isinstance(resolution, Sequence) else (resolution,) * n
    whole = all(isinstance(c, int | np.integer) and not isinstance(c, bool) for c in given)
    if len(given) != n or not whole or any(c < 1 for c in given):
        raise ParameterError(
            f"resolution={resolution!r:.60}: give a whole number of at least 1, or {n} of them"
        )
    return tuple(int(c) for c in given)
