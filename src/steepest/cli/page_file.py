"""The option `--page`: the page that a command writes next to its answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from steepest.cli.output import check_place, writing
from steepest.errors import ParameterError, quote_with_caret

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from steepest.functions.formula import Formula

option: Any = click.option(
    "--page", metavar="FILE", help="Also write a page to drag about in: .html, works offline."
)


def check_page(path: str) -> None:
    """Refuse, before anything is computed, a path that cannot be written."""
    suffix = Path(path).suffix.lower()
    if suffix not in (".html", ".htm"):
        place = len(path) - len(suffix)
        raise ParameterError(
            f"--page: end the name of the page in .html\n{quote_with_caret(path, place)}"
        )
    check_place("--page", "page", path)


def write_page(f: Formula, path: str, at: ArrayLike) -> str:
    """Write the page about `f` around `at` and return its path."""
    from steepest.view.page import page

    with writing("--page", "page", path):
        return str(page(f, path, at=at))
