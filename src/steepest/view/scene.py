"""Results -> one plain JSON scene. Page, picture and terminal draw it and do no mathematics.

A scene is a dict of JSON values only (numbers are finite, None where f is undefined):

    kind    "map" (two variables, or a slice) or "curve" (one variable)
    title   {"text", "latex"}
    axes    [{"name", "latex", "range": [lo, hi]}, …], horizontal first
    slice   None, or a sentence that says what is held fixed
    field   map: {"values": rows from low y to high y, "bands": rising levels}; curve: None
    marks   what lies on top, in drawing order; each has "type", "role" and, if the legend
            should tell about it, "label":
            {"type": "lines", "lines": [[[x, y], …], …]}
            {"type": "arrow", "from", "to", "tag"}; "tag_beside" if the tip is taken
            {"type": "point", "at"}
            {"type": "symbol", "at", "kind"}
            {"type": "trajectory", "points", "style"}
    notes   sentences for what cannot be drawn

The role names the meaning, and so the colour: level, tangent, gradient, steepest, descent,
direction, trajectory, graph, point.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steepest.descent import Trajectory
from steepest.errors import ParameterError
from steepest.local.model import LocalModel, ScalarFunction
from steepest.norms import L2, Norm
from steepest.view import marks, window
from steepest.view.bands import bands
from steepest.view.contour import level_curves
from steepest.view.curve import curve_scene
from steepest.view.plane import Plane, plane_through
from steepest.view.title import axis, title

FloatArray = NDArray[np.float64]
Scene = dict[str, Any]


def scene(
    f: ScalarFunction,
    model: LocalModel | None = None,
    *,
    direction: FloatArray | None = None,
    norm: Norm | None = None,
    trajectories: Sequence[Trajectory] = (),
    box: window.Box | None = None,
    plane: Sequence[str] | None = None,
    resolution: tuple[int, int] = (241, 241),
) -> Scene:
    """The scene of f around `model`'s point, or along `trajectories`.

    `box` is [(lo, hi), (lo, hi)], one pair for one variable; without it the window is chosen.
    `plane` names the two variables of a slice. `resolution` is samples (across, up).

    Raises ParameterError for a box or plane that does not fit f.
    """
    if f.dim == 0:
        raise ParameterError("the formula has no variable, so there is nothing to draw")
    norm = norm or L2()
    if f.dim == 1:
        return curve_scene(f, model, direction, trajectories, box, resolution[0] * 3)
    through = _through(f, model, trajectories)
    shown = plane_through(f, through, plane)
    ranges = _window(f, shown, model, trajectories, box)
    x, y = (np.linspace(lo, hi, n) for (lo, hi), n in zip(ranges, resolution, strict=True))
    samples = _sample(shown, x, y)
    on_top: list[dict[str, Any]] = []
    notes: list[str] = []
    if model is not None:
        if np.isfinite(model.value):
            lines = level_curves(x, y, samples, model.value, shown.values)
            on_top += marks.level(lines, model.value)
        on_top += marks.tangent(shown, model, ranges)
    on_top += [m for k, t in enumerate(trajectories) for m in marks.trajectory(shown, t, k)]
    if model is not None:
        on_top += marks.arrows(shown, model, norm, direction, ranges)
        on_top.append(marks.point(shown.part(model.point), model))
        notes += marks.notes(model)
    levels = bands(samples)
    return {
        "kind": "map",
        "title": title(f),
        "axes": [axis(name, r) for name, r in zip(shown.names, ranges, strict=True)],
        "slice": _slice_sentence(shown),
        "field": {"values": _clipped(samples, levels), "bands": levels},
        "marks": on_top,
        "notes": notes,
    }


def _through(
    f: ScalarFunction, model: LocalModel | None, trajectories: Sequence[Trajectory]
) -> FloatArray:
    if model is not None:
        return model.point
    return trajectories[0].end if trajectories and f.dim > 2 else np.zeros(f.dim)


def _window(
    f: ScalarFunction,
    shown: Plane,
    model: LocalModel | None,
    trajectories: Sequence[Trajectory],
    box: window.Box | None,
) -> window.Box:
    if box is not None:
        return window.checked(box, 2)
    if model is not None:
        i = list(shown.axes)
        hessian = model.hessian[np.ix_(i, i)]
        point, gradient = shown.part(model.point), shown.part(model.gradient)
        spread = window.spread_of(shown.values, 2)
        home = window.around(point, gradient, hessian, model.value, spread)
    else:
        start = trajectories[0].start if trajectories else np.zeros(f.dim)
        unknown = np.full(2, np.nan)
        home = window.around(shown.part(start), unknown, np.full((2, 2), np.nan))
    if not trajectories:
        return home
    points = np.concatenate([shown.part(t.points) for t in trajectories])
    if model is not None:
        points = np.concatenate([points, shown.part(model.point)[None]])
    return window.holding(points, home)


def _sample(shown: Plane, x: FloatArray, y: FloatArray) -> FloatArray:
    across, up = np.meshgrid(x, y)
    flat = shown.values(np.column_stack([across.ravel(), up.ravel()]))
    return flat.reshape(len(y), len(x))


def _clipped(samples: FloatArray, levels: list[float]) -> list[list[float | None]]:
    """Samples for JSON: infinities and spikes end just beyond the bands, undefined is None."""
    if levels:
        room = 0.5 * (levels[-1] - levels[-2]), 0.5 * (levels[1] - levels[0])
        samples = np.clip(samples, levels[0] - room[1], levels[-1] + room[0])
    undefined = ~np.isfinite(samples)
    rows: list[list[float | None]] = samples.tolist()
    for j, i in zip(*np.nonzero(undefined), strict=True):
        rows[j][i] = None
    return rows


def _slice_sentence(shown: Plane) -> str | None:
    from steepest.view.numbers import short

    if not shown.fixed:
        return None
    fixed = ", ".join(f"{name} = {short(value)}" for name, value in shown.fixed.items())
    return f"slice through the point, with {fixed}"
