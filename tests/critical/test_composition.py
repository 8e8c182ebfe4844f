"""Convexity by rules of composition: losses over data are proved, what is not convex never is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steepest.critical.composition import convex_by_composition
from steepest.critical.convexity import is_convex
from steepest.functions.formula import Formula

_RNG = np.random.default_rng(11)
X, x = _RNG.normal(size=(6, 3)), _RNG.normal(size=6)
B = _RNG.normal(size=(3, 3)).round(3)
DATA: dict[str, Any] = {
    "X": X, "x": x, "y": np.sign(x), "p": np.abs(x), "P": B.T @ B, "A": B,
    "N": -np.eye(3), "Z": np.diag([1.0, 2.0, 0.0]), "k": 0.3,
}  # fmt: skip


def over(text: str, shapes: dict[str, Any] | None = None) -> Formula:
    words = "".join(c if c.isalnum() else " " for c in text).split()
    return Formula(text, data={n: a for n, a in DATA.items() if n in words}, shapes=shapes or {})


CONVEX = [
    "norm(X@w - x)^2", "norm(X@w - x)", "mean((X@w - x)^2) + k*norm(w)^2", "mean((w*x + b - y)^2)",
    "mean(log(1 + exp(-y*(X@w))))", "sum(softplus(-y*(X@w))) + norm1(w)", "norm1(X@w - x)",
    "mean(relu(1 - y*(X@w)))", "log(sum(exp(X@w)))", "sum(exp(X@w)*exp(sum(w)))", "sum(p*exp(X@w))",
    "w'@X'@X@w", "w'@(X'@X)@w", "(X@w - x)'@(X@w - x)", "dot(X@w, X@w)", "w'@Z@w", "w'@A'@A@w",
    "norm(X@w)^4", "sum(max(X@w, x))", "-sum(min(X@w, x)) + sum(w)", "sum(cosh(X@w))/3",
    "sum(where(x < 0, (X@w)^2, abs(X@w)))", "sum(abs(X@w)^3)", "norm(W - A)^2 + tr(A@W)",
    "sum((relu(X@w) + 1)^2)", "2 - sum(w)", "w'@w + exp(sum(w))", "norm(relu(X@w))",
    "-log(1)*sum(w) + norm(w)",
]  # fmt: skip
NOT_CONVEX = [
    "-norm(X@w - x)^2", "sum(sin(X@w))", "w'@N@w", "dot(w, A@v)", "norm(w)^2 - norm(v)^2",
    "mean(sigmoid(X@w))", "sum(x*(X@w)^2)", "sum((X@w)^3)", "norm(w)^2*norm(v)^2", "sum(w*v)",
    "mean((w*tanh(c*x) - y)^2)", "-log(sum(exp(X@w)))", "sum(relu(X@w)) - norm(w)",
    "sum(min(X@w, x)^2)", "sqrt(norm(X@w))", "(norm(w) - 2)^2", "(norm(w)^2 - 2)^2",
    "norm(W@v - u)^2", "norm(w - 1)*norm(w + 1)",
]  # fmt: skip
SHAPES = {"v": 3, "w": 3, "u": 3, "W": (3, 3)}


def shapes(text: str) -> dict[str, Any]:
    words = "".join(c if c.isalnum() else " " for c in text).split()
    if "w*x" in text or "w*tanh" in text:
        return {}
    return {n: s for n, s in SHAPES.items() if n in words}


@pytest.mark.parametrize("text", CONVEX)
def test_convex_losses_are_proved(text: str) -> None:
    f = over(text, shapes(text))
    proof = is_convex(f, [(-2, 2)] * f.dim)
    assert proof.convex is True
    assert "made of convex parts" in proof.reason
    a, b = _RNG.normal(size=(2, 200, f.dim))
    middle = f.values((a + b) / 2)
    ends = (f.values(a) + f.values(b)) / 2
    assert (middle <= ends + 1e-9 * (1 + np.abs(ends))).all()


@pytest.mark.parametrize("text", NOT_CONVEX)
def test_nothing_else_is_proved(text: str) -> None:
    assert not convex_by_composition(over(text, shapes(text)).root)


def test_a_witness_is_found_where_the_formula_can_be_written_out() -> None:
    proof = is_convex(over("w'@A@w - 9*norm(w)^2", {"w": 3}), [(-1, 1)] * 3)
    assert proof.convex is False
    assert proof.witness is not None


def test_what_is_too_large_is_not_decided_and_says_why() -> None:
    f = Formula("sum(sin(X@w))", data={"X": _RNG.normal(size=(3000, 2))})
    proof = is_convex(f, [(-1, 1)] * 2)
    assert proof.convex is None
    assert "too large to be written out" in proof.reason


def test_the_size_of_the_data_does_not_matter() -> None:
    data = {"X": _RNG.normal(size=(100_000, 5)), "y": np.ones(100_000)}
    f = Formula("mean(log(1 + exp(-y*(X@w)))) + 0.1*norm(w)^2", data=data)
    assert is_convex(f, [(-5, 5)] * 5).convex is True


@pytest.mark.parametrize(("rows", "shift"), [(3, 0.0), (30, 0.0), (40, 1e-6)])
def test_a_quadratic_form_is_convex_exactly_if_its_matrix_is_semidefinite(
    rows: int, shift: float
) -> None:
    b = _RNG.integers(-3, 4, size=(rows - 1, rows)).astype(float)
    a = b.T @ b + shift * np.eye(rows)  # of rank rows - 1 if it is not shifted
    assert convex_by_composition(Formula("w'@A@w", data={"A": a}).root)
    a[0, 0] -= 1.0 + 2 * abs(a[0, 0])
    assert not convex_by_composition(Formula("w'@A@w", data={"A": a}).root)


_INNER = ["(X@w)", "(X@w - x)", "(x*c + y)", "relu(X@w)", "(X@w)^2", "sin(X@w)", "exp(X@w)"]
_OUTER = [
    "norm({})", "norm({})^2", "sum({})", "mean(exp({}))", "sum(p*{})", "sum(x*{})", "-sum({})",
    "sum(abs({}))", "log(sum(exp({})))", "sum(relu({})^2)", "sum(max({}, x))", "sum(min({}, x))",
    "mean(log(1 + exp({})))", "sum({}^3)", "sum(softplus({}))*k", "norm(relu({}))", "sum(cosh({}))",
]  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(_INNER), st.sampled_from(_OUTER), st.sampled_from(_OUTER))
def test_what_is_proved_is_convex_on_random_segments(inner: str, a: str, b: str) -> None:
    text = f"{a.format(inner)} + {b.format('(X@w)')} + 0*c"
    f = over(text, {"w": 3})
    if convex_by_composition(f.root):
        ends = np.random.default_rng(1).normal(size=(2, 100, f.dim))
        middle, mean = f.values(ends.mean(axis=0)), (f.values(ends[0]) + f.values(ends[1])) / 2
        assert (middle <= mean + 1e-9 * (1 + np.abs(mean))).all()
