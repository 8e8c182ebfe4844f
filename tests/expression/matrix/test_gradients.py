"""Gradients and Hessians of formulas over data against torch's autograd."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from array_oracle import by_torch
from steepest.functions.formula import Formula

_RNG = np.random.default_rng(3)
X, A, B = (_RNG.normal(size=s) for s in ((5, 3), (3, 3), (3, 3)))
Y = _RNG.normal(size=(5, 2))
x, y = _RNG.normal(size=5), _RNG.normal(size=5)
v, p = _RNG.normal(size=3), _RNG.uniform(0.5, 2.0, size=3)
DATA: dict[str, Any] = {"X": X, "A": A, "B": B, "Y": Y, "x": x, "y": y, "v": v, "p": p, "k": 1.7}

FORMULAS = [
    "norm(X@w - y)^2", "norm(X@w - y)", "mean((X@w - y)^2)", "sum((X@w - y)^2)",
    "mean((w*x - y)^2)", "mean((w*x + b - y)^2)", "w'@A@w/2", "w'@A@w/2 - v'@w", "dot(w, A@w)",
    "mean(log(1 + exp(-y*(X@w))))", "sum(softplus(-y*(X@w))) + 0.1*norm(w)^2",
    "norm(X@w - y)^2 + 0.3*norm1(w)", "norm1(X@w - y)", "sum(exp(X@w))", "log(sum(exp(X@w)))",
    "dot(v, w)", "v'@w", "w'@v*c", "norm(w - v)", "norm(w)^4 + dot(w, w)", "norm(w)^3",
    "dot(w, w)*norm(w - v)", "sum(sin(w)*v)", "sum(w*v/p)", "sum(tanh(X@w))^2",
    "norm(X'@(X@w) - v)^2", "w'@X'@X@w", "w'@(X'@X)@w", "tr(A@W)", "tr(W'@A@W)", "tr(W@W)",
    "norm(X@W - Y)^2", "sum((X@W - Y)^2)/2 + norm(W)", "mean(tanh(X@W))", "tr(W)*tr(A)",
    "v'@W@v", "log(v'@W@v + 20)", "exp(-w'@A'@A@w/10)", "c*norm(w)^2 + exp(c)*sum(w)",
    "mean((c*x + d - y)^2)/mean(y^2)", "sum(abs(w - v))", "sum(relu(X@w))", "mean(sigmoid(X@w))",
    "sum(max(w, v)^2)", "sum(where(y < x, X@w, (X@w)^2))", "sum(w^2)/sum(p*w^2)", "w'@w/(1 + w'@w)",
    "sqrt(1 + norm(w)^2)", "norm(A@B@w)^2", "dot(A@w, B'@w)", "sum(A@w*v)", "mean(X@w)*mean(x)",
    "norm2(transpose(X)@u)^2 + k*norm(u)^2", "transpose(u)@X@w", "sum(c*W) + tr(transpose(W)@A)",
    "(w'@v)*(w'@A@w)", "norm(w*v)^2", "norm(w + c)^2", "sum((w'@A)^2)", "mean(exp(c*x)/(1 + x^2))",
    "sum(p^w)", "sum(w^k)*0 + sum(exp(w)^k)",
]  # fmt: skip
SHAPES = {"W": (3, 3), "w": 3, "u": 5}


def formula(text: str, shapes: dict[str, Any] = SHAPES) -> tuple[Formula, dict[str, Any]]:
    """The formula with what it uses of the data and shapes."""
    plain = "".join(c if c.isalnum() else " " for c in text).split()
    data = {name: array for name, array in DATA.items() if name in plain}
    asked = {name: shape for name, shape in shapes.items() if name in plain}
    if "Y" in data:
        asked.pop("W", None)  # inferred from X@W - Y
    if text in ("mean((w*x - y)^2)", "mean((w*x + b - y)^2)"):
        asked.pop("w")  # a number
    return Formula(text, data=data, shapes=asked), data


@pytest.mark.parametrize("text", FORMULAS)
def test_value_gradient_and_hessian_are_torchs(text: str) -> None:
    f, data = formula(text)
    point = np.random.default_rng(7).uniform(0.2, 1.2, size=f.dim)
    value, gradient, hessian = by_torch(text, f, data, point)
    assert f(point) == pytest.approx(value, rel=1e-12, abs=1e-12)
    np.testing.assert_allclose(f.gradients(point[None])[0], gradient, rtol=1e-10, atol=1e-11)
    np.testing.assert_allclose(f.hessians(point[None])[0], hessian, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("text", FORMULAS)
def test_written_out_as_numbers_it_is_the_same_function(text: str) -> None:
    f, _ = formula(text)
    plain = Formula(f.node, f.variables)
    points = np.random.default_rng(8).uniform(0.2, 1.2, size=(4, f.dim))
    np.testing.assert_allclose(f.values(points), plain.values(points), rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(f.gradients(points), plain.gradients(points), rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(f.hessians(points), plain.hessians(points), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("text", FORMULAS)
def test_many_points_are_each_what_one_is(text: str) -> None:
    f, _ = formula(text)
    points = np.random.default_rng(9).uniform(0.2, 1.2, size=(3, f.dim))
    for name in ("values", "gradients", "hessians"):
        together = getattr(f, name)(points)
        alone = [getattr(f, name)(row[None])[0] for row in points]
        np.testing.assert_allclose(together, alone, rtol=1e-12, atol=1e-13)


def test_at_zero_the_square_of_a_norm_is_smooth() -> None:
    f, _ = formula("norm(w - v)^2")
    assert (f.gradients(v[None]) == 0).all()
    np.testing.assert_array_equal(f.hessians(v[None])[0], 2 * np.eye(3))
    g, _ = formula("norm(w - v)")
    assert np.isnan(g.gradients(v[None])).all()


@pytest.mark.parametrize(
    ("text", "slope"),
    [
        ("sum(where(x > 0, log(c*x), c))", 2 / 3 + 2),
        ("sum(where(x > 0, sin(sqrt(c*x)), c))", None),
        ("sum(max(log(c*x), -1))", np.nan),  # log(-3) is undefined, and so is the sum
    ],
)
def test_nothing_flows_through_the_branch_that_is_not_taken(text: str, slope: float | None) -> None:
    f = Formula(text, data={"x": [0.0, -1.0, 1.0, 2.0]})
    if slope is None:
        slope = 2 + sum(np.cos(np.sqrt(3 * x)) * x / 2 / np.sqrt(3 * x) for x in (1, 2))
    assert f.gradients([[3.0]])[0, 0] == pytest.approx(slope, nan_ok=True)


_VECTORS3 = ["w", "v", "p", "(A@w)", "(A'@w)", "(X'@y)"]
_UNARY = ["sin({})", "tanh({})", "exp(0.3*{})", "{}^2", "sigmoid({})", "-{}", "2*{}", "c*{}"]


@st.composite
def vectors(draw: st.DrawFn, depth: int = 2) -> str:
    """A text that stands for a vector of three entries."""
    if depth == 0:
        return draw(st.sampled_from(_VECTORS3))
    inner = draw(vectors(depth - 1))
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return draw(st.sampled_from(_UNARY)).format(f"({inner})")
    if kind == 1:
        sign = draw(st.sampled_from("+-*"))
        return f"({inner} {sign} {draw(vectors(depth - 1))})"
    if kind == 2:
        return f"(A@({inner}))"
    return f"({draw(numbers(depth - 1))}*({inner}))"


@st.composite
def numbers(draw: st.DrawFn, depth: int = 2) -> str:
    """A text that stands for a number."""
    a = draw(vectors(depth))
    kind = draw(st.integers(0, 5))
    b = draw(vectors(max(depth - 1, 0)))
    return [
        f"sum({a})", f"mean({a})", f"dot({a}, {b})", f"(({a})'@A@({b}))",
        f"norm({a})^2", f"log(1 + norm({a})^2)",
    ][kind]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(numbers())
def test_any_formula_has_torchs_derivatives(text: str) -> None:
    text += " + sum(w)*c"
    f, data = formula(text)
    point = np.array([0.4, 0.3, -0.2, 0.5])
    value, gradient, hessian = by_torch(text, f, data, point)
    # torch has no derivative of norm(a)^2 where a is 0; there is one, and test_at_zero asks for it.
    assume(np.isfinite(hessian).all())
    assert f(point) == pytest.approx(value, rel=1e-9, abs=1e-9)
    size = 1 + np.max(np.abs(gradient))
    np.testing.assert_allclose(f.gradients(point[None])[0], gradient, atol=1e-9 * size)
    size = 1 + np.max(np.abs(hessian))
    np.testing.assert_allclose(f.hessians(point[None])[0], hessian, atol=1e-8 * size)
    again = Formula(str(f), data=data, shapes={"w": 3})
    np.testing.assert_allclose(again.values(point[None]), value, rtol=1e-9, atol=1e-9)
