"""Which part of the plane is shown, and which values its bands separate."""

from __future__ import annotations

import numpy as np
import pytest

import steepest as st
from steepest.errors import ParameterError
from steepest.view import window
from steepest.view.bands import bands


def around(formula: str, *point: float) -> window.Box:
    m = st.Formula(formula).at(*point)
    return window.around(m.point, m.gradient, m.hessian)


def test_the_usual_window_holds_origin_and_point_and_is_round() -> None:
    assert around("x^2 + 3y^2", 1, 2) == [(-4.0, 4.0), (-4.0, 4.0)]


@pytest.mark.parametrize(
    ("formula", "point"),
    [("sin(10000x) + y", (1.0, 0.0)), ("(x - 1000)^2 + y^2", (1001.0, 0.0))],
)
def test_a_function_on_a_fine_scale_is_shown_on_it(formula: str, point: tuple[float, ...]) -> None:
    box = around(formula, *point)
    for (lo, hi), c in zip(box, point, strict=True):
        assert lo < c < hi
        assert hi - lo < 20


def test_an_unknown_gradient_gives_the_usual_window() -> None:
    assert around("abs(x) + abs(y)", 0, 0) == [(-2.5, 2.5), (-2.5, 2.5)]


def test_a_trajectory_is_held_with_a_margin_in_a_square() -> None:
    points = np.array([[0.0, 0.0], [4.0, 1.0]])
    (x0, x1), (y0, y1) = window.holding(points)
    assert x1 - x0 == pytest.approx(y1 - y0)
    assert x0 < -0.5
    assert x1 > 4.5
    assert y0 < 0
    assert y1 > 1


def test_divergence_is_followed_only_within_sight() -> None:
    points = np.array([[1.0, 1.0], [-3.0, 2.0], [1e200, 1e200], [np.inf, 0.0]])
    (x0, x1), _ = window.holding(points, [(-4.0, 4.0), (-4.0, 4.0)])
    assert x1 - x0 < 20


def test_a_trajectory_that_stays_put_still_has_a_window() -> None:
    (x0, x1), _ = window.holding(np.zeros((1, 2)))
    assert x0 < 0 < x1


@pytest.mark.parametrize(
    "box",
    [[(0, 1)], [(1, 0), (0, 1)], [(0, np.inf), (0, 1)], "abcd", [(0, 1), (0, 1), (0, 1)],
     [(0, np.nan), (0, 1)], [(2, 2), (0, 1)]],
)  # fmt: skip
def test_a_box_that_makes_no_sense_is_refused(box: object) -> None:
    with pytest.raises(ParameterError, match=r"expected \[\(lo, hi\), \(lo, hi\)\]"):
        window.checked(box, 2)  # type: ignore[arg-type]


def test_bands_rise_and_cover_the_values() -> None:
    values = np.linspace(-1, 3, 1000)
    levels = bands(values)
    assert len(levels) == 13
    assert levels == sorted(levels)
    assert levels[0] == -1.0
    assert levels[-1] == 3.0
    assert np.allclose(np.diff(levels), np.diff(levels)[0])


def test_bands_crowd_where_the_values_do() -> None:
    values = np.linspace(0, 1, 1000) ** 6
    levels = np.array(bands(values))
    below = [np.mean(values < level) for level in levels]
    assert 0.35 < below[6] < 0.65


def test_a_pole_does_not_stretch_the_scale() -> None:
    values = np.concatenate([np.linspace(0, 1, 1000), [1e300, -1e300, np.inf, np.nan]])
    levels = bands(values)
    assert levels[0] > -5
    assert levels[-1] < 5


@pytest.mark.parametrize("values", [[3.0] * 10, [np.nan] * 10, [], [1.0, 1.0 + 1e-15]])
def test_one_value_has_no_bands(values: list[float]) -> None:
    assert bands(np.array(values)) == []
