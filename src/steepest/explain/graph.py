"""The computational graph at a point: values flow up, adjoints flow back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steepest.errors import ParameterError, PointError
from steepest.evaluate.numpy import FloatArray
from steepest.explain import sampling
from steepest.explain.graph_layout import graph_json, graph_table
from steepest.explain.sweeps import GATES, Cost, Flow, Wiring, local_derivatives, together
from steepest.expression import names, typeset
from steepest.expression.graph import Node, rebuild, topological, variable
from steepest.functions.formula import Formula


@dataclass(frozen=True)
class GraphNode:
    """One operation with its numbers.

    `id` counts in order of evaluation, `name` is v3, or a variable's or constant's own;
    `label` shows the operation on its inputs, v1·v2.
    `local` holds ∂node/∂input for each of `inputs`, None where nothing flows (a constant, a
    condition). `adjoint` is d(output)/d(node), the sum of what `flows` back from each user.
    """

    id: int
    op: str
    name: str
    label: str
    value: float
    inputs: tuple[int, ...]
    local: tuple[float | None, ...]
    adjoint: float
    flows: tuple[Flow, ...] = field(repr=False)


@dataclass(frozen=True, eq=False)
class ComputationalGraph:
    """One or several formulas at a point, operation by operation.

    The adjoints of `nodes` are those of the first output, or of `weights`·outputs. `str()` is
    a table; more than 60 nodes are folded into blocks there.
    """

    formulas: tuple[Formula, ...]
    point: FloatArray
    nodes: tuple[GraphNode, ...]
    outputs: tuple[int, ...]
    weights: tuple[float, ...]
    wiring: Wiring = field(repr=False)

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the coordinates of `point`."""
        return self.formulas[0].variables

    @property
    def values(self) -> FloatArray:
        """The outputs (m,)."""
        return np.array([self.nodes[k].value for k in self.outputs])

    @property
    def gradient(self) -> FloatArray:
        """The gradient (n,) of the first output, by the reverse sweep."""
        return self.jacobian[0]

    @cached_property
    def jacobian(self) -> FloatArray:
        """The Jacobian (m, n): a row for each output, by one reverse sweep a row."""
        return np.stack([self.vjp(row) for row in np.eye(len(self.outputs))])

    def vjp(self, weights: ArrayLike) -> FloatArray:
        """Weights·Jacobian, (m,) -> (n,): one reverse sweep."""
        w = _vector(weights, len(self.outputs), "weights", "outputs")
        adjoints, _, _ = self.wiring.reverse(self._output_seeds(w))
        return self._of_variables(adjoints)

    def jvp(self, direction: ArrayLike) -> FloatArray:
        """Jacobian·direction, (n,) -> (m,): one forward sweep."""
        v = _vector(direction, len(self.variables), "direction", "variables")
        tangents, _ = self.wiring.forward(self._input_seeds(v))
        return np.array([tangents[k] for k in self.outputs])

    @cached_property
    def reverse_cost(self) -> Cost:
        """What the Jacobian takes in reverse mode: a sweep for each output."""
        rows = np.eye(len(self.outputs))
        return together([self.wiring.reverse(self._output_seeds(r))[2] for r in rows])

    @cached_property
    def forward_cost(self) -> Cost:
        """What the Jacobian takes in forward mode: a sweep for each variable."""
        columns = np.eye(len(self.variables))
        return together([self.wiring.forward(self._input_seeds(c))[1] for c in columns])

    @cached_property
    def agrees(self) -> bool:
        """Whether forward mode, reverse mode and `Formula.gradients` give one Jacobian."""
        program = np.stack([f.gradients(self.point[None])[0] for f in self.formulas])
        # A formula that is undefined at the point has no derivative there.
        defined = ~np.isnan(self.values)[:, None]
        columns = [self.jvp(c) for c in np.eye(len(self.variables))]
        forward = np.stack(columns, axis=1) if columns else np.empty(program.shape)
        # Where large terms cancel, rounding of those terms is what remains.
        slack = 1e-9 * np.abs(program) + 1e-12 * self._sizes()
        with np.errstate(invalid="ignore"):
            return bool(np.all(np.isnan(program) | defined)) and all(
                bool(np.all(_same(own, program, slack) | ~defined))
                for own in (self.jacobian, forward)
            )

    def _sizes(self) -> FloatArray:
        """The Jacobian (m, n) with every term made positive."""
        size = [tuple(None if s is None else abs(s) for s in row) for row in self.wiring.locals]
        positive = Wiring(self.wiring.inputs, size, self.wiring.gates)
        rows = np.eye(len(self.outputs))
        return np.stack(
            [self._of_variables(positive.reverse(self._output_seeds(r))[0]) for r in rows]
        )

    @property
    def sentence(self) -> str:
        """Forward against reverse mode, in words."""
        n, m = len(self.variables), len(self.outputs)
        reverse, forward = self.reverse_cost, self.forward_cost
        if reverse.operations == forward.operations:
            verdict = "Both cost the same here."
        else:
            cheaper = "Reverse" if reverse.operations < forward.operations else "Forward"
            verdict = f"{cheaper} mode is cheaper here."
        return (
            f"All derivatives of {_count(m, 'output')} by {_count(n, 'variable')}:"
            f" reverse mode takes {reverse}; forward mode takes {forward}. {verdict}"
        )

    def _output_seeds(self, weights: FloatArray) -> dict[int, float]:
        seeds: dict[int, float] = {}
        for k, w in zip(self.outputs, weights, strict=True):
            if w:
                seeds[k] = seeds.get(k, 0.0) + float(w)
        return seeds

    def _input_seeds(self, direction: FloatArray) -> dict[int, float]:
        speed = dict(zip(self.variables, direction, strict=True))
        return {n.id: float(speed[n.name]) for n in self._variable_nodes() if speed[n.name]}

    def _variable_nodes(self) -> list[GraphNode]:
        return [n for n in self.nodes if n.op == "var"]

    def _of_variables(self, adjoints: Sequence[float]) -> FloatArray:
        found = {n.name: adjoints[n.id] for n in self._variable_nodes()}
        return np.array([found.get(name, 0.0) for name in self.variables])

    def __str__(self) -> str:
        return graph_table(self)

    def to_json(self) -> dict[str, Any]:
        """Plain data without NaN: `nodes` with id, op, label, value, adjoint, inputs, local."""
        return graph_json(self)


def computational_graph(
    formula: Formula | str | Sequence[Formula | str],
    point: ArrayLike,
    weights: ArrayLike | None = None,
) -> ComputationalGraph:
    """The computational graph of a formula, or of several, at `point` (n,).

    Every node carries its value, the local derivative on each edge to an input, and its
    adjoint; adjoints are computed by an own backward sweep and compared with the gradient in
    `.agrees`. For several outputs, `.jacobian`, `.vjp(weights)` and `.jvp(direction)` hold;
    `weights` (m,) choose whose adjoints the nodes show, by default the first output's.

    >>> g = computational_graph(("x1^2", "x1*x2", "x2^2"), (2, 3))
    >>> print(g.jacobian)
    [[4. 0.]
     [3. 2.]
     [0. 6.]]

    Raises PointError for a point that does not fit, ParameterError for no formula at all.
    """
    formulas = _formulas(formula)
    at = formulas[0].point(point)
    if not np.isfinite(at).all():
        raise PointError(f"a graph is evaluated at numbers, not at {tuple(at.tolist())}")
    order = topological([f.node for f in formulas])
    number = {node: k for k, node in enumerate(order)}
    values, slopes = _numbers(order, formulas[0].variables, at)
    gates = frozenset(k for k, n in enumerate(order) if n.op in GATES)
    wiring = Wiring([tuple(number[a] for a in n.args) for n in order], slopes, gates)
    outputs = tuple(number[f.node] for f in formulas)
    chosen = np.eye(len(outputs))[0] if weights is None else weights
    w = _vector(chosen, len(outputs), "weights", "outputs")
    seeds: dict[int, float] = {}
    for k, weight in zip(outputs, w, strict=True):
        if weight:
            seeds[k] = seeds.get(k, 0.0) + float(weight)
    adjoints, flows, _ = wiring.reverse(seeds)
    called, labels = _labels(order, formulas[0].variables)
    nodes = tuple(
        GraphNode(
            k,
            n.op,
            called[k],
            labels[k],
            values[k],
            wiring.inputs[k],
            slopes[k],
            adjoints[k],
            tuple(flows[k]),
        )
        for k, n in enumerate(order)
    )
    return ComputationalGraph(formulas, at, nodes, outputs, tuple(map(float, w)), wiring)


def _formulas(given: Formula | str | Sequence[Formula | str]) -> tuple[Formula, ...]:
    """The formulas on one list of variables."""
    several = [given] if isinstance(given, Formula | str) else list(given)
    if not several:
        raise ParameterError("a graph needs a formula, or several in a sequence")
    read = [f if isinstance(f, Formula) else Formula(f) for f in several]
    if all(f.variables == read[0].variables for f in read):
        return tuple(read)
    union = sorted({v for f in read for v in f.variables}, key=names.natural_key)
    return tuple(Formula(f.node, variables=union) for f in read)


def _numbers(
    order: Sequence[Node], variables: Sequence[str], point: FloatArray
) -> tuple[list[float], list[tuple[float | None, ...]]]:
    """The value of every node and its local derivatives, evaluated together."""
    partials = [local_derivatives(n) for n in order]
    wanted = [p for row in partials for p in row if p is not None]
    found = sampling.evaluate([*order, *wanted], variables, point[None])[:, 0].tolist()
    values, rest = found[: len(order)], iter(found[len(order) :])
    slopes = [tuple(None if p is None else next(rest) for p in row) for row in partials]
    # What is undefined has no derivative, whatever 1/x says about log(x) at -1.
    for k, value in enumerate(values):
        if math.isnan(value):
            slopes[k] = tuple(None if s is None else math.nan for s in slopes[k])
    return values, slopes


def _labels(order: Sequence[Node], variables: Sequence[str]) -> tuple[list[str], list[str]]:
    """Every node's name, and its operation on the names of its inputs: v1·v2, sin(v3), x."""
    letter = next(c for c in "vntqzabcd" if not any(v.startswith(c) for v in variables) or c == "d")
    called = {n: variable(f"{letter}{k}") if n.args else n for k, n in enumerate(order)}
    labels = [
        typeset.unicode(rebuild(n, tuple(called[a] for a in n.args)) if n.args else n)
        for n in order
    ]
    plain = [typeset.text(called[n]) for n in order]
    return plain, labels


def _vector(given: ArrayLike, size: int, name: str, what: str) -> FloatArray:
    try:
        vector = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise PointError(f"{name} must be {size} numbers, one for each of the {what}") from None
    if vector.shape != (size,) or not np.isfinite(vector).all():
        raise PointError(f"{name} must be {size} numbers, one for each of the {what}")
    return vector


def _same(a: FloatArray, b: FloatArray, slack: FloatArray) -> NDArray[np.bool_]:
    return (np.abs(a - b) <= slack) | (a == b) | (np.isnan(a) & np.isnan(b))


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"
