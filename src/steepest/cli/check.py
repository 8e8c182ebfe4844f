"""`steepest check`: mark an answer."""

from __future__ import annotations

import click

from steepest.cli import data_file, options
from steepest.cli.data_file import formula_over
from steepest.cli.group import FormulaCommand
from steepest.cli.output import emit_json
from steepest.explain.check import check_gradient

_HELP = """Mark an answer to “what is the gradient of FORMULA?”. Any correct way to write it is
right; a wrong component gets a hint.

\b
Examples:
  steepest check "x^2 + 3y^2" --gradient "2x, 6y"
  steepest check "sin(x)^2" --gradient "sin(2x)" --json
  steepest check "mean((w x - y)^2)" --data points.csv --gradient "2 mean(x*(w x - y))"
"""


@click.command("check", cls=FormulaCommand, help=_HELP)
@options.formula
@data_file.option
@click.option("--gradient", required=True, metavar='"2x, 6y"', help="The answer, with commas.")
@options.as_json
def command(formula: str, data: tuple[str, ...], gradient: str, as_json: bool) -> None:
    """Read the command line, mark, print."""
    f = formula_over(formula, data)
    mark = check_gradient(f, gradient)
    if as_json:
        emit_json(
            {
                "correct": mark.correct,
                "components": [
                    {
                        "variable": m.variable,
                        "correct": m.correct,
                        "feedback": m.feedback,
                        "decided_by": m.decided_by,
                    }
                    for m in mark.components
                ],
            }
        )
        return
    from steepest.view.report_check import check_report
    from steepest.view.terminal import show

    show(check_report(f, mark))
