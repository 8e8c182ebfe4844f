"""The loop of every descent: many lanes at once, each with its own state and its own end.

This is the reference. The native kernels keep the same rules, lane by lane:

- a lane ends as CRITICAL when ‖∇f‖₂ ≤ tolerance, else as STEP_LIMIT after `max_steps` steps
  (or `TRIALS_PER_STEP * max_steps` trials of a line search);
- a step that does not change the point ends it as STUCK;
- a step to where f or ∇f is NaN is not taken: UNDEFINED;
- a step to where f or ∇f is infinite, or |x|∞ > FAR·(1 + |x₀|∞), is taken and ends it as
  DIVERGED; a step to a point that is itself not finite is not taken, and ends it likewise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steepest.descent.outcomes import Ending
from steepest.local.model import ScalarFunction
from steepest.rules.base import Local, Rule, SearchRule

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

FAR: Final = 1e8
TRIALS_PER_STEP: Final = 50

#: Called after every round with the lanes' numbers, points, values and gradients.
Observer = Callable[[IntArray, FloatArray, FloatArray, FloatArray], None]


@dataclass(frozen=True)
class Lanes:
    """Where m descents ended: points (m, n), values (m,), gradients (m, n), endings, steps.

    `refused` (m, n) is the point a lane did not go to (endings UNDEFINED and DIVERGED), else NaN.
    """

    points: FloatArray
    values: FloatArray
    gradients: FloatArray
    endings: IntArray
    steps: IntArray
    refused: FloatArray


def walk(
    function: ScalarFunction,
    starts: FloatArray,
    rule: Rule,
    max_steps: int,
    tolerance: float,
    observe: Observer | None = None,
) -> Lanes:
    """Walk down from every row of `starts` (m, n) until each lane has ended."""
    m, n = starts.shape
    points = starts.astype(np.float64)
    with np.errstate(all="ignore"):
        values, gradients = function.values_and_gradients(points)
        reach = FAR * (1.0 + np.max(np.abs(points), axis=1, initial=0.0))
        endings = np.zeros(m, dtype=np.int64)
        steps = np.zeros(m, dtype=np.int64)
        refused = np.full((m, n), np.nan)
        finite = np.isfinite(values) & np.isfinite(gradients).all(axis=1) & np.isfinite(points).all(axis=1)
        endings[~finite] = Ending.NOT_FINITE_AT_START
        live = np.flatnonzero(finite)
        state = [np.full(len(live), s) for s in rule.start(n)]
        trials = 0
        while len(live):
            small = np.sqrt(np.sum(gradients[live] ** 2, axis=1)) <= tolerance
            full = (steps[live] >= max_steps) | (trials >= TRIALS_PER_STEP * max_steps)
            endings[live[full]] = Ending.STEP_LIMIT
            endings[live[small]] = Ending.CRITICAL
            live, state = _keep(live, state, ~(small | full))
            if not len(live):
                break
            trials += 1
            x, f, g = points[live], values[live], gradients[live]
            here = Local(f, list(g.T))
            step, proposed = rule.propose(here, tuple(state))
            y = x + np.stack(np.broadcast_arrays(*step), axis=1)
            fy, gy = function.values_and_gradients(y)
            if isinstance(rule, SearchRule):
                taken, proposed = rule.accept(here, step, Local(fy, list(gy.T)), proposed)
            else:
                taken = np.ones(len(live), dtype=bool)
            state = list(proposed)

            stuck = (y == x).all(axis=1)
            landed = np.isfinite(y).all(axis=1)
            undefined = taken & landed & (np.isnan(fy) | np.isnan(gy).any(axis=1))
            infinite = np.isinf(fy) | np.isinf(gy).any(axis=1)
            far = taken & ~undefined & (infinite | ~landed | (np.max(np.abs(y), axis=1) > reach[live]))
            moves = taken & landed & ~undefined & ~stuck

            moved = live[moves]
            points[moved], values[moved], gradients[moved] = y[moves], fy[moves], gy[moves]
            steps[moved] += 1
            outside = undefined | (far & ~landed)
            refused[live[outside]] = y[outside]
            endings[live[stuck]] = Ending.STUCK
            endings[live[undefined]] = Ending.UNDEFINED
            endings[live[far]] = Ending.DIVERGED
            if observe is not None and len(moved):
                observe(moved, points[moved], values[moved], gradients[moved])
            live, state = _keep(live, state, endings[live] == Ending.RUNNING)
    return Lanes(points, values, gradients, endings, steps, refused)


def _keep(
    live: IntArray, state: list[FloatArray], mask: NDArray[np.bool_]
) -> tuple[IntArray, list[FloatArray]]:
    """The lanes (and their state) that `mask` keeps."""
    if mask.all():
        return live, state
    return live[mask], [np.broadcast_to(s, mask.shape)[mask] for s in state]
