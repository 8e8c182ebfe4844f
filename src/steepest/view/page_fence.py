"""Live figures in Markdown: the fence `steepest` for pymdownx.superfences.

    ```steepest
    x^2 + 3y^2
    at: 1, 2
    box: -3, 3, -3, 3
    card: walk
    rule: momentum, 0.05
    norm: l2
    height: 700
    ```

The first line is the formula, the others are optional; `rule` may stand there several times.
Where scripts do not run, a picture is shown instead, if matplotlib is installed when the
documentation is built.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from steepest.errors import ParameterError, SteepestError
from steepest.functions.formula import Formula
from steepest.view import page as pages
from steepest.view.page_address import address

_SETTINGS: Final = ("at", "box", "card", "rule", "norm", "height")
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

    def draw() -> str:
        asked = _Figure.read(source)
        f = Formula(asked.formula)
        framed = pages.page(
            f, at=asked.at, box=asked.box, card=asked.card, walks=asked.walks, norm=asked.norm
        )
        png = asked.picture(f)
        inline = None if png is None else f"data:image/png;base64,{base64.b64encode(png).decode()}"
        return _figure(framed.frame(asked.height), f, inline)

    return or_stop_the_build("steepest", source, draw)


class SharedPage:
    """The fence for a site with many figures: all of them show one file, told by their links.

    `root` is the way from the page being built to the site's top, such as "../"; set it before
    a page is converted. `write(folder)` puts the shared page and the pictures into the site.
    """

    def __init__(self, folder: str = "steepest") -> None:
        self.folder = folder
        self.root = ""
        self._pictures: dict[str, bytes] = {}

    def fence(
        self,
        source: str,
        language: str = "",
        css_class: str = "",
        options: dict[str, Any] | None = None,
        md: Any = None,
        **attributes: Any,
    ) -> str:
        """As `fence`, with a frame that loads the shared page when it comes into sight."""
        return or_stop_the_build("steepest", source, lambda: self._draw(source))

    def write(self, site: Path) -> None:
        """Write what the figures show into `site`/`folder`."""
        folder = site / self.folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "page.html").write_text(pages.shared(), "utf-8")
        for name, png in self._pictures.items():
            (folder / name).write_bytes(png)

    def _draw(self, source: str) -> str:
        asked = _Figure.read(source)
        f = Formula(asked.formula)
        told = pages.data(f, asked.at, asked.box, None)
        told |= pages.opening(f, asked.card, asked.walks, asked.norm)
        target = f"{self.root}{self.folder}/page.html#{address(told)}"
        framed = (
            f'<iframe title="{html.escape(str(f))}" sandbox="allow-scripts" loading="lazy"'
            f' style="width:100%;height:{asked.height}px;border:0" src="{html.escape(target)}">'
            "</iframe>"
        )
        name = f"{hashlib.sha256(source.encode()).hexdigest()[:16]}.png"
        png = asked.picture(f)
        if png is not None:
            self._pictures[name] = png
        alone = f'<a href="{html.escape(target)}" target="_blank">This figure in its own tab</a>'
        picture = None if png is None else f"{self.root}{self.folder}/{name}"
        return _figure(framed, f, picture, f"<figcaption>{alone}</figcaption>")


@dataclass
class _Figure:
    """What a fence asks for."""

    formula: str
    at: list[float] | None = None
    box: list[tuple[float, float]] | None = None
    card: str | None = None
    norm: str | None = None
    height: int = _TALL
    walks: list[tuple[str, float]] = field(default_factory=list)

    @classmethod
    def read(cls, source: str) -> _Figure:
        lines = [line.strip() for line in source.strip().splitlines() if line.strip()]
        asked = cls((lines or [""])[0])
        for line in lines[1:]:
            name, colon, value = (part.strip() for part in line.partition(":"))
            if not colon or name not in _SETTINGS:
                raise ParameterError(f"{line!r}: after the formula stand {', '.join(_SETTINGS)}")
            asked._set(line, name, value)
        return asked

    def _set(self, line: str, name: str, value: str) -> None:
        if name == "card":
            self.card = value
        elif name == "norm":
            self.norm = value
        elif name == "rule":
            rule, _, size = value.partition(",")
            self.walks.append((rule.strip(), _numbers(line, size)[0]))
        elif name == "at":
            self.at = _numbers(line, value)
        elif name == "box":
            self.box = _pairs(_numbers(line, value))
        else:
            tall = _numbers(line, value)[0]
            if not 0 < tall < math.inf:
                raise ParameterError(f"{line!r}: give a positive number of pixels")
            self.height = round(tall)

    def picture(self, f: Formula) -> bytes | None:
        """The map as a PNG, or None without matplotlib or where it cannot be drawn."""
        from steepest.view.figure import figure

        try:
            drawn = figure(f, at=[1.0] * f.dim if self.at is None else self.at, box=self.box)
        except SteepestError:
            return None
        png = io.BytesIO()
        drawn.savefig(png, format="png", dpi=110)
        return png.getvalue()


def _figure(frame: str, f: Formula, picture: str | None, caption: str = "") -> str:
    """The frame, and for readers without scripts the picture, or the formula in words."""
    text = html.escape(str(f))
    instead = f'<img alt="The landscape of {text}" src="{picture}">'
    if picture is None:
        instead = f"<code>{text}</code>"
    return f'<figure class="steepest">{frame}<noscript>{instead}</noscript>{caption}</figure>'


def _numbers(line: str, text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise ParameterError(f"{line!r}: give numbers with commas between") from None


def _pairs(numbers: list[float]) -> list[tuple[float, float]]:
    if len(numbers) % 2:
        raise ParameterError(f"box: {len(numbers)} numbers do not make pairs lo, hi")
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def or_stop_the_build(name: str, source: str, draw: Callable[[], str]) -> str:
    """What `draw` gives; where it refuses, the one exception that superfences does not swallow."""
    try:
        return draw()
    except SteepestError as error:
        told = f"in the fence {name!r}:\n{source}\n{error}"
        try:
            from pymdownx.superfences import SuperFencesException  # type: ignore[import-not-found]
        except ModuleNotFoundError:
            raise SteepestError(told) from error
        raise SuperFencesException(told) from error
