"""The fence `practice` in Markdown."""

from __future__ import annotations

import html

import pytest

from steepest.explain.exercises.bank import bank
from steepest.view.practice_fence import fence, read


def test_exercises_are_shown_with_hint_solution_and_the_command_that_asks_them():
    shown = fence("steepest-direction\nchain-power\nseed: 3")
    for key in ("steepest-direction", "chain-power"):
        exercise = bank().get(key).draw(3)
        for part in (exercise.prompt, exercise.hint, exercise.solution):
            assert html.escape(part) in shown
        assert f"<code>steepest practice {key} --seed 3</code>" in shown
    before, _, _ = shown.partition("<details>")
    assert bank().get("steepest-direction").draw(3).hint not in before
    assert shown.count("<article") == shown.count("</article>") == 2


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("steepest-rat", "did you mean steepest-rate"),
        ("steepest-rate\nseed: x", "write names of exercises"),
        ("steepest-rate\ncount: 3", "write names of exercises"),
        ("seed: 3", "no exercise is named"),
    ],
)
def test_what_cannot_be_read_stops_the_build(source, says):
    from pymdownx.superfences import SuperFencesException

    with pytest.raises(SuperFencesException, match=says):
        fence(source)


def test_without_a_seed_everybody_sees_the_same():
    assert read("steepest-rate") == read("steepest-rate\nseed: 7")
