"""Momentum: a ball that remembers where it was rolling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from steepest.norms import L2, Norm
from steepest.rules.base import Local, State, fraction, positive


@dataclass(frozen=True)
class Momentum:
    """v ← β·v + ∇f;  x ← x − η·v  (Polyak's heavy ball)."""

    step_size: float
    beta: float = 0.9
    norm: Norm = L2()

    name = "momentum"
    limit_formula = "(2 + 2β)/λmax"

    def __post_init__(self) -> None:
        positive("Momentum", step_size=self.step_size)
        fraction("Momentum", beta=self.beta)

    def start(self, dim: int) -> tuple[float, ...]:
        """The velocity v, at rest."""
        return (0.0,) * dim

    def propose(self, here: Local, state: State) -> tuple[list[Any], State]:
        """−η·v with the new velocity v."""
        velocity = [self.beta * v + g for v, g in zip(state, here.gradient, strict=True)]
        return [-self.step_size * s for s in self.norm.sharp(velocity)], tuple(velocity)

    def stable_step_limit(self, largest_curvature: float) -> float:
        """(2 + 2β)/λ (Goh, Why Momentum Really Works)."""
        return (2.0 + 2.0 * self.beta) / largest_curvature
