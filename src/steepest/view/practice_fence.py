"""Exercises in Markdown: the fence `practice` for pymdownx.superfences.

    ```practice
    steepest-direction
    steepest-rate
    seed: 7
    ```

Each line names an exercise of the bank; `seed` says with which numbers it is shown. Hint and
solution stand folded below the question, with the command that asks it again in a terminal. In a
site (`SharedExercises`) they are asked and answered where they stand; readers without scripts see
the same as before.
"""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any, Final

from steepest.errors import ParameterError
from steepest.explain.exercises.bank import bank
from steepest.explain.exercises.exercise import Exercise
from steepest.view.page_fence import or_stop_the_build
from steepest.view.practice_page import different, filled_with

_SEED: Final = 7
_FILE: Final = "practice.html"
_TALL: Final = 320  # pixels, until the frame has told how tall it is


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


class SharedExercises:
    """The fence for a site with many exercises: one file asks and marks them, in many frames.

    `root` is the way from the page being built to the site's top, such as "../"; set it before
    a page is converted. `write(folder)` puts the shared page into the site.
    """

    def __init__(self, folder: str = "steepest") -> None:
        self.folder = folder
        self.root = ""
        self._asked: dict[str, set[int]] = {}

    def fence(
        self,
        source: str,
        language: str = "",
        css_class: str = "",
        options: dict[str, Any] | None = None,
        md: Any = None,
        **attributes: Any,
    ) -> str:
        """As `fence`, with a frame that asks the exercises and marks what is answered."""
        return or_stop_the_build("practice", source, lambda: self._draw(source))

    def write(self, site: Path) -> None:
        """Write the exercises that the fences name into `site`/`folder`."""
        if not self._asked:
            return
        shown = {
            (exercise.key, exercise.seed): exercise
            for key, seeds in self._asked.items()
            for seed in sorted(seeds)
            for exercise in different(bank().get(key), seed)
        }
        folder = site / self.folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _FILE).write_text(filled_with(shown.values(), "Exercises"), "utf-8")

    def _draw(self, source: str) -> str:
        exercises = read(source)
        for exercise in exercises:
            self._asked.setdefault(exercise.key, set()).add(exercise.seed)
        keys = ",".join(exercise.key for exercise in exercises)
        link = f"{self.root}{self.folder}/{_FILE}#exercises={keys}&seed={exercises[0].seed}"
        target = html.escape(link)
        shown = "".join(_article(exercise) for exercise in exercises)
        return (
            '<figure class="exercises">'
            f'<iframe title="Exercises" sandbox="allow-scripts" loading="lazy" src="{target}"'
            f' style="width:100%;height:{_TALL}px;border:0"></iframe>'
            f'<noscript><div class="practice">{shown}</div></noscript>'
            f'<figcaption><a href="{target}" target="_blank">These exercises in their own tab</a>'
            "</figcaption></figure>"
        )


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
