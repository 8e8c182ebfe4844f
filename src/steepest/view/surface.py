"""The scene of a loss surface: a network's loss on a line or plane, and a run on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from steepest.view.bands import bands, value_range
from steepest.view.numbers import count, short

if TYPE_CHECKING:
    from steepest.torch.picture import Surface

Scene = dict[str, Any]
Mark = dict[str, Any]

#: What coordinates are called, in text and in LaTeX.
LETTERS: Final = (("α", r"\alpha"), ("β", r"\beta"))
_ROOM: Final = 0.08  # above and below a curve, as a part of its height


def surface_scene(surface: Surface) -> Scene:
    """A map of a plane, or the graph over a line, with the trajectory if there is one."""
    axes = [
        {"name": word, "text": word, "latex": latex, "range": [float(g[0]), float(g[-1])]}
        for (word, latex), g in zip(LETTERS, surface.grid, strict=False)
    ]
    scene = _map(surface) if len(surface.grid) == 2 else _curve(surface, axes)
    symbols = ", ".join(axis["latex"] for axis in axes[: len(surface.grid)])
    return {
        "title": {"text": surface.title, "latex": rf"f({symbols})"},
        "axes": axes,
        "slice": surface.title if len(surface.grid) == 2 else None,
        "notes": _notes(surface),
        "undefined": "the loss is not finite here, or not computed yet"
        if surface.missing
        else "the loss is not finite here",
        **scene,
    }


def _map(surface: Surface) -> Scene:
    levels = bands(surface.values)
    held = np.clip(surface.values, levels[0], levels[-1]) if levels else surface.values
    rows = [[None if np.isnan(v) else float(v) for v in row] for row in held]
    on_top: list[Mark] = []
    if surface.path is not None:
        on_top.append(
            {
                "type": "trajectory",
                "role": "trajectory",
                "style": 0,
                "points": _finite(surface.path.coordinates),
                "label": share_sentence(surface),
            }
        )
    for label, at in surface.points:
        on_top.append(_spot(surface, label, at))
    return {"kind": "map", "field": {"values": rows, "bands": levels}, "marks": on_top}


def _curve(surface: Surface, axes: list[dict[str, Any]]) -> Scene:
    (x,) = surface.grid
    known = surface.values[np.isfinite(surface.values)]
    low, high = value_range(known) if known.size else (0.0, 1.0)
    room = _ROOM * (high - low) or 1.0
    symbol = axes[0]
    up = {
        "name": "f", "text": f"f({symbol['text']})", "latex": f"f({symbol['latex']})",
        "range": [low - room, high + room],
    }  # fmt: skip
    axes.append(up)
    pieces: list[list[list[float]]] = [[]]
    for place, value in zip(x, surface.values, strict=True):
        if np.isnan(value):
            pieces.append([])
        else:
            pieces[-1].append([float(place), float(value)])
    label = f"graph of f({symbol['text']})"
    on_top: list[Mark] = [
        {"type": "lines", "role": "graph", "lines": [p for p in pieces if p], "label": label}
    ]
    for name, (at,) in surface.points:
        on_top.append(_spot(surface, name, (at,), float(np.interp(at, x, surface.values))))
    return {"kind": "curve", "field": None, "marks": on_top}


def _spot(surface: Surface, label: str, at: tuple[float, ...], height: float | None = None) -> Mark:
    place = ", ".join(short(c) for c in at)
    words = f"{label}: ({place})" if any(at) else label
    where = [float(c) for c in at] if height is None else [float(at[0]), height]
    return {"type": "point", "role": "point", "at": where, "label": words}


def share_sentence(surface: Surface) -> str:
    """What of the run's spread the slice shows. `surface` has a trajectory."""
    assert surface.path is not None
    what = "plane" if len(surface.grid) == 2 else "line"
    share = f"{100 * surface.path.share:.4g} %"
    points = count(len(surface.path.distances), "point")
    return f"the run, {points}; the {what} shows {share} of its spread"


def _finite(points: NDArray[np.float64]) -> list[list[float]]:
    """What can be drawn of a run that may have blown up."""
    return points[np.isfinite(points).all(axis=1)].tolist()


def _notes(surface: Surface) -> list[str]:
    """What the axes are, and what the slice hides of the run."""
    told = [] if len(surface.grid) == 2 else [surface.title]  # a map has it above
    for (letter, _), name in zip(LETTERS, surface.names, strict=False):
        told.append(f"along {letter}: {name}")
    if surface.missing:
        told.append(f"{count(surface.missing, 'point')} of the grid not computed yet")
    if surface.unit != 1.0:
        told.append(f"1 is a Euclidean distance of {short(surface.unit)}")
    path = surface.path
    if path is not None:
        what = "plane" if len(surface.grid) == 2 else "line"
        farthest = path.farthest
        start, most, end = (short(float(path.distances[k]), 3) for k in (0, farthest, -1))
        told.append(
            f"distance of the run from the {what}: {start} at its start, {most} at most (point"
            f" {farthest + 1}), {end} at its end"
        )
    return told
