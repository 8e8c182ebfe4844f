"""Exercises at the lab: drawn, marked and solved by a worker, each only when it is asked for."""

from __future__ import annotations

from typing import Any

from steepest.explain.check import check_gradient
from steepest.explain.exercises.answers import GradientAnswer, VectorAnswer
from steepest.explain.exercises.bank import bank
from steepest.explain.exercises.exercise import Exercise
from steepest.explain.exercises.offline import question
from steepest.view.symbolic import symbolic_data

Task = dict[str, Any]


def listed() -> list[dict[str, str]]:
    """What there is, as the page offers it: key, topic and title of every exercise."""
    return [{"key": t.key, "topic": t.topic, "title": t.title} for t in bank().templates]


def exercise(task: Task) -> dict[str, Any]:
    """The question of `task`, as `question` tells it: no part of the answer is in it."""
    return question(_draw(task))


def answer(task: Task) -> dict[str, Any]:
    """The verdict on what was typed, with one for each component where there are several."""
    asked = _draw(task)
    given = task["answer"]
    right = asked.answer
    if isinstance(right, GradientAnswer):
        verdict = check_gradient(right.formula, given)
        parts = [_part(m.correct, m.feedback, m.decided_by) for m in verdict.components]
        return {**_part(verdict.correct, verdict.sentence, ""), "components": parts}
    mark = asked.check(given)
    known = right.components(given) if isinstance(right, VectorAnswer) else ()
    parts = [_part(r, "", "") for r in known]
    return {**_part(mark.correct, mark.feedback, mark.decided_by), "components": parts}


def solution(task: Task) -> dict[str, Any]:
    """The worked solution, and the right answer as it could have been typed.

    A gradient has its `derivation` as well, rule by rule, in LaTeX.
    """
    asked = _draw(task)
    told = {"solution": asked.solution, "answer": asked.answer.shown}
    if isinstance(asked.answer, GradientAnswer):
        return {**told, "derivation": symbolic_data(asked.answer.formula)}
    return told


def _part(correct: bool, feedback: str, decided_by: str) -> dict[str, Any]:
    return {"correct": correct, "feedback": feedback, "decided_by": decided_by}


def _draw(task: Task) -> Exercise:
    return bank().get(task["key"]).draw(task["seed"])
