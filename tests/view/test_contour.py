"""Level curves: on the curve, whole, and never across a jump."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from steepest.view.contour import level_curves

Function = Callable[[np.ndarray], np.ndarray]


def curves(f: Function, level: float, size: float = 3.0, n: int = 61) -> list[np.ndarray]:
    x = np.linspace(-size, size, n)
    across, up = np.meshgrid(x, x)
    with np.errstate(all="ignore"):
        values = f(np.column_stack([across.ravel(), up.ravel()])).reshape(n, n)
        return level_curves(x, x, values, level, f)


def circle(p: np.ndarray) -> np.ndarray:
    return p[:, 0] ** 2 + p[:, 1] ** 2


def test_a_circle_is_one_closed_curve_of_the_right_radius() -> None:
    (line,) = curves(circle, 4.0)
    assert np.array_equal(line[0], line[-1])
    assert np.allclose(np.hypot(*line.T), 2.0, atol=1e-6)
    # All the way round: the angles cover the circle without a gap.
    angles = np.sort(np.arctan2(line[:, 1], line[:, 0]))
    assert np.max(np.diff(angles)) < 0.1


def test_a_circle_cut_by_the_window_is_four_open_arcs() -> None:
    lines = curves(circle, 12.25)
    assert len(lines) == 4
    assert all(not np.array_equal(line[0], line[-1]) for line in lines)


@pytest.mark.parametrize("n", [2, 3, 6, 12, 61])
def test_crossing_lines_through_a_saddle_stay_on_the_level(n: int) -> None:
    def saddle(p: np.ndarray) -> np.ndarray:
        return p[:, 0] ** 2 - p[:, 1] ** 2

    for line in curves(saddle, 0.3, n=n):
        assert np.allclose(saddle(line), 0.3, atol=0.05)


def test_there_is_no_curve_along_a_jump() -> None:
    def step(p: np.ndarray) -> np.ndarray:
        return np.where(p[:, 0] < 0.1234, -1.0, 1.0)

    assert curves(step, 0.0) == []


def test_there_is_no_curve_along_a_pole() -> None:
    def pole(p: np.ndarray) -> np.ndarray:
        return 1.0 / (p[:, 0] - 0.123)

    lines = curves(pole, 1.0)
    assert len(lines) == 1
    assert np.allclose(lines[0][:, 0], 1.123, atol=1e-4)


def test_undefined_cells_are_left_out() -> None:
    def half(p: np.ndarray) -> np.ndarray:
        return np.log(p[:, 0]) + p[:, 1] ** 2

    lines = curves(half, 1.0)
    assert lines
    for line in lines:
        assert np.all(line[:, 0] > 0)
        assert np.allclose(half(line), 1.0, atol=1e-3)


@pytest.mark.parametrize("level", [0.0, -1.0, 1e9])
def test_a_level_that_is_not_reached_gives_nothing(level: float) -> None:
    assert curves(circle, level) == []


def test_a_constant_function_has_no_level_curve() -> None:
    assert curves(lambda p: np.full(len(p), 7.0), 7.0) == []
