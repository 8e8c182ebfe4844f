"""Formula: what it is made from, what it answers, what it refuses."""

from __future__ import annotations

import copy
import gc
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings

from steepest.errors import FormulaError, ParameterError, PointError, SteepestError, TraceError
from steepest.expression.graph import build, variable
from steepest.expression.parse import parse
from steepest.functions.formula import Formula
from strategies import nodes


def deep(depth: int) -> Formula:
    node = variable("x")
    for _ in range(depth):
        node = build("sin", node)
    return Formula(node)


# --- Made from -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "x^2 + 3y^2",
        lambda x, y: x**2 + 3 * y**2,
        sympy.sympify("x**2 + 3*y**2"),
        parse("x^2 + 3y^2"),
        Formula("x^2 + 3y^2").expression,
    ],
)
def test_all_sources_give_the_same_function(source: Any) -> None:
    f = Formula(source)
    assert f == Formula("x^2 + 3y^2")
    assert f.variables == ("x", "y")
    assert f.dim == 2
    assert f(1, 2) == 13.0
    assert [str(g) for g in f.gradient] == ["2x", "6y"]
    assert [[str(h) for h in row] for row in f.hessian] == [["2", "0"], ["0", "6"]]


def test_a_function_of_one_vector() -> None:
    f = Formula(lambda x: np.sum(x**2), dim=3)
    assert f.variables == ("x1", "x2", "x3")
    assert f([1, 2, 3]) == 14


def test_variables_are_sorted_or_as_declared() -> None:
    assert Formula("z + y + x").variables == ("x", "y", "z")
    assert Formula("x10 + x2 + x1").variables == ("x1", "x2", "x10")
    assert Formula("w + a_1 + B").variables == ("B", "a_1", "w")
    f = Formula("x - y", variables=("y", "x"))
    assert f.variables == ("y", "x")
    assert f(1, 5) == 4
    assert Formula("x", variables=["x", "y"]).dim == 2
    assert Formula("2 + 3").variables == ()
    assert Formula("2 + 3")() == 5


@pytest.mark.parametrize(
    ("source", "options", "error", "message"),
    [
        ("x +", {}, FormulaError, "ends too early"),
        ("z", {"variables": ("x",)}, FormulaError, "the variables are: x"),
        ("x", {"variables": "x"}, ParameterError, "sequence of names"),
        ("x", {"variables": ("x", "__import__('os')")}, ParameterError, "cannot name a variable"),
        ("x", {"variables": ("x", "x; import os")}, ParameterError, "cannot name a variable"),
        ("x", {"variables": ("x", "sin")}, ParameterError, "already has a meaning"),
        ("x", {"variables": ("x", "x")}, ParameterError, "declared twice"),
        ("x", {"dim": 2}, ParameterError, "dim= is for a callable"),
        (3.5, {}, ParameterError, "not 3.5"),
        (None, {}, ParameterError, "not None"),
        (sympy.Symbol("x") * sympy.Symbol("y"), {"variables": ("x",)}, ParameterError, "list y"),
        (sympy.gamma(sympy.Symbol("x")), {}, TraceError, "gamma is not part of a formula"),
        (sympy.Function("g")(sympy.Symbol("x")), {}, TraceError, "g is not part of a formula"),
        (lambda x: 1 if x > 0 else 2, {}, TraceError, "np.where"),
        (lambda x, y: x, {"dim": 2}, TraceError, "one vector"),
    ],
)
def test_refused(source: Any, options: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        Formula(source, **options)
    assert isinstance(caught.value, SteepestError)


# --- Answers -------------------------------------------------------------------------------


def test_batches() -> None:
    f = Formula("x^2*y + y^3")
    batch = np.array([[1.0, 2.0], [0.0, -1.0], [3.0, 0.5]])
    x, y = batch.T
    np.testing.assert_allclose(f.values(batch), x**2 * y + y**3)
    expected = np.stack([2 * x * y, x**2 + 3 * y**2], axis=-1)
    np.testing.assert_allclose(f.gradients(batch), expected)
    values, gradients = f.values_and_gradients(batch)
    np.testing.assert_allclose(values, f.values(batch))
    np.testing.assert_allclose(gradients, expected)
    second = [[[2 * b, 2 * a], [2 * a, 6 * b]] for a, b in batch]
    np.testing.assert_allclose(f.hessians(batch), second)


def test_shapes_of_empty_batches_and_constants() -> None:
    f = Formula("x*y")
    empty = np.empty((0, 2))
    assert f.values(empty).shape == (0,)
    assert f.gradients(empty).shape == (0, 2)
    assert f.hessians(empty).shape == (0, 2, 2)
    seven = Formula("7", variables=("x", "y"))
    np.testing.assert_array_equal(seven.values(np.zeros((3, 2))), [7, 7, 7])
    np.testing.assert_array_equal(seven.gradients(np.zeros((3, 2))), np.zeros((3, 2)))
    np.testing.assert_array_equal(seven.hessians(np.zeros((3, 2))), np.zeros((3, 2, 2)))
    assert Formula("7").gradients(np.zeros((3, 0))).shape == (3, 0)


def test_outside_the_domain_nothing_has_a_value() -> None:
    f = Formula("log(x)")
    assert np.isnan(f.values([[-1.0]])).all()
    assert np.isnan(f.gradients([[-1.0]])).all()  # though 1/x has a value there
    assert np.isnan(f.hessians([[-1.0]])).all()
    assert np.isnan(Formula("x^2/x").values([[0.0]])).all()


@pytest.mark.parametrize(
    ("formula", "at", "expected"),
    [
        ("relu(x) - relu(-x)", 0.5, 1.0),
        ("cbrt(x)", -8.0, 1 / 12),
        ("sin(10000x)", 1.0, -9521.55),
        ("sin(x)^2", 2.0, -0.756802),
        ("x^2 + x^3", 3.0, 33.0),
        ("where(x > 30, x, log(1 + exp(x)))", 1000.0, 1.0),
    ],
)
def test_known_slopes(formula: str, at: float, expected: float) -> None:
    assert Formula(formula).gradients([[at]])[0, 0] == pytest.approx(expected, rel=1e-6)


# --- Points --------------------------------------------------------------------------------


def test_points_are_given_in_two_ways() -> None:
    f = Formula("x - y")
    assert f(5, 3) == f([5, 3]) == f((5, 3)) == f(np.array([5, 3])) == 2
    assert Formula("x^2")(3) == Formula("x^2")([3]) == Formula("x^2")(np.float64(3)) == 9


@pytest.mark.parametrize(
    "bad",
    [
        (1,),
        (1, 2, 3),
        ([1, 2, 3],),
        (),
        ([],),
        ("a", "b"),
        ([[1, 2]],),
        (1, [2]),
        (None, 1),
        (1j, 2),
        ("1", "2"),
    ],
)
def test_wrong_points(bad: tuple[Any, ...]) -> None:
    with pytest.raises(PointError, match=r"expected 2 numbers \(x, y\)"):
        Formula("x - y")(*bad)


@pytest.mark.parametrize(
    "bad",
    [
        [1.0, 2.0],
        [[1.0]],
        [["1", "2"]],
        [[None, 1]],
        [[[1.0, 2.0]]],
        [["a", "b"]],
        [[1, 2], [3]],
        5,
        None,
        [[1j, 2]],
    ],
)
def test_wrong_batches(bad: Any) -> None:
    f = Formula("x - y")
    for ask in (f.values, f.gradients, f.hessians, f.values_and_gradients):
        with pytest.raises(PointError, match=r"\(m, 2\)"):
            ask(bad)


# --- An object among others ------------------------------------------------------------------


def test_equality_and_hash() -> None:
    assert Formula("x+y") == Formula(" x + y ")
    assert Formula("x+y") != Formula("y+x")
    assert Formula("x", variables=("x", "y")) != Formula("x")
    assert Formula("x") != "x"
    assert len({Formula("x+y"), Formula("x + y"), Formula("x")}) == 2


def test_printing() -> None:
    f = Formula("x^2 + 3y^2")
    assert str(f) == "x^2 + 3y^2"
    assert repr(f) == "Formula('x^2 + 3y^2', variables=('x', 'y'))"
    assert eval(repr(f)) == f
    assert f.latex == "x^{2} + 3 y^{2}"
    assert f._repr_latex_() == "$f(x, y) = x^{2} + 3 y^{2}$"
    x, y = sympy.symbols("x y", real=True)
    assert f.sympy() == x**2 + 3 * y**2


@settings(max_examples=60)
@given(nodes())
def test_pickling_keeps_the_graph(node: Any) -> None:
    f = Formula(node, ("x", "y", "z"))
    assert pickle.loads(pickle.dumps(f)) == f
    assert copy.deepcopy(f) == f


def test_deep_graphs_are_pickled_evaluated_and_freed() -> None:
    f = deep(10_000)
    f.gradients([[0.5]])
    again = pickle.loads(pickle.dumps(f))
    assert again == f
    assert again(0.5) == f(0.5)
    assert sys.getrecursionlimit() < 10_000
    del f, again
    gc.collect()


def test_threads_use_one_formula() -> None:
    f = Formula("sin(x)*exp(-y^2) + cbrt(x*y)")
    batch = np.random.default_rng(0).normal(size=(500, 2))
    expected = Formula("sin(x)*exp(-y^2) + cbrt(x*y)").hessians(batch)
    with ThreadPoolExecutor(8) as pool:
        for answer in pool.map(lambda _: f.hessians(batch), range(16)):
            np.testing.assert_array_equal(answer, expected)
