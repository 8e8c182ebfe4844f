"""`steepest descend`: one walk down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from steepest.cli import data_file, options
from steepest.cli.data_file import formula_over
from steepest.cli.group import FormulaCommand
from steepest.cli.output import check_picture, emit_json, number, numbers, save_picture
from steepest.cli.points import read_box, read_plane, read_vector
from steepest.cli.rule_options import at_its_option, read_rule, rule_options
from steepest.descent import Trajectory, descend
from steepest.errors import ParameterError

if TYPE_CHECKING:
    from steepest.view.tokens import Theme

_HELP = """Walk down FORMULA from a point by a step rule, and say honestly how it ended.

\b
Examples:
  steepest descend "x^2 + 3y^2" --from 1,2 --rule fixed --step-size 0.1
  steepest descend "(1-x)^2 + 100(y-x^2)^2" --from -1,1 --rule momentum --step-size 0.001
  steepest descend "x^2 + 3y^2" --from 1,2 --rule exact --json
  steepest descend "x^4 - 2x^2 + x/2" --from 2 --step-size 0.01 --box -3,3
"""


@click.command("descend", cls=FormulaCommand, help=_HELP)
@options.formula
@data_file.option
@click.option("--from", "start", required=True, metavar="1,2", help="The point to start from.")
@rule_options
@click.option("--box", metavar="-5,5,-5,5",
              help="Also say whether the minimum is the global one in this box.")  # fmt: skip
@options.as_json
@options.output
@options.plane
@options.theme
def command(
    formula: str,
    data: tuple[str, ...],
    start: str,
    rule: str,
    norm: str,
    max_steps: int,
    tolerance: float,
    box: str | None,
    as_json: bool,
    output: str | None,
    plane: str | None,
    theme: Theme | None,
    **parameters: float | None,
) -> None:
    """Read the command line, walk, print."""
    if output is not None:
        check_picture(output)
    f = formula_over(formula, data)
    first = read_vector(start, f.variables, "--from")
    ranges = None if box is None else read_box(box, f.variables)
    shown = None if plane is None else read_plane(plane, f.variables)
    chosen = read_rule(rule, norm, parameters)
    try:
        walk = descend(f, first, chosen, max_steps=max_steps, tolerance=tolerance, box=ranges)
    except ParameterError as error:
        raise at_its_option(error, rule) from None
    if as_json:
        emit_json(payload(walk))
    else:
        from steepest.view.report_descend import descend_report
        from steepest.view.terminal import show

        show(descend_report(f, walk, plane=shown, theme=theme))
    if output is not None:
        from steepest.view.figure import figure

        save_picture(figure(f, trajectory=walk, plane=shown, theme=theme or "light"), output)


def payload(walk: Trajectory) -> dict[str, Any]:
    """The trajectory as one JSON object."""
    return {
        "rule": walk.rule.name,
        "outcome": walk.outcome.key,
        "message": walk.message,
        "steps": walk.steps,
        "points": numbers(walk.points),
        "values": numbers(walk.values),
        "gradient_norms": numbers(walk.gradient_norms),
        "lambda_max": None if walk.lambda_max is None else number(walk.lambda_max),
        "stable_step_limit": (
            None if walk.stable_step_limit is None else number(walk.stable_step_limit)
        ),
        "verdict": walk.verdict or None,
    }
