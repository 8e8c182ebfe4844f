"""Sweeps: what one start comes to for every step size, and the limit 2/λmax beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steepest.descent.curvature import largest_curvature
from steepest.descent.many import Endpoints, Progress, descend_with_parameter
from steepest.descent.outcomes import Outcome
from steepest.descent.single import descend
from steepest.errors import ParameterError
from steepest.local.function import ScalarFunction
from steepest.rules import Backtracking, FixedStep
from steepest.rules.base import Rule

FloatArray = NDArray[np.float64]

_MANY: Final = 200  # step sizes if none are given
_FROM, _TO = 1e-3, 4.0  # the range they cover, times the predicted limit
_REFINED: Final = 64  # step sizes tried between the last that converged and the first that did not


@dataclass(frozen=True, eq=False)
class Sweep:
    """How the descents from one start ended for each step size.

    `step_sizes` (k,) ascending, with `ends` (outcomes, steps, points and values, k each).
    `lambda_max` is the largest eigenvalue of the Hessian at the minimum that short steps reach,
    `predicted_limit` the step size from which the rule cannot stay there (2/λmax for a fixed
    step), None where that is not known. `observed_limit` is the largest step size up to which
    every descent converged, None if not even the smallest did, or if the start is a minimum,
    which no descent leaves. `gradient_norm` is ‖∇f‖ at the start.
    """

    function: ScalarFunction = field(repr=False)
    rule: Rule
    start: FloatArray
    step_sizes: FloatArray = field(repr=False)
    ends: Endpoints = field(repr=False)
    gradient_norm: float
    lambda_max: float | None
    predicted_limit: float | None
    observed_limit: float | None

    @property
    def outcomes(self) -> NDArray[np.object_]:
        """The `Outcome` for each step size (k,)."""
        return self.ends.outcomes

    @property
    def steps(self) -> NDArray[np.int64]:
        """The steps taken for each step size (k,)."""
        return self.ends.steps

    @property
    def best(self) -> float | None:
        """The step size that converged in the fewest steps, None if none did or none had to."""
        converged = np.flatnonzero(self.ends.ended(Outcome.CONVERGED) & (self.steps > 0))
        if not len(converged):
            return None
        return float(self.step_sizes[converged[np.argmin(self.steps[converged])]])

    def __str__(self) -> str:
        lines = [str(self.ends)]
        if self.predicted_limit is not None:
            lines.append(
                f"  predicted limit {self.predicted_limit:.6g}  (λmax = {self.lambda_max:.6g})"
            )
        if self.observed_limit is not None:
            lines.append(f"  observed limit  {self.observed_limit:.6g}")
        if self.best is not None:
            steps = int(np.min(self.steps[self.ends.ended(Outcome.CONVERGED)]))
            lines.append(f"  fastest         {self.best:.6g}  ({steps} steps)")
        return "\n".join(lines)


def sweep(
    function: ScalarFunction,
    start: ArrayLike,
    rule: Rule | None = None,
    *,
    step_sizes: ArrayLike | None = None,
    max_steps: int = 1000,
    tolerance: float = 1e-8,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Sweep:
    """Walk down from `start` (n,) once for every step size.

    `rule` (a fixed step by default) gets each of `step_sizes` in turn; without them, 200 from a
    thousandth of the predicted limit to four times that limit.

    Raises:
        PointError: `start` has the wrong length or is not finite.
        ParameterError: the rule has no step size, or a step size is not positive and finite.
    """
    rule = FixedStep(1.0) if rule is None else rule
    if not hasattr(rule, "step_size"):
        raise ParameterError(
            f"{rule!r:.80} has no step size to sweep: use a rule with one, such as FixedStep(0.1)"
        )
    cautious = descend(function, start, Backtracking(), max_steps=max_steps, tolerance=tolerance)
    curvature, limit = _predicted(function, rule, cautious.points[-1], cautious.outcome)
    sizes = _step_sizes(step_sizes, limit)

    def run(chosen: FloatArray, told: Progress | None) -> Endpoints:
        return descend_with_parameter(
            function,
            cautious.start,
            rule,
            "step_size",
            chosen,
            max_steps=max_steps,
            tolerance=tolerance,
            threads=threads,
            progress=told,
        )

    ends = run(sizes, progress)
    return Sweep(
        function,
        rule,
        cautious.start,
        sizes,
        ends,
        float(cautious.gradient_norms[0]),
        curvature,
        limit,
        _observed(sizes, ends, lambda chosen: run(chosen, None)),
    )


def _predicted(
    function: ScalarFunction, rule: Rule, end: FloatArray, outcome: Outcome
) -> tuple[float | None, float | None]:
    """λmax at the minimum `end` and the rule's limit there."""
    if outcome is not Outcome.CONVERGED:
        return None, None
    values, gradients = function.values_and_gradients(end[None])
    curvature = largest_curvature(function, end[None], gradients, values, rule)
    if curvature is None or curvature <= 0:
        return None, None
    return curvature, float(rule.stable_step_limit(curvature))


def _observed(sizes: FloatArray, ends: Endpoints, run: Any) -> float | None:
    """The largest step size up to which all converged, found more exactly by a second sweep."""
    if not ends.steps.any():
        return None  # nobody took a step, so nothing was seen
    failed = ~ends.ended(Outcome.CONVERGED)
    # Steps too short to arrive within the step limit say nothing about stability.
    slow = ends.ended(Outcome.STEP_LIMIT)
    arrived = np.flatnonzero(~slow)
    first = int(arrived[0]) if len(arrived) else len(sizes)
    broken = np.flatnonzero(failed[first:])
    if first == len(sizes) or (len(broken) and broken[0] == 0):
        return None
    last = first + int(broken[0]) - 1 if len(broken) else len(sizes) - 1
    if last == len(sizes) - 1:
        return float(sizes[last])
    between = np.geomspace(sizes[last], sizes[last + 1], _REFINED)
    good = run(between).ended(Outcome.CONVERGED)
    count = int(np.argmin(good)) if not good.all() else len(good)
    return float(between[max(count, 1) - 1])


def _step_sizes(given: ArrayLike | None, limit: float | None) -> FloatArray:
    if given is None:
        middle = limit if limit is not None else 1.0
        return np.geomspace(_FROM * middle, _TO * middle, _MANY)
    try:
        sizes = np.unique(np.asarray(given, dtype=np.float64))
    except (TypeError, ValueError):
        raise ParameterError(f"step_sizes={given!r:.60}: give numbers") from None
    if not sizes.size:
        raise ParameterError("step_sizes is empty: give at least one number")
    wrong = sizes[~((sizes > 0) & (sizes < np.inf))]
    if wrong.size:
        raise ParameterError(f"step size {wrong[0]:g}: it must be a positive finite number")
    return sizes
