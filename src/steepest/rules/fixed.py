"""The fixed step: the gradient descent of the textbooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from steepest.norms import L2, Norm
from steepest.rules.base import Local, State, positive


@dataclass(frozen=True)
class FixedStep:
    """x ← x − η·∇f(x). In another norm the gradient becomes ‖∇f‖*·steepest(∇f) first."""

    step_size: float
    norm: Norm = L2()

    name = "fixed"
    limit_formula = "2/λmax"

    def __post_init__(self) -> None:
        positive("FixedStep", step_size=self.step_size)

    def start(self, dim: int) -> tuple[float, ...]:
        """No state."""
        return ()

    def propose(self, here: Local, state: State) -> tuple[list[Any], State]:
        """−η·∇f."""
        return [-self.step_size * s for s in self.norm.sharp(here.gradient)], state

    def stable_step_limit(self, largest_curvature: float) -> float:
        """2/λ."""
        return 2.0 / largest_curvature
