"""The scene of a function of one variable: its graph, the point, the tangent there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from steepest.descent import Outcome, Trajectory
from steepest.local.model import LocalModel, ScalarFunction
from steepest.view import window
from steepest.view.bands import value_range
from steepest.view.marks import minimum, told
from steepest.view.numbers import short
from steepest.view.title import axis, title

FloatArray = NDArray[np.float64]
Mark = dict[str, Any]

_BISECTIONS: Final = 12
_PADDING: Final = 0.08


def curve_scene(
    f: ScalarFunction,
    model: LocalModel | None,
    direction: FloatArray | None,
    trajectories: Sequence[Trajectory],
    box: window.Box | None,
    samples: int,
) -> dict[str, Any]:
    """The graph of f over a range of x, with what is known at the point."""
    lo, hi = _range(f, model, trajectories, box)
    x = np.linspace(lo, hi, samples)
    y = f.values(x[:, None])
    bottom, top = _heights(y, model, trajectories)
    pieces = _pieces(f, x, y, bottom, top)
    on_top: list[Mark] = [
        {
            "type": "lines",
            "role": "graph",
            "lines": [p.tolist() for p in pieces],
            "label": f"graph of f({f.variables[0]})",
        }
    ]
    notes: list[str] = []
    if model is not None:
        on_top += _tangent(model, (lo, hi), (bottom, top))
    for k, walk in enumerate(trajectories):
        on_top += _trajectory(walk, k)
    if model is not None:
        on_top += _point(model)
        if not np.isfinite(model.gradient).all():
            notes.append(model.status.sentence)
    across = axis(f.variables[0], (lo, hi))
    up = {"name": "f", "text": f"f({across['text']})", "latex": f"f({across['latex']})",
          "range": [bottom, top]}  # fmt: skip
    return {
        "kind": "curve",
        "title": title(f),
        "axes": [across, up],
        "slice": None,
        "field": None,
        "marks": on_top,
        "notes": notes,
    }


def _range(
    f: ScalarFunction,
    model: LocalModel | None,
    trajectories: Sequence[Trajectory],
    box: window.Box | None,
) -> tuple[float, float]:
    if box is not None:
        return window.checked(box, 1)[0]
    if model is not None:
        spread = window.spread_of(f.values, 1)
        home = window.around(model.point, model.gradient, model.hessian, model.value, spread)
    else:
        start = trajectories[0].start if trajectories else np.zeros(1)
        home = window.around(start, np.full(1, np.nan), np.full((1, 1), np.nan))
    if trajectories:
        points = np.concatenate([t.points for t in trajectories])
        if model is not None:
            points = np.concatenate([points, model.point[None]])
        return window.holding(points, home)[0]
    return home[0]


def _heights(
    y: FloatArray, model: LocalModel | None, trajectories: Sequence[Trajectory]
) -> tuple[float, float]:
    known = y[np.isfinite(y)]
    low, high = value_range(known, tail=0.1, room=1.5) if known.size else (-1.0, 1.0)
    must = [t.values[0] for t in trajectories] + ([model.value] if model is not None else [])
    for value in must:
        if np.isfinite(value):
            low, high = min(low, float(value)), max(high, float(value))
    height = high - low
    if not height > 1e-12 * max(abs(low), abs(high)):
        height = 2.0 * max(abs(low), 1.0)
        low, high = low - height / 2, high + height / 2
    return low - _PADDING * height, high + _PADDING * height


def _pieces(
    f: ScalarFunction, x: FloatArray, y: FloatArray, bottom: float, top: float
) -> list[FloatArray]:
    """The graph as connected pieces: it breaks where f is undefined and where it jumps."""
    height = top - bottom
    inside = np.clip(y, bottom - height, top + height)
    breaks = _jumps(f, x, inside, height)
    pieces: list[FloatArray] = []
    piece: list[tuple[float, float]] = []
    for k in range(len(x)):
        if np.isnan(y[k]) or (k and breaks[k - 1]):
            pieces.append(np.array(piece))
            piece = []
        if not np.isnan(y[k]):
            piece.append((float(x[k]), float(inside[k])))
    pieces.append(np.array(piece))
    return [p for p in pieces if len(p) > 1]


def _jumps(f: ScalarFunction, x: FloatArray, y: FloatArray, height: float) -> NDArray[np.bool_]:
    """Which neighbours are not connected: halving the gap does not halve the difference."""
    jumps = np.zeros(len(x) - 1, dtype=bool)
    (steep,) = np.nonzero(np.abs(np.diff(y)) > 0.04 * height)
    if not len(steep):
        return jumps
    a, b, ya, yb = x[steep], x[steep + 1], y[steep], y[steep + 1]
    before = np.abs(yb - ya)
    reach = float(np.nanmax(np.abs(y)))
    for _ in range(_BISECTIONS):
        middle = 0.5 * (a + b)
        ym = np.nan_to_num(np.clip(f.values(middle[:, None]), -reach, reach), nan=0.0)
        left = np.abs(ym - ya) >= np.abs(yb - ym)
        a, b = np.where(left, a, middle), np.where(left, middle, b)
        ya, yb = np.where(left, ya, ym), np.where(left, ym, yb)
    jumps[steep] = np.abs(yb - ya) > 0.3 * before
    return jumps


def _tangent(model: LocalModel, across: tuple[float, float], up: tuple[float, float]) -> list[Mark]:
    slope, x, y = float(model.gradient[0]), float(model.point[0]), float(model.value)
    if not (np.isfinite(slope) and np.isfinite(y)):
        return []
    width, height = across[1] - across[0], up[1] - up[0]
    # Equally long on paper whatever the slope; the picture is about square.
    tilt = slope * width / height
    reach = 0.24 * width / float(np.hypot(1.0, tilt))
    ends = [[x - reach, y - slope * reach], [x + reach, y + slope * reach]]
    found: list[Mark] = [
        {
            "type": "lines",
            "role": "slope",
            "lines": [ends],
            "label": f"tangent, slope {short(slope)}",
        }
    ]
    if slope:
        side = "right" if slope > 0 else "left"
        step = float(np.sign(slope)) * reach * 0.7
        found.append(
            {
                "type": "arrow",
                "role": "gradient",
                "from": [x, y],
                "to": [x + step, y + slope * step],
                "tag": "",
                "label": f"f′ = {short(slope)}: uphill is to the {side}",
            }
        )
    return found


def _point(model: LocalModel) -> list[Mark]:
    if not np.isfinite(model.value):
        return []
    x, y = float(model.point[0]), float(model.value)
    label = f"the point {short(x)}, f = {short(y)}"
    return [{"type": "point", "role": "point", "at": [x, y], "label": label}]


def _trajectory(walk: Trajectory, index: int) -> list[Mark]:
    points = np.column_stack([walk.points[:, 0], walk.values])
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return []
    found: list[Mark] = [
        {
            "type": "trajectory",
            "role": "trajectory",
            "style": index,
            "points": points.tolist(),
            "label": told(walk),
        }
    ]
    if walk.outcome is Outcome.CONVERGED:
        found.append(minimum(points[-1], f"minimum at {short(walk.end[0])}"))
    return found
