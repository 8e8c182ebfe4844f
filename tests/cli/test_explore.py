"""`steepest explore`: the JSON's keys, its numbers, and what is null."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from steepest.cli import main


def run(*args: str) -> Result:
    return CliRunner().invoke(main, list(args))


def refuse_nan(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


def read(*args: str) -> dict[str, Any]:
    result = run(*args, "--json")
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return json.loads(result.stdout, parse_constant=refuse_nan)


def test_the_main_example() -> None:
    answer = read("explore", "x^2 + 3y^2", "--at", "1,2", "--direction", "1,0")
    assert list(answer) == ["formula", "variables", "point", "value", "gradient",
                            "steepest_ascent", "hessian", "level", "slope", "page"]  # fmt: skip
    assert answer["formula"] == "x^2 + 3y^2"
    assert answer["variables"] == ["x", "y"]
    assert answer["point"] == [1, 2]
    assert answer["value"] == 13
    assert answer["gradient"]["symbolic"] == ["2x", "6y"]
    assert answer["gradient"]["value"] == [2, 12]
    assert answer["gradient"]["status"] == "differentiable"
    checks = answer["gradient"]["checks"]
    assert checks["agrees"] is True
    assert len(checks["ways"]) == 3
    assert all(way["agrees"] for way in checks["ways"])
    length = (4 + 144) ** 0.5
    assert answer["steepest_ascent"]["norm"] == "l2"
    assert answer["steepest_ascent"]["rate"] == pytest.approx(length, rel=1e-15)
    assert answer["steepest_ascent"]["direction"] == pytest.approx([2 / length, 12 / length])
    assert answer["hessian"] == {"value": [[2, 0], [0, 6]], "eigenvalues": [2, 6]}
    assert answer["level"]["value"] == 13
    assert answer["level"]["tangent"] == pytest.approx([-12 / length, 2 / length])
    assert answer["slope"] == pytest.approx(2)
    assert answer["page"] is None


def test_slope_is_there_only_with_a_direction() -> None:
    assert "slope" not in read("explore", "x^2", "--at", "1")


def test_it_is_one_object_on_one_line() -> None:
    result = run("explore", "x^2", "--at", "1", "--json")
    assert result.stdout.count("\n") == 1
    assert result.stdout.isascii()


@pytest.mark.parametrize(("norm", "direction", "rate"), [("linf", [1, 1], 14), ("l1", [0, 1], 12)])
def test_norms(norm: str, direction: list[float], rate: float) -> None:
    best = read("explore", "x^2 + 3y^2", "--at", "1,2", "--norm", norm)["steepest_ascent"]
    assert best == {"norm": norm, "direction": direction, "rate": rate}


@pytest.mark.parametrize(
    ("formula", "point", "status", "one_sided"),
    [
        ("abs(x)", "0", "kink", [[-1, 1]]),
        ("sqrt(x)", "0", "edge", [[None, None]]),  # +∞ to the right is no JSON number
        ("log(x)", "-1", "outside", None),
        ("x^2/x", "0", "outside", None),
        ("sin(x)/x", "0", "outside", None),
        ("hypot(x, y)", "0,0", "kink", None),
        ("max(x, y)", "1,1", "kink", None),
    ],
)
def test_what_does_not_exist_is_null_and_the_status_says_why(
    formula: str, point: str, status: str, one_sided: Any
) -> None:
    answer = read("explore", formula, "--at", point)
    gradient = answer["gradient"]
    assert gradient["status"] == status
    assert len(gradient["reason"]) > 10
    assert gradient["value"] == [None] * len(answer["variables"])
    assert answer["steepest_ascent"]["direction"] is None
    assert answer["steepest_ascent"]["rate"] is None
    assert answer["level"]["tangent"] is None
    if one_sided is not None:
        assert gradient["one_sided"] == one_sided


def test_a_critical_point_has_no_steepest_direction() -> None:
    answer = read("explore", "x^2 - y^2", "--at", "0,0", "--direction", "1,1")
    assert answer["gradient"]["value"] == [0, 0]
    assert answer["steepest_ascent"]["direction"] is None
    assert answer["slope"] == 0


def test_an_overflow_is_null() -> None:
    answer = read("explore", "exp(1000x)", "--at", "1")
    assert answer["value"] is None
    assert "overflow" in answer["gradient"]["reason"]


def test_known_points_of_the_chapter() -> None:
    relu = read("explore", "relu(x) - relu(-x)", "--at", "0")
    assert relu["gradient"]["value"] == [1]
    cbrt = read("explore", "cbrt(x)", "--at", "-8")
    assert cbrt["value"] == pytest.approx(-2)
    assert cbrt["gradient"]["value"][0] == pytest.approx(1 / 12)
    fast = read("explore", "sin(10000x)", "--at", "1")
    assert fast["gradient"]["value"][0] == pytest.approx(-9521.55, abs=0.01)
    assert fast["gradient"]["checks"]["agrees"] is True


def test_the_limit_table() -> None:
    answer = read("explore", "x^2", "--at", "3", "--direction", "1", "--limit-table")
    rows = answer["limit_table"]
    assert rows[0] == {"h": 1, "quotient": 7, "error": 1}
    assert rows[3]["quotient"] == pytest.approx(6.001)


@pytest.mark.parametrize(
    ("formula", "at", "point", "value"),
    [
        ("-x^2", "3", [3], -9), ("-x^2", "-3", [-3], -9), ("--x", "2", [2], 2),
        ("-o^2", "2", [2], -4), ("-h", "2", [2], -2), ("-x", "pi/2", [1.5707963267948966], None),
        ("x - y", "x=1,y=2", [1, 2], -1), ("x - y", "y=2, x = 1", [1, 2], -1),
        ("x - y", "(1, 2)", [1, 2], -1), ("x - y", "-1,-2", [-1, -2], 1),
        ("x + y", "atan2(0, 1), 2^0.5", [0, 1.4142135623730951], None), ("3", "", [], 3),
        ("x2 + x10", "1,2", [1, 2], 3),
    ],
)  # fmt: skip
def test_formulas_and_points_as_people_type_them(
    formula: str, at: str, point: list[float], value: float | None
) -> None:
    answer = read("explore", formula, "--at", at)
    assert answer["point"] == point
    if value is not None:
        assert answer["value"] == value


def test_options_may_come_before_the_formula() -> None:
    assert read("explore", "--at", "3", "-x^2")["value"] == -9
    result = run("explore", "--at=-3", "--json", "--", "-x^2")
    assert json.loads(result.stdout)["value"] == -9


def test_the_report_is_plain_text_without_spaces_at_the_ends() -> None:
    result = run("explore", "x^2 + 3y^2", "--at", "1,2")
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout
    assert "12.17" in result.stdout
    assert all(line == line.rstrip() for line in result.stdout.split("\n"))


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_a_picture_is_saved(suffix: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    path = tmp_path / f"a.{suffix}"
    answer = read("explore", "x^2 + 3y^2", "--at", "1,2", "-o", str(path))
    assert answer["value"] == 13
    assert path.stat().st_size > 3000


def test_a_slice_over_chosen_variables(tmp_path: Path) -> None:
    result = run("explore", "x^2 + y^2 + z^2", "--at", "1,2,3", "--plane", "x,z")
    assert "slice through the point, with y" in result.stdout
