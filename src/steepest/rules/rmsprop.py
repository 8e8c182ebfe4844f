"""RMSProp: each coordinate is divided by the recent size of its own gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from steepest.rules.base import Local, State, fraction, positive


@dataclass(frozen=True)
class RMSProp:
    """v ← ρ·v + (1 − ρ)·∇f²;  x ← x − η·∇f/(√v + ε), coordinate by coordinate."""

    step_size: float = 0.01
    decay: float = 0.99
    epsilon: float = 1e-8

    name = "rmsprop"
    limit_formula = ""

    def __post_init__(self) -> None:
        positive("RMSProp", step_size=self.step_size, epsilon=self.epsilon)
        fraction("RMSProp", decay=self.decay)

    def start(self, dim: int) -> tuple[float, ...]:
        """The mean square of each partial derivative."""
        return (0.0,) * dim

    def propose(self, here: Local, state: State) -> tuple[list[Any], State]:
        """−η·∇f/(√v + ε)."""
        keep, take = self.decay, 1.0 - self.decay
        squares = [keep * v + take * (g * g) for v, g in zip(state, here.gradient, strict=True)]
        step = [
            -self.step_size * g / (np.sqrt(v) + self.epsilon)
            for g, v in zip(here.gradient, squares, strict=True)
        ]
        return step, tuple(squares)

    def stable_step_limit(self, largest_curvature: float) -> float:
        """2/λ, the limit of a fixed step, for comparison."""
        return 2.0 / largest_curvature
