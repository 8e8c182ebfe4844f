"""`steepest descend`: one walk down."""

from __future__ import annotations

import re
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, Final

import click

from steepest.cli import data_file, options
from steepest.cli.data_file import formula_over
from steepest.cli.failure import ValueProblem
from steepest.cli.group import FormulaCommand
from steepest.cli.output import check_picture, emit_json, number, numbers, save_picture
from steepest.cli.points import read_box, read_plane, read_vector
from steepest.descent import Trajectory, descend
from steepest.errors import ParameterError
from steepest.norms import BY_NAME as NORMS
from steepest.rules import BY_NAME as RULES
from steepest.rules import Rule

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

#: Parameter of a rule -> the options that set it, the first one that the rule's name allows.
_OPTIONS: Final[dict[str, tuple[str, ...]]] = {
    "step_size": ("--step-size",),
    "max_norm": ("--max-norm",),
    "beta": ("--momentum", "--beta"),
    "alpha": ("--alpha",),
    "decay": ("--decay",),
    "beta1": ("--beta1",),
    "beta2": ("--beta2",),
    "epsilon": ("--epsilon",),
    "norm": ("--norm",),
    "max_steps": ("--max-steps",),
    "tolerance": ("--tolerance",),
}
_PARAMETER: Final = re.compile(r"^(?:\w+\()?(\w+)=")


@click.command("descend", cls=FormulaCommand, help=_HELP)
@options.formula
@data_file.option
@click.option("--from", "start", required=True, metavar="1,2", help="The point to start from.")
@click.option("--rule", type=click.Choice(list(RULES)), default="fixed", show_default=True,
              help="How a gradient becomes a step.")  # fmt: skip
@click.option("--step-size", type=float, metavar="η", help="The learning rate.")
@click.option("--momentum", type=float, metavar="β", help="For momentum and nesterov.")
@click.option("--max-norm", type=float, help="For clipped: the longest gradient.")
@click.option("--alpha", type=float, help="For backtracking: the decrease asked for.")
@click.option("--beta", type=float, help="For backtracking: how steps shrink.")
@click.option("--decay", type=float, help="For rmsprop.")
@click.option("--beta1", type=float, help="For adam.")
@click.option("--beta2", type=float, help="For adam.")
@click.option("--epsilon", type=float, help="For rmsprop and adam.")
@options.norm
@click.option("--max-steps", type=int, default=1000, show_default=True, help="Stop after these.")
@click.option("--tolerance", type=float, default=1e-8, show_default=True,
              help="Stop when the gradient is this short.")  # fmt: skip
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
    try:
        chosen = _rule(rule, norm, parameters)
        walk = descend(f, first, chosen, max_steps=max_steps, tolerance=tolerance, box=ranges)
    except ParameterError as error:
        raise _at_its_option(error, rule) from None
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


def _rule(name: str, norm: str, given: dict[str, float | None]) -> Rule:
    """The rule `name` with the parameters that were given."""
    kind = RULES[name]
    takes = {field.name: field for field in fields(kind) if field.init}
    chosen: dict[str, Any] = {}
    for option, value in given.items():
        if value is None:
            continue
        parameter = _parameter(option, name)
        if parameter not in takes:
            flag = "--" + option.replace("_", "-")
            known = ", ".join(_flag(p, name) for p in takes if p in _OPTIONS)
            raise ValueProblem(f"the rule {name} has no {flag}; it takes {known}", flag)
        chosen[parameter] = value
    if "norm" in takes:
        chosen["norm"] = NORMS[norm]
    elif norm != "l2":
        raise ValueProblem(f"the rule {name} works without a norm; leave --norm out", "--norm")
    for parameter, field in takes.items():
        if field.default is MISSING and parameter not in chosen:
            flag = _flag(parameter, name)
            raise ValueProblem(f"the rule {name} needs {flag}; add {flag} 0.1", "--rule")
    return kind(**chosen)


def _parameter(option: str, rule: str) -> str:
    """The rule's parameter that an option sets: --momentum is β of momentum and nesterov."""
    if rule in ("momentum", "nesterov"):
        return {"momentum": "beta", "beta": "--beta"}.get(option, option)
    return option


def _flag(parameter: str, rule: str) -> str:
    first, *others = _OPTIONS[parameter]
    return others[0] if others and rule not in ("momentum", "nesterov") else first


def _at_its_option(error: ParameterError, rule: str) -> Exception:
    """The same error with a caret under the option's value, if it names a parameter."""
    found = _PARAMETER.match(str(error))
    if found is None or found.group(1) not in _OPTIONS:
        return error
    flag = _flag(found.group(1), rule)
    reason = str(error).partition(": ")[2]
    return ValueProblem(f"{flag}: {reason}", flag)
