"""The clipped step: long gradients are shortened, their direction stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from steepest.norms import L2, Norm
from steepest.rules.base import Local, State, positive


@dataclass(frozen=True)
class ClippedStep:
    """x ← x − η·min(1, max_norm/‖∇f‖*)·∇f."""

    step_size: float
    max_norm: float = 1.0
    norm: Norm = L2()

    name = "clipped"
    limit_formula = "2/λmax"

    def __post_init__(self) -> None:
        positive("ClippedStep", step_size=self.step_size, max_norm=self.max_norm)

    def start(self, dim: int) -> tuple[float, ...]:
        """No state."""
        return ()

    def propose(self, here: Local, state: State) -> tuple[list[Any], State]:
        """−η·∇f, at most η·max_norm long."""
        factor = np.minimum(1.0, self.max_norm / self.norm.dual(here.gradient))
        scale = -self.step_size * factor
        return [scale * s for s in self.norm.sharp(here.gradient)], state

    def stable_step_limit(self, largest_curvature: float) -> float:
        """2/λ: near a minimum nothing is clipped."""
        return 2.0 / largest_curvature
