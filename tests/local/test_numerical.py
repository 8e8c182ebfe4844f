"""Difference quotients: their error bars must hold, and be narrow where they can be."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steepest.functions.formula import Formula
from steepest.local.numerical import NumericalSlope, numerical_gradient, numerical_slope
from steepest.local.roundoff import RoundoffEvaluator, value_noise

# formula, exact derivative, point, relative error bar that must be reached
CASES: list[tuple[str, Callable[[float], float], float, float]] = [
    ("sin(10^4 x)", lambda x: 1e4 * math.cos(1e4 * x), 1.0, 1e-8),
    ("sin(10^4 x)", lambda x: 1e4 * math.cos(1e4 * x), 0.0, 1e-8),
    ("(x + 1e8) - 1e8", lambda x: 1.0, 1.0, 2e-7),
    ("1 + 1e-8x", lambda x: 1e-8, 1.0, 2e-7),
    ("1e-8 sin(x)", lambda x: 1e-8 * math.cos(x), 1.0, 1e-9),
    ("sqrt(x)", lambda x: 0.5 / math.sqrt(x), 1e-10, 1e-9),
    ("log(x)", lambda x: 1 / x, 1e-5, 1e-9),
    ("|x - 1e-9|", lambda x: -1.0, 0.0, 1e-9),
    ("sin(x/1e10)", lambda x: 1e-10, 0.0, 1e-9),
    ("x^3 - 1e6x^2", lambda x: 3 * x**2 - 2e6 * x, 1e6, 1e-9),
    ("1/(x - 1)", lambda x: -1 / (x - 1) ** 2, 1.0001, 1e-9),
    ("x^20", lambda x: 20 * x**19, 2.0, 1e-9),
    ("tanh(1000x)", lambda x: 1000 / math.cosh(1000 * x) ** 2, 0.001, 1e-9),
    ("exp(x)", math.exp, 300.0, 1e-9),
]


def slope(formula: str, x: float, *, graph: bool = True) -> NumericalSlope:
    f = Formula(formula, ["x"])
    noise = value_noise(f) if graph else None
    return numerical_slope(f.values, np.array([x]), np.ones(1), noise)


@pytest.mark.parametrize(("formula", "derivative", "x", "reach"), CASES)
def test_error_bars_hold_and_are_narrow(formula, derivative, x, reach) -> None:
    found = slope(formula, x)
    true = derivative(x)
    assert abs(found.value - true) <= found.error_bound
    assert found.error_bound <= reach * abs(true)


@pytest.mark.parametrize(("formula", "derivative", "x", "reach"), CASES)
def test_without_a_graph_the_bars_hold_too(formula, derivative, x, reach) -> None:
    found = slope(formula, x, graph=False)
    assert abs(found.value - derivative(x)) <= found.error_bound


@settings(max_examples=200)
@given(st.one_of(st.just(0.0), st.floats(0.01, 10)), st.floats(0, 5))
def test_fast_sines(x: float, digits: float) -> None:
    frequency = round(10**digits, 6)
    found = slope(f"sin({frequency}x)", x)
    # The argument itself is rounded: that much no evaluation can know.
    inherent = 4e-16 * frequency**2 * (abs(x) + 1e-300)
    true = frequency * math.cos(frequency * x)
    assert abs(found.value - true) <= found.error_bound + inherent
    assert found.error_bound <= 1e-5 * frequency


def test_a_bar_too_wide_says_so() -> None:
    found = slope("1e8 + 1e-8x", 1.0)
    assert abs(found.value - 1e-8) <= found.error_bound
    assert found.error_bound > 1e-14


def test_one_sided() -> None:
    f = Formula("sqrt(x^3) + |x| + 2x", ["x"])
    right = numerical_slope(f.values, np.zeros(1), np.ones(1), value_noise(f), side=1)
    assert abs(right.value - 3) <= right.error_bound
    assert right.error_bound < 1e-3
    left = numerical_slope(Formula("|x| + 2x").values, np.zeros(1), -np.ones(1), side=1)
    assert abs(left.value - -1) <= left.error_bound < 1e-6


def test_no_values_no_slope() -> None:
    found = slope("log(x)", -1.0)
    assert math.isnan(found.value)
    assert found.error_bound == math.inf


def test_gradients_and_directions() -> None:
    f = Formula("sin(100x)*y + 1e-8z")
    point = np.array([0.3, 2.0, 5.0])
    gradient, bounds = numerical_gradient(f.values, point, value_noise(f))
    true = np.array([200 * math.cos(30), math.sin(30), 1e-8])
    assert (np.abs(gradient - true) <= bounds).all()
    u = np.array([0.6, 0.8, 0.0])
    along = numerical_slope(f.values, point, u, value_noise(f))
    assert abs(along.value - true @ u) <= along.error_bound <= 1e-9


@settings(max_examples=100)
@given(st.integers(-40, 40), st.integers(1, 60))
def test_rounding_bounds_cover_exact_arithmetic(p: int, q: int) -> None:
    from fractions import Fraction

    text = "((x + 1/3)^3 - x/7)*(x - 1e6) + 1e6 x^2/(x^2 + 0.1) - |x - 0.3| + max(x, 0.1)^4"
    x = Fraction(p / q)
    exact = (
        ((x + Fraction(1, 3)) ** 3 - x / 7) * (x - 10**6)
        + 10**6 * x**2 / (x**2 + Fraction(1, 10))
        - abs(x - Fraction(3, 10))
        + max(x, Fraction(1, 10)) ** 4
    )
    values, bounds = RoundoffEvaluator(Formula(text).value_tape)(np.array([[p / q]]))
    assert abs(Fraction(float(values[0, 0])) - exact) <= Fraction(float(bounds[0, 0]))
    assert bounds[0, 0] < 1e-8 * max(abs(float(exact)), 1.0)
