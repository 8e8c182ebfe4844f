"""`steepest descend`: every rule runs, every outcome is told, the JSON is strict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from steepest.cli import main
from steepest.rules import BY_NAME

KEYS = ["rule", "outcome", "message", "steps", "points", "values", "gradient_norms",
        "lambda_max", "stable_step_limit", "verdict"]  # fmt: skip


def refuse_nan(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


def read(*args: str) -> dict[str, Any]:
    result = CliRunner().invoke(main, ["descend", *args, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout, parse_constant=refuse_nan)


def test_the_example_of_the_table() -> None:
    answer = read("x^2 + 3y^2", "--from", "1,2", "--rule", "fixed", "--step-size", "0.1")
    assert list(answer) == KEYS
    assert answer["rule"] == "fixed"
    assert answer["outcome"] == "converged"
    assert answer["points"][:2] == [[1, 2], pytest.approx([0.8, 0.8])]
    assert answer["values"][0] == 13
    assert len(answer["points"]) == len(answer["values"]) == answer["steps"] + 1
    assert len(answer["gradient_norms"]) == answer["steps"] + 1
    assert answer["lambda_max"] == pytest.approx(6)
    assert answer["stable_step_limit"] == pytest.approx(1 / 3)


def test_a_box_brings_the_verdict() -> None:
    assert read("x^2", "--from", "1", "--step-size", "0.1")["verdict"] is None
    answer = read("x^2", "--from", "1", "--step-size", "0.1", "--box", "-2,2")
    assert answer["verdict"].startswith("This minimum is the global one in the box (proved)")


def test_divergence_is_strict_json_too() -> None:
    answer = read("x^2 + 3y^2", "--from", "1,2", "--step-size", "0.35")
    assert answer["outcome"] == "diverged"
    assert "0.3333" in answer["message"]


@pytest.mark.parametrize(
    ("formula", "start", "outcome"),
    [("log(x)", "-1", "not_finite_at_start"), ("sqrt(x)", "1", "left_domain"),
     ("x^2 - y^2", "1,0", "not_a_minimum")],
)  # fmt: skip
def test_other_ends(formula: str, start: str, outcome: str) -> None:
    assert read(formula, "--from", start, "--step-size", "0.4")["outcome"] == outcome


@pytest.mark.parametrize("rule", BY_NAME)
def test_every_rule_runs(rule: str) -> None:
    needs = rule in ("fixed", "normalized", "clipped", "momentum", "nesterov")
    step = ["--step-size", "0.05"] if needs else []
    answer = read("x^2 + 3y^2", "--from", "1,2", "--rule", rule, *step, "--max-steps", "50")
    assert answer["rule"] == rule
    assert answer["values"][-1] < 13


def test_the_parameters_reach_the_rule() -> None:
    common = ("x^2", "--from", "1", "--rule", "momentum", "--step-size", "0.1")
    plain = read(*common, "--momentum", "0", "--max-steps", "3")
    assert plain["values"] == pytest.approx([1, 0.64, 0.4096, 0.262144])
    heavy = read(*common, "--momentum", "0.5", "--max-steps", "3")
    assert heavy["values"][1] == pytest.approx(0.64)
    assert heavy["values"][2] != pytest.approx(0.4096)
    one = read(
        "x^2 + 3y^2", "--from", "1,2", "--step-size", "0.1", "--norm", "l1", "--max-steps", "1"
    )
    assert one["points"][1] == pytest.approx([1, 0.8])


def test_the_report_and_its_picture(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    path = tmp_path / "walk.png"
    args = ["descend", "(1-x)^2 + 100(y-x^2)^2", "--from", "-1,1", "--rule", "momentum",
            "--step-size", "0.001", "--momentum", "0.9", "-o", str(path)]  # fmt: skip
    result = CliRunner().invoke(main, args)
    assert result.exit_code == 0, result.output
    assert "momentum, η = 0.001, β = 0.9" in result.stdout
    assert "Value against step" in result.stdout
    assert path.stat().st_size > 3000
