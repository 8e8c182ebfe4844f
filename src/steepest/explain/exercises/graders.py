"""Exercises as checks for the graders of notebooks: otter-grader and nbgrader.

`otter_test` writes a test file for otter, `nbgrader_cells` the cells of an assignment for
nbgrader. What both run in the end is here as well: `verdict` says "correct" or what is wrong,
`award` gives points and partial credit, `require` raises what is wrong. None of them needs a
grader to be installed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from pprint import pformat
from typing import Any, Final

from steepest.errors import ParameterError
from steepest.explain.exercises.answers import GradientAnswer
from steepest.explain.exercises.authors import load
from steepest.explain.exercises.bank import bank
from steepest.explain.exercises.exercise import Exercise

_HERE: Final = "steepest.explain.exercises.graders"
_RIGHT: Final = "correct"


def verdict(key: str, seed: int, given: Any, *, source: str | Path | None = None) -> str:
    """ "correct", or the sentence that says what is wrong with `given`.

    `key` and `seed` name the exercise; `source` is a file of exercises of one's own. `given` is
    text as it is typed, or what was computed: a number, an array, formulas. None and ... mean
    that nothing was answered.

    >>> print(verdict("steepest-rate", 7, 0))
    ✗ Not correct.

    Raises ParameterError if there is no such exercise.
    """
    mark = _draw(key, seed, source).check(as_text(given))
    return _RIGHT if mark.correct else str(mark)


def require(key: str, seed: int, given: Any, *, source: str | Path | None = None) -> None:
    """Raise AssertionError, with what is wrong, unless `given` is right."""
    said = verdict(key, seed, given, source=source)
    if said != _RIGHT:
        raise AssertionError(said)


def award(
    key: str, seed: int, given: Any, points: float = 1.0, *, source: str | Path | None = None
) -> float:
    """The points that `given` earns, of `points`; what is wrong is printed.

    A gradient earns its share for every component that is right, any other answer all or
    nothing. nbgrader reads the value of a cell's last line as its points.

    Raises AssertionError, which every grader counts as no points, if nothing is right, and
    ParameterError if there is no such exercise or `points` is not positive.
    """
    if not (math.isfinite(points) and points > 0):
        raise ParameterError(f"points={points}: an exercise is worth more than 0 points")
    exercise = _draw(key, seed, source)
    text = as_text(given)
    mark = exercise.check(text)
    if mark.correct:
        return float(points)
    earned = points * _share(exercise, text)
    if not earned:
        raise AssertionError(str(mark))
    print(mark)
    return earned


def otter_test(
    name: str,
    exercises: Iterable[Exercise],
    variables: Iterable[str],
    points: float = 1.0,
    *,
    source: str | Path | None = None,
) -> str:
    """A test file of otter-grader, in its OK format, to be saved as tests/`name`.py.

    Each exercise is one case worth `points`, which looks at the answer in the variable of the
    notebook that stands in the same place of `variables`. The result of a failed case shows the
    sentence that helps.

    Raises ParameterError if the two lists differ in length or a variable is no name.
    """
    asked, names = list(exercises), [_name(v) for v in variables]
    if len(asked) != len(names) or not asked:
        raise ParameterError(
            f"{len(asked)} exercises and {len(names)} variables: give one variable for each"
        )
    cases = [
        {
            "name": exercise.title,
            "code": f">>> from {_HERE} import verdict\n"
            f">>> print(verdict({_call(exercise, name, source)}))\n{_RIGHT}\n",
            "hidden": False,
            "points": points,
        }
        for exercise, name in zip(asked, names, strict=True)
    ]
    suite = {"type": "doctest", "scored": True, "setup": "", "teardown": "", "cases": cases}
    return f"OK_FORMAT = True\n\ntest = {_literal({'name': name, 'suites': [suite]})}\n"


def nbgrader_cells(
    exercise: Exercise, variable: str, points: float = 1.0, *, source: str | Path | None = None
) -> list[dict[str, Any]]:
    """Three cells for a notebook of nbgrader: the question, the answer, and the locked check.

    They are plain dictionaries in the notebook format; `nbformat.from_dict` reads them. The
    variable is also the cells' name in nbgrader, so it must differ from exercise to exercise.

    Raises ParameterError if `variable` is no name.
    """
    name = _name(variable)
    call = f"award({_call(exercise, name, source)}, points={points!r})"
    check = f"from {_HERE} import award\n\n{call}"
    return [
        _cell("markdown", f"**{exercise.title}**\n\n{exercise.prompt}", f"{name}-question"),
        _cell("code", f'{name} = ""', f"{name}-answer", solution=True),
        _cell("code", check, f"{name}-check", grade=True, points=points),
    ]


def as_text(given: Any) -> str:
    """An answer as it would be typed: text stays, numbers and formulas are written out."""
    if given is None or given is ...:
        return ""
    if isinstance(given, str):
        return given
    if hasattr(given, "tolist"):  # numpy and torch
        given = given.tolist()
    if isinstance(given, list | tuple):
        return ", ".join(as_text(part) for part in given)
    return repr(given) if isinstance(given, float) else str(given)


def _draw(key: str, seed: int, source: str | Path | None) -> Exercise:
    whole = bank() if source is None else load(source)
    return whole.get(key).draw(seed)


def _share(exercise: Exercise, text: str) -> float:
    if not isinstance(exercise.answer, GradientAnswer):
        return 0.0
    right = exercise.answer.components(text)
    share = sum(right) / len(right)
    return share if share < 1 else 0.0  # all right and yet not correct: there are too many


def _call(exercise: Exercise, variable: str, source: str | Path | None) -> str:
    own = "" if source is None else f", source={str(source)!r}"
    return f"{exercise.key!r}, {exercise.seed}, {variable}{own}"


def _name(variable: str) -> str:
    if not variable.isidentifier():
        raise ParameterError(f"{variable!r} cannot be the name of a variable")
    return variable


def _literal(value: Any) -> str:
    """A Python literal, a part a line."""
    return pformat(value, width=100, sort_dicts=False)


def _cell(
    kind: str,
    source: str,
    grade_id: str,
    *,
    grade: bool = False,
    solution: bool = False,
    points: float | None = None,
) -> dict[str, Any]:
    """A cell of a notebook with what nbgrader notes about it."""
    noted: dict[str, Any] = {
        "cell_type": kind,
        "grade": grade,
        "grade_id": grade_id,
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    if points is not None:
        noted["points"] = points
    cell: dict[str, Any] = {
        "cell_type": kind,
        "id": grade_id.replace("_", "-")[:64],
        "metadata": {"nbgrader": noted},
        "source": source,
    }
    return cell if kind == "markdown" else {**cell, "execution_count": None, "outputs": []}
