"""One descent: every point it visited, how it ended, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from steepest.descent.outcomes import Outcome
from steepest.descent.phases import Phase, phases, turning_angles
from steepest.descent.sketch import trajectory_html
from steepest.local.model import ScalarFunction
from steepest.rules.base import Rule

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Trajectory:
    """The points a descent visited and how it ended.

    `points` (k + 1, n), `values` (k + 1,) and `gradients` (k + 1, n) start at the start.
    `lambda_max` is the largest curvature measured on the way and `stable_step_limit` the step
    size it allows (2/λmax, or the rule's own form of it); both None where they make no sense.
    `message` is the outcome with its numbers; `verdict` says what is proved of the minimum
    against all others of a box, if `descend` was given one.
    """

    function: ScalarFunction = field(repr=False)
    rule: Rule
    points: FloatArray = field(repr=False)
    values: FloatArray = field(repr=False)
    gradients: FloatArray = field(repr=False)
    outcome: Outcome
    message: str
    lambda_max: float | None
    stable_step_limit: float | None
    verdict: str = ""

    @property
    def steps(self) -> int:
        """How many steps were taken."""
        return len(self.points) - 1

    @property
    def start(self) -> FloatArray:
        """The first point (n,)."""
        return self.points[0]

    @property
    def end(self) -> FloatArray:
        """The last point (n,)."""
        return self.points[-1]

    @cached_property
    def gradient_norms(self) -> FloatArray:
        """‖∇f‖₂ at every point (k + 1,)."""
        return np.linalg.norm(self.gradients, axis=1)

    @cached_property
    def turning_angles(self) -> FloatArray:
        """The angle between each gradient and the one before, radians (k,)."""
        return turning_angles(self.gradients)

    @cached_property
    def phases(self) -> tuple[Phase, ...]:
        """Early, middle and near convergence, as far as the run got."""
        return phases(self.gradients)

    def __len__(self) -> int:
        return len(self.points)

    def _repr_html_(self) -> str:
        return trajectory_html(self)

    def __str__(self) -> str:
        said = [self.message, self.verdict] if self.verdict else [self.message]
        return "\n".join([*said, *(f"  {phase}" for phase in self.phases)])
