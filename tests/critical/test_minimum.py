"""The global minimum: the bounds hold the best value known, inside and on the boundary."""

import json
import math
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

from problems import PROBLEMS
from steepest.critical.clusters import Reason
from steepest.critical.minimum import global_minimum
from steepest.errors import ParameterError, PointError
from steepest.functions.formula import Formula

ACKLEY = "-20exp(-0.2sqrt((x^2+y^2)/2)) - exp((cos(2pi x)+cos(2pi y))/2) + 20 + e"
EGGHOLDER = "-(y+47)sin(sqrt(|x/2+y+47|)) - x sin(sqrt(|x-y-47|))"


@pytest.mark.parametrize("problem", [p for p in PROBLEMS if p.minima], ids=str)
def test_known_minima_lie_in_the_bounds(problem):
    best = global_minimum(problem.formula, problem.box)
    known = min(minimum.value for minimum in problem.minima)
    slack = 10.0 ** -max(minimum.digits for minimum in problem.minima if minimum.value == known)
    lo, hi = best.value_bounds
    inside = [m for m in best.minimizers if not m.on_side]
    if inside:
        assert lo - slack <= known <= hi + slack
        assert hi - lo < 1e-9
        assert best.complete
        for minimum in problem.minima:
            if minimum.value <= known + slack:
                distances = [np.abs(np.subtract(m.x, minimum.point)).max() for m in inside]
                assert min(distances) < 2e-3
    else:
        assert hi < known


@pytest.mark.parametrize(
    ("text", "box", "value", "places"),
    [
        ("x^2 + y^2", [(1, 2), (-1, 1)], 1, [(1, 0)]),
        ("x + y + x y", [(0, 1), (0, 1)], 0, [(0, 0)]),
        ("-x^2 - y^2", [(-1, 2), (-1, 2)], -8, [(2, 2)]),
        ("x^2 y", [(-1, 1), (-1, 1)], -1, [(-1, -1), (1, -1)]),
        ("x", [(2, 3)], 2, [(2,)]),
        ("-x", [(2, 3)], -3, [(3,)]),
        ("sqrt(x)", [(1, 4)], 1, [(1,)]),
        ("x^3", [(-2, 1)], -8, [(-2,)]),
        ("x^2 - 3z + (y - 0.2)^2", [(-1, 1)] * 3, -3, [(0, 0.2, 1)]),
        (EGGHOLDER, [(-512, 512)] * 2, -959.6406627208507, [(512, 404.2318051136)]),
        ("sin(x)", [(-8, 8)], -1, [(-math.pi / 2,), (3 * math.pi / 2,), (-5 * math.pi / 2,)]),
    ],
)
def test_minima_on_the_boundary_and_inside(text, box, value, places):
    best = global_minimum(text, box)
    lo, hi = best.value_bounds
    assert lo - 1e-9 <= value <= hi + 1e-9
    assert hi - lo < 1e-9
    assert best.complete
    found = sorted(m.x for m in best.minimizers)
    expected = sorted(
        p for p in places if all(a <= v <= b for v, (a, b) in zip(p, box, strict=True))
    )
    assert np.allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("text", "box", "value", "reason"),
    [
        (ACKLEY, [(-32, 32)] * 2, 0, "not differentiable here"),
        ("|x - 0.3| + |y|", [(-1, 1)] * 2, 0, "not differentiable here"),
        ("max(x, -x)", [(-1, 1)], 0, "not differentiable here"),
        ("0.5x + max(-x, 0)", [(-1, 2)], 0, "not differentiable here"),
        ("relu(x) + relu(-x) - 0.5x", [(-1, 2)], 0, "not differentiable here"),
        ("(x y)^2", [(-1, 1)] * 2, 0, "degenerate"),
        ("x^4 + y^4", [(-1, 2)] * 2, 0, "degenerate"),
        ("0x + 3", [(0, 1)], 3, "degenerate"),
    ],
)
def test_the_bounds_hold_where_the_place_is_not_proved(text, box, value, reason):
    best = global_minimum(text, box)
    lo, hi = best.value_bounds
    assert lo <= value <= hi + 1e-15
    assert hi - lo < 1e-6
    assert not best.complete
    assert {region.reason.value for region in best.undecided} == {reason}


@pytest.mark.parametrize("text", ["cbrt(x)^2", "sqrt(|x|)", "(x^2)^(1/3)", "|x|", "max(x, -x)"])
@pytest.mark.parametrize("left", [-1, -0.4987, -0.24870169000000002, -0.75128695])
def test_a_cusp_on_a_cut_is_not_lost(text, left):
    # The first cut of [-0.4987, 0.5013] is at 0, others are near.
    best = global_minimum(text, [(left, left + 1)])
    lo, hi = best.value_bounds
    assert lo <= 0 <= hi
    assert hi < 1e-3


def test_a_jump_can_be_the_minimum():
    best = global_minimum("where(x < 0.25, x^2 + 1, x)", [(-1, 1)])
    lo, hi = best.value_bounds
    assert lo <= 0.25 <= hi
    assert hi - lo < 1e-6


def test_a_pole_leaves_no_lower_bound():
    best = global_minimum("1/x", [(-1, 1)])
    assert best.value_bounds[0] == -math.inf
    assert not best.complete
    assert "may be unbounded" in str(best)
    json.dumps(best.to_json(), allow_nan=False)


def test_random_quadratics_on_boxes_agree_with_a_dense_grid():
    rng = np.random.default_rng(4)
    for _ in range(20):
        a, b, c, d, e = rng.integers(-5, 6, 5).tolist()
        f = Formula(f"{a}x^2 + {b}x y + {c}y^2 + {d}x + {e}y", variables=("x", "y"))
        box = [(-1, 1.5), (-2, 0.5)]
        best = global_minimum(f, box)
        grid = np.meshgrid(np.linspace(*box[0], 101), np.linspace(*box[1], 101))
        values = f.values(np.stack([g.ravel() for g in grid], axis=1))
        lo, hi = best.value_bounds
        assert lo <= values.min() + 1e-12
        assert hi >= lo
        assert hi <= values.min() + 1e-12


def test_the_budget_keeps_the_bounds_true():
    best = global_minimum("sin(9x)sin(9y) + x^2/9", [(-5, 5)] * 2, max_boxes=5)
    assert not best.complete
    assert {region.reason.value for region in best.undecided} == {"budget"}
    assert best.value_bounds[0] <= -0.9966 < best.value_bounds[1] + 0.1


def test_the_result_prints_and_goes_to_json():
    best = global_minimum("(1 - x)^2 + 100(y - x^2)^2", [(-5, 10), (-5, 10)])
    assert "taken at one point only" in str(best)
    assert "x = 1, y = 1" in str(best)
    data = json.loads(json.dumps(best.to_json(), allow_nan=False))
    assert set(data) == {"value", "value_bounds", "minimizers", "undecided", "complete"}


def test_progress_is_told():
    seen = []
    global_minimum("sin(5x) + sin(5y)", [(-3, 3)] * 2, progress=seen.append)
    assert seen
    assert seen[-1].waiting == 0


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("(x^2 + y - 11)^2 + (x + y^2 - 7)^2", [(-5, 5), (-5, 5)]),
        ("x^2 + y^2", [(-1, 1), (-1, 1)]),
        ("x y", [(-1, 1), (-1, 1)]),
        ("(x^2 + y^2 - 1)^2", [(-2, 2), (-2, 2)]),
        ("sqrt(x) + y^2", [(-1, 1), (-1, 1)]),
    ],
)
def test_an_executor_gives_the_same_minimum(text, box):
    alone, told = global_minimum(text, box), []
    with ThreadPoolExecutor(2) as executor:
        spread = global_minimum(text, box, executor=executor, progress=told.append)
    assert len(told) == 16
    assert told[-1].boxes == spread.boxes
    assert told[-1].waiting == 0
    assert spread.complete == alone.complete
    assert spread.value_bounds == pytest.approx(alone.value_bounds, abs=1e-9)
    here, there = (sorted(np.round(m.x, 8).tolist() for m in r.minimizers) for r in (alone, spread))
    assert here == there
    assert [m.on_side for m in alone.minimizers].count(True) == [
        m.on_side for m in spread.minimizers
    ].count(True)


def test_a_process_pool_carries_the_slices():
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        best = global_minimum(EGGHOLDER, [(-512, 512)] * 2, executor=pool)
    assert best.complete
    assert best.value == pytest.approx(-959.6406627208507, abs=1e-9)


def test_each_slice_ends_with_its_share_of_the_budget():
    with ThreadPoolExecutor(2) as executor:
        best = global_minimum(EGGHOLDER, [(-512, 512)] * 2, max_boxes=16, executor=executor)
    assert not best.complete
    assert {region.reason for region in best.undecided} == {Reason.BUDGET}
    lo, hi = best.value_bounds
    assert lo <= -959.6406627208507 <= hi + 1e-9


def test_bad_input_is_refused():
    with pytest.raises(PointError, match="undefined on the whole box"):
        global_minimum("log(x)", [(-2, -1)])
    with pytest.raises(PointError, match="inverted"):
        global_minimum("x", [(2, 1)])
    with pytest.raises(ParameterError, match="max_boxes"):
        global_minimum("x", [(1, 2)], max_boxes=0)


@pytest.mark.parametrize(
    ("text", "end", "said"),
    [
        ("x^4 - 3x^2 + x", (1.1309,), "not global (proved): at (-1.30084)"),
        ("x^4 - 3x^2 + x", (-1.3008396,), "the global one in the box (proved)"),
        ("x^4 - 2x^2", (1.0,), "one of 2 that may be global"),
        ("|x|", (0.0,), "not proved"),
    ],
)
def test_the_end_of_a_descent_is_judged(text, end, said):
    assert said in global_minimum(text, [(-2, 2)]).judge(end)


def test_the_best_point_has_the_value_it_is_listed_with():
    best = global_minimum(EGGHOLDER, [(-512, 512)] * 2)
    assert best.point is not None
    assert best.function(best.point) == pytest.approx(best.value_bounds[1], abs=1e-9)
