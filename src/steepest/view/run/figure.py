"""A run as a matplotlib figure: the same panels as the page, under one another. Needs [plot]."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from steepest.training.judging.sentence import power_of_ten
from steepest.training.run import Run
from steepest.view.figure import require_matplotlib
from steepest.view.run.scene import run_scene
from steepest.view.tokens import Palette, Theme, palette, ramp

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH: Final = 9.6  # inches
_PANEL: Final = 1.3
_LEFT: Final = 1.45  # the names of layers stand there
_LINE: Final = 0.21
_MARKS: Final = {"bad": "✗", "warning": "!", "note": "·"}
_CHARACTERS: Final = 140  # in a line of a sentence
_LONGEST_NAME: Final = 22


def run_figure(run: Run, theme: Theme = "light") -> Figure:
    """The curves of a run with at least one step, its phases and sentences, as one picture.

    Raises SteepestError if matplotlib is not installed.
    """
    require_matplotlib()
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    scene, colours = run_scene(run), palette(theme)
    text = [_wrapped(s) for s in scene["sentences"]]
    head = 1.0 + _LINE * sum(map(len, text)) + 0.1
    heat = scene["heat"]
    rows = 0.0 if heat is None else 0.75 + 0.17 * len(heat["layers"])
    height = head + _PANEL * len(scene["panels"]) + rows + 0.45
    plain: Any = {k: v for k, v in matplotlib.rcParamsDefault.items() if k != "backend"}
    with matplotlib.rc_context(plain):
        figure = Figure(figsize=(_WIDTH, height), dpi=160, facecolor=colours.paper)
        FigureCanvasAgg(figure)
        _head(figure, scene, text, colours, height)
        top = height - head
        for k, panel in enumerate(scene["panels"]):
            last = heat is None and k == len(scene["panels"]) - 1
            axes = _axes(figure, top - _PANEL + 0.3, _PANEL - 0.45, height, scene, colours, last)
            _draw_panel(axes, panel, colours, pad=16 if k == 0 else 6)
            _draw_phases(axes, scene, colours, names=k == 0)
            top -= _PANEL
        if heat is not None:
            axes = _axes(figure, top - rows + 0.3, rows - 0.6, height, scene, colours, True)
            _draw_heat(figure, axes, heat, colours, height)
    return figure


def _wrapped(said: dict[str, Any]) -> list[str]:
    text = said["text"][:1].upper() + said["text"][1:] + "."
    lines = textwrap.wrap(text, _CHARACTERS)
    return [f"{_MARKS[said['level']]}  {lines[0]}", *(f"    {line}" for line in lines[1:])]


def _head(
    figure: Figure,
    scene: dict[str, Any],
    text: list[list[str]],
    colours: Palette,
    height: float,
) -> None:
    figure.text(0.3 / _WIDTH, 1 - 0.36 / height, scene["title"], color=colours.ink, fontsize=15)
    figure.text(0.3 / _WIDTH, 1 - 0.6 / height, scene["subtitle"], color=colours.quiet, fontsize=9)
    y = 0.9
    for said, lines in zip(scene["sentences"], text, strict=True):
        colour = colours.gradient if said["level"] == "bad" else colours.ink
        for line in lines:
            figure.text(0.3 / _WIDTH, 1 - y / height, line, color=colour, fontsize=9)
            y += _LINE


def _axes(
    figure: Figure,
    bottom: float,
    tall: float,
    height: float,
    scene: dict[str, Any],
    colours: Palette,
    last: bool,
) -> Axes:
    box = (_LEFT / _WIDTH, bottom / height, (_WIDTH - _LEFT - 0.3) / _WIDTH, tall / height)
    axes = figure.add_axes(box, facecolor=colours.paper)
    axes.tick_params(colors=colours.quiet, labelsize=8, labelbottom=last, length=3)
    for side in axes.spines.values():
        side.set_color(colours.hairline)
    first, end = scene["steps"]
    axes.set_xlim(first, max(end, first + 1))
    if last:
        axes.set_xlabel("step", color=colours.quiet, fontsize=8)
    return axes


def _draw_panel(axes: Axes, panel: dict[str, Any], colours: Palette, *, pad: float) -> None:
    axes.set_title(panel["title"], loc="left", color=colours.ink, fontsize=9, pad=pad)
    axes.set_yscale(panel["scale"])
    axes.set_ylim(*panel["range"])
    axes.set_yticks([t["y"] for t in panel["ticks"]], [t["text"] for t in panel["ticks"]])
    axes.minorticks_off()
    for level in panel["lines"]:
        axes.axhline(level, color=colours.quiet, linewidth=1, linestyle=(0, (4, 3)))
    for k, series in enumerate(panel["series"]):
        colour = role_colour(series["role"], colours)
        x, y = np.array(series["x"]), np.array(series["y"])
        if series["low"] != series["y"]:
            axes.fill_between(
                x, series["low"], series["high"], color=colour, alpha=0.22, linewidth=0
            )
        few = len(x) <= 40
        axes.plot(
            x, y, color=colour, linewidth=1.3, linestyle="-" if k == 0 else (0, (3, 2)),
            marker="o" if few else "", markersize=3,
        )  # fmt: skip


def _draw_phases(axes: Axes, scene: dict[str, Any], colours: Palette, *, names: bool) -> None:
    span = max(1, scene["steps"][1] - scene["steps"][0])
    for phase in scene["phases"]:
        if phase["first"] > scene["steps"][0]:
            axes.axvline(phase["first"], color=colours.hairline, linewidth=1, zorder=0)
        # A name needs about a hundredth of the width for each letter.
        if names and (phase["last"] - phase["first"]) / span > 0.011 * len(phase["name"]):
            axes.annotate(
                phase["name"], (phase["first"], 1), (2, 3), xycoords=("data", "axes fraction"),
                textcoords="offset points", color=colours.quiet, fontsize=7.5,
            )  # fmt: skip


def _draw_heat(
    figure: Figure, axes: Axes, heat: dict[str, Any], colours: Palette, height: float
) -> None:
    from matplotlib.colors import ListedColormap

    cells = np.array([[np.nan if c is None else c for c in row] for row in heat["cells"]])
    shades = ListedColormap(list(ramp((colours.landscape[0], colours.gradient), 64)))
    low, high = heat["range"]
    rows = len(heat["layers"])
    drawn = axes.pcolormesh(
        heat["edges"], np.arange(rows + 1), cells, cmap=shades, vmin=low, vmax=high, shading="flat"
    )
    axes.set_ylim(rows, 0)
    axes.set_yticks(np.arange(rows) + 0.5, [_shortened(n) for n in heat["layers"]])
    axes.tick_params(axis="y", labelsize=6.5)
    axes.set_title(heat["title"], loc="left", color=colours.ink, fontsize=9)
    box = axes.get_position()
    scale = figure.add_axes((box.x1 - 0.2, box.y1 + 0.09 / height, 0.2, 0.07 / height))
    bar = figure.colorbar(drawn, cax=scale, orientation="horizontal")
    bar.outline.set_edgecolor(colours.hairline)  # type: ignore[operator]
    scale.xaxis.set_ticks_position("top")
    bar.set_ticks([low, high], labels=[f"≤ {power_of_ten(round(low))}", "1"])
    scale.tick_params(colors=colours.quiet, labelsize=6.5, length=2, pad=1)


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else "…" + name[-_LONGEST_NAME + 1 :]


def role_colour(role: str, colours: Palette) -> str:
    """The colour of a curve."""
    if role == "trajectory":
        return colours.trajectories[0]
    return colours.gradient if role == "gradient" else colours.ink
