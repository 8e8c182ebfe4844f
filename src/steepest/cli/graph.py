"""`steepest graph`: values, local derivatives and adjoints, operation by operation."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import click

from steepest.cli import data_file, options
from steepest.cli.data_file import arrays_for, words_of
from steepest.cli.group import FormulaCommand
from steepest.cli.output import emit_json, numbers
from steepest.cli.points import read_vector
from steepest.errors import FormulaError
from steepest.explain.components import parse_component, read_component, split
from steepest.explain.graph import computational_graph
from steepest.expression import names
from steepest.expression.graph import Node, variables_of
from steepest.functions.formula import Formula

_HELP = """The computational graph of FORMULA at a point: values flow forward, adjoints flow back,
and branches that meet add up. Several formulas, separated by commas, have a Jacobian.

\b
Examples:
  steepest graph "x^2*y + y^3" --at 1,2
  steepest graph "x1^2, x1*x2, x2^2" --at 2,3 --vjp 1,0,2 --jvp 1,-1
  steepest graph "mean((w x - y)^2)" --data points.csv --at 0.5
"""


@click.command("graph", cls=FormulaCommand, help=_HELP)
@options.formula
@data_file.option
@click.option("--at", required=True, metavar="1,2", help="The point; constants such as pi/2 too.")
@click.option("--vjp", metavar="1,0", help="Weights w of the outputs: also show w·J.")
@click.option("--jvp", metavar="1,0", help="A direction v: also show J·v.")
@options.as_json
def command(
    formula: str,
    data: tuple[str, ...],
    at: str,
    vjp: str | None,
    jvp: str | None,
    as_json: bool,
) -> None:
    """Read the command line, sweep, print."""
    formulas = formulas_over(formula, data) if data else read_formulas(formula)
    variables = formulas[0].variables
    outputs = tuple(f"f{k + 1}" for k in range(len(formulas)))
    point = read_vector(at, variables, "--at")
    weights = None if vjp is None else read_vector(vjp, outputs, "--vjp")
    direction = None if jvp is None else read_vector(jvp, variables, "--jvp")
    graph = computational_graph(formulas, point, weights)
    if as_json:
        told: dict[str, Any] = graph.to_json()
        if weights is not None:
            told["vjp"] = numbers(graph.vjp(weights))
        if direction is not None:
            told["jvp"] = numbers(graph.jvp(direction))
        emit_json(told)
        return
    from steepest.view.report_graph import graph_report
    from steepest.view.terminal import show

    show(graph_report(graph, weights, direction))


def read_formulas(text: str) -> list[Formula]:
    """One formula, or several between commas, on one list of variables."""
    parts = split(text)
    nodes: list[Node] = []
    for part in parts:
        if len(parts) > 1 and not part.text.strip():
            raise FormulaError(text, part.start, "a formula is missing here", "remove the comma")
        nodes.append(parse_component(text, part, None))
    variables = sorted(variables_of(nodes), key=names.natural_key)
    return [Formula(node, variables=variables) for node in nodes]


def formulas_over(text: str, data: Sequence[str]) -> list[Formula]:
    """The same for formulas over data, written out as numbers; a variable has one shape in all."""
    arrays = arrays_for(text, data)
    parts = split(text)
    shapes: dict[str, Any] = {}
    found: list[Formula] = []
    # What the first formulas tell of a shape holds in the others, and the other way round.
    for last in (False, True):
        found = []
        for part in parts:
            if len(parts) > 1 and not part.text.strip():
                raise FormulaError(
                    text, part.start, "a formula is missing here", "remove the comma"
                )
            used = words_of(part.text)
            own = {n: a for n, a in arrays.items() if n in used}
            known = {n: s for n, s in shapes.items() if n in used}
            read = partial(Formula, data=own, shapes=known)
            try:
                f = read_component(text, part, read)
            except FormulaError:
                if last:
                    raise
                continue
            assert f.arrays is not None
            shapes |= {a.name: a.shape for a in f.arrays.arguments if a.shape}
            found.append(f)
    variables = sorted({v for f in found for v in f.variables}, key=names.natural_key)
    return [Formula(f.node, variables=variables) for f in found]
