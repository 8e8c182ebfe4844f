"""Nesterov's momentum: the gradient is taken where the ball is about to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from steepest.norms import L2, Norm
from steepest.rules.base import Local, State, fraction, positive


@dataclass(frozen=True)
class Nesterov:
    """v ← β·v + ∇f;  x ← x − η·(∇f + β·v), with x at the point looked ahead to.

    This is Nesterov's method written for the points where gradients are taken (Sutskever et
    al., 2013), the form that deep learning libraries use.
    """

    step_size: float
    beta: float = 0.9
    norm: Norm = L2()

    name = "nesterov"
    limit_formula = "(2 + 2β)/((1 + 2β)·λmax)"

    def __post_init__(self) -> None:
        positive("Nesterov", step_size=self.step_size)
        fraction("Nesterov", beta=self.beta)

    def start(self, dim: int) -> tuple[float, ...]:
        """The velocity v, at rest."""
        return (0.0,) * dim

    def propose(self, here: Local, state: State) -> tuple[list[Any], State]:
        """−η·(∇f + β·v) with the new velocity v."""
        velocity = [self.beta * v + g for v, g in zip(state, here.gradient, strict=True)]
        ahead = [g + self.beta * v for g, v in zip(here.gradient, velocity, strict=True)]
        return [-self.step_size * s for s in self.norm.sharp(ahead)], tuple(velocity)

    def stable_step_limit(self, largest_curvature: float) -> float:
        """(2 + 2β)/((1 + 2β)·λ)."""
        return (2.0 + 2.0 * self.beta) / ((1.0 + 2.0 * self.beta) * largest_curvature)
