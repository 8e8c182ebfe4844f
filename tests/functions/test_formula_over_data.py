"""A formula over data is a formula: all that takes one takes it, or says why it cannot."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import steepest as st
from steepest.critical.convexity import is_convex
from steepest.errors import ParameterError

X = np.array([[1.0, 1], [1, 2], [1, 3], [1, 4], [1, 5]])
Y = np.array([2.0, 5, 6, 7, 10])
BOX = [(-5.0, 5.0), (-5.0, 5.0)]
_RNG = np.random.default_rng(0)


def least_squares() -> st.Formula:
    return st.Formula("norm(X@w - y)^2", data={"X": X, "y": Y})


def large(text: str = "mean((X@w - y)^2)") -> st.Formula:
    rows = np.random.default_rng(4).normal(size=(1000, 2))
    data = {"X": rows, "y": rows @ [1.0, 2.0]}
    return st.Formula(text, data={n: a for n, a in data.items() if n in text})


def test_the_chapters_gradient() -> None:
    x = [1, 2, 3, 4, 5]
    loss = st.Formula("mean((w x - y)^2)", data={"x": x, "y": [2, 4, 6, 8, 10]})
    m = loss.at(0.5)
    assert m.value == 24.75
    assert m.gradient.tolist() == [-33]
    assert m.slope([1]) == -33
    assert m.predict([0.1], order=2).error == pytest.approx(0, abs=1e-12)
    check = m.verify()
    assert check.agrees
    assert len([way for way in check.ways if way.agrees]) == 4
    assert loss.gradient[0].unicode == "(2/N) Σ xᵢ(w xᵢ - yᵢ)"


def test_the_local_model_is_that_of_the_least_squares() -> None:
    m = least_squares().at(0, 1)
    r = X @ [0, 1] - Y
    np.testing.assert_allclose(m.gradient, 2 * X.T @ r)
    np.testing.assert_allclose(m.hessian, 2 * X.T @ X)
    assert m.status.differentiable
    assert m.steepest_descent(st.LInf()).rate == pytest.approx(-np.abs(2 * X.T @ r).sum())


def test_a_norm_has_a_kink_where_its_inside_is_zero() -> None:
    f = st.Formula("norm(w - v)", data={"v": [1, 2]}, shapes={"w": 2})
    assert not f.at(1, 2).status.differentiable
    assert f.at(1, 2).slope([3, 4]) == pytest.approx(1)


def test_descents_end_at_the_solution() -> None:
    f = least_squares()
    solution = np.linalg.lstsq(X, Y, rcond=None)[0]
    for rule in (st.FixedStep(0.01), st.ExactLineSearch(), st.Momentum(0.005, 0.8)):
        walk = st.descend(f, [0, 0], rule, max_steps=5000)
        assert walk.outcome.key == "converged"
        np.testing.assert_allclose(walk.points[-1], solution, atol=1e-6)
    ends = st.descend_many(f, _RNG.normal(size=(50, 2)), st.FixedStep(0.01), max_steps=5000)
    np.testing.assert_allclose(ends.points, np.broadcast_to(solution, (50, 2)), atol=1e-6)


def test_machine_code_walks_as_numpy_does(monkeypatch: pytest.MonkeyPatch) -> None:
    f, starts = least_squares(), _RNG.normal(size=(20, 2))
    monkeypatch.setattr("steepest.descent.many.worth_compiling", lambda tape, steps: False)
    slow = st.descend_many(f, starts, st.FixedStep(0.01), max_steps=300)
    monkeypatch.setattr("steepest.descent.many.worth_compiling", lambda tape, steps: True)
    fast = st.descend_many(f, starts, st.FixedStep(0.01), max_steps=300)
    np.testing.assert_allclose(slow.points, fast.points, rtol=1e-10)
    assert (slow.codes == fast.codes).all()


def test_proofs_hold_for_small_data() -> None:
    f = least_squares()
    solution = np.linalg.lstsq(X, Y, rcond=None)[0]
    found = st.critical_points(f, BOX)
    assert found.complete
    np.testing.assert_allclose(found.points[0].x, solution, atol=1e-9)
    least = np.sum((X @ solution - Y) ** 2)
    low, high = st.global_minimum(f, BOX).value_bounds
    assert low - 1e-9 <= least <= high + 1e-9
    assert is_convex(f, BOX).convex is True
    assert st.derivation(f).steps
    assert st.level_curve(f, level=10, box=BOX)
    walk = st.descend(f, [0, 0], st.FixedStep(0.01), max_steps=5000, box=BOX)
    assert walk.verdict == (
        "f is convex (proved), so this minimum is the global one, in the box and outside."
    )


@pytest.mark.parametrize(
    "ask",
    [
        lambda f: st.critical_points(f, BOX),
        lambda f: st.global_minimum(f, BOX),
        lambda f: st.computational_graph(f, [0, 0]),
        lambda f: st.level_curve(f, level=1, box=BOX),
        lambda f: st.page(f),
        lambda f: f.sympy(),
        lambda f: f.value_tape,
    ],
)
def test_what_needs_the_formula_written_out_says_that_the_data_are_too_large(
    ask: Callable[[Any], Any],
) -> None:
    with pytest.raises(ParameterError, match=r"takes [\d,]+ operations .* the limit is 3,000"):
        ask(large())


def test_large_data_limit_nothing_else() -> None:
    f = large()
    m = f.at(0, 0)
    assert m.verify(torch=False).agrees
    assert "over so many data" in m.status.sentence
    walk = st.descend(f, [0, 0], st.FixedStep(0.3), box=BOX)
    np.testing.assert_allclose(walk.points[-1], [1, 2], atol=1e-6)
    assert "f is convex (proved)" in walk.verdict
    assert st.descend_many(f, np.zeros((4, 2)), st.Adam(0.1)).counts
    bumpy = large("mean(1 - exp(-(X@w - y)^2))")
    walk = st.descend(bumpy, [0.9, 1.9], st.FixedStep(0.3), box=BOX)
    assert walk.verdict == "Over so many data nothing can be proved about the box."


def test_figures_are_drawn_of_any_size(tmp_path: Path) -> None:
    st.figure(large(), at=[0, 0]).savefig(tmp_path / "large.png")
    f = st.Formula("norm(X@w - y)", data={"X": np.ones((4, 3)), "y": np.ones(4)})
    st.figure(f, at=[0, 0, 0], plane=("w1", "w3")).savefig(tmp_path / "slice.png")
    page = st.page(least_squares(), tmp_path / "page.html", at=[0, 1])
    assert "norm(X@w - y)^2" in page.read_text("utf-8")


def test_formulas_over_data_are_equal_hashed_and_pickled() -> None:
    f, g = least_squares(), least_squares()
    assert f == g
    assert hash(f) == hash(g)
    assert f != st.Formula("norm(X@w - y)^2", data={"X": X, "y": Y + 1})
    assert pickle.loads(pickle.dumps(f)) == f
    h = st.Formula("norm(w)^2", shapes={"w": 2})
    assert pickle.loads(pickle.dumps(h)) == h
    assert repr(f) == "Formula('norm(X@w - y)^2', variables=('w1', 'w2'))"
    assert f._repr_latex_() == r"$f(w) = \|X w - y\|^{2}$"


def test_data_are_copied() -> None:
    x = np.ones(3)
    f = st.Formula("sum(w*x)", data={"x": x})
    x[:] = 7
    assert f(1) == 3


def test_sympy_gets_the_entries() -> None:
    f = least_squares()
    assert {str(s) for s in f.sympy().free_symbols} == {"w1", "w2"}
    with pytest.raises(ParameterError, match="not translated to SymPy"):
        f.expression.sympy()
