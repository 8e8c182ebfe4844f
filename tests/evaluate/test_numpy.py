"""The reference evaluator. What every evaluator owes is in contracts/test_evaluators.py."""

from __future__ import annotations

import math

import numpy as np
import pytest

from steepest.evaluate.numpy import FUNCTIONS, NumpyEvaluator, erf, integer_power, sigmoid, softplus
from steepest.evaluate.tape import Tape
from steepest.expression.graph import ARITY, build, variable
from steepest.expression.parse import parse


def test_every_operation_has_a_function() -> None:
    assert set(FUNCTIONS) == set(ARITY) - {"const", "var", "ipow"}


@pytest.mark.parametrize("n", range(-5, 6))
def test_integer_powers(n: int) -> None:
    x = np.array([-2.5, 0.5, 3.0])
    np.testing.assert_allclose(integer_power(x, n), [v**n for v in x], rtol=4e-16)


def test_sigmoid_and_softplus_on_both_sides() -> None:
    x = np.array([-745.0, -30.0, -1e-9, 0.0, 1e-9, 30.0, 745.0])
    with np.errstate(over="raise", invalid="raise"):
        np.testing.assert_allclose(sigmoid(x) + sigmoid(-x), 1, rtol=1e-15)
        np.testing.assert_allclose(softplus(x) - softplus(-x), x, rtol=1e-15, atol=1e-15)
    assert sigmoid(-30.0) == pytest.approx(math.exp(-30) / (1 + math.exp(-30)), rel=1e-15)


def test_erf_of_arrays_and_numbers() -> None:
    np.testing.assert_array_equal(erf(np.array([0.0, 1.0])), [0.0, math.erf(1.0)])
    assert erf(0.5) == math.erf(0.5)
    assert erf(np.zeros((0,))).shape == (0,)


def test_ten_thousand_nested_operations() -> None:
    node, expected = variable("x"), 0.5
    for _ in range(10_000):
        node, expected = build("sin", node), math.sin(expected)
    value = NumpyEvaluator(Tape.record([node], ("x",)))(np.array([[0.5]]))[0, 0]
    assert value == pytest.approx(expected, rel=1e-9)


def test_chunks_do_not_show() -> None:
    x = np.linspace(-3, 3, 50_001)[:, None]
    values = NumpyEvaluator(Tape.record([parse("sin(x)^2")], ("x",)))(x)[0]
    np.testing.assert_array_equal(values, np.sin(x[:, 0]) * np.sin(x[:, 0]))
