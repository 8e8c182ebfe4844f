"""The fence `practice` in Markdown."""

from __future__ import annotations

import html
import json

import pytest

from page_tools import build_if_stale
from steepest.explain.exercises.bank import bank
from steepest.view.practice_fence import SharedExercises, fence, read


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


def test_a_site_shares_one_page_that_asks_and_marks(tmp_path):
    build_if_stale()
    shared = SharedExercises("figures")
    shared.root = "../"
    shown = shared.fence("chain-power\nsteepest-rate\nseed: 3")
    link = "../figures/practice.html#exercises=chain-power,steepest-rate&amp;seed=3"
    assert f'src="{link}"' in shown and f'href="{link}"' in shown
    _, _, silent = shown.partition("<noscript>")
    assert silent.count("<article") == 2
    shared.fence("chain-power\nseed: 5")
    shared.write(tmp_path)
    page = (tmp_path / "figures" / "practice.html").read_text("utf-8")
    for key, seed in (("chain-power", 3), ("chain-power", 5), ("steepest-rate", 3)):
        assert f'"answer":{json.dumps(bank().get(key).draw(seed).answer.shown)}' in page
    assert page.count('"key":"chain-power"') > page.count('"key":"steepest-rate"')
    from pymdownx.superfences import SuperFencesException

    with pytest.raises(SuperFencesException, match="did you mean"):
        shared.fence("chain-powr")


def test_a_site_without_exercises_needs_no_page(tmp_path):
    SharedExercises().write(tmp_path)
    assert list(tmp_path.iterdir()) == []
