"""The marks of a map: level curve, tangent, arrows, the point, trajectories."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from steepest.descent import Outcome, Trajectory
from steepest.errors import NoDirectionError
from steepest.local.model import LocalModel
from steepest.norms import Norm
from steepest.view.numbers import count, short, unit, vector
from steepest.view.plane import Plane
from steepest.view.window import Box

FloatArray = NDArray[np.float64]
Mark = dict[str, Any]

_ARROW: Final = 0.15  # the length of arrows, as a part of the window
_SHORTEST: Final = 0.07
_SAME: Final = 0.985  # the cosine from which on two arrows lie on one another
#: Norms as people write them.
SPOKEN: Final = {"l2": "ℓ2", "l1": "ℓ1", "linf": "ℓ∞"}

_TANGENT: Final = 0.36
_CORNER: Final = 0.035  # the side of the right angle's mark


def level(lines: list[FloatArray], value: float) -> list[Mark]:
    """The level curve through the point."""
    if not lines:
        return []
    return [
        {
            "type": "lines",
            "role": "level",
            "lines": [line.tolist() for line in lines],
            "label": f"level curve f = {short(value)}",
        }
    ]


def tangent(shown: Plane, model: LocalModel, ranges: Box) -> list[Mark]:
    """The level curve's tangent, and the right angle it makes with the gradient."""
    up = direction_of(shown.part(model.gradient))
    if up is None:
        return []
    size = _size(ranges)
    at = shown.part(model.point)
    along = np.array([-up[1], up[0]])
    ends = [at - 0.5 * _TANGENT * size * along, at + 0.5 * _TANGENT * size * along]
    arm = _CORNER * size
    corner = [at + arm * along, at + arm * (along + up), at + arm * up]
    return [
        {
            "type": "lines",
            "role": "tangent",
            "lines": [[e.tolist() for e in ends]],
            "label": "its tangent, perpendicular to ∇f",
        },
        {"type": "lines", "role": "right_angle", "lines": [[c.tolist() for c in corner]]},
    ]


def arrows(
    shown: Plane, model: LocalModel, norm: Norm, direction: FloatArray | None, ranges: Box
) -> list[Mark]:
    """Gradient, steepest descent, the chosen direction; all equally long: they show directions."""
    found: list[Mark] = []
    at = shown.part(model.point)
    up = direction_of(shown.part(model.gradient))
    part = f"\n(drawn: its part in {', '.join(shown.names)})" if shown.fixed else ""

    def arrow(role: str, along: FloatArray, times: float, tag: str, label: str) -> Mark:
        return _arrow(role, at, along, _fitting(at, along, times, ranges), tag, label)

    if up is not None:
        rate = short(model.gradient_norm)
        label = f"∇f = {vector(model.gradient)}:\nsteepest ascent, {rate} per unit{part}"
        found += [
            arrow("descent", -up, 1.0, "-∇f", "steepest descent"),
            arrow("gradient", up, 1.25, "∇f", label),
        ]
    if norm.name != "l2":
        try:
            steepest = model.steepest_ascent(norm)
        except NoDirectionError:
            steepest = None
        best = None if steepest is None else direction_of(shown.part(steepest.direction))
        if steepest is not None and best is not None:
            name = SPOKEN.get(norm.name, f"the {norm.name} norm")
            along, rate = vector(steepest.direction), short(steepest.rate)
            text = f"steepest in {name}: {along},\n{rate} per unit"
            found.append(_beside(arrow("steepest", best, 0.95, "u*", text), best, up))
    if direction is not None:
        along = direction_of(shown.part(direction))
        if along is not None:
            length_one = direction_of(direction)
            whole = unit(direction if length_one is None else length_one)
            slope = model.slope(direction)
            text = f"u = {whole}: slope {short(slope)}"
            found.append(_beside(arrow("direction", along, 0.85, "u", text), along, up))
    return found


def point(at: FloatArray, model: LocalModel) -> Mark:
    """The bright thing on the map: the point one holds."""
    value = f"f = {short(model.value)}"
    return {
        "type": "point",
        "role": "point",
        "at": at.tolist(),
        "label": f"the point {vector(model.point)}, {value}",
    }


def notes(model: LocalModel) -> list[str]:
    """Why there is no arrow, where there is none."""
    if not np.isfinite(model.gradient).all():
        return [model.status.sentence]
    if not np.any(model.gradient):
        return ["∇f = 0 here: a critical point, no direction is steepest"]
    return []


def told(walk: Trajectory) -> str:
    """A trajectory in the legend: "fixed, η = 0.1: 31 steps, converged to a minimum"."""
    step_size = getattr(walk.rule, "step_size", None)
    rule = walk.rule.name if step_size is None else f"{walk.rule.name}, η = {short(step_size)}"
    return f"{rule}: {count(walk.steps, 'step')},\n{walk.outcome.value.split(':')[0]}"


def trajectory(shown: Plane, walk: Trajectory, index: int) -> list[Mark]:
    """A descent's path, and a symbol where it ended at a critical point."""
    points = shown.part(walk.points)
    points = points[np.isfinite(points).all(axis=1)]
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
        found.append(minimum(points[-1], f"minimum {vector(walk.end)}"))
    return found


def minimum(at: FloatArray, label: str) -> Mark:
    """Where a descent found a minimum."""
    return {
        "type": "symbol",
        "role": "minimum",
        "kind": "minimum",
        "at": at.tolist(),
        "label": label,
    }


def _arrow(
    role: str, at: FloatArray, along: FloatArray, length: float, tag: str, label: str
) -> Mark:
    to = at + length * along
    return {
        "type": "arrow",
        "role": role,
        "from": at.tolist(),
        "to": to.tolist(),
        "tag": tag,
        "label": label,
    }


def _fitting(at: FloatArray, along: FloatArray, times: float, ranges: Box) -> float:
    """The length of an arrow: `times` the usual one, less where it would leave the window."""
    size = _size(ranges)
    room = [
        ((hi if step > 0 else lo) - start) / step
        for start, step, (lo, hi) in zip(at, along, ranges, strict=True)
        if step
    ]
    # 0.06 of the window is left for the arrow's tag.
    return max(_SHORTEST * size, min(times * _ARROW * size, min(room) - 0.06 * size))


def _beside(mark: Mark, along: FloatArray, up: FloatArray | None) -> Mark:
    """The same arrow with its tag at its side, if it lies on the gradient or its opposite."""
    if up is not None and abs(float(along @ up)) > _SAME:
        mark["tag_beside"] = True
    return mark


def direction_of(v: FloatArray) -> FloatArray | None:
    """v/‖v‖, None if v has no direction."""
    largest = float(np.max(np.abs(v))) if np.isfinite(v).all() else 0.0
    if largest == 0.0:
        return None
    scaled = v / largest
    return scaled / np.linalg.norm(scaled)


def _size(ranges: Box) -> float:
    return min(hi - lo for lo, hi in ranges)
