"""Backtracking line search: shrink the step until it pays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from steepest.norms import L2, Norm, inner
from steepest.rules.base import Local, State, fraction, positive

_DROWNED: Final = 1e-10  # a fall this small against f itself is lost in the rounding of f


@dataclass(frozen=True)
class Backtracking:
    """Armijo's rule: from step_size on, multiply t by β until f falls enough.

    A step −t·d, d = ‖∇f‖*·steepest(∇f), is taken when
    f(x − t·d) ≤ f(x) − α·t·⟨∇f, d⟩ (Boyd & Vandenberghe, §9.2). Where that fall would drown in
    the rounding of f, it is measured by the mean of the slopes at both ends instead.
    """

    step_size: float = 1.0
    alpha: float = 0.3
    beta: float = 0.8
    norm: Norm = L2()

    name = "backtracking"
    limit_formula = ""

    def __post_init__(self) -> None:
        positive("Backtracking", step_size=self.step_size)
        fraction("Backtracking", zero=False, alpha=self.alpha, beta=self.beta)

    def start(self, dim: int) -> tuple[float, ...]:
        """The step length t to try."""
        return (self.step_size,)

    def propose(self, here: Local, state: State) -> tuple[list[Any], State]:
        """−t·d for the t in the state."""
        (t,) = state
        return [-t * s for s in self.norm.sharp(here.gradient)], state

    def accept(self, here: Local, step: list[Any], there: Local, state: State) -> tuple[Any, State]:
        """Taken if f fell enough; the next search starts from step_size again."""
        (t,) = state
        slope = inner(here.gradient, step)
        fell = there.value <= here.value + self.alpha * slope
        slope_fell = 0.5 * (slope + inner(there.gradient, step)) <= self.alpha * slope
        drowned = np.abs(slope) <= _DROWNED * np.abs(here.value)
        taken = fell & ~drowned | slope_fell & drowned
        return taken, (np.where(taken, self.step_size, self.beta * t),)

    def stable_step_limit(self, largest_curvature: float) -> float:
        """2/λ, the limit of a fixed step; a search finds its own length."""
        return 2.0 / largest_curvature
