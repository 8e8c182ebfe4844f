"""Exercises in Markdown: the fence `practice` for pymdownx.superfences.

    ```practice
    steepest-direction
    steepest-rate
    seed: 7
    ```

Each line names an exercise of the bank; `seed` says with which numbers it is shown. Hint and
solution stand folded below the question, with the command that asks it again in a terminal.
"""

from __future__ import annotations

import html
from typing import Any, Final

from steepest.errors import ParameterError
from steepest.explain.exercises.bank import bank
from steepest.explain.exercises.exercise import Exercise
from steepest.view.page_fence import or_stop_the_build

_SEED: Final = 7


def fence(
    source: str,
    language: str = "",
    css_class: str = "",
    options: dict[str, Any] | None = None,
    md: Any = None,
    **attributes: Any,
) -> str:
    """The HTML of the exercises. A name that the bank does not know stops the build."""

    def draw() -> str:
        shown = "".join(_article(exercise) for exercise in read(source))
        return f'<div class="practice">{shown}</div>'

    return or_stop_the_build("practice", source, draw)


def read(source: str) -> list[Exercise]:
    """The exercises that a fence names, with the numbers of its seed.

    Raises ParameterError for an unknown exercise, a seed that is no whole number, or none at all.
    """
    seed = _SEED
    keys = []
    for line in filter(None, (line.strip() for line in source.splitlines())):
        name, colon, value = (part.strip() for part in line.partition(":"))
        if not colon:
            keys.append(name)
        elif name == "seed" and value.isdecimal():
            seed = int(value)
        else:
            raise ParameterError(f"{line!r}: write names of exercises, and seed: 7")
    if not keys:
        raise ParameterError("no exercise is named; `steepest practice --list` shows them")
    return [bank().get(key).draw(seed) for key in keys]


def _article(exercise: Exercise) -> str:
    command = f"steepest practice {exercise.key} --seed {exercise.seed}"
    return (
        f'<article class="exercise" id="exercise-{exercise.key}">'
        f"<h4>{html.escape(exercise.title)}</h4>"
        f"<p>{html.escape(exercise.prompt)}</p>"
        f"{_folded('Hint', html.escape(exercise.hint))}"
        f"{_folded('Solution', _lines(exercise.solution))}"
        f"<p><code>{html.escape(command)}</code></p></article>"
    )


def _folded(title: str, inside: str) -> str:
    return f"<details><summary>{title}</summary>{inside}</details>" if inside else ""


def _lines(text: str) -> str:
    """A derivation keeps its lines; a sentence is a paragraph."""
    shown = html.escape(text)
    return f"<pre>{shown}</pre>" if "\n" in text else f"<p>{shown}</p>"
