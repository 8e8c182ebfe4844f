"""`steepest surface`: a loss surface from the file that keeps its points. Needs no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from steepest.cli import options
from steepest.cli.output import check_picture, emit_json, save_picture, writing
from steepest.cli.page_file import check_page
from steepest.torch.saved_surface import read_surface

if TYPE_CHECKING:
    from steepest.view.tokens import Theme

_HELP = """Show the loss surface whose points steepest.torch.surface(…, file=FILE) kept.

Also while it is computed: what is there is shown.

\b
Examples:
  steepest surface loss.jsonl
  steepest surface loss.jsonl -o loss.png --page loss.html
  steepest surface loss.jsonl --json
"""


@click.command("surface", help=_HELP)
@click.argument("file", metavar="FILE")
@options.as_json
@options.output
@click.option("--page", metavar="FILE", help="Also write a page to turn it in: .html, offline.")
@options.theme
def command(
    file: str, as_json: bool, output: str | None, page: str | None, theme: Theme | None
) -> None:
    """Read the file, print, draw."""
    if output is not None:
        check_picture(output)
    if page is not None:
        check_page(page)
    seen = read_surface(file)
    if as_json:
        from steepest.torch.surface_json import surface_json

        emit_json(surface_json(seen))
    else:
        from steepest.view.report_surface import surface_report
        from steepest.view.terminal import show

        show(surface_report(seen, theme))
    if output is not None:
        from steepest.view.figure import figure

        save_picture(figure(seen, theme=theme or "light"), output)
    if page is not None:
        from steepest.view.page import page as write_page

        with writing("--page", "page", page):
            write_page(seen, page)
