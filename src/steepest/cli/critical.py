"""`steepest critical`: every critical point in a box, proved."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any

import click

from steepest.cli import data_file, options
from steepest.cli.data_file import formula_over
from steepest.cli.group import FormulaCommand
from steepest.cli.output import check_picture, emit_json, save_picture
from steepest.cli.points import read_box
from steepest.critical.box import as_bounds
from steepest.critical.minimum import global_minimum
from steepest.critical.points import MAX_BOXES, critical_points
from steepest.critical.search import Progress
from steepest.errors import ParameterError

if TYPE_CHECKING:
    from steepest.critical.minimum_results import GlobalMinimum
    from steepest.critical.results import CriticalPoints
    from steepest.view.tokens import Theme

_HELP = """All critical points of FORMULA in a box, each proved, and whether there are others.

\b
Examples:
  steepest critical "(x^2+y-11)^2 + (x+y^2-7)^2" --box -5,5,-5,5
  steepest critical "x^4 - 3x^2 + x" --box -3,3 --global
  steepest critical "sin(x) + sin(y) + sin(x+y)" --box -4,4,-4,4 --json
"""


@click.command("critical", cls=FormulaCommand, help=_HELP)
@options.formula
@data_file.option
@click.option("--box", required=True, metavar="-5,5,-5,5",
              help="Lower and upper bound of each variable, in alphabetical order.")  # fmt: skip
@click.option("--global", "with_minimum", is_flag=True,
              help="Also the global minimum over the box, with rigorous bounds.")  # fmt: skip
@click.option("--max-boxes", type=int, default=MAX_BOXES, show_default=True,
              help="Give up after examining so many pieces of the box.")  # fmt: skip
@click.option("--seconds", type=float, default=math.inf, help="Give up after so many seconds.")
@options.as_json
@options.output
@options.theme
def command(
    formula: str,
    data: tuple[str, ...],
    box: str,
    with_minimum: bool,
    max_boxes: int,
    seconds: float,
    as_json: bool,
    output: str | None,
    theme: Theme | None,
) -> None:
    """Read the command line, search, print."""
    if output is not None:
        check_picture(output)
    f = formula_over(formula, data)
    if output is not None and f.dim != 2:
        raise ParameterError(f"-o: {f} has {f.dim} variables; a picture needs two")
    bounds = read_box(box, f.variables)
    as_bounds(f, bounds)
    budget: dict[str, Any] = {"max_boxes": max_boxes, "seconds": seconds}
    with _Ticker() as ticker:
        found = critical_points(f, bounds, progress=ticker, **budget)
        best = global_minimum(f, bounds, progress=ticker, **budget) if with_minimum else None
    if as_json:
        emit_json(payload(found, best))
    else:
        from steepest.view.report_critical import critical_report
        from steepest.view.terminal import show

        show(critical_report(found, best, theme=theme))
    if output is not None:
        save_picture(_picture(found, theme or "light"), output)


def payload(found: CriticalPoints, best: GlobalMinimum | None) -> dict[str, Any]:
    """The answer as one JSON object; `global` only if it was asked for."""
    answer = found.to_json()
    if best is not None:
        answer["global"] = best.to_json()
    return answer


def _picture(found: CriticalPoints, theme: Theme) -> Any:
    from steepest.view.figure import draw_scene
    from steepest.view.report_critical import critical_scene

    return draw_scene(critical_scene(found), theme)


class _Ticker:
    """Tells a person at a terminal how far a long search is; silent in the first second."""

    def __init__(self) -> None:
        self._shown = False

    def __enter__(self) -> _Ticker:
        return self

    def __call__(self, progress: Progress) -> None:
        if progress.seconds < 1 or not sys.stderr.isatty():
            return
        self._shown = True
        line = (
            f"{progress.boxes:,} boxes, {progress.waiting:,} waiting, {progress.found:,} found,"
            f" {progress.seconds:.0f} s"
        )
        click.echo(f"\r\x1b[K{line}", nl=False, err=True)

    def __exit__(self, *error: object) -> None:
        if self._shown:
            click.echo("\r\x1b[K", nl=False, err=True)
