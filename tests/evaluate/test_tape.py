"""The tape: a graph as a flat list of operations."""

from __future__ import annotations

import json
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings

from steepest.evaluate.numpy import NumpyEvaluator
from steepest.evaluate.tape import Tape, to_float
from steepest.expression.differentiate import gradient
from steepest.expression.graph import Node, build, constant, topological, variable
from steepest.expression.parse import parse
from strategies import VARIABLES, nodes


def test_shared_operations_are_recorded_once() -> None:
    tape = Tape.record([parse("sin(x*y) + (x*y)^2"), parse("x*y")], ("x", "y"))
    assert [s.op for s in tape.instructions] == ["var", "var", "mul", "sin", "ipow", "add"]
    assert tape.outputs == (5, 2)


def test_arguments_come_before_their_uses() -> None:
    root = parse("where(x < y, sin(x)/y, hypot(x, y)^3)")
    tape = Tape.record([root, *gradient(root, ["x", "y"])], ("x", "y"))
    for k, step in enumerate(tape.instructions):
        assert all(a < k for a in step.args)


@settings(max_examples=150)
@given(nodes())
def test_the_graph_comes_back(node: Node) -> None:
    tape = Tape.record([node, node], VARIABLES)
    assert tape.nodes() == [node, node]
    again = Tape.from_json(json.loads(json.dumps(tape.to_json())))
    assert again == tape
    assert again.nodes()[0] is node


def test_json_is_exact_and_plain() -> None:
    data = Tape.record([parse("x^3/3 + 0.1")], ("x", "y")).to_json()
    assert data == {
        "variables": ["x", "y"],
        "operations": [
            ["var", [], "x"],
            ["ipow", [0], 3],
            ["const", [], "3"],
            ["div", [1, 2], None],
            ["const", [], "1/10"],
            ["add", [3, 4], None],
        ],
        "outputs": [5],
    }


def test_registers_are_freed_after_their_last_use() -> None:
    tape = Tape.record([parse("sin(x)*cos(x) + x"), parse("sin(x)")], ("x",))
    free = tape.last_uses()
    freed = [r for registers in free for r in registers]
    assert len(freed) == len(set(freed))
    assert not set(freed) & set(tape.outputs)
    for k, registers in enumerate(free):
        for register in registers:
            assert all(register not in s.args for s in tape.instructions[k + 1 :])


def test_pickle_keeps_a_deep_tape() -> None:
    node = variable("x")
    for _ in range(20_000):
        node = build("sin", node)
    tape = Tape.record([node], ["x"])
    again = pickle.loads(pickle.dumps(tape))
    assert again.nodes()[0] is node
    assert len(topological([node])) == 20_001


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Fraction(1, 10), 0.1),
        (10**400, np.inf),
        (-(10**400), -np.inf),
        (Fraction(1, 10**400), 0.0),
        (7, 7.0),
    ],
)
def test_to_float(value: Fraction, expected: float) -> None:
    assert to_float(value) == expected


def test_constants_beyond_doubles_are_infinite() -> None:
    tape = Tape.record([build("mul", constant(10**400), variable("x"))], ["x"])
    assert NumpyEvaluator(tape)(np.ones((1, 1)))[0, 0] == np.inf
