"""Scenes: plain JSON for every function, and geometry that says what the numbers say."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import steepest as st
from steepest.errors import ParameterError
from steepest.view.scene import scene

FORMULAS: list[tuple[str, list[float]]] = [
    ("x^2 + 3y^2", [1, 2]),
    ("(1 - x)^2 + 100(y - x^2)^2", [-1.2, 1]),
    ("log(x) + y^2", [1, 1]),
    ("log(x) + y^2", [-1, 1]),
    ("1/x + y", [0, 1]),
    ("abs(x) + abs(y)", [0, 0]),
    ("hypot(x, y)", [0, 0]),
    ("exp(1000x) + y", [1, 1]),
    ("exp(exp(x)) - exp(exp(y))", [3, 3]),
    ("x^2 - y^2", [0, 0]),
    ("0*x + 0*y + 3", [1, 2]),
    ("1e-300*(x^2 + y^2)", [1, 1]),
    ("1e300*(x^2 + y^2)", [1, 1]),
    ("sin(10000x) + y", [1, 0]),
    ("x + y", [1e15, 1]),
    ("x*y*z", [1, 2, 3]),
    ("x^2 + y^2 + z^2 + w^2", [1, 2, 3, 4]),
    ("sin(x)*exp(-x/4)", [1]),
    ("tan(x)", [1]),
    ("sign(x)", [0]),
    ("abs(x)", [0]),
    ("log(x)", [-2]),
    ("sqrt(-1 - x^2)", [1]),
    ("exp(1000x)", [1]),
    ("0*x + 5", [1]),
    ("1e-200*x", [1]),
]
IDS = [f"{f} at {p}" for f, p in FORMULAS]


def of(formula: str, point: list[float], **options: Any) -> dict[str, Any]:
    f = st.Formula(formula)
    return scene(f, f.at(point), resolution=(31, 31), **options)


def mark(drawn: dict[str, Any], role: str) -> dict[str, Any]:
    (found,) = [m for m in drawn["marks"] if m["role"] == role]
    return found


def vector(arrow: dict[str, Any]) -> np.ndarray:
    return np.array(arrow["to"]) - np.array(arrow["from"])


@pytest.mark.parametrize(("formula", "point"), FORMULAS, ids=IDS)
def test_a_scene_is_strict_json(formula: str, point: list[float]) -> None:
    drawn = of(formula, point)
    assert json.loads(json.dumps(drawn, allow_nan=False)) == drawn
    for axis in drawn["axes"]:
        lo, hi = axis["range"]
        assert lo < hi
    if drawn["field"]:
        bands = drawn["field"]["bands"]
        assert bands == sorted(set(bands))


def test_the_gradient_is_perpendicular_to_the_tangent_and_points_uphill() -> None:
    drawn = of("x^2 + 3y^2", [1, 2])
    up, down = vector(mark(drawn, "gradient")), vector(mark(drawn, "descent"))
    a, b = mark(drawn, "tangent")["lines"][0]
    along = np.array(b) - np.array(a)
    assert abs(up @ along) < 1e-12
    assert up / np.linalg.norm(up) == pytest.approx(np.array([2, 12]) / np.hypot(2, 12))
    assert down / np.linalg.norm(down) == pytest.approx(-up / np.linalg.norm(up))
    assert mark(drawn, "point")["at"] == [1, 2]
    assert "12.17 per unit" in mark(drawn, "gradient")["label"]


def test_the_level_curve_passes_through_the_point() -> None:
    drawn = of("x^2 + 3y^2", [1, 2])
    (line,) = mark(drawn, "level")["lines"]
    points = np.array(line)
    assert np.allclose(points[:, 0] ** 2 + 3 * points[:, 1] ** 2, 13, atol=1e-3)
    assert np.min(np.hypot(points[:, 0] - 1, points[:, 1] - 2)) < 0.3


@pytest.mark.parametrize("point", [[1, 2], [3.9, 3.9], [-4, 0.1], [4, -4]])
def test_arrows_stay_inside_the_window(point: list[float]) -> None:
    drawn = of("x^2 + 3y^2", point, box=[(-5, 5), (-5, 5)], direction=np.array([1.0, 1.0]))
    for m in drawn["marks"]:
        if m["type"] == "arrow":
            assert np.all(np.abs(m["to"]) <= 5), m


def test_the_direction_carries_its_slope() -> None:
    drawn = of("x^2 + 3y^2", [1, 2], direction=np.array([5.0, 0.0]))
    assert mark(drawn, "direction")["label"] == "u = (1, 0): slope 2"


def test_another_norm_shows_its_own_steepest_direction() -> None:
    drawn = of("x^2 + 3y^2", [1, 2], norm=st.LInf())
    assert vector(mark(drawn, "steepest")) == pytest.approx(vector(mark(drawn, "steepest"))[::-1])
    assert "14 per unit" in mark(drawn, "steepest")["label"]


@pytest.mark.parametrize(
    ("formula", "point", "word"),
    [("abs(x) + abs(y)", [0, 0], "kink"), ("log(x) + y", [-1, 0], "undefined"),
     ("x^2 - y^2", [0, 0], "critical point")],
)  # fmt: skip
def test_where_there_is_no_arrow_a_note_says_why(
    formula: str, point: list[float], word: str
) -> None:
    drawn = of(formula, point)
    assert not [m for m in drawn["marks"] if m["type"] == "arrow"]
    assert word in " ".join(drawn["notes"])


def test_three_variables_are_a_slice_that_says_so() -> None:
    drawn = of("x^2 + 2y^2 + 3z^2", [1, 2, 3], plane=["x", "z"])
    assert drawn["slice"] == "slice through the point, with y = 2"
    assert [a["name"] for a in drawn["axes"]] == ["x", "z"]
    assert vector(mark(drawn, "gradient")) @ [-18, 2] == pytest.approx(0)
    values = np.array(drawn["field"]["values"])
    assert np.min(values) == pytest.approx(8, abs=0.2)


@pytest.mark.parametrize("plane", [["x"], ["x", "x"], ["x", "q"], ["x", "y", "z"]])
def test_a_plane_that_makes_no_sense_is_refused(plane: list[str]) -> None:
    with pytest.raises(ParameterError, match=r"plane.*x, y, z"):
        of("x + y + z", [1, 2, 3], plane=plane)


def test_undefined_values_are_none_and_infinite_ones_are_clipped() -> None:
    values = of("log(x) + y^2", [1, 1])["field"]["values"]
    flat = [v for row in values for v in row]
    assert None in flat
    numbers = [v for v in flat if v is not None]
    assert min(numbers) > -100


def test_nothing_to_draw_without_a_variable() -> None:
    with pytest.raises(ParameterError, match="no variable"):
        scene(st.Formula("3"), None)


def test_a_trajectory_ends_in_a_minimum() -> None:
    f = st.Formula("x^2 + 3y^2")
    walk = st.descend(f, [1, 2], st.FixedStep(0.1))
    drawn = scene(f, trajectories=[walk], resolution=(31, 31))
    path = mark(drawn, "trajectory")
    assert path["points"][0] == [1, 2]
    assert len(path["points"]) == walk.steps + 1
    assert path["label"] == f"fixed, η = 0.1: {walk.steps} steps,\nconverged to a minimum"
    assert mark(drawn, "minimum")["at"] == pytest.approx([0, 0], abs=1e-6)


def test_a_divergent_trajectory_is_still_a_scene() -> None:
    f = st.Formula("x^2 + 3y^2")
    walk = st.descend(f, [1, 2], st.FixedStep(0.5))
    drawn = scene(f, trajectories=[walk], resolution=(31, 31))
    json.dumps(drawn, allow_nan=False)
    lo, hi = drawn["axes"][0]["range"]
    assert hi - lo < 100


def test_a_curve_has_its_tangent() -> None:
    drawn = of("x^2", [3])
    ((x0, y0), (x1, y1)) = mark(drawn, "slope")["lines"][0]
    assert (y1 - y0) / (x1 - x0) == pytest.approx(6)
    assert mark(drawn, "point")["at"] == [3, 9]
    assert vector(mark(drawn, "gradient"))[0] > 0


def test_a_pole_does_not_flatten_the_graph() -> None:
    bottom, top = of("tan(x)", [1])["axes"][1]["range"]
    assert -20 < bottom < -1
    assert 2 < top < 20


@pytest.mark.parametrize(
    ("formula", "pieces"),
    [("x^2", 1), ("abs(x)", 1), ("1/x", 2), ("sign(x)", 2), ("sqrt(abs(x) - 1)", 2),
     ("cbrt(x)", 1), ("20 sin(9x)", 1)],
)  # fmt: skip
def test_a_graph_breaks_only_where_f_does(formula: str, pieces: int) -> None:
    f = st.Formula(formula)
    drawn = scene(f, None, box=[(-2, 2.1)], resolution=(201, 201))
    lines = [line for line in mark(drawn, "graph")["lines"] if len(line) > 2]
    assert len(lines) == pieces


def test_a_callable_without_a_formula_is_drawn() -> None:
    class Bowl:
        variables = ("x", "y")
        dim = 2

        def values(self, points: np.ndarray) -> np.ndarray:
            return np.sum(points**2, axis=1)

        def gradients(self, points: np.ndarray) -> np.ndarray:
            return 2 * points

        def values_and_gradients(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return self.values(points), self.gradients(points)

        def hessians(self, points: np.ndarray) -> np.ndarray:
            return np.repeat(2 * np.eye(2)[None], len(points), axis=0)

    bowl = Bowl()
    drawn = scene(bowl, st.LocalModel(bowl, [1, 0]), resolution=(31, 31))  # type: ignore[arg-type]
    assert drawn["title"]["text"] == "f(x, y)"
    assert vector(mark(drawn, "gradient"))[1] == pytest.approx(0)
