"""Exercises as checks of otter-grader and nbgrader, run as those run them.

docs/exercises.md says with which versions of both the files were graded for real.
"""

from __future__ import annotations

import ast
import contextlib
import doctest
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import steepest as st
from steepest.errors import ParameterError
from steepest.explain.exercises.bank import bank
from steepest.explain.exercises.graders import (
    as_text,
    award,
    nbgrader_cells,
    otter_test,
    require,
    verdict,
)

SUMS = bank().get("gradient-sums").draw(7)  # of 5x² + x·y + 2y²
DIRECTION = bank().get("steepest-direction").draw(7)
HALF = "10x + y, 4y"

OWN = """
[[exercise]]
key = "own"
topic = "own"
title = "Own"
prompt = "Twice 21?"
answer = { number = "42" }
"""


@pytest.mark.parametrize(
    "given",
    [
        "10x + y, x + 4y",
        ["10x + y", "x + 4y"],
        st.Formula("5x^2 + x*y + 2y^2").gradient,
        ("y + 10x", "4y + x"),
    ],
)
def test_an_answer_may_be_text_or_formulas(given: Any) -> None:
    assert verdict("gradient-sums", 7, given) == "correct"
    assert award("gradient-sums", 7, given, points=2) == 2.0
    require("gradient-sums", 7, given)


def test_an_answer_may_be_numbers() -> None:
    right = [float(part) for part in DIRECTION.answer.shown.split(",")]
    for given in (right, tuple(right), np.array(right), "-9/sqrt(250), -13/sqrt(250)"):
        assert verdict("steepest-direction", 7, given) == "correct"
    assert as_text(np.float64(0.1)) == as_text(0.1) == "0.1"
    assert as_text(np.array([[1.5], [2.0]])) == "1.5, 2.0"


@pytest.mark.parametrize("given", [None, ..., "", " ", [], "?", float("nan"), object()])
def test_no_answer_is_never_right(given: Any) -> None:
    for key in ("gradient-sums", "steepest-direction", "steepest-rate", "limit-fate"):
        assert verdict(key, 7, given).startswith("✗")
        with pytest.raises(AssertionError, match="✗"):
            award(key, 7, given)
        with pytest.raises(AssertionError, match="✗"):
            require(key, 7, given)


def test_a_gradient_earns_its_share(capsys: pytest.CaptureFixture[str]) -> None:
    assert award("gradient-sums", 7, HALF, points=3) == 1.5
    assert "A term is missing" in capsys.readouterr().out
    assert award("gradient-sums", 7, "10x + y", points=3) == 1.5
    capsys.readouterr()
    for nothing_right in ("1, 1", "10x + y, x + 4y, 0", "4y, 10x"):
        with pytest.raises(AssertionError):
            award("gradient-sums", 7, nothing_right, points=3)


def run_as_otter(text: str, answers: dict[str, Any]) -> list[tuple[bool, str]]:
    """Each case is a doctest in the notebook's variables; its output is shown if it fails."""
    there: dict[str, Any] = {}
    exec(text, there)
    assert there["OK_FORMAT"] is True
    (suite,) = there["test"]["suites"]
    assert suite["type"] == "doctest"
    assert not suite["setup"] and not suite["teardown"]
    results = []
    for case in suite["cases"]:
        test = doctest.DocTestParser().get_doctest(case["code"], dict(answers), "q", None, None)
        said = io.StringIO()
        failed = doctest.DocTestRunner().run(test, out=said.write).failed
        results.append((not failed, said.getvalue()))
    return results


def test_otter() -> None:
    text = otter_test("q1", [DIRECTION, SUMS], ["direction", "gradient"], points=2)
    good = {"direction": [-9 / 250**0.5, -13 / 250**0.5], "gradient": "10x + y, x + 4y"}
    assert run_as_otter(text, good) == [(True, ""), (True, "")]
    first, second = run_as_otter(text, {"direction": [-9, -13], "gradient": HALF})
    assert not first[0] and "divide by its length" in first[1]
    assert not second[0] and "A term is missing" in second[1]
    (missing, _) = run_as_otter(text, {"gradient": "10x + y, x + 4y"})
    assert not missing[0]
    assert text.count("'points': 2") == 2


def run_as_nbgrader(source: str, answers: dict[str, Any], points: float) -> float:
    """An error is worth nothing, a last line with a value that value, anything else all points."""
    *first, last = ast.parse(source).body
    assert isinstance(last, ast.Expr)
    names = dict(answers)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(ast.Module(first, []), "cell", "exec"), names)
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    except Exception:
        return 0.0
    return points if value is None else float(repr(value))


@pytest.mark.parametrize(
    ("given", "earned"),
    [("10x + y, x + 4y", 4.0), (HALF, 2.0), ("1, 1", 0.0), ("", 0.0), (..., 0.0)],
)
def test_nbgrader(given: Any, earned: float) -> None:
    question, answer, check = nbgrader_cells(SUMS, "gradient", points=4)
    assert SUMS.prompt in question["source"]
    assert run_as_nbgrader(check["source"], {"gradient": given}, 4) == earned
    noted = [cell["metadata"]["nbgrader"] for cell in (question, answer, check)]
    assert [(n["grade"], n["solution"], n["locked"]) for n in noted] == [
        (False, False, True),
        (False, True, False),
        (True, False, True),
    ]
    assert len({n["grade_id"] for n in noted}) == 3
    assert noted[2]["points"] == 4
    names: dict[str, Any] = {}
    exec(answer["source"], names)
    assert run_as_nbgrader(check["source"], names, 4) == 0, "a cell nobody filled in"
    json.dumps([question, answer, check], allow_nan=False)


def test_exercises_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(OWN, "utf-8")
    assert verdict("own", 1, 42, source=path) == "correct"
    own = bank().get("steepest-rate").draw(1)
    assert f"source={str(path)!r}" in nbgrader_cells(own, "x", source=path)[2]["source"]
    with pytest.raises(ParameterError, match="no exercise 'own'"):
        verdict("own", 1, 42)


def test_what_makes_no_sense_is_refused() -> None:
    for points in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ParameterError, match="more than 0 points"):
            award("gradient-sums", 7, HALF, points=points)
    with pytest.raises(ParameterError, match="'my answer' cannot be the name"):
        nbgrader_cells(SUMS, "my answer")
    with pytest.raises(ParameterError, match="2 exercises and 1 variables"):
        otter_test("q", [SUMS, DIRECTION], ["a"])
    with pytest.raises(ParameterError, match="0 exercises"):
        otter_test("q", [], [])
