"""Exercises for whoever shows and marks them elsewhere: as plain data.

`question` is what may be shown at once, `truth` the right answer in a form by which the page can
mark others without Python.
"""

from __future__ import annotations

from typing import Any

from steepest.errors import ParameterError
from steepest.evaluate.tape import Tape
from steepest.explain.exercises.answers import (
    Answer,
    ChoiceAnswer,
    DirectionAnswer,
    GradientAnswer,
    LineAnswer,
    NumberAnswer,
    VectorAnswer,
)
from steepest.explain.exercises.exercise import Exercise
from steepest.explain.mistakes import partial_name


def question(exercise: Exercise) -> dict[str, Any]:
    """What is asked, with no part of the answer.

    `shown` is the prompt in pieces, text and LaTeX in turn; `names` says what the components of
    the answer are called.
    """
    return {**exercise.to_json(), "shown": _pieces(exercise), "names": _names(exercise.answer)}


def truth(answer: Answer) -> dict[str, Any]:
    """The right answer as JSON values: what the page's checker is given.

    A gradient is a tape whose outputs are f and its partial derivatives.

    Raises ParameterError for an answer that only Python can mark: one over data, or of a kind
    that an author defined.
    """
    if isinstance(answer, GradientAnswer):
        f = answer.formula
        if f.arrays is not None:
            raise ParameterError(
                f"the gradient of {str(f)!r:.60} is asked over data, and a page has none: ask for"
                " it in the terminal or in the lab"
            )
        tape = Tape.record([f.node, *f.gradient_nodes], f.variables)
        return {"kind": answer.kind, "tape": tape.to_json()}
    if isinstance(answer, NumberAnswer):
        return {"kind": answer.kind, "values": [answer.value]}
    if isinstance(answer, VectorAnswer | DirectionAnswer | LineAnswer):
        return {"kind": answer.kind, "values": list(answer.values)}
    if isinstance(answer, ChoiceAnswer):
        return {
            "kind": answer.kind,
            "right": answer.right,
            "options": list(answer.options),
            "why": answer.why,
        }
    raise ParameterError(
        f"an answer of the kind {answer.kind!r} is marked by its own Python, and a page has none:"
        " ask for it in the terminal"
    )


def _names(answer: Answer) -> list[str]:
    """What the components of the answer are called; empty where one of several words is asked."""
    if isinstance(answer, GradientAnswer):
        return [partial_name(answer.formula, k) for k in range(answer.formula.dim)]
    values = getattr(answer, "values", None)
    if values is not None:
        return [f"component {k + 1}" for k in range(len(values))]
    return ["number"] if answer.kind == "number" else []


def _pieces(exercise: Exercise) -> list[str]:
    """The prompt with the formula that is to be differentiated typeset, where it stands in it."""
    if isinstance(exercise.answer, GradientAnswer):
        written = exercise.answer.formula.expression
        before, found, after = exercise.prompt.partition(written.unicode)
        if found:
            return [before, written.latex, after]
    return [exercise.prompt]
