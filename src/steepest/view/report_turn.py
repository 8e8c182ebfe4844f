"""The card Turn: the slope along a direction, three ways, and as the limit that it is."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rich.console import RenderableType
from rich.text import Text

from steepest.errors import NoDirectionError
from steepest.local.model import LocalModel
from steepest.view.inks import Inks
from steepest.view.marks import direction_of
from steepest.view.numbers import short, unit
from steepest.view.words import parts, sentence, table, told

FloatArray = NDArray[np.float64]

_ANGLES: Final = (0, 45, 90, 135, 180)


def turn(
    model: LocalModel, direction: FloatArray | None, limit_table: bool, inks: Inks
) -> list[RenderableType]:
    """The slope along `direction`; without one, the slope against the angle to the gradient."""
    if direction is not None:
        return _along(model, direction, limit_table, inks)
    rate = model.gradient_norm
    if len(model.point) < 2 or not rate > 0:
        return []
    slopes = [short(rate * round(math.cos(math.radians(a)), 15)) for a in _ANGLES]
    rows = [[f"{a}°", s] for a, s in zip(_ANGLES, slopes, strict=True)]
    return [
        sentence(f"At an angle θ to the gradient f rises {short(rate)}·cos θ per unit:"),
        *table(["θ", "slope"], rows, inks.quiet),
    ]


def _along(
    m: LocalModel, direction: FloatArray, limit_table: bool, inks: Inks
) -> list[RenderableType]:
    length_one = direction_of(direction)
    u = unit(direction if length_one is None else length_one)
    try:
        slope = m.slope(direction)
    except NoDirectionError as error:
        return [told(str(error))]
    verb = "rises" if slope > 0 else "falls" if slope < 0 else "neither rises nor falls"
    by = f" {short(abs(slope))} per unit" if slope else ""
    lines: list[RenderableType] = [
        parts("Along ", (f"u = {u}", inks.direction), f" f {verb}", (by, inks.direction), ".")
    ]
    if m.gradient_norm > 0:
        three = m.slopes(direction)
        lines.append(sentence(f"θ = {short(math.degrees(m.angle(direction)))}° from the gradient."))
        rows = [["limit h → 0", short(three.limit)], ["∇f·u", short(three.dot)],
                ["‖∇f‖ cos θ", short(three.cosine)]]  # fmt: skip
        lines += table(["", "slope"], rows, inks.quiet)
        agrees = ("all three agree ", inks.quiet), ("✓", inks.right)
        lines.append(parts(*agrees) if three.agree else sentence("They do not agree.", inks.wrong))
    if limit_table:
        rows = [
            [short(r.h), short(r.quotient, 8), short(r.error)] for r in m.slope_table(direction)
        ]
        lines += [Text(), *table(["h", "(f(x+hu)-f(x))/h", "error"], rows, inks.quiet)]
    return lines
