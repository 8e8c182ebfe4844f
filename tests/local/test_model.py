"""LocalModel: slopes, steepest directions, tangents, predictions, and what it refuses."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from problems import CHAPTER
from steepest.errors import NoDirectionError, ParameterError, PointError
from steepest.functions.formula import Formula
from steepest.local.model import LocalModel, ScalarFunction
from steepest.norms import L1, L2, LInf, Norm, Quadratic, size_of

BOWL = Formula("x^2 + 3y^2")
NORMS: list[Norm] = [L2(), L1(), LInf(), Quadratic([[2, 0.5], [0.5, 1]])]
SMOOTH = [
    "x^2 + 3y^2",
    "sin(x y) + exp(x)",
    "100(y - x^2)^2 + (1 - x)^2",
    "x exp(-x^2 - y^2)",
    "log(1 + x^2 + y^2) - atan(x)",
    "1e-8(x - y^3)",
    "1e6 sin(x) + cos(1000y)",
]
coordinates = st.floats(-3, 3)


def test_the_bowl() -> None:
    m = BOWL.at(1, 2)
    assert m.value == 13
    assert list(m.gradient) == [2, 12]
    assert m.gradient_norm == pytest.approx(math.sqrt(148))
    assert m.hessian.tolist() == [[2, 0], [0, 6]]
    assert list(m.eigenvalues) == [2, 6]
    assert np.abs(m.eigenvectors).tolist() == [[1, 0], [0, 1]]
    assert m.slope([1, 0]) == 2
    assert m.slope([5, 0]) == 2
    assert m.slope([1, 1], norm=LInf()) == 14
    assert m.angle([1, 0]) == pytest.approx(math.atan2(12, 2))
    assert m.angle([-2, -12]) == pytest.approx(math.pi)
    assert m.tangent == pytest.approx(np.array([-12, 2]) / math.sqrt(148))


@pytest.mark.parametrize("case", CHAPTER, ids=str)
def test_chapter_examples(case) -> None:
    m = Formula(case.formula).at(list(case.point))
    assert m.gradient == pytest.approx(np.array(case.value, dtype=float), abs=1e-12)
    assert m.verify(torch=False).agrees


def test_chapter_slopes() -> None:
    m = Formula("x^2 - x*y + y^2").at(1, 1)
    assert m.slope([1, 0]) == 1
    assert m.steepest_ascent().direction == pytest.approx(np.array([1, 1]) / math.sqrt(2))
    level = Formula("x^2 + 4y^2").at(2, 1)
    assert level.tangent @ np.array([4, 8]) == pytest.approx(0, abs=1e-14)
    assert level.orthogonality < 1e-15


@pytest.mark.parametrize(
    ("norm", "direction", "rate"),
    [
        (L2(), np.array([2, 12]) / math.sqrt(148), math.sqrt(148)),
        (L1(), [0, 1], 12),
        (LInf(), [1, 1], 14),
        (Quadratic([[2, 0], [0, 6]]), np.array([1, 2]) / math.sqrt(26), math.sqrt(26)),
    ],
)
def test_steepest_directions(norm: Norm, direction, rate: float) -> None:
    up, down = BOWL.at(1, 2).steepest_ascent(norm), BOWL.at(1, 2).steepest_descent(norm)
    assert up.direction == pytest.approx(np.array(direction))
    assert up.rate == pytest.approx(rate)
    assert down.direction == pytest.approx(-np.array(direction))
    assert down.rate == pytest.approx(-rate)
    assert up.unique
    assert str(down).endswith("norm")


def test_ties_are_told() -> None:
    m = Formula("x + y").at(0, 0)
    tie = m.steepest_ascent(L1())
    assert not tie.unique
    assert tie.sentence == "every mixture of +e1, +e2 is as steep; the first is shown"
    idle = Formula("x + 0y", ["x", "y"]).at(0, 0).steepest_descent(LInf())
    assert not idle.unique
    assert "coordinate 2 may move anywhere" in str(idle)


@settings(max_examples=60)
@given(st.sampled_from(SMOOTH), coordinates, coordinates, st.floats(0, 2 * math.pi))
def test_no_direction_is_steeper(formula: str, x: float, y: float, turn: float) -> None:
    m = Formula(formula, ["x", "y"]).at(x, y)
    assume(m.gradient.any())
    direction = [math.cos(turn), math.sin(turn)]
    for norm in NORMS:
        best = m.steepest_ascent(norm)
        assert size_of(norm, best.direction) == pytest.approx(1)
        slope = m.slope(direction, norm=norm)
        assert slope <= best.rate * (1 + 1e-12)
        assert m.slope(best.direction, norm=norm) == pytest.approx(best.rate)


@settings(max_examples=60)
@given(st.sampled_from(SMOOTH), coordinates, coordinates, st.floats(0, 2 * math.pi))
def test_the_slope_three_ways(formula: str, x: float, y: float, turn: float) -> None:
    m = Formula(formula, ["x", "y"]).at(x, y)
    compared = m.slopes([math.cos(turn), math.sin(turn)])
    assert compared.agree, compared


def test_three_ways_can_disagree() -> None:
    from dataclasses import replace

    compared = BOWL.at(1, 2).slopes([1, 1])
    assert compared.agree
    assert not replace(compared, limit=compared.limit * (1 + 1e-6)).agree
    assert not replace(compared, cosine=compared.cosine * (1 + 1e-6)).agree


@settings(max_examples=40)
@given(st.lists(st.floats(-5, 5), min_size=2, max_size=6))
def test_tangents_are_orthonormal_and_orthogonal_to_the_gradient(weights: list[float]) -> None:
    n = len(weights)
    assume(any(abs(w) > 1e-3 for w in weights))
    f = Formula(lambda x: sum(w * c for w, c in zip(weights, x, strict=True)), dim=n)
    m = f.at([0.5] * n)
    assert m.orthogonality < 1e-14
    t = np.atleast_2d(m.tangent)
    assert t.shape == (n - 1, n)
    assert t @ t.T == pytest.approx(np.eye(n - 1), abs=1e-14)


def test_one_variable_has_no_tangent() -> None:
    m = Formula("x^2").at(1)
    assert m.tangent.shape == (0, 1)
    assert m.orthogonality == 0


def test_predictions() -> None:
    m = BOWL.at(1, 2)
    first, second = m.predict([0.1, 0]), m.predict([0.1, 0], order=2)
    assert first.predicted == pytest.approx(0.2)
    assert first.actual == pytest.approx(0.21)
    assert first.error == pytest.approx(0.01)
    assert second.predicted == pytest.approx(0.21)
    assert str(second).startswith("order 2: predicted change 0.21, actual 0.21")


@pytest.mark.parametrize("formula", SMOOTH[:5])
def test_prediction_errors_shrink_like_the_next_power(formula: str) -> None:
    m = Formula(formula, ["x", "y"]).at(0.7, -0.4)
    for order in (1, 2):
        big, small = (abs(m.predict([h, 0.6 * h], order).error) for h in (2e-2, 1e-2))
        if big > 1e-10:
            assert 2 ** (order + 1) * 0.8 < big / small < 2 ** (order + 1) * 1.25


def test_the_table_of_quotients() -> None:
    rows = BOWL.at(1, 2).slope_table([1, 0], steps=4)
    assert [r.h for r in rows] == pytest.approx([1, 0.1, 0.01, 1e-3, 1e-4])
    assert [r.error for r in rows] == pytest.approx([1, 0.1, 0.01, 1e-3, 1e-4], rel=1e-6)
    assert rows[0].quotient == pytest.approx(3)
    # Where f is undefined there is no quotient.
    assert [r.h for r in Formula("sqrt(x)").at(0.5).slope_table([-1], 2)] == [0.1, 0.01]


def test_one_sided_slopes() -> None:
    assert Formula("|x|").at(0).slope([1]) == 1
    assert Formula("|x|").at(0).slope([-3]) == 1
    assert Formula("hypot(x, y)").at(0, 0).slope([3, 4]) == 1
    assert Formula("max(x, y)").at(1, 1).slope([0, -1]) == 0
    assert Formula("sqrt(x)").at(0).slope([1]) == math.inf
    with pytest.raises(NoDirectionError, match=r"along \(-1\): sqrt\(x\) is undefined in that"):
        Formula("sqrt(x)").at(0).slope([-1])
    with pytest.raises(NoDirectionError, match="jumps in that direction"):
        Formula("where(x > 0, 1, 0)").at(0).slope([1])
    with pytest.raises(NoDirectionError, match="f is undefined at x = 0"):
        Formula("1/x").at(0).slope([1])
    with pytest.raises(NoDirectionError, match="kink"):
        Formula("|x|").at(0).slopes([1])
    with pytest.raises(NoDirectionError, match="second derivatives are not known"):
        Formula("x|x|").at(0).predict([1], order=2)


@pytest.mark.parametrize(
    ("formula", "kind"),
    [
        ("x^2 + 3y^2", "a minimum"),
        ("-x^2 - y^2", "a maximum"),
        ("x^2 - y^2", "a saddle"),
        ("x^3 - 3x y^2", "a degenerate critical point"),
        ("x|x| + y^2", "whose kind is not known"),
    ],
)
def test_at_critical_points_no_direction_is_steepest(formula: str, kind: str) -> None:
    m = Formula(formula).at(0, 0)
    for ask in (m.steepest_ascent, m.steepest_descent, lambda: m.tangent, lambda: m.angle([1, 0])):
        with pytest.raises(NoDirectionError, match=f"∇f = 0 at x = 0, y = 0, .*{kind}"):
            ask()
    assert kind in str(m)
    assert m.slopes([1, 2]).cosine == 0


@pytest.mark.parametrize(
    ("direction", "message"),
    [
        ([0, 0], r"the direction \(0, 0\) has length zero"),
        ([1], r"a direction with 1 numbers: expected 2 \(x, y\)"),
        ([1, math.nan], r"the direction \(1, nan\) has a component that is not finite"),
        (["a", 1], r"\['a', 1\] is not a direction: expected 2 numbers"),
    ],
)
def test_directions_that_are_refused(direction: list, message: str) -> None:
    m = BOWL.at(1, 2)
    for ask in (m.slope, m.slopes, m.slope_table, m.angle):
        with pytest.raises(PointError, match=message):
            ask(direction)


def test_other_refusals() -> None:
    with pytest.raises(PointError, match=r"y = nan is not a place"):
        BOWL.at(1, math.nan)
    with pytest.raises(PointError, match=r"a point of shape \(3,\): expected \(2,\)"):
        LocalModel(BOWL, [1, 2, 3])
    with pytest.raises(ParameterError, match="order=3: a prediction is of order 1 or 2"):
        BOWL.at(1, 2).predict([1, 0], order=3)
    with pytest.raises(PointError, match="a step with 3 numbers: expected 2"):
        BOWL.at(1, 2).predict([1, 0, 0])
    with pytest.raises(PointError, match="a gradient with 1 numbers"):
        BOWL.at(1, 2).verify(gradient=[1])


def test_results_are_read_only() -> None:
    m = BOWL.at(1, 2)
    for array in (m.point, m.gradient, m.hessian, m.tangent, m.steepest_ascent().direction):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_huge_and_tiny_directions() -> None:
    m = BOWL.at(1, 2)
    for scale in (1e-320, 1e-200, 1e200, 1e308):
        assert m.slope([scale, 0]) == 2
        assert m.angle([scale, 0]) == pytest.approx(math.atan2(12, 2))
        assert Formula("hypot(x, y)").at(0, 0).slope([scale, scale]) == pytest.approx(1)


def test_convention_gradient() -> None:
    m = Formula("relu(x) - relu(-x)").at(0)
    assert list(m.gradient) == [1]
    assert list(m.convention_gradient) == [0]


def test_looks() -> None:
    m = BOWL.at(1, 2)
    assert repr(m) == "LocalModel(x^2 + 3y^2 at (1, 2): value 13, gradient (2, 12))"
    assert str(m).splitlines() == [
        "f                  x^2 + 3y^2",
        "at                 (1, 2)",
        "value              13",
        "gradient           (2, 12)",
        "steepest ascent    (0.164399, 0.986394), slope 12.1655",
        "level curve along  (-0.986394, 0.164399)",
        "curvatures         (2, 6)",
    ]
    assert r"\begin{pmatrix} 2 \\ 12 \end{pmatrix}" in m._repr_latex_()
    assert "<th style='text-align:left'>gradient</th><td>(2, 12)</td>" in m._repr_html_()
    kink = Formula("|x|").at(0)
    assert repr(kink) == "LocalModel(abs(x) at (0): value 0, kink)"
    assert r"\text{kink}" in kink._repr_latex_()
    assert "the slope is -1 to the left" in str(kink)


class Opaque:
    """A function known by its values and a gradient somebody wrote."""

    variables: tuple[str, ...] = ("x", "y")
    dim = 2

    def __init__(self, factor: float = 1.0) -> None:
        self.factor = factor

    def values(self, points):
        return np.sin(points[:, 0]) * points[:, 1]

    def gradients(self, points):
        x, y = points.T
        return np.stack([np.cos(x) * y * self.factor, np.sin(x)], axis=-1)

    def values_and_gradients(self, points):
        return self.values(points), self.gradients(points)

    def hessians(self, points):
        x, y = points.T
        h = np.zeros((len(points), 2, 2))
        h[:, 0, 0] = -np.sin(x) * y
        h[:, 0, 1] = h[:, 1, 0] = np.cos(x)
        return h


def test_functions_without_a_graph() -> None:
    assert isinstance(Opaque(), ScalarFunction)
    m = LocalModel(Opaque(), [1, 2])
    assert m.status.differentiable
    assert "without its formula nothing more is known" in m.status.sentence
    assert m.slope([1, 0]) == pytest.approx(2 * math.cos(1))
    assert m.slopes([1, 1]).agree
    assert m.verify().agrees
    wrong = LocalModel(Opaque(1 + 1e-6), [1, 2]).verify()
    assert not wrong.agrees
    assert "∂f/∂x" in wrong.sentence
    with pytest.raises(ParameterError, match="Opaque has no expression graph"):
        _ = m.rays
