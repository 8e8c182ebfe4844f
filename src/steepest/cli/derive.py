"""`steepest derive`: the formulas of the gradient and the Hessian."""

from __future__ import annotations

from typing import Any

import click

from steepest.cli import options
from steepest.cli.group import FormulaCommand
from steepest.cli.output import emit_json
from steepest.errors import ParameterError
from steepest.functions.formula import Formula
from steepest.view.notation import gradient_notations, partials, second_partials

_HELP = """The formulas of the gradient and the Hessian of FORMULA, in the notations of the field.

\b
Examples:
  steepest derive "x^2*y + y^3"
  steepest derive "exp(x*y) + sin(z)" --latex
"""


@click.command("derive", cls=FormulaCommand, help=_HELP)
@options.formula
@click.option("--latex", is_flag=True, help="Print LaTeX, a formula a line.")
@options.as_json
def command(formula: str, latex: bool, as_json: bool) -> None:
    """Read the command line, differentiate, print."""
    f = Formula(formula)
    if not f.dim:
        raise ParameterError(f"{f} has no variables, so there is nothing to differentiate")
    if as_json:
        emit_json(payload(f))
    elif latex:
        click.echo("\n".join(line.latex for line in gradient_notations(f)))
        click.echo("\n".join(line.latex for line in second_partials(f)))
    else:
        from steepest.view.report_derive import derive_report
        from steepest.view.terminal import show

        show(derive_report(f))


def payload(f: Formula) -> dict[str, Any]:
    """The answer as one JSON object: `steps` lists every derivative with its notation."""
    return {
        "formula": str(f),
        "variables": list(f.variables),
        "latex": f.latex,
        "gradient": [str(g) for g in f.gradient],
        "hessian": [[str(h) for h in row] for row in f.hessian],
        "steps": [
            {"notation": line.name, "text": line.text, "latex": line.latex}
            for line in (*partials(f), *second_partials(f))
        ],
    }
