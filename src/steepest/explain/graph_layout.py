"""A computational graph as a table for the terminal and as plain data for the page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from steepest.expression import typeset
from steepest.expression.graph import variable

if TYPE_CHECKING:
    from steepest.explain.graph import ComputationalGraph, GraphNode

_MOST_ROWS: Final = 60  # of nodes; larger graphs are folded into blocks
_BLOCKS: Final = 24  # about as many are made
_MOST_TERMS: Final = 4  # of an adjoint that is a sum
_LONGEST_HEADING: Final = 90
_LEAVES: Final = frozenset({"var", "const", "pi", "e"})


@dataclass(frozen=True)
class Block:
    """Nodes that nothing outside uses, except their last one, `output`.

    `inputs` are the variables and the outputs of other blocks that they use; `local` holds
    d(output)/d(input) through the block.
    """

    output: int
    nodes: tuple[int, ...]
    inputs: tuple[int, ...]
    local: tuple[float, ...]


def blocks(graph: ComputationalGraph, most: int = _BLOCKS) -> tuple[Block, ...]:
    """The operations grouped into about `most` blocks, in order of evaluation."""
    users = [0] * len(graph.nodes)
    for n in graph.nodes:
        for k in set(n.inputs):
            users[k] += 1
    operations = [n for n in graph.nodes if n.inputs]
    limit = max(2, math.ceil(len(operations) / most))
    member: dict[int, list[int]] = {}
    for n in operations:
        own = [n.id]
        for k in dict.fromkeys(n.inputs):
            inner = member.get(k)
            alone = users[k] == 1 and k not in graph.outputs
            if inner is not None and alone and len(own) + len(inner) <= limit:
                own = [*inner, *own]
                del member[k]
        member[n.id] = own
    return tuple(_block(graph, output, sorted(inside)) for output, inside in sorted(member.items()))


def _block(graph: ComputationalGraph, output: int, inside: list[int]) -> Block:
    adjoint = {output: 1.0}
    outside: dict[int, float] = {}
    for k in reversed(inside):
        n = graph.nodes[k]
        for target, local in zip(n.inputs, n.local, strict=True):
            if local is None:
                continue
            closed = local == 0 and k in graph.wiring.gates
            amount = 0.0 if closed or k not in adjoint else adjoint[k] * local
            kept = adjoint if target in inside else outside
            kept[target] = kept.get(target, 0.0) + amount
    inputs = tuple(sorted(outside))
    return Block(output, tuple(inside), inputs, tuple(outside[k] for k in inputs))


def graph_table(graph: ComputationalGraph) -> str:
    """The graph as aligned columns, then forward against reverse mode."""
    lines = [heading(graph), "", *aligned(table_rows(graph))]
    if len(graph.outputs) > 1:
        lines += ["", "Jacobian"]
        lines += ["  ".join(["  ", *row]) for row in _padded(graph.jacobian.tolist())]
    lines += ["", graph.sentence, agreement(graph)]
    return "\n".join(lines)


def heading(graph: ComputationalGraph) -> str:
    """f(x, y) = x²·y + y³ at (1, 2)."""
    names = ", ".join(_name(v) for v in graph.variables)
    formulas = ", ".join(f.expression.unicode for f in graph.formulas)
    if len(graph.formulas) > 1:
        formulas = f"({formulas})"
    if len(formulas) > _LONGEST_HEADING:
        formulas = formulas[:_LONGEST_HEADING] + "…"
    return f"f({names}) = {formulas} at ({', '.join(number(x) for x in graph.point)})"


def _name(name: str) -> str:
    return typeset.unicode(variable(name))


def table_rows(graph: ComputationalGraph) -> list[list[str]]:
    """A head and one row for each node, or for each block of a large graph."""
    shown = [n for n in graph.nodes if n.op not in _LEAVES or n.op == "var"]
    if len(shown) <= _MOST_ROWS:
        rows = [_node_row(graph, n) for n in shown]
        return [["node", "operation", "value", "local derivatives", "adjoint"], *rows]
    variables = [_node_row(graph, n) for n in graph.nodes if n.op == "var"]
    folded = [_block_row(graph, b) for b in blocks(graph)]
    return [["block", "operations", "value", "derivatives", "adjoint"], *variables, *folded]


def _node_row(graph: ComputationalGraph, n: GraphNode) -> list[str]:
    inputs = [
        f"by {_name(graph.nodes[k].name)}: {number(slope)}"
        for k, slope in zip(n.inputs, n.local, strict=True)
        if slope is not None
    ]
    operation = n.label if n.inputs else ""
    return [_called(graph, n), operation, number(n.value), "  ".join(inputs), _adjoint(n)]


def _block_row(graph: ComputationalGraph, block: Block) -> list[str]:
    last = graph.nodes[block.output]
    if len(block.nodes) == 1:
        return _node_row(graph, last)
    slopes = [
        f"by {_name(graph.nodes[k].name)}: {number(slope)}"
        for k, slope in zip(block.inputs, block.local, strict=True)
    ]
    operation = f"{len(block.nodes)} operations, last {last.label}"
    return [_called(graph, last), operation, number(last.value), "  ".join(slopes), _adjoint(last)]


def _called(graph: ComputationalGraph, n: GraphNode) -> str:
    if n.id not in graph.outputs:
        return _name(n.name)
    which = "f" if len(graph.outputs) == 1 else f"f{graph.outputs.index(n.id) + 1}"
    return f"{which} = {_name(n.name)}"


def _adjoint(n: GraphNode) -> str:
    """The adjoint; where branches meet, as the sum of what they bring."""
    total = number(n.adjoint)
    if len(n.flows) < 2:
        return total
    terms = [number(f.amount) for f in reversed(n.flows)]
    shown = [f"({t})" if t.startswith("-") else t for t in terms]
    if len(shown) > _MOST_TERMS:
        rest = len(shown) - _MOST_TERMS + 1
        shown = [*shown[: _MOST_TERMS - 1], f"… ({rest} more)"]
    return f"{total} = {' + '.join(shown)}"


def agreement(graph: ComputationalGraph) -> str:
    """Whether the sweeps and the symbolic gradient say the same."""
    if graph.agrees:
        return "Forward sweep, reverse sweep and the symbolic gradient agree."
    return "The sweeps and the symbolic gradient do NOT agree here."


def number(value: float) -> str:
    """Six digits; a value that does not exist is named."""
    if math.isnan(value):
        return "undefined"
    return f"{value + 0.0:.6g}".replace("inf", "∞")


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns, each as wide as its widest cell."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return [
        "   ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _padded(matrix: list[list[float]]) -> list[list[str]]:
    cells = [[number(v) for v in row] for row in matrix]
    width = max((len(c) for row in cells for c in row), default=0)
    return [[c.rjust(width) for c in row] for row in cells]


def graph_json(graph: ComputationalGraph) -> dict[str, Any]:
    """Plain data; what does not exist is null."""
    return {
        "formulas": [str(f) for f in graph.formulas],
        "variables": list(graph.variables),
        "point": [_finite(x) for x in graph.point.tolist()],
        "nodes": [_node_json(n) for n in graph.nodes],
        "outputs": list(graph.outputs),
        "weights": list(graph.weights),
        "blocks": [
            {
                "output": b.output,
                "nodes": list(b.nodes),
                "inputs": list(b.inputs),
                "local": [_finite(v) for v in b.local],
            }
            for b in blocks(graph)
        ],
        "jacobian": [[_finite(v) for v in row] for row in graph.jacobian.tolist()],
        "reverse": _cost_json(graph.reverse_cost),
        "forward": _cost_json(graph.forward_cost),
        "sentence": graph.sentence,
        "agrees": graph.agrees,
    }


def _node_json(n: GraphNode) -> dict[str, Any]:
    return {
        "id": n.id,
        "op": n.op,
        "name": n.name,
        "label": n.label,
        "value": _finite(n.value),
        "adjoint": _finite(n.adjoint),
        "inputs": list(n.inputs),
        "local": [None if v is None else _finite(v) for v in n.local],
        "flows": [{"from": f.user, "amount": _finite(f.amount)} for f in reversed(n.flows)],
    }


def _cost_json(cost: Any) -> dict[str, int]:
    return {
        "sweeps": cost.sweeps,
        "multiplications": cost.multiplications,
        "additions": cost.additions,
    }


def _finite(value: float) -> float | None:
    return value + 0.0 if math.isfinite(value) else None
