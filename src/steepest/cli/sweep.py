"""`steepest sweep`: one start, many step sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import click
import numpy as np

from steepest.cli import data_file, options
from steepest.cli.data_file import formula_over
from steepest.cli.failure import ValueProblem
from steepest.cli.group import FormulaCommand
from steepest.cli.output import check_picture, emit_json, number, numbers, save_picture
from steepest.cli.points import read_vector
from steepest.cli.progress_bar import progress_bar
from steepest.cli.rule_options import at_its_option, read_rule, rule_options
from steepest.errors import ParameterError
from steepest.sweep_steps import Sweep, sweep

if TYPE_CHECKING:
    from steepest.view.tokens import Theme

_HELP = """Walk down FORMULA from one point once for every step size, and compare the limit that
is seen with 2/λmax.

\b
Examples:
  steepest sweep "x^2 + 3y^2" --from 1,2
  steepest sweep "x^2 + 3y^2" --from 1,2 --rule momentum --sizes 0.001,1 --count 500 --json
"""


@click.command("sweep", cls=FormulaCommand, help=_HELP)
@options.formula
@data_file.option
@click.option("--from", "start", required=True, metavar="1,2", help="The point to start from.")
@rule_options
@click.option("--sizes", metavar="lo,hi",
              help="The smallest and the largest step size.  [default: around 2/λmax]")  # fmt: skip
@click.option("--count", type=click.IntRange(1), default=200, show_default=True,
              help="How many step sizes between them.")  # fmt: skip
@options.as_json
@options.output
@options.theme
def command(
    formula: str,
    data: tuple[str, ...],
    start: str,
    rule: str,
    norm: str,
    max_steps: int,
    tolerance: float,
    sizes: str | None,
    count: int,
    as_json: bool,
    output: str | None,
    theme: Theme | None,
    **parameters: float | None,
) -> None:
    """Read the command line, walk, print."""
    if output is not None:
        check_picture(output)
    if parameters["step_size"] is not None:
        raise ValueProblem("a sweep chooses the step sizes; give --sizes lo,hi", "--step-size")
    f = formula_over(formula, data)
    first = read_vector(start, f.variables, "--from")
    if rule != "exact":
        parameters["step_size"] = 1.0
    chosen = read_rule(rule, norm, parameters)
    try:
        with progress_bar("sweep") as progress:
            found = sweep(
                f,
                first,
                chosen,
                step_sizes=_sizes(sizes, count),
                max_steps=max_steps,
                tolerance=tolerance,
                progress=progress,
            )
    except ParameterError as error:
        raise at_its_option(error, rule) from None
    if as_json:
        emit_json(payload(found))
    else:
        from steepest.view.report_basins import sweep_report
        from steepest.view.terminal import show

        show(sweep_report(found, theme))
    if output is not None:
        from steepest.view.sweep import sweep_figure

        save_picture(sweep_figure(found, theme or "light"), output)


def payload(found: Sweep) -> dict[str, Any]:
    """The sweep as one JSON object."""

    def known(x: float | None) -> float | None:
        return None if x is None else number(x)

    return {
        "formula": str(found.function),
        "rule": found.rule.name,
        "start": numbers(found.start),
        "gradient_norm": number(found.gradient_norm),
        "lambda_max": known(found.lambda_max),
        "predicted_limit": known(found.predicted_limit),
        "observed_limit": known(found.observed_limit),
        "best": known(found.best),
        "step_sizes": numbers(found.step_sizes),
        "outcomes": [outcome.key for outcome in found.outcomes],
        "steps": found.steps.tolist(),
        "values": numbers(found.ends.values),
    }


def _sizes(text: str | None, count: int) -> Any:
    if text is None:
        return None
    parts = text.split(",")
    try:
        low, high = (float(part) for part in parts)
    except ValueError:
        low = high = float("nan")
    if not 0 < low < high < float("inf"):
        raise ValueProblem("expected two step sizes 0 < lo < hi, such as 0.001,1", "--sizes")
    return cast("Any", np.geomspace(low, high, count))
