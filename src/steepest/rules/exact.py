"""Exact line search: walk along the steepest descent direction to the first minimum on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from steepest.norms import L2, Norm, inner
from steepest.rules.base import Local, State, positive

_PRECISION: Final = 1e-10  # of the slope at the minimum, against the slope at the start
_NARROW: Final = 1e-9  # relative width at which f itself can no longer tell the ends apart
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
        low_slope = np.where(low_slope == _NONE, first_slope, low_slope)
        slope = inner(there.gradient, down)
        # A trial beyond the domain or beyond overflow is beyond the minimum; its slope is unknown.
        usable = _is_finite(slope) & _is_finite(there.value)
        rising = ~usable | (slope >= 0.0)

        next_high = np.where(rising, t, high)
        next_high_slope = np.where(rising, np.where(usable, slope, _NONE), high_slope)
        next_low = np.where(rising, low, t)
        next_low_slope = np.where(rising, low_slope, slope)
        # Illinois: an end that stays twice counts half, or the secant would crawl.
        end = np.where(rising, 1.0, -1.0)
        again = end == moved
        next_low_slope = np.where(rising & again, 0.5 * next_low_slope, next_low_slope)
        next_high_slope = np.where(~rising & again, 0.5 * next_high_slope, next_high_slope)

        width = next_high - next_low
        secant = next_low - next_low_slope * width / (next_high_slope - next_low_slope)
        halfway = 0.5 * (next_low + next_high)
        between = np.where(next_high_slope == _NONE, halfway, secant)
        # Still falling: extrapolate φ′ to zero, at least 1.1 and at most 10 times as far.
        change = slope - low_slope
        zero = t - slope * (t - low) / change
        onward = np.where(change > 0.0, np.minimum(np.maximum(zero, 1.1 * t), 10.0 * t), 10.0 * t)
        bracketed = next_high != _NONE

        settled = np.abs(slope) <= _PRECISION * np.abs(first_slope)
        narrow = bracketed & (width <= _NARROW * next_high)
        taken = usable & (settled | narrow | (t >= _ENDLESS))
        going_on = (
            np.where(bracketed, between, onward),
            next_low,
            next_low_slope,
            next_high,
            next_high_slope,
            end,
        )
        fresh = (t, *_FRESH)
        return taken, tuple(np.where(taken, a, b) for a, b in zip(fresh, going_on, strict=True))

    def stable_step_limit(self, largest_curvature: float) -> float:
        """2/λ, the limit of a fixed step; a search finds its own length."""
        return 2.0 / largest_curvature


def _is_finite(x: Any) -> Any:
    """Written so that it can be traced: ∞ − ∞ is NaN, and NaN equals nothing."""
    return x - x == 0.0


_NONE: Final = 0.0  # no upper end yet, or its slope is not known
_FRESH: Final = (0.0, _NONE, _NONE, _NONE, 0.0)
