"""`steepest explore`: the function at a point."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from steepest.cli import data_file, options, page_file
from steepest.cli.data_file import formula_over
from steepest.cli.group import FormulaCommand
from steepest.cli.output import check_picture, emit_json, number, numbers, save_picture
from steepest.cli.points import read_direction, read_plane, read_vector
from steepest.errors import NoDirectionError
from steepest.functions.formula import Formula
from steepest.local.model import LocalModel
from steepest.norms import BY_NAME, Norm

if TYPE_CHECKING:
    from steepest.view.tokens import Theme

_HELP = """The function FORMULA at a point: value, gradient, steepest direction, curvature, level
curve, and what a descent does from there, each number checked.

\b
Examples:
  steepest explore "x^2 + 3y^2" --at 1,2
  steepest explore "x^2 + 3y^2" --at 1,2 --direction 1,0 --limit-table
  steepest explore "-x^2" --at 3 --json
  steepest explore "log(x) + y^2" --at x=1,y=pi/2 -o picture.png
  steepest explore "x^2 + 3y^2" --at 1,2 --page page.html
"""


@click.command("explore", cls=FormulaCommand, help=_HELP)
@options.formula
@data_file.option
@click.option("--at", required=True, metavar="1,2", help="The point; constants such as pi/2 too.")
@click.option("--direction", metavar="1,0", help="Also the slope along this direction.")
@options.norm
@click.option("--limit-table", is_flag=True, help="Show the slope as a limit, h → 0.")
@options.as_json
@options.output
@page_file.option
@options.plane
@options.theme
def command(
    formula: str,
    data: tuple[str, ...],
    at: str,
    direction: str | None,
    norm: str,
    limit_table: bool,
    as_json: bool,
    output: str | None,
    page: str | None,
    plane: str | None,
    theme: Theme | None,
) -> None:
    """Read the command line, compute, print."""
    if output is not None:
        check_picture(output)
    if page is not None:
        page_file.check_page(page)
    f = formula_over(formula, data)
    model = f.at(read_vector(at, f.variables, "--at"))
    u = None if direction is None else read_direction(direction, f.variables)
    chosen = BY_NAME[norm]
    shown = None if plane is None else read_plane(plane, f.variables)
    written = None if page is None else page_file.write_page(f, page, model.point)
    if as_json:
        emit_json({**payload(f, model, chosen, u, limit_table), "page": written})
    else:
        from steepest.view.report_explore import explore_report
        from steepest.view.terminal import show

        show(explore_report(f, model, chosen, u, limit_table=limit_table, plane=shown, theme=theme))
        if written is not None:
            click.echo(f"The page is {written}")
    if output is not None:
        from steepest.view.figure import figure

        save_picture(
            figure(
                f, at=model.point, direction=u, norm=chosen, plane=shown, theme=theme or "light"
            ),
            output,
        )


def payload(
    f: Formula, model: LocalModel, norm: Norm, direction: Any, limit_table: bool
) -> dict[str, Any]:
    """The answer as one JSON object; what does not exist is null and `status` says why."""
    best, rate = _steepest(model, norm)
    answer: dict[str, Any] = {
        "formula": str(f),
        "variables": list(f.variables),
        **_arguments(f),
        "point": numbers(model.point),
        "value": number(model.value),
        "gradient": _gradient(f, model),
        "steepest_ascent": {"norm": norm.name, "direction": best, "rate": rate},
        "hessian": {"value": numbers(model.hessian), "eigenvalues": numbers(model.eigenvalues)},
        "level": {"value": number(model.value), "tangent": _tangent(model)},
    }
    if direction is not None:
        answer["slope"] = _slope(model, direction)
        if limit_table:
            answer["limit_table"] = _limit_table(model, direction)
    answer["page"] = None
    return answer


def _arguments(f: Formula) -> dict[str, Any]:
    """What each entry of `symbolic` is the derivative by, where vectors are among it."""
    if f.arrays is None:
        return {}
    return {"arguments": [{"name": a.name, "shape": list(a.shape)} for a in f.arrays.arguments]}


def _gradient(f: Formula, model: LocalModel) -> dict[str, Any]:
    status = model.status
    # torch alone takes longer to start than everything else here.
    check = model.verify(torch=False)
    return {
        "symbolic": [str(g) for g in f.gradient],
        "value": numbers(model.gradient),
        "status": status.kind.value,
        "reason": status.sentence,
        "one_sided": [[_optional(left), _optional(right)] for left, right in status.slopes],
        "checks": {
            "agrees": bool(check.agrees),
            "ways": [
                {"name": way.name, "gradient": numbers(way.gradient), "agrees": way.agrees}
                for way in check.ways
            ],
        },
    }


def _steepest(model: LocalModel, norm: Norm) -> tuple[list[Any] | None, float | None]:
    try:
        steepest = model.steepest_ascent(norm)
    except NoDirectionError:
        return None, None
    return numbers(steepest.direction), number(steepest.rate)


def _tangent(model: LocalModel) -> list[Any] | None:
    try:
        return numbers(model.tangent)
    except NoDirectionError:
        return None


def _slope(model: LocalModel, direction: Any) -> float | None:
    try:
        return number(model.slope(direction))
    except NoDirectionError:
        return None


def _limit_table(model: LocalModel, direction: Any) -> list[dict[str, float | None]]:
    try:
        rows = model.slope_table(direction)
    except NoDirectionError:
        return []
    return [
        {"h": number(row.h), "quotient": number(row.quotient), "error": number(row.error)}
        for row in rows
    ]


def _optional(slope: float | None) -> float | None:
    return None if slope is None else number(slope)
