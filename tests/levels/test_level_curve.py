"""Level curves: every component, points on the curve, through singular levels too."""

import math
from typing import Any

import numpy as np
import pytest
from contourpy import contour_generator

from problems import BY_NAME
from steepest.errors import ParameterError, PointError
from steepest.levels import level_curve

SQUARE = [(-2, 2), (-2, 2)]
HIMMELBLAU = BY_NAME["himmelblau"].formula


def length(curve):
    return sum(np.hypot(*np.diff(chain.points, axis=0).T).sum() for chain in curve.components)


def test_a_circle_is_one_closed_component():
    curve = level_curve("x^2 + y^2", level=1, box=SQUARE)
    assert curve.complete
    (chain,) = curve.components
    assert chain.closed
    assert np.array_equal(chain.points[0], chain.points[-1])
    assert np.abs(np.hypot(*chain.points.T) - 1).max() < 1e-15
    assert length(curve) == pytest.approx(2 * math.pi, rel=1e-4)
    assert curve.residual < 1e-15
    assert curve.orthogonality < 1e-10


@pytest.mark.parametrize("level", [1, 10, 50, 100, 170])
def test_as_many_components_as_a_fine_contour_has(level):
    curve = level_curve(HIMMELBLAU, level=level, box=[(-5, 5), (-5, 5)])
    x = np.linspace(-5, 5, 1601)
    grid = np.stack(np.meshgrid(x, x), axis=-1).reshape(-1, 2)
    values = curve.function.values(grid).reshape(1601, 1601)
    lines: Any = contour_generator(x, x, values).lines(level)
    assert curve.complete
    assert len(curve.components) == len(lines)
    drawn = sum(np.hypot(*np.diff(line, axis=0).T).sum() for line in lines)
    assert length(curve) == pytest.approx(drawn, rel=2e-3)
    assert curve.residual < 1e-12
    assert curve.orthogonality < 1e-4


def test_a_component_smaller_than_any_pixel_is_found():
    # Around the minimum at (0.7123, 0.3456): an oval of radius 1e-6.
    text = "(x - 0.7123)^2 + (y - 0.3456)^2 + 0x"
    curve = level_curve(text, level=1e-8, box=SQUARE)
    assert curve.complete
    (chain,) = curve.components
    assert chain.closed
    assert np.abs(np.hypot(*(chain.points - [0.7123, 0.3456]).T) - 1e-4).max() < 1e-11


def test_ovals_that_a_contour_of_1601_by_1601_points_misses_are_found():
    curve = level_curve(HIMMELBLAU, level=1e-4, box=[(-5, 5), (-5, 5)])
    assert curve.complete
    assert [chain.closed for chain in curve.components] == [True] * 4


def test_the_point_given_is_on_the_curve():
    curve = level_curve(HIMMELBLAU, through=(1, 2), box=[(-5, 5), (-5, 5)])
    assert curve.level == 68
    distance = min(np.hypot(*(chain.points - [1, 2]).T).min() for chain in curve.components)
    assert distance < 0.1


@pytest.mark.parametrize(
    ("text", "level", "chains", "singular"),
    [
        ("x^2 - y^2", 0, 4, [(0, 0)]),
        ("x^4 - x^2 + y^2", 0, 2, [(0, 0)]),
        ("x*y*(x + y - 1)", 0, 9, [(0, 0), (0, 1), (1, 0)]),
        ("y^2 - x^3", 0, 2, [(0, 0)]),
        ("x^2 + y^2", 0, 0, [(0, 0)]),
    ],
)
def test_branches_end_at_singular_points(text, level, chains, singular):
    curve = level_curve(text, level=level, box=[(-1.5, 2), (-1.3, 1.7)])
    assert curve.complete
    assert len(curve.components) == chains
    found = sorted(curve.singular.tolist())
    assert np.allclose(found, sorted(singular), atol=1e-5)
    for chain in curve.components:
        ends = chain.points[[0, -1]]
        at_node = [min(math.dist(end, node) for node in found) < 1e-5 for end in ends]
        assert any(at_node)
    assert curve.residual < 1e-12


def test_figure_eight_through_the_saddle():
    curve = level_curve("x^4 - x^2 + y^2", through=(0, 0), box=SQUARE)
    assert [chain.closed for chain in curve.components] == [True, True]
    assert len(curve.singular) == 1


def test_a_kink_does_not_break_the_curve():
    curve = level_curve("|x| + |y|", level=1, box=SQUARE)
    assert [chain.closed for chain in curve.components] == [True]
    assert length(curve) == pytest.approx(4 * math.sqrt(2), rel=1e-4)


def test_open_components_end_on_the_box():
    curve = level_curve("sin(x) + sin(y)", level=0.3, box=[(-9, 9), (-9, 9)])
    assert curve.complete
    for chain in curve.components:
        if not chain.closed:
            assert np.all(np.abs(chain.points[[0, -1]]).max(axis=1) > 9 - 1e-12)


def test_where_f_never_has_the_level_there_is_no_curve():
    curve = level_curve("x^2 + y^2", level=-1, box=SQUARE)
    assert curve.components == ()
    assert curve.complete


@pytest.mark.parametrize(
    ("text", "level", "reason"),
    [
        ("(x^2 + y^2 - 1)^2", 0, "degenerate"),
        ("1/x + y", 1, "undefined here"),
        ("where(x < 0, 1, 2) + y/9", 1.5, "not differentiable here"),
    ],
)
def test_what_cannot_be_followed_is_undecided(text, level, reason):
    curve = level_curve(text, level=level, box=SQUARE)
    assert not curve.complete
    assert {region.reason.value for region in curve.undecided} == {reason}
    assert "not complete" in str(curve)


def test_bad_input_is_refused():
    with pytest.raises(ParameterError, match="needs two"):
        level_curve("x", level=1, box=[(0, 1)])
    with pytest.raises(ParameterError, match="either through"):
        level_curve("x + y", box=SQUARE)
    with pytest.raises(ParameterError, match="either through"):
        level_curve("x + y", level=1, through=(0, 0), box=SQUARE)
    with pytest.raises(ParameterError, match="finite"):
        level_curve("log(x) + y", through=(-1, 0), box=SQUARE)
    with pytest.raises(PointError, match="2 numbers"):
        level_curve("x + y", through=(1, 2, 3), box=SQUARE)
    with pytest.raises(PointError, match="inverted"):
        level_curve("x + y", level=1, box=[(1, 0), (0, 1)])
    with pytest.raises(PointError, match="undefined on the whole box"):
        level_curve("log(x) + y", level=1, box=[(-2, -1), (0, 1)])
