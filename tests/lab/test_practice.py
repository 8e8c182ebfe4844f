"""Practising at the lab: Python's questions and verdicts, and nothing told before it is asked."""

from __future__ import annotations

import json

import pytest

from steepest.errors import SteepestError
from steepest.explain.exercises.answers import ChoiceAnswer, GradientAnswer
from steepest.explain.exercises.bank import bank, exercises
from steepest.lab.practice import listed
from steepest.lab.work import do


def ask(kind, key, seed=7, **more):
    return do({"kind": kind, "key": key, "seed": seed, **more}, lambda _: None)


def test_what_is_offered_is_the_bank():
    assert [e["key"] for e in listed()] == [t.key for t in bank().templates]
    assert {e["topic"] for e in listed()} == set(bank().topics)


@pytest.mark.parametrize("exercise", exercises(seed=7), ids=lambda e: e.key)
def test_every_exercise(exercise):
    told = ask("exercise", exercise.key)
    assert told["title"] == exercise.title and told["hint"] == exercise.hint
    # The right answer is sent when it is asked for, and not before.
    assert "solution" not in told and "answer" not in told
    if not isinstance(exercise.answer, ChoiceAnswer):
        assert exercise.solution not in json.dumps(told, ensure_ascii=False)
    solved = ask("solution", exercise.key)
    way = solved.pop("derivation", None)
    assert solved == {"solution": exercise.solution, "answer": exercise.answer.shown}
    if isinstance(exercise.answer, GradientAnswer):
        assert way["checked"] and way["chains"]
        assert way["gradient"] == [g.latex for g in exercise.answer.formula.gradient]
    right = ask("answer", exercise.key, answer=exercise.answer.shown)
    assert right["correct"] and all(part["correct"] for part in right["components"])
    for given in ("", " ,", "((", "nothing of that kind"):
        wrong = ask("answer", exercise.key, answer=given)
        assert not wrong["correct"] and wrong["feedback"], given
        assert bool(exercise.check(given)) is False
        json.dumps(wrong, allow_nan=False)


def test_the_formula_of_a_gradient_is_typeset():
    told = ask("exercise", "gradient-polynomial", seed=3)
    assert told["shown"] == [
        "Find ∇f for f(x, y) = ",
        "4 x^{3} y + 5 y^{4}",
        ". Answer with ∂f/∂x, ∂f/∂y.",
    ]
    assert told["names"] == ["∂f/∂x", "∂f/∂y"]
    assert ask("exercise", "gradient-at-point")["names"] == ["component 1", "component 2"]
    assert ask("exercise", "steepest-rate")["names"] == ["number"]
    assert ask("exercise", "limit-fate")["names"] == []


def test_a_verdict_for_each_component():
    told = ask("answer", "gradient-polynomial", seed=3, answer="12x^2 y, 4x^3 + foo(")
    assert not told["correct"] and told["feedback"] == "Not yet correct: ∂f/∂y."
    first, second = told["components"]
    assert first == {
        "correct": True,
        "feedback": "∂f/∂x = 12x^2*y",
        "decided_by": "exact algebra",
    }
    assert not second["correct"] and second["feedback"].endswith(
        "  12x^2 y, 4x^3 + foo(\n" + 18 * " " + "^"
    )
    # 5x² + y² at (-2, -1): a wrong number spoils its own component only.
    told = ask("answer", "gradient-at-point", seed=3, answer="-20, 3")
    assert [part["correct"] for part in told["components"]] == [True, False]
    assert told["feedback"] == "Component 2 is not correct."
    surplus = ask("answer", "gradient-polynomial", seed=3, answer="12x^2 y, 4x^3 + 20y^3, 1")
    assert not surplus["correct"] and "3 components" in surplus["feedback"]


def test_an_exercise_that_does_not_exist():
    for kind in ("exercise", "answer", "solution"):
        with pytest.raises(SteepestError, match="did you mean chain-power"):
            ask(kind, "chain-powr", answer="x")
