"""`steepest derive`: the gradient and the Hessian, rule by rule."""

from __future__ import annotations

from typing import Any

import click

from steepest.cli import data_file, options
from steepest.cli.data_file import formula_over
from steepest.cli.group import FormulaCommand
from steepest.cli.output import emit_json
from steepest.errors import ParameterError
from steepest.explain.derivation import derivation
from steepest.explain.layout import formula_json, steps_json
from steepest.functions.formula import Formula
from steepest.view.notation import (
    gradient_notations,
    partials,
    second_derivatives,
    second_partials,
)

_HELP = """The gradient and the Hessian of FORMULA, worked out rule by rule. Every step is checked
before it is shown; a long formula names its inner parts.

\b
Examples:
  steepest derive "x^2*y + y^3"
  steepest derive "sin(x^2)/x" --hessian
  steepest derive "exp(x*y) + sin(z)" --brief
  steepest derive "exp(x*y) + sin(z)" --latex
"""


@click.command("derive", cls=FormulaCommand, help=_HELP)
@options.formula
@data_file.option
@click.option("--brief", is_flag=True, help="Only the results, without the steps.")
@click.option("--hessian", is_flag=True, help="Also the steps to the second derivatives.")
@click.option("--latex", is_flag=True, help="Print LaTeX; with --brief a formula a line.")
@options.as_json
def command(
    formula: str, data: tuple[str, ...], brief: bool, hessian: bool, latex: bool, as_json: bool
) -> None:
    """Read the command line, differentiate, print."""
    f = formula_over(formula, data)
    if hessian and second_derivatives(f) is None:
        # Second derivatives by a matrix have no matrix form: all is shown entry by entry.
        f = f.written_out()
    if not f.dim:
        raise ParameterError(f"{f} has no variables, so there is nothing to differentiate")
    if as_json:
        emit_json(payload(f, hessian))
    elif latex and brief:
        click.echo("\n".join(line.latex for line in gradient_notations(f)))
        if second_derivatives(f) is not None:
            click.echo("\n".join(line.latex for line in second_partials(f)))
    elif latex:
        click.echo(derivation(f).latex)
    else:
        from steepest.view.report_derive import derive_report
        from steepest.view.terminal import show

        show(derive_report(f, None if brief else derivation(f), hessian))


def payload(f: Formula, hessian: bool) -> dict[str, Any]:
    """The answer as one JSON object.

    `steps` lists every step in reading order, `parts` the named parts they mention, and
    `notations` every derivative with its notation. `hessian` is null where it is no matrix.
    """
    second = second_derivatives(f)
    work = derivation(f)
    partials_of = [*work.partials, *((p for row in work.hessian for p in row) if hessian else ())]
    return {
        "formula": str(f),
        "variables": list(f.variables),
        "latex": f.latex,
        "gradient": [str(g) for g in f.gradient],
        "hessian": second and [[str(h) for h in row] for row in second],
        "parts": [{"name": p.name, **formula_json(p.definition)} for p in work.parts],
        "steps": [step for partial in partials_of for step in steps_json(partial)],
        "notations": [
            {"notation": line.name, "text": line.text, "latex": line.latex}
            for line in (*partials(f), *(second_partials(f) if second else ()))
        ],
    }
