"""A backward graph as a table for people and as plain data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from torch import Tensor

from steepest.explain.graph_layout import aligned, number

if TYPE_CHECKING:
    from steepest.torch.backward_graph import BackwardGraph, TensorNode

_MOST_ROWS: Final = 60  # of operations; longer graphs have their chains folded
_BLOCKS: Final = 40  # about as many rows then
_MOST_NAMED: Final = 4  # operations of a row
_MOST_ENTRIES: Final = 4  # of a tensor that is written out


def graph_table(graph: BackwardGraph) -> str:
    """One row a node; a row for several operations in a line where there are many."""
    operations = sum(1 for n in graph.nodes if n.op)
    chains = [[n] for n in graph.nodes] if operations <= _MOST_ROWS else _chains(graph)
    rows = [["node", "operation", "shape", "value", "adjoint"]]
    rows += [_row(graph, chain) for chain in chains]
    return "\n".join([*aligned(rows), "", _sentence(graph)])


def _row(graph: BackwardGraph, chain: list[TensorNode]) -> list[str]:
    last = chain[-1]
    operation = last.label if last.op else ""
    if len(chain) > 1:
        told = " → ".join(n.op for n in chain[-_MOST_NAMED:])
        operation = f"{len(chain)} operations: {'… → ' * (len(chain) > _MOST_NAMED)}{told}"
    return [
        f"loss = {last.name}" if last.id == graph.output else last.name,
        operation,
        "×".join(map(str, last.shape)) if last.shape else "",
        shown(last.value),
        shown(last.adjoint) + _meeting(last),
    ]


def _chains(graph: BackwardGraph) -> list[list[TensorNode]]:
    """Operations in a line with what only they use, in order; leaves are left out."""
    users = [0] * len(graph.nodes)
    for n in graph.nodes:
        for k in n.inputs:
            users[k] += 1
    most = -(-len(graph.nodes) // _BLOCKS)
    # Leaves, and what is made of one of them alone for one user, such as a transposed weight.
    aside = [
        not n.op or (len(n.inputs) == 1 and not graph.nodes[n.inputs[0]].op and users[n.id] == 1)
        for n in graph.nodes
    ]
    chains: dict[int, list[TensorNode]] = {}
    for n in graph.nodes:
        if aside[n.id] and n.id != graph.output:
            continue
        main = [k for k in n.inputs if not aside[k]]
        before = chains.get(main[0]) if len(main) == 1 and users[main[0]] == 1 else None
        if before is not None and len(before) < most:
            del chains[main[0]]
            chains[n.id] = [*before, n]
        else:
            chains[n.id] = [n]
    return list(chains.values())


def shown(tensor: Tensor | None) -> str:
    """A number, a few of them, or how long the tensor is."""
    if tensor is None:
        return ""
    if tensor.numel() == 1:
        return number(float(tensor))
    if tensor.numel() <= _MOST_ENTRIES:
        return "(" + ", ".join(number(float(v)) for v in tensor.flatten()) + ")"
    return f"length {number(float(tensor.double().norm()))}"


def _meeting(n: TensorNode) -> str:
    """Where branches meet: the terms of the sum, as far as they are numbers."""
    if len(n.flows) < 2:
        return ""
    if all(f.amount.numel() == 1 for f in n.flows):
        terms = [number(float(f.amount)) for f in reversed(n.flows)]
        return " = " + " + ".join(f"({t})" if t.startswith("-") else t for t in terms)
    return f", from {len(n.flows)} branches"


def _sentence(graph: BackwardGraph) -> str:
    operations = sum(1 for n in graph.nodes if n.op)
    leaves = len(graph.nodes) - operations
    meets = sum(1 for n in graph.nodes if len(n.flows) > 1)
    told = (
        f"{operations} operation{'s' * (operations != 1)} from"
        f" {leaves} {'leaf' if leaves == 1 else 'leaves'} to the loss."
    )
    if meets:
        told += f" At {meets} node{'s' * (meets != 1)} branches meet and their adjoints add up."
    if not graph.agrees:
        told += " The adjoints do NOT equal the sums of what flows into them."
    return told


def graph_json(graph: BackwardGraph) -> dict[str, Any]:
    """Plain data; what does not exist is null, long tensors are their length."""
    return {
        "nodes": [
            {
                "id": n.id,
                "op": n.op or "leaf",
                "name": n.name,
                "label": n.label,
                "shape": None if n.shape is None else list(n.shape),
                "value": _plain(n.value),
                "adjoint": _plain(n.adjoint),
                "inputs": list(n.inputs),
                "local": [None if v is None or not math.isfinite(v) else v for v in n.local],
                "flows": [{"from": f.user, "amount": _plain(f.amount)} for f in n.flows],
            }
            for n in graph.nodes
        ],
        "output": graph.output,
        "agrees": graph.agrees,
    }


def _plain(tensor: Tensor | None) -> Any:
    """A number, a short list, or {"length": …}; null for what is not finite."""
    if tensor is None:
        return None
    numbers = [v if math.isfinite(v) else None for v in tensor.double().flatten()[:5].tolist()]
    if tensor.numel() == 1:
        return numbers[0]
    if tensor.numel() <= _MOST_ENTRIES:
        return numbers
    length = float(tensor.double().norm())
    return {"length": length if math.isfinite(length) else None}
