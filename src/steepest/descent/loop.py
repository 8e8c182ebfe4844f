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
    with np.errstate(all="ignore"):
        return _Walk(function, starts, rule, observe).run(max_steps, tolerance)


class _Walk:
    """The lanes still running, side by side, and the record of those that ended."""

    def __init__(
        self, function: ScalarFunction, starts: FloatArray, rule: Rule, observe: Observer | None
    ) -> None:
        m, n = starts.shape
        self.function, self.rule, self.observe = function, rule, observe
        self.search = rule if isinstance(rule, SearchRule) else None
        self.x = starts.astype(np.float64)
        self.f, self.g = function.values_and_gradients(self.x)
        self.steps = np.zeros(m, dtype=np.int64)
        self.reach = FAR * (1.0 + np.max(np.abs(self.x), axis=1, initial=0.0))
        self.state = [np.full(m, s) for s in rule.start(n)]
        self.lane = np.arange(m)
        self.done = Lanes(
            np.empty((m, n)),
            np.empty(m),
            np.empty((m, n)),
            np.zeros(m, dtype=np.int64),
            np.zeros(m, dtype=np.int64),
            np.full((m, n), np.nan),
        )

    def run(self, max_steps: int, tolerance: float) -> Lanes:
        finite = np.isfinite(self.x).all(axis=1) & np.isfinite(self.g).all(axis=1)
        self._end(~(finite & np.isfinite(self.f)), Ending.NOT_FINITE_AT_START)
        trials_left = TRIALS_PER_STEP * max_steps
        while len(self.lane):
            self._end(np.sqrt(np.sum(self.g * self.g, axis=1)) <= tolerance, Ending.CRITICAL)
            self._end((self.steps >= max_steps) | (trials_left <= 0), Ending.STEP_LIMIT)
            if len(self.lane):
                self._step()
                trials_left -= 1
        return self.done

    def _step(self) -> None:
        """One trial for every running lane."""
        here = Local(self.f, list(self.g.T))
        step, state = self.rule.propose(here, tuple(self.state))
        y = np.empty_like(self.x)
        for i, s in enumerate(step):
            y[:, i] = self.x[:, i] + s
        fy, gy = self.function.values_and_gradients(y)
        stuck = (y == self.x).all(axis=1)
        if self.search is None:
            taken = ~stuck
        else:
            accepted, state = self.search.accept(here, step, Local(fy, list(gy.T)), state)
            taken = accepted & ~stuck
        self.state = list(state)

        # The sum is NaN or infinite exactly when one of its parts is: one test for all is enough
        # to pass over the rest, and a sum that overflows by itself is looked at again below.
        size = np.max(np.abs(y), axis=1)
        plain = np.isfinite(fy + np.sum(gy, axis=1)) & (size <= self.reach)
        if (taken & plain).all():
            self.x, self.f, self.g = y, fy, gy
            self.steps += 1
            self._report(taken)
            return
        landed = np.isfinite(y).all(axis=1)
        undefined = landed & (np.isnan(fy) | np.isnan(gy).any(axis=1))
        infinite = np.isinf(fy) | np.isinf(gy).any(axis=1)
        far = taken & ~undefined & (infinite | ~landed | (size > self.reach))
        moves = taken & landed & ~undefined
        self.x[moves], self.f[moves], self.g[moves] = y[moves], fy[moves], gy[moves]
        self.steps[moves] += 1
        self._report(moves)
        lost = taken & (undefined | ~landed)
        self.done.refused[self.lane[lost]] = y[lost]
        ending = np.select(
            [stuck, taken & undefined, far],
            [Ending.STUCK, Ending.UNDEFINED, Ending.DIVERGED],
            Ending.RUNNING,
        )
        self._end(ending != Ending.RUNNING, ending)

    def _report(self, moved: NDArray[np.bool_]) -> None:
        if self.observe is not None and moved.any():
            self.observe(self.lane[moved], self.x[moved], self.f[moved], self.g[moved])

    def _end(self, mask: NDArray[np.bool_], ending: Ending | IntArray) -> None:
        """Record the lanes in `mask` as ended and let the others close ranks."""
        if not mask.any():
            return
        lane, done = self.lane[mask], self.done
        done.points[lane], done.values[lane], done.gradients[lane] = (
            self.x[mask],
            self.f[mask],
            self.g[mask],
        )
        done.steps[lane] = self.steps[mask]
        done.endings[lane] = ending if isinstance(ending, Ending) else ending[mask]
        go_on = ~mask
        self.state = [np.broadcast_to(s, mask.shape)[go_on] for s in self.state]
        self.x, self.f, self.g = self.x[go_on], self.f[go_on], self.g[go_on]
        self.steps, self.reach, self.lane = self.steps[go_on], self.reach[go_on], self.lane[go_on]
