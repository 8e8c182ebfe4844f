"""The option `--page`: the page that a command writes next to its answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

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
    if not Path(path).parent.is_dir():
        raise ParameterError(
            f"--page: the folder does not exist; make it first\n{quote_with_caret(path, 0)}"
        )


def write_page(f: Formula, path: str, at: ArrayLike) -> str:
    """Write the page about `f` around `at` and return its path."""
    from steepest.view.page import page

    with page_problem(path):
        return str(page(f, path, at=at))


@contextmanager
def page_problem(path: str) -> Iterator[None]:
    """A page that cannot be written is an error that quotes its path."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ParameterError(
            f"--page: the page cannot be written ({reason}); choose another place\n"
            f"{quote_with_caret(path, 0)}"
        ) from None
