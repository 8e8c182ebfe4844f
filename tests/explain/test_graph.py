"""Computational graphs: values, adjoints, Jacobian products, both modes, blocks, plain data."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import steepest.explain.sweeps as sweeps
from steepest import Formula, computational_graph
from steepest.errors import ParameterError, PointError
from steepest.explain.graph_layout import blocks
from steepest.expression.graph import ARITY, Node, build, variables_of
from strategies import nodes

LONG = " + ".join(f"sin({k}x+y)*exp(-{k}y^2)*z^{k + 2}" for k in range(1, 20))


def test_values_go_forward_and_adjoints_back() -> None:
    graph = computational_graph("x^2*y + y^3", (1, 2))
    found = {n.label: (n.value, n.adjoint) for n in graph.nodes if n.op != "const"}
    assert found == {
        "x": (1, 4), "x²": (1, 2), "y": (2, 13), "v₁·y": (2, 1), "y³": (8, 12 / 12),
        "v₃ + v₄": (10, 1),
    }  # fmt: skip
    assert graph.gradient.tolist() == [4, 13]
    assert graph.agrees


def test_branches_that_meet_add_up() -> None:
    graph = computational_graph("x^2*y + y^3", (1, 2))
    (y,) = (n for n in graph.nodes if n.name == "y")
    assert sorted(f.amount for f in y.flows) == [1, 12]
    assert "13 = 1 + 12" in str(graph)


def test_the_jacobian_and_its_products() -> None:
    graph = computational_graph(("x1^2", "x1*x2", "x2^2"), (2, 3))
    assert graph.jacobian.tolist() == [[4, 0], [3, 2], [0, 6]]
    assert graph.vjp([1, 0, 2]).tolist() == [4, 12]
    assert graph.jvp([1, -1]).tolist() == [4, 1, -6]
    assert graph.values.tolist() == [4, 6, 9]
    assert graph.agrees


def test_weights_choose_whose_adjoints_are_shown() -> None:
    formulas = ("x1^2", "x1*x2", "x2^2")
    shown = computational_graph(formulas, (2, 3), weights=(0, 1, 10))
    adjoints = {n.name: n.adjoint for n in shown.nodes}
    assert (adjoints["x1"], adjoints["x2"]) == (3, 62)


def test_one_output_twice_and_an_output_inside_another() -> None:
    graph = computational_graph(("x^2", "x^2", "sin(x^2)"), (0.5,))
    assert graph.jacobian[:, 0] == pytest.approx([1, 1, math.cos(0.25)])
    assert graph.vjp([1, 1, 0]).tolist() == [2]


def test_operation_counts() -> None:
    """n variables and one output: one reverse sweep against n forward ones."""
    graph = computational_graph("x1*x2*x3*x4", (1, 2, 3, 4))
    assert str(graph.reverse_cost) == "1 sweep, 6 multiplications, 0 additions"
    assert str(graph.forward_cost) == "4 sweeps, 9 multiplications, 0 additions"
    assert graph.sentence.endswith("Reverse mode is cheaper here.")
    many = computational_graph(("x", "x^2", "x^3", "sin(x)*x^2"), (2,))
    assert many.reverse_cost.sweeps == 4
    assert many.sentence.endswith("Forward mode is cheaper here.")


EVERY = {
    "neg": "-x", "sub": "x - y", "div": "x/y", "ipow": "x^-3", "pow": "x^y", "abs": "abs(x)",
    "sign": "x*sign(y)", "min": "min(x, y)", "max": "max(x, y)", "where": "where(x < y, x^2, y)",
    "relu": "relu(x)", "atan2": "atan2(x, y)", "hypot": "hypot(x, y)", "erf": "erf(x)",
    "acosh": "acosh(y)", "log2": "log2(x)", "le": "where(x <= y, x^2, y)",
}  # fmt: skip


@pytest.mark.parametrize("op", sorted(set(ARITY) - {"const", "var", "pi", "e", "lt"}))
def test_every_local_derivative(op: str) -> None:
    text = EVERY.get(op, f"{op}(x)" if ARITY[op] == 1 else {"add": "x + y", "mul": "x*y"}.get(op))
    f = Formula(str(text))
    graph = computational_graph(f, (1.7,) if op == "acosh" else (0.6, 1.7)[: f.dim])
    assert graph.agrees
    assert np.isfinite(graph.gradient).all()


@settings(max_examples=150)
@given(nodes(size=15).filter(lambda n: bool(variables_of([n]))), st.randoms(use_true_random=False))
def test_both_sweeps_agree_with_the_symbolic_gradient(node: Node, random) -> None:
    f = Formula(node)
    point = [random.uniform(-3, 3) for _ in f.variables]
    graph = computational_graph(f, point)
    values = np.array([n.value for n in graph.nodes])
    # Where numbers are huge or tiny, cancellation leaves no digits to compare.
    sizes = [abs(s) for n in graph.nodes for s in n.local if s] + [1.0]
    assume(np.isfinite(values).all() and min(sizes) > 1e-6 and max(sizes) < 1e6)
    assert graph.agrees
    json.dumps(graph.to_json(), allow_nan=False)


def test_a_wrong_local_derivative_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sweeps.OUTER, "sin", lambda u, f: build("sin", u))
    graph = computational_graph("sin(x)*x", (1,))
    assert not graph.agrees
    assert "do NOT agree" in str(graph)


def test_an_undefined_value_has_no_derivative() -> None:
    graph = computational_graph("log(x) + x^2", (-1,))
    assert np.isnan(graph.gradient).all()
    assert graph.agrees
    assert "undefined" in str(graph)
    json.dumps(graph.to_json(), allow_nan=False)


def test_an_undefined_branch_that_is_not_taken_does_no_harm() -> None:
    graph = computational_graph("where(x < 0, x^2, log(x))", (-2,))
    assert graph.gradient.tolist() == [-4]
    assert graph.agrees


def test_json_keys() -> None:
    data = computational_graph("x^2*y", (1, 2)).to_json()
    assert {"id", "op", "label", "value", "adjoint", "inputs", "local"} <= data["nodes"][0].keys()
    assert [n["id"] for n in data["nodes"]] == list(range(len(data["nodes"])))
    power = data["nodes"][1]
    assert (power["inputs"], power["local"]) == ([0], [2.0])
    assert data["nodes"][0]["flows"] == [{"from": 1, "amount": 4.0}]


def test_large_graphs_are_folded_into_blocks() -> None:
    graph = computational_graph(LONG, (1, 0.2, 0.3))
    rows = str(graph).splitlines()
    assert len(graph.nodes) > 200
    assert len(rows) < 60
    assert " operations, last " in str(graph)


def test_blocks_hold_every_operation_once_and_their_slopes_chain() -> None:
    graph = computational_graph(LONG, (1, 0.2, 0.3))
    folded = blocks(graph)
    inside = sorted(k for b in folded for k in b.nodes)
    assert inside == [n.id for n in graph.nodes if n.inputs]
    # A reverse sweep over blocks alone gives the same adjoints.
    adjoint = dict.fromkeys(range(len(graph.nodes)), 0.0)
    adjoint[graph.outputs[0]] = 1.0
    for b in reversed(folded):
        for k, slope in zip(b.inputs, b.local, strict=True):
            adjoint[k] += adjoint[b.output] * slope
    for n in graph.nodes:
        if n.op == "var":
            assert adjoint[n.id] == pytest.approx(n.adjoint, rel=1e-12)


def test_names_do_not_clash_with_variables() -> None:
    names = [n.name for n in computational_graph("v1*v2 + v1^2", (1, 2)).nodes if n.op != "const"]
    assert len(set(names)) == len(names)


def test_several_formulas_share_their_variables() -> None:
    graph = computational_graph(("x + z", Formula("y^2")), (1, 2, 3))
    assert graph.variables == ("x", "y", "z")
    assert graph.jacobian.tolist() == [[1, 0, 1], [0, 4, 0]]


@pytest.mark.parametrize(
    ("formula", "point", "error", "words"),
    [
        ("x + y", (1,), PointError, "expected 2 numbers"),
        ("x", (math.nan,), PointError, "evaluated at numbers"),
        ((), (1,), ParameterError, "needs a formula"),
    ],
)
def test_bad_input(formula: str, point: tuple, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        computational_graph(formula, point)


def test_bad_weights_and_directions() -> None:
    graph = computational_graph(("x*y", "x"), (1, 2))
    with pytest.raises(PointError, match="weights must be 2 numbers, one for each of the outputs"):
        graph.vjp([1])
    with pytest.raises(PointError, match="direction must be 2 numbers"):
        graph.jvp([1, math.inf])


@pytest.mark.parametrize(
    ("text", "point"), [("hypot(x, y)", (0, 0)), ("sqrt(x)", (0,)), ("abs(x)", (0,)), ("1/x", (0,))]
)
def test_kinks_follow_the_programs_conventions(text: str, point: tuple[float, ...]) -> None:
    graph = computational_graph(text, point)
    assert graph.agrees
    json.dumps(graph.to_json(), allow_nan=False)


def test_a_constant_output() -> None:
    graph = computational_graph(("3", "x"), (1,))
    assert graph.jacobian.tolist() == [[0], [1]]
    assert graph.agrees
