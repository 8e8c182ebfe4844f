"""The normalized step: every step has the same length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from steepest.norms import L2, Norm
from steepest.rules.base import Local, State, positive


@dataclass(frozen=True)
class NormalizedStep:
    """x ← x − η·steepest(∇f). It forgets how steep f is, so near a minimum it overshoots."""

    step_size: float
    norm: Norm = L2()

    name = "normalized"
    limit_formula = ""

    def __post_init__(self) -> None:
        positive("NormalizedStep", step_size=self.step_size)

    def start(self, dim: int) -> tuple[float, ...]:
        """No state."""
        return ()

    def propose(self, here: Local, state: State) -> tuple[list[Any], State]:
        """−η·steepest(∇f)."""
        return [-self.step_size * u for u in self.norm.steepest(here.gradient)], state

    def stable_step_limit(self, largest_curvature: float) -> float:
        """2/λ, the limit of a fixed step; a normalized one cannot run away."""
        return 2.0 / largest_curvature
