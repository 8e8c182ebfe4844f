"""All critical points, against counted answers, and every way not to have an answer."""

import json
import math
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest

from problems import BY_NAME, PROBLEMS
from steepest.critical.clusters import Reason
from steepest.critical.points import critical_points
from steepest.errors import ParameterError, PointError
from steepest.functions.formula import Formula

COUNTED = [p for p in PROBLEMS if p.counts is not None and not p.counts.degenerate]
UNIT = [(-1, 1), (-1, 1)]


@pytest.mark.parametrize("problem", COUNTED, ids=str)
def test_counts_kinds_and_winding_number_are_exact(problem):
    found = critical_points(problem.formula, problem.box)
    counts = problem.counts
    assert found.counts == {
        "minimum": counts.minima, "maximum": counts.maxima, "saddle": counts.saddles
    }  # fmt: skip
    assert found.undecided == ()
    assert found.winding == counts.winding
    assert found.complete


@pytest.mark.parametrize("problem", [p for p in PROBLEMS if p.minima or p.maxima], ids=str)
def test_known_points_are_found_with_their_values(problem):
    found = critical_points(problem.formula, problem.box)
    assert found.radii.max() < 1e-9
    for kind, known in (("minimum", problem.minima), ("maximum", problem.maxima)):
        for point, value, digits in known:
            distance = np.abs(found.locations - point).max(axis=1)
            nearest = found.points[int(distance.argmin())]
            assert distance.min() < 2e-3
            assert nearest.kind.value == kind
            lo, hi = nearest.value_bounds
            assert lo - 10.0**-digits <= value <= hi + 10.0**-digits


def test_every_point_is_where_it_is_said_to_be():
    found = critical_points("sin(3x) cos(2y) + x/5", [(0.1, 6), (0.1, 6)])
    f = found.function
    assert len(found) > 20
    assert found.complete
    gradients, hessians = f.gradients(found.locations), f.hessians(found.locations)
    assert np.abs(gradients).max() < 1e-13
    assert found.radii.max() < 1e-13
    assert np.allclose(np.linalg.eigvalsh(hessians), found.eigenvalues, rtol=1e-8)
    values = f.values(found.locations)
    assert np.all((found.values[:, 0] <= values) & (values <= found.values[:, 1]))
    assert np.all(np.diff(values) >= -1e-14)


@pytest.mark.parametrize(
    "text",
    [
        "(2.41y)^4 + 0.3x^2 + 0.2y^2",
        "(y softplus(y))^2 + 0.2y^2 + x^2",
        "erf(sin(2y)) + x^2 + y^2/5",
    ],
)
def test_points_are_pinned_down_even_where_the_hessian_varies_a_lot(text):
    found = critical_points(text, [(-2.1, 1.9), (-1.7, 2.3)])
    assert found.complete
    assert found.radii.max() < 1e-12
    assert np.abs(found.function.gradients(found.locations)).max() < 1e-12


@pytest.mark.parametrize(
    ("text", "box", "minima", "saddles"),
    [
        ("cos(x)", [(1, 20)], 3, 0),
        ("x^4/4 - x^2/2 + y^2 + z^2", [(-2, 2)] * 3, 2, 1),
        ("x^2 + y^2 + z^2 + w^2 + x y z w/9", [(-1, 1)] * 4, 1, 0),
    ],
)
def test_other_dimensions(text, box, minima, saddles):
    found = critical_points(text, box)
    assert (found.counts["minimum"], found.counts["saddle"]) == (minima, saddles)
    assert found.complete
    assert found.winding is None


def test_styblinski_tang_in_four_dimensions_has_81():
    text = "(" + " + ".join(f"x{i}^4 - 16x{i}^2 + 5x{i}" for i in (1, 2, 3, 4)) + ")/2"
    found = critical_points(text, [(-5, 5)] * 4)
    assert found.counts == {"minimum": 16, "maximum": 1, "saddle": 64}
    assert found.complete
    assert found.points[0].value == pytest.approx(4 * -39.1661657, abs=1e-5)


# Name, formula, box, where it is degenerate (None: along curves), the reason, points beside it.
DEGENERATE = [
    ("monkey saddle", "x^3 - 3x y^2", UNIT, [(0, 0)], "degenerate", 0),
    ("quartic bowl", "x^4 + y^4", UNIT, [(0, 0)], "degenerate", 0),
    ("quartic valley", "x^2 + y^4", UNIT, [(0, 0)], "degenerate", 0),
    ("cubic inflection", "x^3 + y^2", UNIT, [(0, 0)], "degenerate", 0),
    ("cusp", "x^3 + y^3", UNIT, [(0, 0)], "degenerate", 0),
    ("octic", "(x - 0.3)^8 + (y + 0.2)^2", UNIT, [(0.3, -0.2)], "degenerate", 0),
    ("quintic", "x^5/5 + y^2/2 + x y^2", UNIT, [(0, 0)], "degenerate", 0),
    ("line", "x^2 y", UNIT, None, "degenerate", 0),
    ("cross", "(x y)^2", UNIT, None, "degenerate", 0),
    ("ring", "(x^2 + y^2 - 1)^2", [(-2, 2)] * 2, None, "degenerate", 1),
    ("flat ring", "(x^2 + y^2 - 1)^4", [(-2, 2)] * 2, None, "degenerate", 1),
    ("valley of minima", "(x - y)^2", UNIT, None, "degenerate", 0),
    ("one variable", "x^4", [(-1, 1)], [(0,)], "degenerate", 0),
    ("flat part", "relu(x)^3", [(-1, 1)], None, "not differentiable here", 0),
    ("unused variable", "x^2 + 0y", UNIT, None, "degenerate", 0),
    ("kink", "|x| + y^2", UNIT, [(0, 0)], "not differentiable here", 0),
    ("cone", "hypot(x, y)", UNIT, [(0, 0)], "not differentiable here", 0),
    ("soft cone", "sqrt(x^2 + y^2)", UNIT, [(0, 0)], "not differentiable here", 0),
    ("cube root", "cbrt(x)^2 + y^2", UNIT, [(0, 0)], "not differentiable here", 0),
    ("sheets", "max(x^2 + y, x^2 - y)", UNIT, [(0, 0)], "not differentiable here", 0),
    ("corner of the box", "x^2 + y^2", [(0, 1), (0, 1)], [(0, 0)], "on the boundary", 0),
    ("side of the box", "x^2 + y^2", [(0, 1), (-1, 1)], [(0, 0)], "on the boundary", 0),
    ("pole", "1/x^2 + y^2", UNIT, None, "undefined here", 0),
    ("simple pole", "1/x + y^2", UNIT, None, "undefined here", 0),
    ("tangent's pole", "tan(x) + y^2", [(1, 2), (-1, 1)], None, "undefined here", 0),
    ("hole", "log(x^2 + y^2)", UNIT, [(0, 0)], "undefined here", 0),
    ("edge of the domain", "sqrt(x) + y^2", UNIT, None, "undefined here", 0),
    ("removable", "x^3/x + y^2", UNIT, None, "undefined here", 0),
]


@pytest.mark.parametrize(
    ("text", "box", "places", "reason", "points"),
    [case[1:] for case in DEGENERATE],
    ids=[case[0] for case in DEGENERATE],
)
def test_what_cannot_be_proved_is_undecided_with_the_reason(text, box, places, reason, points):
    found = critical_points(text, box)
    assert len(found) == points
    assert not found.complete
    assert {region.reason.value for region in found.undecided} == {reason}
    if places is not None:
        assert len(found.undecided) == len(places)
        for place in places:
            region = found.undecided[0]
            assert all(lo <= x <= hi for x, (lo, hi) in zip(place, region.box, strict=True))
            assert all(hi - lo < 0.01 for lo, hi in region.box)


def test_every_piece_of_a_ring_is_kept():
    found = critical_points("(x^2 + y^2 - 1)^2", [(-2, 2)] * 2)
    (region,) = found.undecided
    angle = np.linspace(0, 2 * math.pi, 1000)
    ring = np.array([np.cos(angle), np.sin(angle)])
    inside = (region.lo[:, None] <= ring[:, :, None] + 1e-15) & (
        ring[:, :, None] - 1e-15 <= region.hi[:, None]
    )
    assert np.any(np.all(inside, axis=0), axis=-1).all()


def test_three_sines_have_four_degenerate_points_and_the_winding_number_sees_them():
    problem = BY_NAME["three sines"]
    found = critical_points(problem.formula, problem.box)
    assert found.counts == {"minimum": 1, "maximum": 1, "saddle": 0}
    assert [region.reason for region in found.undecided] == [Reason.DEGENERATE] * 4
    assert found.winding == -6
    assert not found.complete


def test_a_point_just_inside_and_one_just_outside_are_told_apart():
    inside = critical_points("x^2 + y^2", [(-1e-9, 1), (-1, 1)])
    outside = critical_points("x^2 + y^2", [(1e-9, 1), (-1, 1)])
    assert (len(inside), inside.complete) == (1, True)
    assert (len(outside), outside.complete) == (0, True)


@pytest.mark.parametrize("offset", [0.0, 1e-12, 1e-7, 1e-3, 0.25, 1 / 3])
def test_points_on_the_cuts_are_found_once(offset):
    text = f"sin(3x + {offset}) + cos(3y)"
    found = critical_points(text, [(-4, 4), (-4, 4)])
    assert len(found) == len(critical_points(text, [(-4, 4 + 1e-9), (-4.000001, 4)]))
    assert found.complete


def test_a_discontinuity_is_never_certified():
    found = critical_points("where(x < 0.1, x^2 + y^2, x^2 + y^2 + 1)", UNIT)
    assert len(found) == 1
    jump = critical_points("where(x < 0, x^2 + y^2, x^2 + y^2 + 1)", UNIT)
    assert len(jump) == 0
    assert jump.undecided[0].reason is Reason.NOT_SMOOTH


@pytest.mark.parametrize("budget", [{"max_boxes": 40}, {"seconds": 1e-9}])
def test_running_out_of_budget_says_so(budget):
    found = critical_points(BY_NAME["rastrigin"].formula, [(-5.12, 5.12)] * 2, **budget)
    assert not found.complete
    assert Reason.BUDGET in {region.reason for region in found.undecided}
    assert "budget" in str(found)


def test_what_the_budget_left_covers_the_rest():
    problem = BY_NAME["himmelblau"]
    whole = critical_points(problem.formula, problem.box)
    part = critical_points(problem.formula, problem.box, max_boxes=100)
    assert 0 < len(part) < len(whole)
    left = [region for region in part.undecided if region.reason is Reason.BUDGET]
    for x in whole.locations:
        known = np.abs(part.locations - x).max(axis=1).min() < 1e-9
        waits = any(
            np.all((x >= region.lo.T) & (x <= region.hi.T), axis=1).any() for region in left
        )
        assert known or waits


def test_progress_is_told_and_grows():
    seen = []
    found = critical_points("sin(5x) + sin(5y)", [(-3, 3)] * 2, progress=seen.append)
    assert len(seen) >= 3
    assert all(a.boxes <= b.boxes and a.found <= b.found for a, b in pairwise(seen))
    assert seen[-1].waiting == 0
    assert seen[-1].boxes == found.boxes


def test_an_executor_gives_the_same_points():
    text, box = "sin(5x) + sin(5y) + x y/9", [(-3, 3), (-3, 3)]
    alone = critical_points(text, box)
    with ThreadPoolExecutor(2) as executor:
        spread = critical_points(text, box, executor=executor)
    assert spread.counts == alone.counts
    assert spread.complete
    places = [sorted(map(tuple, r.locations.round(10).tolist())) for r in (alone, spread)]
    assert places[0] == places[1]


@pytest.mark.parametrize(
    ("box", "message"),
    [
        ([(1, 1), (0, 1)], "empty inside: x from 1 to 1"),
        ([(2, 1), (0, 1)], "inverted: x from 2 to 1; swap"),
        ([(0, math.inf), (0, 1)], "infinite: x from 0 to inf; choose finite bounds"),
        ([(0, math.nan), (0, 1)], "not a number"),
        ([(0, 1)], "the box has 1 pair of bounds: expected 2 pairs (lo, hi), one for each of x, y"),
        ([(0, 1)] * 3, "the box has 3 pairs of bounds: expected 2 pairs"),
        ([0, 1, 0, 1], "is not a box: expected 2 pairs"),
        ("box", "'box' is not a box"),
        ([(0, "a"), (0, 1)], "is not a box"),
        ([(-1e308, 1e308), (0, 1)], "too wide"),
    ],
)
def test_boxes_that_make_no_sense_are_refused(box, message):
    with pytest.raises(PointError) as error:
        critical_points("x^2 + y^2", box)
    assert message in str(error.value)


def test_a_box_outside_the_domain_is_refused():
    with pytest.raises(PointError, match="undefined on the whole box"):
        critical_points("log(x) + y^2", [(-2, -1), (0, 1)])


def test_constants_are_refused():
    with pytest.raises(ParameterError, match="every point is critical"):
        critical_points(Formula("3", variables=("x",)), [(0, 1)])
    with pytest.raises(ParameterError, match="no variables"):
        critical_points("3", [])


def test_only_formulas_can_be_proved():
    with pytest.raises(ParameterError, match="only a formula"):
        critical_points(np.sin, [(0, 1)])  # type: ignore[arg-type]


@pytest.mark.parametrize("budget", [{"max_boxes": 0}, {"seconds": 0}, {"seconds": math.nan}])
def test_budgets_must_be_positive(budget):
    with pytest.raises(ParameterError):
        critical_points("x^2", [(-1, 1)], **budget)


def test_the_result_prints_as_text_html_and_json():
    found = critical_points("(x^2 + y - 11)^2 + (x + y^2 - 7)^2", [(-5, 5), (-5, 5)])
    text = str(found)
    assert "9 critical points (4 minima, 1 maximum, 4 saddles). Proved" in text
    assert "-0.270844590667" in text
    assert found._repr_html_().count("<tr>") == 10
    data = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert set(data) == {"points", "counts", "undecided", "complete", "winding"}
    assert set(data["points"][0]) == {"x", "radius", "kind", "value", "eigenvalues", "status"}
    assert data["points"][0]["status"] == "certified"
    undecided = critical_points("x^3 - 3x y^2", UNIT).to_json()["undecided"]
    assert undecided[0]["reason"] == "degenerate"
    assert len(undecided[0]["box"]) == 2


def test_digits_that_are_not_proved_are_not_shown():
    assert str(critical_points("x^2 + y^2", [(-1, 1.3)] * 2)).count("minimum  0  0  ") == 1


@pytest.mark.parametrize("threshold", [0, 200, 10**9])
def test_numpy_and_machine_code_find_the_same(monkeypatch, threshold):
    from steepest.critical import bounds

    monkeypatch.setattr(bounds, "_WORTH_COMPILING", threshold)
    found = critical_points("sin(3x) cos(2y) + x/5 + erf(x y)", [(0.1, 4), (0.1, 4)])
    assert found.counts == {"minimum": 4, "maximum": 6, "saddle": 9}
    assert found.complete


def test_many_curves_end_soon_and_many_points_do_not():
    curves = critical_points("sin(x y)", [(-9, 9), (-9, 9)])
    assert curves.counts["saddle"] == 1
    assert {region.reason for region in curves.undecided} == {Reason.DEGENERATE}
    assert curves.boxes < 500_000
    points = critical_points("sin(x) + sin(y)", [(0.3, 300), (0.3, 300)])
    assert len(points) == 95**2
    assert points.complete
