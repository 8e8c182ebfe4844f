"""A page of exercises that works from disk: it asks, marks the answers and explains them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from steepest.errors import ParameterError
from steepest.explain.exercises.answers import GradientAnswer
from steepest.explain.exercises.exercise import Exercise, Template
from steepest.explain.exercises.offline import question, truth
from steepest.view import built
from steepest.view.symbolic import symbolic_data

_NAME: Final = "practice.html"
_DRAWS: Final = 5
_TRIED: Final = 40  # seeds for so many draws: some exercises have few different numbers


def practice_page(
    templates: Sequence[Template],
    path: str | Path,
    *,
    seed: int = 0,
    draws: int = _DRAWS,
    title: str = "Exercises",
) -> Path:
    """Write a page with exercises to `path` (one .html file that works offline); return the path.

    Each template is drawn with `seed` and the seeds after it until there are `draws` exercises
    that differ, or the template has no more; the page asks for other numbers among them. The
    page marks answers as Python does (`check_gradient`), and holds the right ones: they are shown
    when the solution is asked for.

    Raises:
        ParameterError: there is no exercise, or one whose answer only Python can mark.
        OSError: the file cannot be written.
    """
    target = Path(path)
    target.write_text(filled(templates, seed=seed, draws=draws, title=title), encoding="utf-8")
    return target


def filled(
    templates: Sequence[Template],
    *,
    seed: int = 0,
    draws: int = _DRAWS,
    title: str = "Exercises",
) -> str:
    """The page as text. Raises ParameterError, as `practice_page`."""
    if not templates:
        raise ParameterError("no exercise: a page needs one at least")
    if draws < 1:
        raise ParameterError(f"draws={draws}: draw every exercise once at least")
    return filled_with([e for t in templates for e in different(t, seed, draws)], title)


def filled_with(exercises: Iterable[Exercise], title: str) -> str:
    """The page with these exercises, those of one key together. Raises as `practice_page`."""
    return built.filled(_NAME, {"title": title, "draws": [_draw(e) for e in exercises]}, title)


def different(template: Template, seed: int, draws: int = _DRAWS) -> Iterable[Exercise]:
    """`draws` exercises, from `seed` on, that no reader would take for each other."""
    found: dict[str, Exercise] = {}
    for k in range(seed, seed + _TRIED):
        exercise = template.draw(k)
        found.setdefault(exercise.prompt, exercise)
        if len(found) == draws:
            break
    return found.values()


def _draw(exercise: Exercise) -> dict[str, Any]:
    answer = exercise.answer
    try:
        right = truth(answer)
    except ParameterError as error:
        raise ParameterError(f"exercise {exercise.key!r}: {error}") from None
    asked = {name: value for name, value in question(exercise).items() if name != "prompt"}
    told = {"truth": right, "solution": exercise.solution, "answer": answer.shown}
    if isinstance(answer, GradientAnswer):
        told["derivation"] = {**symbolic_data(answer.formula), "hessian": []}
    return {**asked, **told}
