"""`steepest check`: the verdict as JSON and in words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from steepest.cli import main


def read(formula: str, answer: str) -> dict[str, Any]:
    result = CliRunner().invoke(main, ["check", formula, "--gradient", answer, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_right_answer() -> None:
    mark = read("x^2 + 3y^2", "2x, 6y")
    assert list(mark) == ["correct", "components"]
    assert mark["correct"] is True
    assert [c["correct"] for c in mark["components"]] == [True, True]
    assert set(mark["components"][0]) == {"variable", "correct", "feedback", "decided_by"}


@pytest.mark.parametrize("answer", ["-2x, 6y", "-2x", "2x, 6y, 1", "", "2x,", "2x 6y", "2x; 6y"])
def test_wrong_and_malformed_answers_are_never_right(answer: str) -> None:
    assert read("x^2 + 3y^2", answer)["correct"] is False


def test_the_words() -> None:
    result = CliRunner().invoke(main, ["check", "x^2 + 3y^2", "--gradient", "6y, 2x"])
    assert result.exit_code == 0
    assert "are the components swapped?" in result.stdout
