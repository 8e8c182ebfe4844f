"""A trajectory as a notebook shows it: how it ended, and the value against the step as a line."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from steepest.descent.trajectory import Trajectory

_WIDTH, _HEIGHT = 320, 72
_MOST: Final = 320  # points of the line
_STEEP: Final = 50.0  # how many times the smallest value the largest is where powers of ten help


def trajectory_html(run: Trajectory) -> str:
    """The sentence, the line, and where the run began and ended."""
    start, end = (", ".join(f"{x + 0.0:.6g}" for x in p) for p in (run.points[0], run.points[-1]))
    line, scale = _line(np.asarray(run.values, dtype=np.float64))
    return (
        f"<p><b>{html.escape(str(run.rule))}</b>: {html.escape(run.message)}</p>{line}"
        f"<p>f against the step{scale}, {len(run.points) - 1} steps from ({start}) to ({end}):"
        f" {run.values[0]:.6g} → {run.values[-1]:.6g}</p>"
    )


def _line(values: np.ndarray) -> tuple[str, str]:
    """The line as SVG, and how its heights are to be read."""
    known = np.flatnonzero(np.isfinite(values))
    if len(known) < 2:
        return "", ""
    steps = known[np.unique(np.linspace(0, len(known) - 1, _MOST).astype(int))]
    heights, scale = values[steps], ""
    low, high = float(heights.min()), float(heights.max())
    if low > 0 and high > _STEEP * low:
        heights, scale = np.log10(heights), " in powers of ten"
        low, high = math.log10(low), math.log10(high)
    x = steps / steps[-1] * (_WIDTH - 8) + 4
    y = (high - heights) / ((high - low) or 1.0) * (_HEIGHT - 8) + 4
    path = "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True))
    return (
        f'<svg width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="f against the step">'
        f'<path d="M{path}" fill="none" stroke="currentColor" stroke-width="1.5"/></svg>'
    ), scale
