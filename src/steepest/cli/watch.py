"""`steepest watch`: a training run, replayed or followed. Needs no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from steepest.cli import options
from steepest.cli.failure import UsageProblem
from steepest.cli.output import check_picture, emit_json, save_picture, writing
from steepest.cli.page_file import check_page
from steepest.training.reading import RunFollower, read_run

if TYPE_CHECKING:
    from steepest.training.run import Run
    from steepest.view.tokens import Theme

_HELP = """Say what is going on in the training run that steepest.torch.watch wrote to FILE.

\b
Examples:
  steepest watch run.jsonl
  steepest watch run.jsonl --follow
  steepest watch run.jsonl -o run.png --page run.html
  steepest watch run.jsonl --json
"""


@click.command("watch", help=_HELP)
@click.argument("file", metavar="FILE")
@click.option("--follow", is_flag=True, help="Go on while the run goes on; Ctrl-C ends it.")
@options.as_json
@options.output
@click.option("--page", metavar="FILE", help="Also write a page: .html, works offline.")
@options.theme
def command(
    file: str,
    follow: bool,
    as_json: bool,
    output: str | None,
    page: str | None,
    theme: Theme | None,
) -> None:
    """Read the file, judge, print."""
    if output is not None:
        check_picture(output)
    if page is not None:
        check_page(page)
    if follow and as_json:
        raise UsageProblem("a run that goes on is no one JSON object; leave one out", "--follow")
    run = _followed(file, theme) if follow else read_run(file)
    if as_json:
        from steepest.training.summary import summary

        emit_json(summary(run))
    elif not follow:
        from steepest.view.run.report import run_report
        from steepest.view.terminal import show

        show(run_report(run, theme))
    if output is not None:
        from steepest.view.run.figure import run_figure

        save_picture(run_figure(run, theme or "light"), output)
    if page is not None:
        from steepest.view.run.page import run_page

        with writing("--page", "page", page):
            run_page(run, page)


def _followed(file: str, theme: Theme | None) -> Run:
    """The run as it was when whoever watched it had enough."""
    from steepest.view.run.live import follow

    return follow(RunFollower(file), theme)
