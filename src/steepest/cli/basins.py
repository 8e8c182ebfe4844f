"""`steepest basins`: which starts reach which minimum."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from steepest.basin_map import BasinMap, basins
from steepest.cli import data_file, options
from steepest.cli.data_file import formula_over
from steepest.cli.group import FormulaCommand
from steepest.cli.output import check_picture, emit_json, number, numbers, writing
from steepest.cli.points import read_box
from steepest.cli.progress_bar import progress_bar
from steepest.cli.rule_options import at_its_option, read_rule, rule_options
from steepest.errors import ParameterError, quote_with_caret

if TYPE_CHECKING:
    from steepest.view.tokens import Theme

_LISTED: Final = 1000  # minima in JSON

_HELP = """Walk down FORMULA from every point of a grid and tell which minimum is reached.

\b
Examples:
  steepest basins "(x^2+y-11)^2+(x+y^2-7)^2" --box -5,5,-5,5 --step-size 0.01 -o map.png
  steepest basins "x^4 - x^2 + y^2" --box -2,2,-2,2 --rule momentum --step-size 0.01 --json
"""


@click.command("basins", cls=FormulaCommand, help=_HELP)
@options.formula
@data_file.option
@click.option("--box", required=True, metavar="-5,5,-5,5", help="lo,hi of each variable.")
@rule_options
@click.option("--resolution", type=int, default=256, show_default=True,
              help="Starts along each side of the box.")  # fmt: skip
@click.option("--threads", type=int, help="Threads to use.  [default: all]")
@options.as_json
@click.option("-o", "--output", metavar="FILE.png", help="Also save the map as a picture.")
@options.theme
def command(
    formula: str,
    data: tuple[str, ...],
    box: str,
    rule: str,
    norm: str,
    max_steps: int,
    tolerance: float,
    resolution: int,
    threads: int | None,
    as_json: bool,
    output: str | None,
    theme: Theme | None,
    **parameters: float | None,
) -> None:
    """Read the command line, walk, print."""
    if output is not None:
        _check_output(output)
    f = formula_over(formula, data)
    ranges = read_box(box, f.variables)
    chosen = read_rule(rule, norm, parameters)
    try:
        with progress_bar("basins") as progress:
            found = basins(
                f,
                ranges,
                chosen,
                resolution=resolution,
                max_steps=max_steps,
                tolerance=tolerance,
                threads=threads,
                progress=progress,
            )
    except ParameterError as error:
        raise at_its_option(error, rule) from None
    if output is not None:
        _save(found, output, theme or "light")
    if as_json:
        emit_json(payload(found, output))
    else:
        from steepest.view.report_basins import basins_report
        from steepest.view.terminal import show

        show(basins_report(found, theme))


def payload(found: BasinMap, output: str | None = None) -> dict[str, Any]:
    """The map as one JSON object: its minima and numbers, not every label."""
    minima = zip(found.minima, found.minima_values, found.counts, strict=True)
    return {
        "formula": str(found.function),
        "variables": list(found.function.variables),
        "rule": found.rule.name,
        "box": [list(side) for side in found.box],
        "resolution": list(found.labels.shape),
        "starts": found.starts,
        "minima": [
            {
                "x": numbers(point),
                "value": number(value),
                "count": int(count),
                "share": int(count) / found.starts,
            }
            for (point, value, count), _ in zip(minima, range(_LISTED), strict=False)
        ],
        "counts": {outcome.key: n for outcome, n in found.endpoints.counts.items()},
        "diverged": found.diverged,
        "not_a_minimum": found.stalled,
        "undecided": found.undecided,
        "verdict": found.verdict or None,
        "picture": None if output is None else str(Path(output)),
    }


def _check_output(path: str) -> None:
    check_picture(path)
    if Path(path).suffix.lower() != ".png":
        place = len(path) - len(Path(path).suffix)
        raise ParameterError(
            f"-o: a basin map is saved as .png only\n{quote_with_caret(path, place)}"
        )


def _save(found: BasinMap, path: str, theme: Theme) -> None:
    from steepest.view.basins import basin_picture
    from steepest.view.raster import save_png

    picture = basin_picture(found, theme)
    with writing("-o", "picture", path):
        save_png(picture, path)
