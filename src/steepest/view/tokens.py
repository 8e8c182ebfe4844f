"""The colours and marks that page, picture and terminal share: tokens.json, read once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

Theme = Literal["light", "dark"]


@dataclass(frozen=True)
class Palette:
    """The colours of one theme, as "#RRGGBB". Every colour has one meaning everywhere."""

    paper: str
    ink: str
    quiet: str
    hairline: str
    landscape: tuple[str, str]
    contour: str
    gradient: str
    direction: str
    level: str
    trajectories: tuple[str, ...]


@dataclass(frozen=True)
class TrajectoryStyle:
    """What tells one rule's trajectory from another's where colour cannot."""

    dash: tuple[float, ...]
    marker: str


@cache
def _tokens() -> dict[str, Any]:
    return json.loads(files("steepest.view").joinpath("tokens.json").read_text("utf-8"))


@cache
def palette(theme: Theme) -> Palette:
    """The colours of "light" or "dark"."""
    colours = dict(_tokens()["themes"][theme])
    for name in ("landscape", "trajectories"):
        colours[name] = tuple(colours[name])
    return Palette(**colours)


@cache
def trajectory_styles() -> tuple[TrajectoryStyle, ...]:
    """One style a trajectory, in the order of `Palette.trajectories`."""
    return tuple(
        TrajectoryStyle(tuple(style["dash"]), style["marker"])
        for style in _tokens()["trajectory_styles"]
    )


def digits() -> int:
    """How many significant digits numbers are shown with."""
    return int(_tokens()["digits"])


def rgb(colour: str) -> tuple[int, int, int]:
    """A colour "#RRGGBB" as three numbers from 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


@cache
def ramp(ends: tuple[str, str], count: int) -> tuple[str, ...]:
    """`count` colours from one end to the other, in even steps of lightness."""
    low, high = (_lightness(c) for c in ends)
    colours = []
    for k in range(count):
        t = k / (count - 1) if count > 1 else 0.5
        mixed = [(1 - t) * a + t * b for a, b in zip(low, high, strict=True)]
        colours.append(_to_hex(mixed))
    return tuple(colours)


# Oklab (Björn Ottosson, 2020): even steps in it look even to the eye.
_TO_CONES: Final = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_FROM_CONES: Final = (
    (4.0767416621, -3.3077115913, 0.2309699292),
    (-1.2684380046, 2.6097574011, -0.3413193965),
    (-0.0041960863, -0.7034186147, 1.7076147010),
)


def _lightness(colour: str) -> list[float]:
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (part / 255 for part in rgb(colour))
    ]
    # Cube roots of the cone responses: a linear map away from Oklab, so mixing is the same.
    return [sum(w * c for w, c in zip(row, linear, strict=True)) ** (1 / 3) for row in _TO_CONES]


def _to_hex(roots: list[float]) -> str:
    cones = [r**3 for r in roots]
    linear = [sum(w * c for w, c in zip(row, cones, strict=True)) for row in _FROM_CONES]
    encoded = [
        12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055
        for c in (min(1.0, max(0.0, c)) for c in linear)
    ]
    return "#" + "".join(f"{round(255 * c):02X}" for c in encoded)
