"""The status of a point: kinks, edges, jumps, points outside, and those nobody can decide."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems import AWKWARD_POINTS, AwkwardPoint
from steepest.errors import NoDirectionError
from steepest.functions.formula import Formula
from steepest.local.rays import Rays

INF = math.inf

# formula, point, slopes (to the left, to the right) of each variable
KINKS = [
    ("|x|", (0,), [(-1, 1)]),
    ("sqrt(x^2)", (0,), [(-1, 1)]),
    ("(x^2)^0.5", (0,), [(-1, 1)]),
    ("sqrt(x^2 + y^2)", (0, 0), [(-1, 1), (-1, 1)]),
    ("hypot(x, y)", (0, 0), [(-1, 1), (-1, 1)]),
    ("max(x, y)", (1, 1), [(0, 1), (0, 1)]),
    ("min(x, y, x + y)", (0, 0), [(1, 0), (1, 0)]),
    ("|x - 0.1|", (0.1,), [(-1, 1)]),
    ("|3x - 0.3|", (0.1,), [(-3, 3)]),
    ("acos(cos(x))", (0,), [(-1, 1)]),
    ("acos(1 - x^2/2)", (0,), [(-1, 1)]),
    ("x sign(x)", (0,), [(-1, 1)]),
    ("sigmoid(|x|)", (0,), [(-0.25, 0.25)]),
    ("|x| + |y|", (0, 1), [(-1, 1), (1, 1)]),
    ("where(x < 1, x, 2 - x)", (1,), [(1, -1)]),
    ("cbrt(x)", (0,), [(INF, INF)]),
    ("-cbrt(x)", (0,), [(-INF, -INF)]),
    ("sqrt(|x|)", (0,), [(-INF, INF)]),
    ("asinh(|x|) + atan(|x|)", (0,), [(-2, 2)]),
]
EDGES = [
    ("sqrt(x)", (0,), [(None, INF)]),
    ("sqrt(1 - x^2)", (1,), [(-INF, None)]),
    ("sqrt(x)*sqrt(x)", (0,), [(None, 1)]),
    ("x^1.5", (0,), [(None, 0)]),
    ("x^pi", (0,), [(None, 0)]),
    ("acos(x)", (1,), [(-INF, None)]),
    ("asin(x)", (1,), [(INF, None)]),
    ("acosh(x)", (1,), [(None, INF)]),
    ("max(1, sqrt(x) - 5)", (0,), [(None, 0)]),
    ("x^y", (0, 2.5), [(None, 0), (0, 0)]),
    ("x^y", (0, 0.5), [(None, INF), (0, 0)]),
    ("x^y", (0, 1), [(1, 1), (0, 0)]),
    ("sqrt(cos(x) - 1)", (0,), [(None, None)]),
]
SMOOTH_AFTER_ALL = [
    ("relu(x) - relu(-x)", (0,), [1]),
    ("|x|^3", (0,), [0]),
    ("x |x|", (0,), [0]),
    ("where(x > 0, x^2, 0)", (0,), [0]),
    ("where(x > 0, exp(-1/x), 0)", (0,), [0]),
    ("where(x^2 > 0, x^2 sin(1/x), 0)", (0,), [0]),
    ("where(x > 0, x^2 log(x), 0)", (0,), [0]),
    ("cbrt(x)^3", (0,), [1]),
    ("x^2 sign(x)", (0,), [0]),
    ("|x y|", (0, 0), [0, 0]),
    ("sqrt(x^4 + y^4)", (0, 0), [0, 0]),
    ("max(x, x)", (3,), [1]),
    ("max(x, y) + min(x, y)", (1, 1), [1, 1]),
    ("where(x < 1, 2x, x^2 + 1)", (1,), [2]),
]
OUTSIDE = [
    ("x^2/x", (0,), "x^2/x divides by zero"),
    ("sin(x)/x", (0,), "sin(x)/x divides by zero"),
    ("log(x)", (0,), "logarithm of 0"),
    ("log(x)", (-1,), "logarithm of a negative number"),
    ("1/x", (0,), "divides by zero"),
    ("sqrt(x)", (-1,), "square root of a negative number"),
    ("x^y", (0, 0), "0 to the power 0"),
    ("x^y", (0, -0.5), "0 to a negative power"),
    ("x^0.5", (-2,), "negative number to a power that is not an integer"),
    ("asin(x)", (2,), "beyond 1"),
    ("acosh(x)", (0.5,), "below 1"),
    ("atanh(x)", (1,), "not between -1 and 1"),
    ("atan2(y, x)", (0, 0), "angle of the origin"),
    ("atan(1/x)", (0,), "divides by zero"),
    ("1/(1/x)", (0,), "divides by zero"),
    ("where(log(x) < 0, 1, 2)", (0,), "logarithm of 0"),
]
JUMPS = [
    ("where(x > 0, 1, 0)", (0,), [(0, None)]),
    ("sign(x)", (0,), [(None, None)]),
    ("where(x < 1, x, 2x)", (1,), [(None, 2)]),
    ("atan2(y, x)", (-1, 0), [(0, 0), (None, -1)]),
    ("where(x > 0, 1/x, 0)", (0,), [(0, None)]),
]
UNDECIDED = [
    ("|sin(pi x)|", (1,), "zero only to within rounding"),
    ("exp(1000x)", (1,), "overflow"),
    ("1e308 x", (100,), "overflow"),
    ("1/exp(1000x)", (1,), "overflow"),
    ("sqrt(1 - sin(x)^2 - cos(x)^2)", (1,), "zero only to within rounding"),
]


def status(formula: str, point: tuple[float, ...]):
    return Formula(formula).at(list(point)).status


def assert_slopes(found, expected) -> None:
    assert len(found) == len(expected)
    for pair, wanted in zip(found, expected, strict=True):
        for slope, want in zip(pair, wanted, strict=True):
            assert slope == want if want is None else slope == pytest.approx(want, rel=1e-14)


@pytest.mark.parametrize("case", AWKWARD_POINTS, ids=str)
def test_known_awkward_points(case: AwkwardPoint) -> None:
    m = Formula(case.formula).at(list(case.point))
    assert m.status.kind.value == case.kind
    if case.slopes:
        assert_slopes(m.status.slopes, case.slopes)
    if case.gradient is not None:
        assert m.gradient == pytest.approx(np.array(case.gradient), rel=case.relative)
    else:
        assert np.isnan(m.gradient).all()


@pytest.mark.parametrize(("formula", "point", "slopes"), KINKS)
def test_kinks(formula: str, point: tuple[float, ...], slopes: list) -> None:
    m = Formula(formula).at(list(point))
    assert m.status.kind.value == "kink"
    assert_slopes(m.status.slopes, slopes)
    assert np.isnan(m.gradient).all()
    with pytest.raises(NoDirectionError, match="no gradient"):
        m.steepest_ascent()


@pytest.mark.parametrize(("formula", "point", "slopes"), EDGES)
def test_edges(formula: str, point: tuple[float, ...], slopes: list) -> None:
    found = status(formula, point)
    assert found.kind.value == "edge"
    assert "edge of its domain" in found.sentence
    assert_slopes(found.slopes, slopes)


@pytest.mark.parametrize(("formula", "point", "gradient"), SMOOTH_AFTER_ALL)
def test_singular_parts_that_cancel(
    formula: str, point: tuple[float, ...], gradient: list[float]
) -> None:
    m = Formula(formula).at(list(point))
    assert m.status.kind.value == "differentiable"
    assert list(m.gradient) == gradient
    assert np.isnan(m.hessian).all()
    assert all(way.agrees is not False for way in m.verify(torch=False).ways)


@pytest.mark.parametrize(("formula", "point", "reason"), OUTSIDE)
def test_outside(formula: str, point: tuple[float, ...], reason: str) -> None:
    found = status(formula, point)
    assert found.kind.value == "outside"
    assert reason in found.sentence
    assert all(pair == (None, None) for pair in found.slopes)


@pytest.mark.parametrize(("formula", "point", "slopes"), JUMPS)
def test_jumps(formula: str, point: tuple[float, ...], slopes: list) -> None:
    found = status(formula, point)
    assert found.kind.value == "jump"
    assert "jumps" in found.sentence
    assert_slopes(found.slopes, slopes)


@pytest.mark.parametrize(("formula", "point", "reason"), UNDECIDED)
def test_undecided(formula: str, point: tuple[float, ...], reason: str) -> None:
    m = Formula(formula).at(list(point))
    assert m.status.kind.value == "undecided"
    assert reason in m.status.sentence
    assert np.isnan(m.gradient).all()
    with pytest.raises(NoDirectionError, match=reason.split()[0]):
        m.slope([1])


def test_vertical_tangent_and_cusp_are_told_apart() -> None:
    assert "vertical tangent" in status("cbrt(x)", (0,)).sentence
    assert "cusp" in status("sqrt(|x|)", (0,)).sentence


@pytest.mark.parametrize(
    "formula",
    [
        # The axes see nothing of these, random directions next to nothing.
        "relu(relu(x + y) - 1000|x - y|)",
        "max(0, x + y - 1000|x - y|)",
        # Linear along every ray, but not along parabolas.
        "where(x^2 + y^2 <= 0, 0, x^3 y/(x^4 + y^2))",
        "where(x^2 + y^2 <= 0, 0, x^2 y/(x^2 + y^2))",
    ],
)
def test_kinks_that_hide_from_the_axes(formula: str) -> None:
    assert status(formula, (0, 0)).kind.value == "kink"


@pytest.mark.parametrize("f", ["sigmoid", "softplus", "tanh", "erf", "atan", "asin", "sinh"])
def test_smooth_functions_of_what_is_zero_to_within_rounding(f: str) -> None:
    assert status(f"{f}(sin(pi x))", (1,)).differentiable


def test_a_branch_not_taken_does_not_matter() -> None:
    m = Formula("where(x < 1, x^2, |x|*sqrt(x - 1))").at(0)
    assert m.status.sentence == "f is differentiable at x = 0"


def test_sentences_name_the_place_and_the_slopes() -> None:
    assert status("|x|", (0,)).sentence == (
        "f has a kink at x = 0, at abs(x), and no gradient:"
        " the slope is -1 to the left and 1 to the right"
    )
    assert status("sqrt(x)", (0,)).sentence == (
        "f is on the edge of its domain at x = 0, at sqrt(x):"
        " the slope is +∞ to the right and there is no f to the left"
    )


@settings(max_examples=40)
@given(st.lists(st.integers(-3, 3), min_size=4, max_size=4), st.integers(-5, 5))
def test_piecewise_linear_in_one_variable(weights: list[int], shift: int) -> None:
    """Σ wₖ relu(±(x - s)) at s: the exact slopes are sums of weights."""
    a, b, c, d = weights
    formula = f"{a}relu(x - {shift}) + {b}relu({shift} - x) + {c}|x - {shift}| + {d}x"
    m = Formula(formula.replace("- -", "+ ").replace("+ -", "- "), ["x"]).at(shift)
    left, right = -b - c + d, a + c + d
    if left == right:
        assert m.status.differentiable
        assert list(m.gradient) == [right]
    else:
        assert m.status.kind.value == "kink"
    assert m.status.slopes == ((left, right),)


@settings(max_examples=25)
@given(st.floats(-3, 3), st.floats(0.1, 3))
def test_rays_agree_with_the_gradient_where_f_is_smooth(x: float, y: float) -> None:
    f = Formula(
        "sin(x y) + exp(x)/y + log(y) + atan2(y, x^2 + 1) + tanh(x) + erf(x) + cbrt(y)"
        " + asinh(x) + sigmoid(x) + softplus(x) + y^x + cosh(x) + tan(x/3) + asin(x/4)"
        " + acos(x/4) + acosh(y + 1) + atanh(x/4) + log2(y) + log10(y) + hypot(x, y)"
        " + sqrt(y) + sinh(x) + cos(x)"
    )
    rays = Rays(f.node, f.variables, [x, y])
    gradient = f.gradients([[x, y]])[0]
    for direction in ((1, 0), (0, 1), (-2, 3)):
        slope = rays.slope([Fraction(d) for d in direction])
        assert slope is not None
        assert slope.as_float == pytest.approx(gradient @ np.array(direction), rel=1e-9, abs=1e-9)
