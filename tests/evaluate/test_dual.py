"""Forward mode against exact derivatives, and against reverse mode on whole formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings

from steepest.evaluate.dual import PARTIALS, DualEvaluator
from steepest.expression.graph import ARITY, Node, variables_of
from steepest.functions.formula import Formula
from strategies import nodes
from strategies import points as exact_points


def gradient(formula: str, *point: float) -> list[float]:
    return list(DualEvaluator(Formula(formula).value_tape)(point)[1])


def test_every_operation_has_a_rule() -> None:
    without = {"const", "var", "pi", "e", "ipow", "lt", "le", "where", "min", "max"}
    assert set(PARTIALS) == set(ARITY) - without


@pytest.mark.parametrize(
    ("formula", "x", "derivative"),
    [
        ("exp(x)", 2, math.exp(2)),
        ("log(x)", 2, 0.5),
        ("log2(x)", 2, 0.5 / math.log(2)),
        ("log10(x)", 2, 0.5 / math.log(10)),
        ("sqrt(x)", 4, 0.25),
        ("cbrt(x)", -8, 1 / 12),
        ("tan(x)", 1, 1 / math.cos(1) ** 2),
        ("asin(x)", 0.5, 1 / math.sqrt(0.75)),
        ("acos(x)", 0.5, -1 / math.sqrt(0.75)),
        ("atan(x)", 1e200, 0),
        ("sinh(x)", 1, math.cosh(1)),
        ("cosh(x)", 1, math.sinh(1)),
        ("tanh(x)", 20, 4 * math.exp(-40) / (1 + math.exp(-40)) ** 2),
        ("tanh(x)", 1000, 0),
        ("asinh(x)", 2, 1 / math.sqrt(5)),
        ("acosh(x)", 2, 1 / math.sqrt(3)),
        ("atanh(x)", 0.5, 1 / 0.75),
        ("sigmoid(x)", -800, 0),
        ("sigmoid(x)", 0, 0.25),
        ("softplus(x)", 700, 1),
        ("softplus(x)", -30, 1 / (1 + math.exp(30))),
        ("erf(x)", 0, 2 / math.sqrt(math.pi)),
        ("x^3", 2, 12),
        ("x^(-2)", 2, -0.25),
        ("x^1.5", 4, 3),
        ("x^1.5", 0, 0),
        ("x^x", 2, 4 * (math.log(2) + 1)),
        ("x^2/x", 3, 1),
        ("relu(x)", 0, 0),
        ("|x|", 0, 0),
        ("sign(x)", 3, 0),
        ("where(x > 0, x^2, sqrt(x))", 3, 6),
        ("where(x < 0, log(x), x)", 0, 1),
        ("sqrt(0) + x", 1, 1),
        ("3", 1, None),
    ],
)
def test_known_derivatives(formula: str, x: float, derivative: float | None) -> None:
    if derivative is None:
        assert gradient(formula) == []
    else:
        assert gradient(formula, x) == [pytest.approx(derivative, rel=1e-13, abs=1e-300)]


def test_two_variables() -> None:
    assert gradient("atan2(y, x)", 3, 4) == pytest.approx([-4 / 25, 3 / 25])
    assert gradient("atan2(y, x)", 3e200, 4e200) == pytest.approx([-4e-200 / 25, 3e-200 / 25])
    assert gradient("hypot(x, y)", 3, 4) == [0.6, 0.8]
    assert gradient("x^y", 2, 3) == pytest.approx([12, 8 * math.log(2)])
    assert gradient("x^y", 0, 2) == [0, 0]
    assert gradient("max(x, y)", 1, 1) == [1, 0]
    assert gradient("min(x, y)", 2, 1) == [0, 1]
    assert gradient("x/y", 1, 4) == [0.25, -1 / 16]


def test_undefined_values_have_undefined_slopes() -> None:
    value, slopes = DualEvaluator(Formula("max(log(x), y)").value_tape)([-1, 2])
    assert math.isnan(value)
    assert np.isnan(slopes).all()


def test_sizes_show_cancellation() -> None:
    _, slopes, size = DualEvaluator(Formula("1e8x - (1e8 - 1)x").value_tape).with_size([1.0])
    assert slopes == [1]
    assert size == pytest.approx([2e8])
    tape = Formula("tanh(x)").value_tape
    assert DualEvaluator(tape).with_size([30.0])[2] < 1e-20
    assert DualEvaluator(tape).with_size([30.0], saturating=True)[2] == [1]


@settings(max_examples=200)
@given(nodes(size=8), exact_points)
def test_agrees_with_reverse_mode(node: Node, place: dict) -> None:
    names = sorted(variables_of([node]))
    f = Formula(node, names)
    point = np.array([float(place[n]) for n in names])
    m = f.at(point)
    if not (m.analysis.smooth and names):
        return
    from steepest.local.verify import forward_mode, reverse_mode

    reverse = reverse_mode(f, point)
    forward = forward_mode(f.value_tape, point, reverse.error_bound)
    if not np.isfinite(forward.gradient).all():
        return
    bound = reverse.error_bound + forward.error_bound + 1e-12 * np.abs(reverse.gradient)
    assert (np.abs(forward.gradient - reverse.gradient) <= bound).all()
