"""The terminal: how wide it is, which colours it has, and how a report is laid out in it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from steepest.view.blocks import picture
from steepest.view.inks import Inks, inks_for
from steepest.view.tokens import Theme

_BESIDE: Final = 76  # columns from which on the map stands beside the cards
_WIDEST: Final = 120


@dataclass(frozen=True)
class Report:
    """What a command has to say: a title, cards of text, and perhaps a picture.

    `cards` and `scene` are called with what the terminal offers: `cards(width, inks)` gives the
    cards, `scene((columns, rows))` the scene for a picture of that many pixels.
    """

    title: str
    cards: Callable[[int, Inks], list[RenderableType]]
    scene: Callable[[tuple[int, int]], dict[str, Any]] | None = None
    theme: Theme | None = None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = min(options.max_width, _WIDEST)
        inks = inks_for(console, self.theme or guess_theme())
        title = Text(self.title, style=f"bold {inks.ink}".strip(), overflow="fold")
        yield Text()
        if self.scene is None:
            yield _indent(title, width)
            yield Text()
            yield _indent(Group(*self.cards(width - 4, inks)), width)
            return
        beside = width >= _BESIDE
        columns = _map_width(width, beside)
        shown = self.scene((columns, columns))
        drawn = Group(*picture(shown, columns, inks))
        yield _indent(title, width)
        yield Text()
        if beside:
            cards = Group(*self.cards(width - columns - 7, inks))
            grid = Table.grid(padding=0)
            for size in (2, columns, 3, width - columns - 7):
                grid.add_column(width=size)
            grid.add_row("", drawn, "", cards)
            yield grid
        else:
            yield _indent(drawn, width)
            yield Text()
            yield _indent(Group(*self.cards(width - 4, inks)), width)
        yield Text()


def show(report: RenderableType) -> None:
    """Print to the terminal; plain text where the output is piped or NO_COLOR is set."""
    out = sys.stdout
    console: Console = Console(file=out, highlight=False, markup=False, emoji=False)
    if console.is_terminal:
        console.print(report)
        return
    # In a file or a pipe the spaces that fill a line to the right are only noise.
    with console.capture() as written:
        console.print(report)
    out.write("".join(f"{line.rstrip()}\n" for line in written.get().splitlines()))


def guess_theme() -> Theme:
    """Light or dark, from what some terminals say in COLORFGBG; most terminals are dark."""
    background = os.environ.get("COLORFGBG", "").rpartition(";")[2]
    return "light" if background in ("7", "15") else "dark"


def heading(name: str, inks: Inks) -> Text:
    """The name of a card."""
    return Text(name, style=inks.heading)


def card(name: str, lines: Sequence[RenderableType], inks: Inks) -> list[RenderableType]:
    """A heading, its lines, and space after them; nothing at all if there are no lines."""
    return [heading(name, inks), *lines, Text()] if lines else []


def _map_width(width: int, beside: bool) -> int:
    if not beside:
        return max(16, min(width - 4, 40)) // 2 * 2
    return max(30, min(48, int(width * 0.41))) // 2 * 2


def _indent(content: RenderableType, width: int) -> Table:
    grid = Table.grid(padding=0)
    grid.add_column(width=2)
    grid.add_column(width=max(8, width - 4), overflow="fold")
    grid.add_row("", content)
    return grid
