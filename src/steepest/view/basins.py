"""A basin map as a picture: a hue for each minimum, paler where more steps were taken."""

from __future__ import annotations

import colorsys
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steepest.basin_map import UNLABELLED, BasinMap
from steepest.descent.outcomes import Outcome
from steepest.errors import ParameterError
from steepest.view import raster
from steepest.view.numbers import short
from steepest.view.raster import Pixels
from steepest.view.tokens import Palette, Theme, palette

_SIDE: Final = 512  # pixels of the longer side of the map, at least
_MARGIN: Final = 44
_SCALE: Final = 2
_TICKS: Final = 5
_GOLDEN: Final = 0.618034
# How much paper is mixed in where the fewest and the most steps were taken: a tint, as on the page.
_PALE: Final = (0.35, 0.7)


def hues(count: int, theme: Theme) -> list[str]:
    """A colour for each of `count` minima; the first four are those of the trajectories."""
    colours = list(palette(theme).trajectories)[:count]
    for k in range(len(colours), count):
        # Turns by the golden ratio keep neighbours in the list apart.
        light = (0.42, 0.55, 0.36)[k % 3] + (0.15 if theme == "dark" else 0.0)
        red, green, blue = colorsys.hls_to_rgb((0.07 + k * _GOLDEN) % 1.0, light, 0.55)
        colours.append(f"#{round(255 * red):02X}{round(255 * green):02X}{round(255 * blue):02X}")
    return colours


def basin_picture(basins: BasinMap, theme: Theme = "light") -> Pixels:
    """The map of two variables as pixels (height, width, 3), the first variable across.

    Minima are marked by ▼ with their number, counted from 1. Diverged starts have the colour of
    ink, starts that stopped elsewhere that of hairlines.

    Raises ParameterError if f does not have two variables.
    """
    if len(basins.axes) != 2:
        raise ParameterError(
            f"a basin map of {len(basins.axes)} variables has no flat picture: use --json, or a"
            " formula of two variables"
        )
    colours = palette(theme)
    names = hues(len(basins.minima), theme)
    field = _paint(basins, names, colours)
    times = max(1, -(-_SIDE // max(field.shape[:2])))
    field = np.repeat(np.repeat(field, times, axis=0), times, axis=1)
    height, width, _ = field.shape
    picture = raster.blank(height + 2 * _MARGIN, width + 2 * _MARGIN, colours.paper)
    picture[_MARGIN : _MARGIN + height, _MARGIN : _MARGIN + width] = field
    _frame(picture, basins, height, width, colours)
    for number, point in enumerate(basins.minima, 1):
        _mark(picture, basins, point, number, (height, width), colours)
    return picture


def _paint(basins: BasinMap, names: list[str], colours: Palette) -> Pixels:
    """One pixel a start, the top row the largest second coordinate."""
    lowest = min(UNLABELLED.values())
    table = np.zeros((len(names) - lowest, 3))
    table[:] = raster.color(colours.hairline)
    table[UNLABELLED[Outcome.DIVERGED] - lowest] = raster.color(colours.ink)
    for k, name in enumerate(names):
        table[k - lowest] = raster.color(name)
    labels = basins.labels.T[::-1]
    painted = table[labels - lowest]
    few, many = _PALE
    late = np.where(labels >= 0, few + (many - few) * lateness(basins).T[::-1], 0.0)
    paper = np.array(raster.color(colours.paper), dtype=np.float64)
    painted += late[..., None] * (paper - painted)
    return np.rint(painted).astype(np.uint8)


def lateness(basins: BasinMap) -> NDArray[np.float64]:
    """How many steps each start (nx, ny) took, from 0, the fewest, to 1; 0 without a minimum."""
    reached = basins.labels >= 0
    if not reached.any():
        return np.zeros(basins.labels.shape)
    few, many = np.quantile(basins.steps[reached], (0.02, 0.98))
    return np.clip((basins.steps - few) / max(many - few, 1.0), 0.0, 1.0) * reached


def _frame(picture: Pixels, basins: BasinMap, height: int, width: int, colours: Palette) -> None:
    top, left = _MARGIN, _MARGIN
    bottom, right = top + height, left + width
    for edge in (
        (slice(top - 1, top), slice(left - 1, right + 1)),
        (slice(bottom, bottom + 1), slice(left - 1, right + 1)),
        (slice(top - 1, bottom + 1), slice(left - 1, left)),
        (slice(top - 1, bottom + 1), slice(right, right + 1)),
    ):
        picture[edge] = raster.color(colours.ink)
    (x_low, x_high), (y_low, y_high) = basins.box
    for k in range(_TICKS):
        share = k / (_TICKS - 1)
        column = left + round(share * (width - 1))
        row = bottom - 1 - round(share * (height - 1))
        picture[bottom : bottom + 6, column] = raster.color(colours.ink)
        picture[row, left - 6 : left] = raster.color(colours.ink)
        across = _number(x_low + share * (x_high - x_low))
        up = _number(y_low + share * (y_high - y_low))
        shift = raster.text_width(across, _SCALE) // 2
        raster.write(picture, across, bottom + 10, column - shift, _SCALE, colours.quiet)
        start = max(1, left - 9 - raster.text_width(up, _SCALE))
        raster.write(picture, up, row - 2 * _SCALE, start, _SCALE, colours.quiet)


def _number(x: float) -> str:
    return short(x, 3).replace("−", "-")


def _mark(
    picture: Pixels,
    basins: BasinMap,
    point: NDArray[np.float64],
    number: int,
    size: tuple[int, int],
    colours: Palette,
) -> None:
    """A triangle that points down, in ink on paper, and the number of the minimum."""
    height, width = size
    place = []
    for x, (low, high), pixels in zip(point, basins.box, (width, height), strict=True):
        share = (x - low) / (high - low)
        if not 0.0 <= share <= 1.0:
            return
        place.append(share * (pixels - 1))
    column, row = _MARGIN + round(place[0]), _MARGIN + height - 1 - round(place[1])
    for half, ink in ((7, colours.paper), (5, colours.ink)):
        steps = np.arange(2 * half + 1)
        triangle = np.abs(steps[None] - half) <= (half - np.arange(half + 1))[:, None]
        raster.paint(picture, triangle, row - half // 2, column - half, ink)
    if len(basins.minima) <= 20:
        text = str(number)
        left = column - raster.text_width(text, _SCALE) // 2
        raster.paint(
            picture,
            np.ones((5 * _SCALE + 4, raster.text_width(text, _SCALE) + 4), dtype=bool),
            row + 7,
            left - 2,
            colours.paper,
        )
        raster.write(picture, text, row + 9, left, _SCALE, colours.ink)
