"""A scene in half-blocks: two pixels a character, or symbols where there are no colours."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Any, Final

from rich.text import Text

from steepest.view.inks import Inks
from steepest.view.tokens import ramp

Scene = dict[str, Any]
Pixel = tuple[int, int]  # column from the left, row from the top

_SHADES: Final = " ·░▒"
_UNDEFINED: Final = "/"
#: Without colours: what a line of each role is made of.
_STROKES: Final = {
    "level": "o", "graph": "•", "slope": "-", "trajectory": "+",
    "gradient": "*", "descent": ":", "direction": "=", "steepest": "#",
}  # fmt: skip
_TIPS: Final = "→↗↑↖←↙↓↘"
_DRAWN_LINES: Final = ("level", "graph", "slope")
_LATER: Final = ("descent", "direction", "steepest", "gradient")
_ENDS: Final = {"minimum": "▼", "maximum": "▲", "saddle": "✕", "undecided": "?"}


@dataclass
class _Canvas:
    """Pixels with a role, and characters that stand on whole cells."""

    scene: Scene
    columns: int
    rows: int  # of pixels
    lit: dict[Pixel, tuple[str, int]] = field(default_factory=dict)
    letters: dict[Pixel, tuple[str, str]] = field(default_factory=dict)

    def place(self, at: list[float]) -> tuple[float, float]:
        (x0, x1), (y0, y1) = (axis["range"] for axis in self.scene["axes"])
        across = (at[0] - x0) / (x1 - x0) * (self.columns - 1)
        down = (y1 - at[1]) / (y1 - y0) * (self.rows - 1)
        return across, down

    def stroke(self, points: list[list[float]], role: str, style: int = 0) -> None:
        for a, b in pairwise(points):
            self._segment(self.place(a), self.place(b), role, style)

    def _segment(
        self, a: tuple[float, float], b: tuple[float, float], role: str, style: int
    ) -> None:
        clipped = _clip(a, b, self.columns, self.rows)
        if clipped is None:
            return
        (ax, ay), (bx, by) = clipped
        count = max(1, math.ceil(1.5 * max(abs(bx - ax), abs(by - ay))))
        for k in range(count + 1):
            t = k / count
            pixel = round(ax + t * (bx - ax)), round(ay + t * (by - ay))
            if self.inside(pixel):
                self.lit[pixel] = role, style

    def inside(self, pixel: Pixel) -> bool:
        return 0 <= pixel[0] < self.columns and 0 <= pixel[1] < self.rows

    def letter(self, at: list[float], character: str, role: str) -> None:
        across, down = self.place(at)
        pixel = round(across), round(down)
        if self.inside(pixel):
            self.letters[pixel[0], pixel[1] // 2] = character, role


def picture(scene: Scene, columns: int, inks: Inks) -> list[Text]:
    """The scene as lines of text `columns` wide, then its ranges and what the marks mean."""
    rows = len(scene["field"]["values"]) if scene["field"] else columns
    canvas = _Canvas(scene, columns, rows // 2 * 2)
    _draw(canvas)
    lines = [_line(canvas, row, inks) for row in range(rows // 2)]
    return [*lines, *_caption(scene, columns, inks)]


def _draw(canvas: _Canvas) -> None:
    marks = canvas.scene["marks"]
    for mark in marks:
        if mark["type"] == "lines" and mark["role"] in _DRAWN_LINES:
            for line in mark["lines"]:
                canvas.stroke(line, mark["role"])
        elif mark["type"] == "trajectory":
            canvas.stroke(mark["points"], "trajectory", mark["style"])
    for mark in sorted((m for m in marks if m["type"] == "arrow"), key=_arrow_order):
        canvas.stroke([mark["from"], mark["to"]], mark["role"])
        canvas.letter(mark["to"], _tip(canvas, mark), mark["role"])
    for mark in marks:
        if mark["type"] == "symbol":
            canvas.letter(mark["at"], _ENDS[mark["kind"]], mark["role"])
        elif mark["type"] == "point":
            canvas.letter(mark["at"], "●", "point")


def _arrow_order(mark: dict[str, Any]) -> int:
    return _LATER.index(mark["role"])


def _tip(canvas: _Canvas, mark: dict[str, Any]) -> str:
    (ax, ay), (bx, by) = canvas.place(mark["from"]), canvas.place(mark["to"])
    return _TIPS[round(math.atan2(ay - by, bx - ax) / (math.pi / 4)) % 8]


def _clip(
    a: tuple[float, float], b: tuple[float, float], columns: int, rows: int
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """The part of the segment near the canvas (Liang and Barsky), None if there is none."""
    first, last = 0.0, 1.0
    for start, step, size in (
        (a[0], b[0] - a[0], columns),
        (a[1], b[1] - a[1], rows),
    ):
        if step == 0.0:
            if not -1.0 <= start <= size:
                return None
            continue
        near, far = sorted(((-1.0 - start) / step, (size - start) / step))
        first, last = max(first, near), min(last, far)
    if first > last:
        return None
    x, y = b[0] - a[0], b[1] - a[1]
    return (a[0] + first * x, a[1] + first * y), (a[0] + last * x, a[1] + last * y)


def _line(canvas: _Canvas, row: int, inks: Inks) -> Text:
    cells = [
        _painted(canvas, column, row, inks) if inks.palette else _written(canvas, column, row, inks)
        for column in range(canvas.columns)
    ]
    line = Text(no_wrap=True)
    for style, run in groupby(cells, key=lambda cell: cell[1]):
        line.append("".join(character for character, _ in run), style=style)
    return line


def _painted(canvas: _Canvas, column: int, row: int, inks: Inks) -> tuple[str, str]:
    """A cell in colours: the upper pixel as ▀ on the lower one, or a character on the map."""
    p = inks.palette
    assert p is not None
    upper, lower = (_colour(canvas, (column, 2 * row + k), inks) for k in (0, 1))
    letter = canvas.letters.get((column, row))
    if letter is not None:
        ground = _ground(canvas, (column, 2 * row), inks)
        ink = _plain(inks.role(letter[1]), inks)
        return letter[0], f"bold {ink} on {ground}"
    if upper == lower:
        hatched = _band(canvas, (column, 2 * row)) is None and (column + row) % 2 == 0
        if hatched and canvas.scene["field"] and (column, 2 * row) not in canvas.lit:
            return "╱", f"{p.hairline} on {upper}"
        return " ", f"on {upper}"
    return "▀", f"{upper} on {lower}"


def _colour(canvas: _Canvas, pixel: Pixel, inks: Inks) -> str:
    lit = canvas.lit.get(pixel)
    return _plain(inks.role(*lit), inks) if lit else _ground(canvas, pixel, inks)


def _ground(canvas: _Canvas, pixel: Pixel, inks: Inks) -> str:
    p = inks.palette
    assert p is not None
    band = _band(canvas, pixel)
    if band is None:
        return p.paper
    return ramp(p.landscape, 9)[round(band * 8)]


def _plain(style: str, inks: Inks) -> str:
    """The colour of a style; on a painted map even ink needs one."""
    assert inks.palette is not None
    return style.removeprefix("bold ") or inks.palette.ink


def _band(canvas: _Canvas, pixel: Pixel) -> float | None:
    """How high the landscape is at a pixel, from 0 to 1 in bands; None where f is undefined."""
    shown = canvas.scene["field"]
    if shown is None:
        return None
    value = shown["values"][canvas.rows - 1 - pixel[1]][pixel[0]]
    if value is None:
        return None
    levels = shown["bands"]
    if not levels:
        return 0.5
    below = sum(1 for level in levels[1:-1] if value >= level)
    return below / (len(levels) - 2)


def _written(canvas: _Canvas, column: int, row: int, inks: Inks) -> tuple[str, str]:
    """A cell without painted colours: shades for height, symbols for marks."""
    letter = canvas.letters.get((column, row))
    if letter is not None:
        return letter[0], inks.role(letter[1])
    for pixel in ((column, 2 * row), (column, 2 * row + 1)):
        if pixel in canvas.lit:
            role, style = canvas.lit[pixel]
            return _STROKES[role], inks.role(role, style)
    if canvas.scene["field"] is None:
        return " ", ""
    band = _band(canvas, (column, 2 * row))
    if band is None:
        return _UNDEFINED, inks.quiet
    return _SHADES[min(len(_SHADES) - 1, int(band * len(_SHADES)))], inks.quiet


def _caption(scene: Scene, columns: int, inks: Inks) -> list[Text]:
    from steepest.view.numbers import short

    across, up = scene["axes"]
    left, right = (short(v) for v in across["range"])
    bottom, top = (short(v) for v in up["range"])
    words = [f"{left} ≤ {across['text']} ≤ {right}", f"{bottom} ≤ {up['text']} ≤ {top}"]
    if len("   ".join(words)) <= columns:
        words = ["   ".join(words)]
    lines = [Text(w, style=inks.quiet, overflow="fold") for w in words]
    if scene["slice"]:
        lines.append(Text(scene["slice"], style=inks.quiet, overflow="fold"))
    key = Text(no_wrap=True)
    for symbol, role, word in _meanings(scene, bool(inks.palette)):
        if key and key.cell_len + 3 + len(word) > columns:
            lines.append(key)
            key = Text(no_wrap=True)
        key.append(symbol, style=inks.role(role))
        key.append(f" {word}  ", style=inks.quiet)
    return [*lines, key]


def _meanings(scene: Scene, painted: bool) -> list[tuple[str, str, str]]:
    """Symbol, role and word for each mark that the picture holds."""
    names = {
        "level": "level curve", "graph": "f", "slope": "tangent",
        "gradient": "∇f", "descent": "-∇f", "direction": "u", "steepest": "u*",
        "trajectory": "walk", "point": "point", "minimum": "minimum",
    }  # fmt: skip
    symbols = {"point": "●", "minimum": "▼"}
    found: dict[str, tuple[str, str, str]] = {}
    for mark in scene["marks"]:
        role = mark["role"]
        if mark["type"] == "symbol" and role == "point":
            found.setdefault(mark["kind"], (_ENDS[mark["kind"]], role, mark["kind"]))
        elif role in names:
            stroke = "▬" if painted else _STROKES.get(role, "")
            found.setdefault(role, (symbols.get(role, stroke), role, names[role]))
    if scene["kind"] == "curve" and "gradient" in found:
        found["gradient"] = (*found["gradient"][:2], "uphill")
    first = ("point", "gradient", "descent")
    return sorted(found.values(), key=lambda m: first.index(m[1]) if m[1] in first else len(first))
