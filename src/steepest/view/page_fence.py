"""Live figures in Markdown: the fence `steepest` for pymdownx.superfences.

    ```steepest
    x^2 + 3y^2
    at: 1, 2
    box: -3, 3, -3, 3
    height: 700
    ```

The first line is the formula, the others are optional. Where scripts do not run, a picture is
shown instead, if matplotlib is installed when the documentation is built.
"""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Callable
from typing import Any, Final

from steepest.errors import ParameterError, SteepestError
from steepest.functions.formula import Formula
from steepest.view.page import page

_SETTINGS: Final = ("at", "box", "height")
_TALL: Final = 760  # pixels


def fence(
    source: str,
    language: str = "",
    css_class: str = "",
    options: dict[str, Any] | None = None,
    md: Any = None,
    **attributes: Any,
) -> str:
    """The HTML of one fence: a frame with the page, and a picture for readers without scripts.

    Raises what makes superfences stop the build: a fence that cannot be read is quoted with
    the reason.
    """
    try:
        formula, settings = _read(source)
        f = Formula(formula)
        at = settings.get("at")
        box = _pairs(settings["box"]) if "box" in settings else None
        framed = page(f, at=at, box=box)
        height = settings.get("height", [_TALL])[0]
        return (
            f'<figure class="steepest">{framed.frame(int(height))}'
            f"<noscript>{_picture(f, at, box)}</noscript></figure>"
        )
    except SteepestError as error:
        raise _stops_the_build()(f"in the fence 'steepest':\n{source}\n{error}") from error


def _read(source: str) -> tuple[str, dict[str, list[float]]]:
    """The formula and the numbers of every setting."""
    lines = [line.strip() for line in source.strip().splitlines() if line.strip()]
    settings: dict[str, list[float]] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or name.strip() not in _SETTINGS:
            raise ParameterError(f"{line!r}: after the formula stand {', '.join(_SETTINGS)}")
        try:
            settings[name.strip()] = [float(part) for part in value.split(",")]
        except ValueError:
            raise ParameterError(f"{line!r}: give numbers with commas between") from None
    return (lines or [""])[0], settings


def _pairs(numbers: list[float]) -> list[tuple[float, float]]:
    if len(numbers) % 2:
        raise ParameterError(f"box: {len(numbers)} numbers do not make pairs lo, hi")
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _picture(f: Formula, at: Any, box: Any) -> str:
    """The map as a PNG inside the HTML, or the formula in words without matplotlib."""
    from steepest.view.figure import figure

    try:
        drawn = figure(f, at=[1.0] * f.dim if at is None else at, box=box)
    except SteepestError:
        return f"<code>{html.escape(str(f))}</code>"
    png = io.BytesIO()
    drawn.savefig(png, format="png", dpi=110)
    data = base64.b64encode(png.getvalue()).decode("ascii")
    return f'<img alt="The landscape of {html.escape(str(f))}" src="data:image/png;base64,{data}">'


def _stops_the_build() -> Callable[[str], Exception]:
    """The one exception that superfences does not swallow."""
    try:
        from pymdownx.superfences import SuperFencesException  # type: ignore[import-not-found]
    except ModuleNotFoundError:
        return SteepestError
    return SuperFencesException
