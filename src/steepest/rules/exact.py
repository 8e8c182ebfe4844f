"""Exact line search: walk along the steepest descent direction to the first minimum on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from steepest.norms import L2, Norm, inner
from steepest.rules.base import Local, State, positive

_PRECISION: Final = 1e-12  # of the slope at the minimum, against the slope at the start
_NARROW: Final = 1e-14  # relative width of a bracket that cannot shrink further
_ENDLESS: Final = 2.0**60  # f still falls at this length: it is unbounded along the ray


@dataclass(frozen=True)
class ExactLineSearch:
    """t = the first minimum of φ(t) = f(x − t·d) for t > 0, d = ‖∇f‖*·steepest(∇f).

    φ′ is followed outward until it is no longer negative, then its zero is enclosed by the
    secant method with Illinois' safeguard. On a quadratic the second trial is exact.
    """

    first_trial: float = 1.0
    norm: Norm = L2()

    name = "exact"
    limit_formula = ""

    def __post_init__(self) -> None:
        positive("ExactLineSearch", first_trial=self.first_trial)

    def start(self, dim: int) -> tuple[float, ...]:
        """(t, lower end, slope there, upper end, slope there, which end moved last)."""
        return (self.first_trial, *_FRESH)

    def propose(self, here: Local, state: State) -> tuple[list[Any], State]:
        """−t·d for the trial length t in the state."""
        return [-state[0] * s for s in self.norm.sharp(here.gradient)], state

    def accept(self, here: Local, step: list[Any], there: Local, state: State) -> tuple[Any, State]:
        """Taken where φ′ vanishes; else the bracket around its zero shrinks or moves on."""
        t, low, low_slope, high, high_slope, moved = state
        down = [-s for s in self.norm.sharp(here.gradient)]
        first_slope = inner(here.gradient, down)
        low_slope = np.where(low_slope == 0.0, first_slope, low_slope)
        slope = inner(there.gradient, down)
        # A trial beyond the domain or beyond overflow is beyond the minimum.
        usable = (np.abs(slope) < np.inf) & (np.abs(there.value) < np.inf)
        rising = np.where(usable, np.where(slope >= 0.0, 1.0, 0.0), 1.0) > 0.5

        next_high = np.where(rising, t, high)
        next_high_slope = np.where(rising, np.where(usable, slope, np.inf), high_slope)
        next_low = np.where(rising, low, t)
        next_low_slope = np.where(rising, low_slope, slope)
        # Illinois: an end that stays twice counts half, or the secant would crawl.
        again = np.where(rising, 1.0, -1.0) == moved
        weighted_low = np.where(rising & again, 0.5 * next_low_slope, next_low_slope)
        falling_again = np.where(rising, -1.0, 1.0) * np.where(again, 1.0, 0.0) > 0.5
        weighted_high = np.where(falling_again, 0.5 * next_high_slope, next_high_slope)

        bracketed = next_high < np.inf
        finite = weighted_high < np.inf
        width = next_high - next_low
        secant = next_low - weighted_low * width / (weighted_high - weighted_low)
        inside = np.where(finite, secant, 0.5 * (next_low + next_high))
        # Still falling: extrapolate φ′ to zero, at least 1.1 and at most 10 times as far.
        change = slope - low_slope
        onward = t - slope * (t - low) / change
        onward = np.where(change > 0.0, np.minimum(np.maximum(onward, 1.1 * t), 10.0 * t), 10.0 * t)
        next_t = np.where(bracketed, inside, onward)

        taken = (
            (usable & (np.abs(slope) <= _PRECISION * np.abs(first_slope)))
            | (usable & (width <= _NARROW * next_high))
            | (usable & (t >= _ENDLESS))
        )
        fresh = (t, *_FRESH)
        going_on = (
            next_t,
            next_low,
            weighted_low,
            next_high,
            weighted_high,
            np.where(rising, 1.0, -1.0),
        )
        return taken, tuple(np.where(taken, a, b) for a, b in zip(fresh, going_on, strict=True))

    def stable_step_limit(self, largest_curvature: float) -> float:
        """2/λ, the limit of a fixed step; a search finds its own length."""
        return 2.0 / largest_curvature


_FRESH: Final = (0.0, 0.0, np.inf, np.inf, 0.0)
