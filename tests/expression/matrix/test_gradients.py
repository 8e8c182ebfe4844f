"""Gradients and Hessians of formulas over data against torch's autograd."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings

from array_formulas import A, B, formula, numbers, v
from array_oracle import by_torch
from steepest.errors import ParameterError
from steepest.functions.formula import Formula

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
    "w[0]^2 + w[1]*w[2] + w[-1]", "norm(w[1:3])^2", "A[0]@w", "(A@w)[0]^2",
    "norm(X[:, 0:2]@w[0:2])^2",
    "norm(X[1:3]@w - y[:2])^2", "A[0, 1]*c + y[-1]*c^2", "norm(W[0:1, :])^2 + W[1, 1]^3",
    "sum(log(v[1:]^2 + w[1:]^2)*w[:2])", "log(w - 0.1)[0]*w[1]", "norm(W[1:]@A[:, 1:3])^2",
    "sum((w@v')[0:2, 1:]*A[1:, 0:2])", "norm(X'[0:2]@u)^2", "w'@inv(A)@w", "v'@inv(W)@v",
    "logdet(W@W' + eye(3))", "log(det(W@W' + eye(3)))", "tr(inv(W)@A)", "norm(inv(W))^2",
    "det(W)", "det(W)^2*c", "det(A)*c^2 + det(inv(A))", "logdet(A@A')*c^2", "tr(X'@diag(w0)@X@A)",
    "logdet(X'@diag(w0^2)@X)", "sum(diag(W)^2)", "dot(diag(W), w)", "norm(w@w' - A)^2",
    "norm(c*eye(3) - w@v')^2", "sum(ones(5)*(X@w))", "norm(W - ones(3, 3))^2", "diag(w)[0, 0]^2",
    "tr(diag(w)@W)", "norm(inv(diag(w)))^2", "sum(W@ones(3))", "norm(A.T@w)^2", "norm((X.T)@u)^2",
    # Ridge regression, logistic loss, softmax cross-entropy, a Gaussian's likelihood.
    "mean((X@w - y)^2) + 0.1*norm(w)^2", "sum(log(1 + exp(-y*(X@w))))",
    "log(sum(exp(X@w))) - y'@X@w", "logdet(W@W') + tr(inv(W@W')@(A'@A))",
    "w'@A@w/(w'@w)", "(w'@A@w)*norm(w'@A + v')^2", "logdet(A@A' + c*eye(3))",
    "tr(inv(A@A' + c^2*eye(3))@B)*sum(w)", "norm((w'@A - c*v'@B)')^2",
]  # fmt: skip


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


PICKED = [
    ("sum(A[:, 0]*w)", "sum(A[:, 0:1]*w)"), ("norm(W[:, 1] - v)^2", "norm(W[:, 1:2] - v)^2"),
    ("W[1]@v", "W[1:2, :]@v"), ("norm(W[1] - v')", "norm(W[1:2] - v')"), ("w[-1]", "w[2]"),
    ("norm(W[-2:])", "norm(W[1:3, :])"), ("sum(w[:])", "sum(w)"), ("w'[1]", "w[1]"),
    ("norm(W[:, :])", "norm(W)"), ("sum(w[-100:2])", "sum(w[0:2])"), ("W'[0, 1]", "W[1, 0]"),
    ("norm(eye(3)[:, 1] - w)", "norm(eye(3)[:, 1:2] - w)"), ("eye(3)[0, 1] + c", "0 + c"),
    ("(w'@A)[2]", "(w'@A)[0, 2]"), ("ones(4)[2]*c", "c"), ("norm(W.T[0])", "norm(W[:, 0])"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "same"), PICKED)
def test_places_are_counted_as_python_counts(text: str, same: str) -> None:
    f, g = formula(text)[0], formula(same)[0]
    points = np.random.default_rng(5).uniform(0.2, 1.2, size=(3, f.dim))
    np.testing.assert_array_equal(f.values(points), g.values(points))
    np.testing.assert_array_equal(f.gradients(points), g.gradients(points))


def test_a_long_sum_of_rows_is_transposed_term_by_term() -> None:
    rows = "-w'+w'+w'" * 160
    f = Formula(f"(w'@A {rows} - (v' - w'@B))@u", data={"A": A, "B": B, "v": v}, shapes={"w": 3})
    matrix = A + B + 160 * np.eye(3)
    u, w = np.array([0.3, 0.2, 0.7]), np.array([0.5, 0.1, -0.4])
    gradient = np.concatenate([w @ matrix - v, matrix @ u])
    point = np.concatenate([u, w])
    np.testing.assert_allclose(f.gradients(point[None])[0], gradient, rtol=1e-9)


def test_beside_the_diagonal_a_multiple_of_the_identity_does_not_vary() -> None:
    # sqrt is steep at these zeros, which no c moves.
    f = Formula("sum(sqrt(c*eye(3)))", shapes={"c": ()})
    assert f.gradients([[4.0]]).tolist() == [[0.75]]
    assert f.hessians([[4.0]]).ravel() == pytest.approx(-3 / 32)


def test_what_is_not_picked_may_be_undefined() -> None:
    f, _ = formula("log(w)[0] + w[1]")
    for g in (f, f.written_out()):
        assert g(1, -1, -1) == -1
        assert g.gradients([[2, -1, -1]])[0].tolist() == [0.5, 1, 0]


def test_a_picked_entry_of_many_is_no_matrix_of_zeros() -> None:
    f = Formula("w[3]^2 + norm(w[1:])^2", shapes={"w": 500_000})
    gradient = f.gradients(np.ones((1, f.dim)))[0]
    assert gradient[:5].tolist() == [0, 2, 2, 4, 2]


def test_a_singular_matrix_has_no_inverse_and_a_determinant_with_a_gradient() -> None:
    singular = np.array([[1, 2, 3, 2, 4, 6, 0, 1, 1.0]])
    shapes = {"W": (3, 3)}
    f = Formula("det(W)", shapes=shapes)
    assert f.values(singular)[0] == pytest.approx(0, abs=1e-12)
    expected = [-2, -2, 2, 1, 1, -1, 0, 0, 0]
    np.testing.assert_allclose(f.gradients(singular)[0], expected, atol=1e-12)
    assert f.at(singular[0]).status.differentiable
    for text in ("tr(inv(W))", "norm(inv(W))^2"):
        g = Formula(text, shapes=shapes)
        both = g.values(np.concatenate([singular, np.eye(3).reshape(1, -1)]))
        assert np.isnan(both[0])
        assert both[1] == pytest.approx(3)
        assert np.isnan(g(singular[0]))
    flipped = np.diag([-1.0, 1, 1]).reshape(1, -1)
    assert np.isnan(Formula("logdet(W)", shapes=shapes).values(flipped)[0])
    assert Formula("c*det(A)", data={"A": np.ones((4, 4))})(1) == 0


def test_determinants_and_inverses_are_written_out_for_small_matrices_only() -> None:
    f = Formula("det(W)", shapes={"W": (6, 6)})
    m = f.at(np.eye(6).ravel())
    assert m.value == 1
    np.testing.assert_array_equal(m.gradient, np.eye(6).ravel())
    with pytest.raises(ParameterError, match=r"6 × 6 under det, .* is done up to 5 × 5: values"):
        f.written_out()
    small = Formula("det(W) + tr(inv(W))", shapes={"W": (5, 5)}).written_out()
    assert small(np.eye(5).ravel()) == 6
    # Constant ones are numbers, exact ones where they are short.
    assert str(Formula("c*det(A)", data={"A": [[1, 2], [3, 4]]}).written_out()) == "-2c"
    assert Formula("c*det(A)", data={"A": 2 * np.eye(20)}).written_out()(1) == 2**20


def test_a_determinant_too_large_for_a_double_has_a_logarithm() -> None:
    f = Formula("log(det(c*eye(400)))", shapes={"c": ()})
    assert f(100) == pytest.approx(400 * np.log(100))
    with pytest.raises(ParameterError, match="an identity matrix 100,000 × 100,000; the limit"):
        Formula("sum(c*eye(100000))", shapes={"c": ()})


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
