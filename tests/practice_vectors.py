"""Answers with Python's verdicts, which the page's checker must share: vectors/practice.json.

    python tests/practice_vectors.py        # writes the file anew

Tests compare the file with what Python says now, and vitest runs the page's checker over it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from answers import right_answers, right_forms, wrong_answers, wrong_forms
from mistakes import MISTAKES, RIGHT, WRONG
from steepest import Formula, check_gradient
from steepest.explain.check import AnswerMark
from steepest.explain.exercises.answers import GradientAnswer, VectorAnswer
from steepest.explain.exercises.bank import bank
from steepest.explain.exercises.exercise import Exercise
from steepest.explain.exercises.offline import truth
from steepest.explain.sampling import candidates

FILE = Path(__file__).parent / "vectors" / "practice.json"
SEED = 7

Marked = tuple[Formula, str, AnswerMark]
MarkedWrong = tuple[Formula, str, int, AnswerMark]


def kept() -> dict[str, Any]:
    """What the file holds."""
    return json.loads(FILE.read_text("utf-8"))


def gradients(right: list[Marked], wrong: list[MarkedWrong]) -> list[dict[str, Any]]:
    """Most of the answers, by formula, with what is said of a wrong one and of its components."""
    found: dict[str, dict[str, Any]] = {}

    def about(f: Formula) -> dict[str, Any]:
        fresh = {"formula": str(f), "truth": truth(GradientAnswer(f)), "right": [], "wrong": []}
        return found.setdefault(str(f), fresh)

    by_hand = [(Formula(f), answer) for f, answer, *_ in (*RIGHT, *WRONG, *MISTAKES)]
    for f, text in by_hand:
        mark = check_gradient(f, text)
        if mark:
            about(f)["right"].append(text)
        else:
            about(f)["wrong"].append(_told(text, mark))
    for f, text, _ in right[::3] + right[1::3]:
        if text not in about(f)["right"]:
            about(f)["right"].append(text)
    for f, text, _, mark in wrong[::3] + wrong[1::3]:
        about(f)["wrong"].append(_told(text, mark))
    return list(found.values())


def _told(text: str, mark: AnswerMark) -> list[Any]:
    """The answer, what is said of the whole, and of each component: "" for a right one."""
    return [text, mark.sentence, ["" if m.correct else m.feedback for m in mark.components]]


def exercises() -> list[dict[str, Any]]:
    """Every exercise of the bank, with answers of all forms."""
    return [_exercise(template.draw(SEED)) for template in bank().templates]


def _exercise(exercise: Exercise) -> dict[str, Any]:
    answer = exercise.answer
    wrong: list[list[Any]] = []
    for text in dict.fromkeys(wrong_forms(answer)):
        if isinstance(answer, GradientAnswer):
            wrong.append(_told(text, check_gradient(answer.formula, text)))
        else:
            known = answer.components(text) if isinstance(answer, VectorAnswer) else ()
            wrong.append([text, answer.mark(text).feedback, list(known)])
    right = [answer.shown, *right_forms(answer)]
    return {"key": exercise.key, "truth": truth(answer), "right": right, "wrong": wrong}


def points() -> list[list[float]]:
    """Some of the points at which both look."""
    return [candidates(n, count)[-1].tolist() for n, count in ((1, 120), (2, 240), (3, 120))]


def main() -> None:
    """Write the file."""
    right = [(f, text, check_gradient(f, text)) for f, text in right_answers()]
    wrong = [(f, text, k, check_gradient(f, text)) for f, text, k in wrong_answers()]
    parts = {
        "gradients": gradients(right, wrong),
        "exercises": exercises(),
        "points": points(),
    }
    lines = ",\n".join(
        f'"{name}": [\n'
        + ",\n".join(json.dumps(one, ensure_ascii=False, allow_nan=False) for one in listed)
        + "\n]"
        for name, listed in parts.items()
    )
    FILE.write_text(f"{{\n{lines}\n}}\n", "utf-8")


if __name__ == "__main__":
    main()
