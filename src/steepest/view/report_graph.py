"""What `steepest graph` says: the nodes with their numbers, the Jacobian, the two modes."""

from __future__ import annotations

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from steepest.evaluate.numpy import FloatArray
from steepest.explain.graph import ComputationalGraph
from steepest.explain.graph_layout import agreement, heading, number, table_rows
from steepest.view.inks import Inks
from steepest.view.terminal import Report, card
from steepest.view.words import beside, matrix, parts, sentence


def graph_report(
    graph: ComputationalGraph,
    weights: FloatArray | None = None,
    direction: FloatArray | None = None,
) -> Report:
    """The graph, ready to print; with weights·Jacobian and Jacobian·direction, if asked for."""

    def cards(width: int, inks: Inks) -> list[RenderableType]:
        head, *rows = table_rows(graph)
        square = beside("J = ", matrix(graph.jacobian.tolist()))
        return [
            *card("Values forward, adjoints backward", [_table(head, rows, inks)], inks),
            *card("Jacobian", square if len(graph.outputs) > 1 else [], inks),
            *card("Products", _products(graph, weights, direction, inks), inks),
            *card("Forward against reverse mode", [sentence(graph.sentence)], inks),
            parts((agreement(graph), inks.right if graph.agrees else inks.wrong)),
        ]

    return Report(heading(graph), cards)


def _table(head: list[str], rows: list[list[str]], inks: Inks) -> RenderableType:
    """Aligned columns; a cell that does not fit is folded, none is cut."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, pad_edge=False)
    for name in head:
        table.add_column(Text(name, style=inks.quiet), overflow="fold")
    for name, operation, value, slopes, adjoint in rows:
        lines = Text("\n".join(slopes.split("  ")))
        table.add_row(Text(name), Text(operation), Text(value), lines, Text(adjoint, inks.gradient))
    return table


def _products(
    graph: ComputationalGraph,
    weights: FloatArray | None,
    direction: FloatArray | None,
    inks: Inks,
) -> list[RenderableType]:
    lines: list[RenderableType] = []
    if weights is not None:
        product = _vector(graph.vjp(weights))
        lines.append(parts(f"w·J = {product}", (f"   for w = {_vector(weights)}", inks.quiet)))
    if direction is not None:
        product = _vector(graph.jvp(direction))
        lines.append(parts(f"J·v = {product}", (f"   for v = {_vector(direction)}", inks.quiet)))
    return lines


def _vector(values: FloatArray) -> str:
    return f"({', '.join(number(v) for v in values)})"
