"""The marks of a scene, drawn by matplotlib: lines, arrows, points, trajectories; their legend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.legend_handler import HandlerBase, HandlerPatch
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, Rectangle
from matplotlib.patheffects import withStroke

from steepest.view.numbers import with_minus
from steepest.view.tokens import Palette, trajectory_styles

Mark = dict[str, Any]

_LINE: Final[dict[str, tuple[float, Any]]] = {
    # role: width in points, dash
    "level": (2.4, "solid"),
    "tangent": (1.3, (0, (4, 2))),
    "right_angle": (1.0, "solid"),
    "graph": (2.2, "solid"),
    "slope": (1.5, "solid"),
}
_ARROW: Final[dict[str, tuple[float, str]]] = {
    # role: width in points, head
    "gradient": (2.8, "-|>"),
    "steepest": (2.2, "-|>"),
    "descent": (1.6, "->"),
    "direction": (2.4, "-|>"),
}
_MARKERS: Final = {"circle": "o", "square": "s", "triangle": "^", "diamond": "D"}
_SYMBOLS: Final = {"minimum": "v", "maximum": "^", "saddle": "X", "undecided": "$?$"}
_MOST_MARKERS: Final = 40
_ORDER: Final = (
    "point", "gradient", "steepest", "descent", "slope", "direction", "level", "tangent",
    "graph", "trajectory", "minimum",
)  # fmt: skip


def colour_of(mark: Mark, colours: Palette) -> str:
    """The colour that the mark's role has everywhere."""
    role = mark["role"]
    if role == "trajectory":
        return colours.trajectories[mark["style"] % len(colours.trajectories)]
    if role in ("gradient", "steepest", "descent"):
        return colours.gradient
    if role in ("level", "tangent", "slope"):
        return colours.level
    return colours.direction if role == "direction" else colours.ink


def draw_mark(axes: Axes, mark: Mark, colours: Palette) -> None:
    """Add one mark to the map."""
    _DRAW[mark["type"]](axes, mark, colour_of(mark, colours), colours.paper)


def _lines(axes: Axes, mark: Mark, colour: str, paper: str) -> None:
    width, dash = _LINE[mark["role"]]
    lines = LineCollection(
        [np.array(line) for line in mark["lines"]], colors=[colour], linewidths=width,
        linestyles=[dash], capstyle="round", joinstyle="round", zorder=3, label=mark["role"],
    )  # fmt: skip
    if mark["role"] == "level":
        lines.set_path_effects([withStroke(linewidth=width + 1.6, foreground=paper, alpha=0.75)])
    axes.add_collection(lines, autolim=False)


def _arrow(axes: Axes, mark: Mark, colour: str, paper: str) -> None:
    arrow = _arrow_patch(mark["role"], mark["from"], mark["to"], colour)
    width = _ARROW[mark["role"]][0]
    arrow.set_path_effects([withStroke(linewidth=width + 2.2, foreground=paper, alpha=0.85)])
    arrow.set_zorder(6 if mark["role"] == "gradient" else 5)
    axes.add_patch(arrow)
    start, end = (np.array(axes.transData.transform(mark[key])) for key in ("from", "to"))
    along = (end - start) / max(float(np.linalg.norm(end - start)), 1e-9)
    aside = np.array([along[1], -along[0]])
    offset = 13 * aside - 8 * along if mark.get("tag_beside") else 12 * along
    words, (across, up) = with_minus(mark["tag"]), offset
    tag = axes.annotate(
        words, mark["to"], xytext=(across, up), textcoords="offset points", color=colour,
        ha="center", va="center", fontsize=11, fontweight="bold", zorder=8, annotation_clip=True,
    )  # fmt: skip
    tag.set_path_effects([withStroke(linewidth=3, foreground=paper)])


def _arrow_patch(role: str, start: Any, end: Any, colour: str) -> FancyArrowPatch:
    width, head = _ARROW[role]
    return FancyArrowPatch(
        tuple(start), tuple(end), arrowstyle=head, mutation_scale=9 + 3.2 * width, linewidth=width,
        color=colour, shrinkA=0, shrinkB=0, joinstyle="miter", capstyle="butt", label=role,
    )  # fmt: skip


def _point(axes: Axes, mark: Mark, colour: str, paper: str) -> None:
    axes.plot(
        *mark["at"], marker="o", markersize=10, color=colour, markeredgecolor=paper,
        markeredgewidth=1.8, zorder=9, linestyle="none",
    )  # fmt: skip


def _symbol(axes: Axes, mark: Mark, colour: str, paper: str) -> None:
    axes.plot(
        *mark["at"], marker=_SYMBOLS[mark["kind"]], markersize=9, color=colour,
        markeredgecolor=paper, markeredgewidth=1.2, zorder=8, linestyle="none",
    )  # fmt: skip


def _trajectory(axes: Axes, mark: Mark, colour: str, paper: str) -> None:
    points = np.array(mark["points"])
    line = _trajectory_line(mark, points[:, 0], points[:, 1], colour, paper)
    line.set_markevery(max(1, len(points) // _MOST_MARKERS))
    line.set_zorder(4)
    line.set_label("trajectory")
    axes.add_line(line)


def _trajectory_line(mark: Mark, x: Any, y: Any, colour: str, paper: str) -> Line2D:
    styles = trajectory_styles()
    style = styles[mark["style"] % len(styles)]
    line = Line2D(
        x, y, color=colour, linewidth=1.6, marker=_MARKERS[style.marker], markersize=4.6,
        markeredgecolor=paper, markeredgewidth=0.7, dash_capstyle="butt", solid_joinstyle="round",
    )  # fmt: skip
    if style.dash:
        line.set_linestyle((0, style.dash))
    return line


_DRAW: Final[dict[str, Callable[[Axes, Mark, str, str], None]]] = {
    "lines": _lines,
    "arrow": _arrow,
    "point": _point,
    "symbol": _symbol,
    "trajectory": _trajectory,
}


def legend_entries(marks: list[Mark], colours: Palette) -> tuple[list[Artist], list[str]]:
    """A handle and a sentence for every mark that has a label, the most important first."""
    told = sorted((m for m in marks if "label" in m), key=lambda m: _ORDER.index(m["role"]))
    once = list({m["label"]: m for m in told}.values())
    return [_handle(m, colours) for m in once], [m["label"] for m in once]


def _handle(mark: Mark, colours: Palette) -> Artist:
    colour = colour_of(mark, colours)
    if mark["type"] == "arrow":
        return _arrow_patch(mark["role"], (0, 0), (1, 0), colour)
    if mark["type"] == "trajectory":
        return _trajectory_line(mark, [0, 1], [0, 0], colour, colours.paper)
    if mark["type"] == "lines":
        width, dash = _LINE[mark["role"]]
        return Line2D([0, 1], [0, 0], color=colour, linewidth=width, linestyle=dash)
    marker = "o" if mark["type"] == "point" else _SYMBOLS[mark["kind"]]
    return Line2D([0], [0], color=colour, marker=marker, markersize=8, linestyle="none")


def legend_handlers() -> dict[type, HandlerBase]:
    """How arrows look in the legend."""
    return {FancyArrowPatch: HandlerPatch(patch_func=_legend_arrow), Rectangle: HandlerPatch()}


def _legend_arrow(
    legend: Any, orig_handle: FancyArrowPatch, xdescent: float, ydescent: float,
    width: float, height: float, fontsize: float,
) -> FancyArrowPatch:  # fmt: skip
    middle = -ydescent + height / 2
    start, end = (-xdescent, middle), (-xdescent + width, middle)
    colour = to_hex(orig_handle.get_edgecolor())
    return _arrow_patch(str(orig_handle.get_label()), start, end, colour)
