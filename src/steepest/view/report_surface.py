"""What `steepest surface` says: where the loss is lowest, and what the slice shows of the run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from rich.console import RenderableType

from steepest.torch.picture import Surface
from steepest.view.inks import Inks
from steepest.view.numbers import count, short, vector
from steepest.view.surface import LETTERS, share_sentence, surface_scene
from steepest.view.terminal import Report, card
from steepest.view.tokens import Theme
from steepest.view.words import sentence, told


def surface_report(surface: Surface, theme: Theme | None = None) -> Report:
    """The report on a surface, ready to print."""

    def draw(resolution: tuple[int, int]) -> dict[str, Any]:
        # The title stands above the report.
        return surface_scene(_seen(surface, resolution)) | {"slice": None}

    def cards(width: int, inks: Inks) -> list[RenderableType]:
        return [
            *card("Lowest", [sentence(_lowest(surface))], inks),
            *card("Run", [told(line) for line in _run(surface)], inks),
            *card("Slice", [sentence(f"{line}.") for line in _slice(surface)], inks),
        ][:-1]

    return Report(surface.title, cards, draw, theme)


def _seen(surface: Surface, resolution: tuple[int, int]) -> Surface:
    """The samples nearest to the pixels of a picture (columns, rows); a line is drawn whole."""
    if len(surface.grid) == 1:
        return surface
    picked = [
        np.linspace(0, len(g) - 1, n).round().astype(int)
        for g, n in zip(surface.grid, resolution, strict=True)
    ]
    grid = tuple(g[k] for g, k in zip(surface.grid, picked, strict=True))
    return replace(surface, grid=grid, values=surface.values[np.ix_(picked[1], picked[0])])


def _lowest(surface: Surface) -> str:
    value, place = surface.lowest
    if not np.isfinite(value):
        return "The loss is finite nowhere on the grid."
    if len(place) == 1:
        return f"{short(value)} at α = {short(place[0])}."
    return f"{short(value)} at (α, β) = {vector(place)}."


def _run(surface: Surface) -> list[str]:
    path = surface.path
    if path is None:
        return []
    farthest = path.farthest
    what = "plane" if len(surface.grid) == 2 else "line"
    return [
        share_sentence(surface),
        f"it lies {short(float(path.distances[farthest]), 3)} off the {what} at most (point"
        f" {farthest + 1}), {short(float(path.distances[-1]), 3)} at its end",
    ]


def _slice(surface: Surface) -> list[str]:
    size = " × ".join(str(len(g)) for g in surface.grid)
    lines = [f"{letter}: {name}" for (letter, _), name in zip(LETTERS, surface.names, strict=False)]
    lines.append(
        "coordinates are Euclidean distances between parameters"
        if surface.unit == 1
        else f"a coordinate of 1 is a Euclidean distance of {short(surface.unit)}"
    )
    lines = [line[:1].upper() + line[1:] if line[0].isascii() else line for line in lines]
    holes = int(np.isnan(surface.values).sum()) - surface.missing
    found = f"{size} points"
    if surface.missing:
        found += f", {surface.missing:,} of them not computed yet"
    lines.append(found)
    if holes:
        lines.append(f"The loss is not finite at {count(holes, 'point')}")
    return lines
