"""The page of a figure: where the map, the title, the legend and the scale of colours stand."""

from __future__ import annotations

import re
import textwrap
from typing import Any, Final

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.mathtext import MathTextParser
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from steepest.view.figure_marks import draw_mark, legend_entries, legend_handlers
from steepest.view.numbers import short, with_minus
from steepest.view.tokens import Palette, Theme, palette, ramp

_WIDTH, _HEIGHT, _DPI = 9.6, 6.7, 200
_MAP: Final = 5.2  # inches, each side
_LEFT, _BOTTOM = 0.62, 0.52
_COLUMN: Final = _LEFT + _MAP + 0.32  # where the legend starts
_TITLE: Final = 17.0  # points; smaller where the formula is long
_SMALLEST: Final = 9.0
_SETTINGS: Final = {
    "font.family": "DejaVu Sans",
    "mathtext.fontset": "cm",
    "axes.unicode_minus": True,
    "hatch.linewidth": 0.6,
    "svg.fonttype": "path",
}


def draw(scene: dict[str, Any], theme: Theme) -> Figure:
    """The scene as a figure with its own canvas."""
    colours = palette(theme)
    # The user's own settings do not reach into the picture; a context would not restore the
    # backend, so that one is left alone.
    plain: Any = {k: v for k, v in matplotlib.rcParamsDefault.items() if k != "backend"}
    plain.update(_SETTINGS)
    with matplotlib.rc_context(plain):
        figure = Figure(figsize=(_WIDTH, _HEIGHT), dpi=_DPI, facecolor=colours.paper)
        FigureCanvasAgg(figure)
        place = (_LEFT / _WIDTH, _BOTTOM / _HEIGHT, _MAP / _WIDTH, _MAP / _HEIGHT)
        axes = figure.add_axes(place)
        _frame(axes, scene, colours)
        if scene["field"] is not None:
            _landscape(axes, scene, colours)
        for mark in scene["marks"]:
            draw_mark(axes, mark, colours)
        _title(figure, scene, colours)
        _legend(axes, scene, colours)
        if scene["field"] is not None and scene["field"]["bands"]:
            _scale(figure, scene["field"]["bands"], colours)
    return figure


def _frame(axes: Axes, scene: dict[str, Any], colours: Palette) -> None:
    across, up = scene["axes"]
    axes.set_xlim(*across["range"])
    axes.set_ylim(*up["range"])
    axes.set_facecolor(colours.paper)
    if scene["kind"] == "map":
        # Perpendicular directions look perpendicular only where both axes have one scale.
        axes.set_aspect("equal", adjustable="box", anchor="NW")
    for spine in axes.spines.values():
        spine.set_color(colours.hairline)
        spine.set_linewidth(0.8)
    axes.tick_params(colors=colours.quiet, labelsize=9, length=3, width=0.8, color=colours.hairline)
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    for offset in (axes.xaxis.get_offset_text(), axes.yaxis.get_offset_text()):
        offset.set_color(colours.quiet)
        offset.set_fontsize(8.5)
    style: dict[str, Any] = {"color": colours.ink, "fontsize": 13}
    axes.set_xlabel(f"${across['latex']}$", labelpad=2, **style)
    axes.set_ylabel(f"${up['latex']}$", rotation=0, **style)
    if scene["kind"] == "map":
        axes.yaxis.set_label_coords(-0.085, 0.49)
    else:
        # f(x) is wider than the margin: it stands on top of its axis.
        axes.yaxis.set_label_coords(0.0, 1.012)
        axes.yaxis.label.set(ha="left", va="bottom")
        axes.grid(color=colours.hairline, linewidth=0.5, alpha=0.6)
        axes.set_axisbelow(True)
        for line, (lo, hi) in ((axes.axhline, up["range"]), (axes.axvline, across["range"])):
            if lo < 0 < hi:
                line(0, color=colours.hairline, linewidth=1.2, zorder=1)


def _landscape(axes: Axes, scene: dict[str, Any], colours: Palette) -> None:
    """Bands of one hue, darker upward; hatching where f is undefined."""
    (x0, x1), (y0, y1) = (a["range"] for a in scene["axes"])
    values = np.array(scene["field"]["values"], dtype=np.float64)
    levels = scene["field"]["bands"]
    undefined = np.isnan(values)
    if undefined.any():
        axes.add_patch(
            Rectangle((x0, y0), x1 - x0, y1 - y0, facecolor=colours.paper,
                      edgecolor=colours.hairline, hatch="////", linewidth=0, zorder=0)
        )  # fmt: skip
    if undefined.all():
        return
    x = np.linspace(x0, x1, values.shape[1])
    y = np.linspace(y0, y1, values.shape[0])
    if not levels:
        flat = np.where(undefined, np.nan, 0.0)
        tint = ramp(colours.landscape, 3)[1]
        axes.contourf(x, y, flat, levels=[-1.0, 1.0], colors=[tint], zorder=1)
        return
    # matplotlib's own arithmetic overflows for values near the ends of double precision.
    low, span = levels[0], levels[-1] - levels[0]
    values, levels = (values - low) / span, [(level - low) / span for level in levels]
    tints = ramp(colours.landscape, len(levels) - 1)
    shades = ListedColormap(tints).with_extremes(under=tints[0], over=tints[-1])
    masked = np.ma.masked_invalid(values)
    filled = axes.contourf(x, y, masked, levels=levels, cmap=shades, extend="both", zorder=1)
    # Without this, hairlines of the background shine through between the bands.
    filled.set_edgecolor("face")
    filled.set_linewidth(0.3)
    axes.contour(x, y, masked, levels=levels[1:-1], colors=[colours.contour], linewidths=0.6,
                 linestyles="solid", zorder=1.5)  # fmt: skip


def _title(figure: Figure, scene: dict[str, Any], colours: Palette) -> None:
    room = _WIDTH - 2 * _LEFT
    x, y = _LEFT / _WIDTH, 1 - 0.24 / _HEIGHT
    latex = f"${_plain_parentheses(scene['title']['latex'])}$"
    if scene["slice"]:
        words = with_minus(scene["slice"][:1].upper() + scene["slice"][1:])
        top = (_BOTTOM + _MAP + 0.09) / _HEIGHT
        figure.text(x, top, words, fontsize=9.5, color=colours.quiet, va="bottom")
    width = _mathtext_width(latex)
    if width is not None and width * _SMALLEST / _TITLE <= room:
        size = min(_TITLE, _TITLE * room / width)
        figure.text(x, y, latex, fontsize=size, color=colours.ink, va="top")
    else:
        text = textwrap.shorten(scene["title"]["text"], 200, placeholder=" …")
        wrapped = "\n".join(textwrap.wrap(text, 105)[:2])
        figure.text(x, y, wrapped, fontsize=_SMALLEST + 0.5, color=colours.ink, va="top")


# \left( … \right) around something that is not tall: mathtext would draw these too small.
_FLAT: Final = re.compile(r"\\left([(|])((?:(?!\\left|\\right|\\frac|\\sqrt).)*)\\right([)|])")


def _plain_parentheses(latex: str) -> str:
    while _FLAT.search(latex):
        latex = _FLAT.sub(r"\1\2\3", latex)
    return latex


def _mathtext_width(latex: str) -> float | None:
    """Inches at the title's size; None where mathtext cannot set the formula."""
    from matplotlib.font_manager import FontProperties

    try:
        parsed = MathTextParser("path").parse(latex, 72, FontProperties(size=_TITLE))
    except ValueError:
        return None
    return parsed.width / 72


def _legend(axes: Axes, scene: dict[str, Any], colours: Palette) -> None:
    handles, labels = legend_entries(scene["marks"], colours)
    values = scene["field"]["values"] if scene["field"] is not None else []
    if any(v is None for row in values for v in row):
        handles.append(
            Rectangle((0, 0), 1, 1, facecolor=colours.paper, edgecolor=colours.hairline,
                      hatch="////", linewidth=0.5)
        )  # fmt: skip
        labels.append(scene.get("undefined", "f is not defined here"))
    # A sentence that begins with the symbol f keeps it small.
    words = [w if w.startswith("f ") else w[:1].upper() + w[1:] for w in scene["notes"]]
    for sentence in words:
        handles.append(Rectangle((0, 0), 0, 0, alpha=0))
        labels.append(sentence)
    if not handles:
        return
    drawn = axes.legend(
        handles, [_wrap(label) for label in labels],
        loc="upper left", bbox_to_anchor=(_COLUMN / _WIDTH, (_BOTTOM + _MAP + 0.07) / _HEIGHT),
        bbox_transform=axes.figure.transFigure, frameon=False, fontsize=9.5, labelspacing=0.95,
        handlelength=2.4, handletextpad=0.9, borderaxespad=0, borderpad=0,
        labelcolor=colours.ink, handler_map=legend_handlers(),
    )  # fmt: skip
    for text, label in zip(drawn.get_texts(), labels, strict=True):
        text.set_linespacing(1.35)
        if label in words:
            text.set_color(colours.quiet)


def _wrap(label: str) -> str:
    return "\n".join(
        part for line in label.split("\n") for part in textwrap.wrap(with_minus(line), 36)
    )


def _scale(figure: Figure, levels: list[float], colours: Palette) -> None:
    """The colours of the landscape from low to high, with the values at both ends."""
    left, width, height = _COLUMN / _WIDTH, 2.2 / _WIDTH, 0.14 / _HEIGHT
    bottom = _BOTTOM / _HEIGHT + 0.22 / _HEIGHT
    axes = figure.add_axes((left, bottom, width, height))
    axes.set_axis_off()
    tints = ramp(colours.landscape, len(levels) - 1)
    for k, tint in enumerate(tints):
        axes.add_patch(Rectangle((k, 0), 1.02, 1, facecolor=tint, linewidth=0))
    axes.add_patch(
        Rectangle((0, 0), len(tints), 1, fill=False, edgecolor=colours.hairline, linewidth=0.8)
    )
    axes.set_xlim(0, len(tints))
    axes.set_ylim(0, 1)
    middle = len(levels) // 2
    style: dict[str, Any] = {"fontsize": 8.5, "color": colours.quiet, "va": "top"}
    below = -0.45
    axes.text(0, below, with_minus(short(levels[0], 3)), ha="left", **style)
    axes.text(middle, below, with_minus(short(levels[middle], 3)), ha="center", **style)
    axes.text(len(tints), below, with_minus(short(levels[-1], 3)), ha="right", **style)
    axes.text(0, 1.45, "value of f", fontsize=9.5, color=colours.ink, va="bottom")
