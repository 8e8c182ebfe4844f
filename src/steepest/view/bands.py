"""The bands of a landscape: which values its colours separate."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

COUNT: Final = 12
_STEEPEST: Final = 8.0  # the strongest bend of the scale, for canyons such as Rosenbrock's


def bands(values: FloatArray, count: int = COUNT) -> list[float]:
    """`count` + 1 rising levels over the samples `values`; [] if f takes one value only.

    Even steps where the values are spread evenly. Where most of them crowd at one end (a
    canyon, a pole) the levels crowd there too, so that the shape stays visible. Peaks and
    poles that hold few samples do not stretch the scale.
    """
    known = values[np.isfinite(values)]
    if not known.size:
        return []
    low, high = value_range(known)
    if not high > low or not math.isfinite(high - low):
        return []
    middle = (float(np.median(known)) - low) / (high - low)
    t = np.linspace(0.0, 1.0, count + 1)
    if middle <= 0.5:
        bend = _bend(middle)
        levels = low + (high - low) * t**bend
    else:
        bend = _bend(1.0 - middle)
        levels = high - (high - low) * (1.0 - t) ** bend
    levels = np.unique(levels)
    return [float(v) for v in levels] if len(levels) > 2 else []


def value_range(known: FloatArray, tail: float = 0.03, room: float = 3.0) -> tuple[float, float]:
    """The range that a scale should cover: all of `known`, less spikes at either end.

    A spike is what lies further beyond the middle values (all but a part `tail` at each end)
    than `room` times their range.
    """
    low, high = float(np.min(known)), float(np.max(known))
    inner_low, inner_high = (float(q) for q in np.quantile(known, (tail, 1.0 - tail)))
    reach = room * (inner_high - inner_low)
    if reach > 0:
        low = max(low, inner_low - reach)
        high = min(high, inner_high + reach)
    if not high - low > 1e-12 * max(abs(low), abs(high)):
        # Nothing but rounding: f is constant here.
        return low, low
    return low, high


def _bend(middle: float) -> float:
    """The power that puts half of the samples in the lower half of the bands."""
    power = math.log2(1.0 / max(middle, 2.0**-_STEEPEST))
    return 1.0 if power < 1.25 else min(_STEEPEST, power)
