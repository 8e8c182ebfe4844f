"""Adam: momentum divided by the recent size of each coordinate's gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from steepest.rules.base import Local, State, fraction, positive


@dataclass(frozen=True)
class Adam:
    """Kingma & Ba (2015), with bias correction: x ← x − η·m̂/(√v̂ + ε)."""

    step_size: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    name = "adam"
    limit_formula = ""

    def __post_init__(self) -> None:
        positive("Adam", step_size=self.step_size, epsilon=self.epsilon)
        fraction("Adam", beta1=self.beta1, beta2=self.beta2)

    def start(self, dim: int) -> tuple[float, ...]:
        """β₁ᵗ, β₂ᵗ, then the means m and the mean squares v of each partial derivative."""
        return (1.0, 1.0) + (0.0,) * (2 * dim)

    def propose(self, here: Local, state: State) -> tuple[list[Any], State]:
        """−η·m̂/(√v̂ + ε)."""
        gradient = here.gradient
        n = len(gradient)
        power1, power2 = state[0] * self.beta1, state[1] * self.beta2
        means = [
            self.beta1 * m + (1.0 - self.beta1) * g
            for m, g in zip(state[2 : 2 + n], gradient, strict=True)
        ]
        squares = [
            self.beta2 * v + (1.0 - self.beta2) * (g * g)
            for v, g in zip(state[2 + n :], gradient, strict=True)
        ]
        # Both corrections are one number each a step, so they cost one division together.
        size = -self.step_size / (1.0 - power1)
        unbias = 1.0 / (1.0 - power2)
        step = [
            size * m / (np.sqrt(v * unbias) + self.epsilon)
            for m, v in zip(means, squares, strict=True)
        ]
        return step, (power1, power2, *means, *squares)

    def stable_step_limit(self, largest_curvature: float) -> float:
        """2/λ, the limit of a fixed step, for comparison."""
        return 2.0 / largest_curvature
