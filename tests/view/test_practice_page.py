"""The page of exercises: what Python writes into it."""

from __future__ import annotations

import json
from typing import Any

import pytest

import steepest as st
from page_tools import build_if_stale
from steepest.errors import ParameterError
from steepest.explain.exercises.answers import GradientAnswer
from steepest.explain.exercises.bank import bank
from steepest.explain.exercises.dice import Dice
from steepest.explain.exercises.exercise import Drawn, Template
from steepest.view.practice_page import filled, practice_page


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    build_if_stale()


def data(page: str) -> dict[str, Any]:
    _, _, rest = page.partition('id="steepest-data">')
    return json.loads(rest.partition("</script>")[0])


def test_every_exercise_is_on_the_page_with_several_numbers(tmp_path):
    path = practice_page(bank().templates, tmp_path / "page.html", seed=7, draws=3)
    told = data(path.read_text("utf-8"))
    assert told["title"] == "Exercises"
    for template in bank().templates:
        draws = [d for d in told["draws"] if d["key"] == template.key]
        assert len(draws) == 3 and draws[0]["seed"] == 7, template.key
        for draw in draws:
            exercise = template.draw(draw["seed"])
            assert draw["answer"] == exercise.answer.shown
            assert draw["solution"] == exercise.solution
            assert draw["truth"]["kind"] == exercise.answer.kind
        assert len({json.dumps(d["shown"]) for d in draws}) == len(draws)


def test_a_gradient_brings_the_way_to_it():
    (draw,) = data(filled([bank().get("chain-power")], seed=3, draws=1))["draws"]
    assert draw["derivation"]["chains"] and draw["derivation"]["checked"]
    assert draw["truth"]["tape"]["variables"] == ["x"]
    assert len(draw["truth"]["tape"]["outputs"]) == 2


def test_an_exercise_with_one_set_of_numbers_is_drawn_once():
    same = Template("k", "t", "T", lambda dice: bank().get("steepest-rate").make(Dice("same", 1)))
    assert len(data(filled([same]))["draws"]) == 1


def test_what_no_page_can_be_made_of():
    with pytest.raises(ParameterError, match="no exercise"):
        filled([])
    with pytest.raises(ParameterError, match="draws=0: draw every exercise once at least"):
        filled(bank().templates[:1], draws=0)
    f = st.Formula("mean((w*x - y)^2)", data={"x": [1, 2], "y": [2, 4]})
    over = Template("fit", "t", "T", lambda dice: Drawn("?", GradientAnswer(f), "", ""))
    with pytest.raises(ParameterError, match=r"exercise 'fit': the gradient of .* over data"):
        filled([over])
