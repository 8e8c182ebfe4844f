"""The bank: numbers from a seed, answers computed, marks that no wrong answer passes."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

import practice_vectors
import steepest as st
from answers import right_forms, wrong_forms
from steepest.errors import ParameterError
from steepest.explain.exercises import exercises
from steepest.explain.exercises.answers import (
    Answer,
    ChoiceAnswer,
    DirectionAnswer,
    GradientAnswer,
    LineAnswer,
    NumberAnswer,
    VectorAnswer,
)
from steepest.explain.exercises.authors import load
from steepest.explain.exercises.bank import bank
from steepest.explain.exercises.dice import Dice
from steepest.explain.exercises.exercise import Drawn, Template

TEMPLATES = bank().templates
SEEDS = range(8)

TOPICS = {
    "gradients", "chain rule", "backpropagation", "directional derivatives", "level sets", "Taylor",
    "steps", "clipping", "along a run", "momentum", "critical points", "norms",
    "convergence limits", "misconceptions",
}  # fmt: skip


def test_the_bank_is_large_and_covers_every_topic() -> None:
    assert len(TEMPLATES) >= 34
    assert set(bank().topics) == TOPICS
    assert all(len(bank().on(topic)) >= 3 for topic in TOPICS)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda t: t.key)
def test_every_exercise(template: Template) -> None:
    """Right answers pass in several forms, wrong ones do not, for every seed."""
    for seed in SEEDS:
        exercise = template.draw(seed)
        assert exercise.prompt
        assert exercise.hint
        assert exercise.solution
        assert exercise.check(exercise.answer.shown), f"{exercise}: {exercise.answer.shown}"
        for form in right_forms(exercise.answer):
            assert exercise.check(form), f"seed {seed}: {form} for {exercise.answer.shown}"
        for wrong in wrong_forms(exercise.answer):
            mark = exercise.check(wrong)
            assert not mark, f"seed {seed}: {wrong} for {exercise.answer.shown}"
            assert mark.feedback
        json.dumps(exercise.to_json(), allow_nan=False)


def test_every_exercise_can_be_marked_without_python() -> None:
    """The page's checker is given these answers with Python's verdicts: none is left out."""
    kept = practice_vectors.kept()
    assert [one["key"] for one in kept["exercises"]] == [t.key for t in TEMPLATES]
    assert kept["exercises"] == practice_vectors.exercises()
    assert kept["points"] == practice_vectors.points()


def test_seeds_give_everyone_their_own_numbers() -> None:
    for template in TEMPLATES:
        assert template.draw(3) == template.draw(3)
        assert len({template.draw(seed).prompt for seed in range(12)}) >= 4, template.key


def test_numbers_do_not_depend_on_the_process() -> None:
    assert Dice("gradient-sums", 7).whole(1, 1000) == 973


@pytest.mark.parametrize(
    ("answer", "given", "said"),
    [
        (NumberAnswer(5.0), "-5", "The sign is wrong."),
        (NumberAnswer(5.0), "25", "This is the square of it."),
        (NumberAnswer(2.0), "sqrt(2)", "This is the square root of it."),
        (NumberAnswer(5.0), "0.2", "This is the reciprocal of it."),
        (NumberAnswer(5.0), "10", "A factor is wrong"),
        (NumberAnswer(5.0), "5.1", "Close: give at least three digits"),
        (NumberAnswer(math.pi / 6), "30", "This is in degrees: give radians."),
        (NumberAnswer(5.0), "5,0", "decimals have a point"),
        (NumberAnswer(5.0), "", "Nothing was answered."),
        (NumberAnswer(5.0), "5/0", "5/0 is not a finite number."),
        (NumberAnswer(5.0), "5 +", "This cannot be read: the formula ends too early"),
        (DirectionAnswer((0.6, 0.8)), "3, 4", "a direction has length one"),
        (DirectionAnswer((0.6, 0.8)), "-3, -4", "This points the opposite way."),
        (DirectionAnswer((0.6, 0.8)), "0, 0", "points nowhere"),
        (DirectionAnswer((0.6, 0.8)), "4/5, 3/5", "The components are swapped."),
        (DirectionAnswer((0.6, 0.8)), "-3/5, 4/5", "A sign is wrong."),
        (VectorAnswer((3.0, 4.0)), "3/5, 4/5", "This is the unit vector in the right direction"),
        (VectorAnswer((3.0, 4.0)), "6, 8", "points the right way, but its length is wrong"),
        (VectorAnswer((3.0, 4.0)), "3, 5", "Component 2 is not correct."),
        (VectorAnswer((3.0, 4.0)), "3", "2 numbers are asked, separated by commas; these are 1."),
        (LineAnswer((4.0, -3.0)), "3, 4", "perpendicular to what is asked"),
        (ChoiceAnswer("saddle", ("minimum", "maximum", "saddle")), "m", "is none of"),
        (ChoiceAnswer("saddle", ("minimum", "maximum", "saddle")), "max", "Not correct."),
    ],
)
def test_slips_are_named(answer: Answer, given: str, said: str) -> None:
    mark = answer.mark(given)
    assert not mark
    assert said in mark.feedback


def test_first_letters_choose() -> None:
    assert ChoiceAnswer("saddle", ("minimum", "maximum", "saddle")).mark("sa")


def test_gradients_are_marked_by_the_checker() -> None:
    mark = GradientAnswer(st.Formula("sin(x^2)")).mark("cos(x^2)")
    assert "The inner derivative is missing (chain rule)" in mark.feedback


def test_the_public_list() -> None:
    assert len(exercises()) == len(TEMPLATES)
    assert {e.topic for e in exercises("level sets", seed=5)} == {"level sets"}
    with pytest.raises(ParameterError, match="no topic 'algebra'; the topics are: gradients"):
        exercises("algebra")
    with pytest.raises(ParameterError, match="did you mean steepest-rate"):
        bank().get("steepest-rat")
    with pytest.raises(ParameterError, match="an answer is text"):
        exercises("steps")[0].check(3)  # type: ignore[arg-type]


NUMBER = 'answer = { number = "(2*{a}*{p}*3 + 2*{q}*4)/5" }'

TOML = """
[[exercise]]
key = "my-slope"
topic = "slopes"
title = "A slope"
numbers = { a = { from = -5, to = 5, but = [0] }, p = { from = -3, to = 3, but = [0] }, q = [1, 2] }
formula = "{a}*x^2 + y^2"
prompt = "{f}. Find the slope at ({p}, {q}) along (3, 4)."
answer = { number = "(2*{a}*{p}*3 + 2*{q}*4)/5" }
hint = "Divide (3, 4) by its length first."
solution = "The slope is {answer}."

[[exercise]]
key = "my-gradient"
topic = "slopes"
title = "A gradient"
numbers = { n = [2, 3, 4] }
formula = "x^{n}*y"
prompt = "Find the gradient of {f}."
answer = { gradient = true }

[[exercise]]
key = "my-direction"
topic = "slopes"
title = "A direction"
prompt = "Up?"
answer = { direction = ["3", "4"] }

[[exercise]]
key = "my-choice"
topic = "slopes"
title = "A choice"
prompt = "Which?"
answer = { choice = { right = "left", options = ["left", "right"] } }
"""


def test_authors_write_toml(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(TOML, "utf-8")
    found = load(path)
    assert [t.key for t in found.templates] == [
        "my-slope",
        "my-gradient",
        "my-direction",
        "my-choice",
    ]
    slope, gradient, direction, choice = (t.draw(2) for t in found.templates)
    f = st.Formula(slope.prompt.partition(" = ")[2].partition(".")[0])
    p = [
        int(s)
        for s in slope.prompt.partition("at (")[2]
        .partition(") along")[0]
        .replace("(", "")
        .replace(")", "")
        .split(",")
    ]
    assert slope.check(f"{f.at(*p).slope((3, 4))!r}")
    assert slope.solution == f"The slope is {slope.answer.shown}."
    assert gradient.check(gradient.answer.shown)
    assert direction.check("0.6, 0.8")
    assert not direction.check("3, 4")
    assert choice.check("left")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('prompt = "Up?"', "", "'my-direction': prompt is missing"),
        ('title = "A choice"', 'title = "A choice"\nlevel = 3', "level is unknown"),
        ("numbers = { n = [2, 3, 4] }", "", "{n} is not defined"),
        ("numbers = { n = [2, 3, 4] }", "numbers = { n = 3 }", "numbers.n is a list"),
        (NUMBER, 'answer = { number = "1/0" }', "no finite"),
        (NUMBER, 'answer = { number = "2 +" }', "too early"),
        ("answer = { gradient = true }", "answer = { grad = true }", "answer has one of gradient"),
        ('formula = "x^{n}*y"', "", "a gradient needs a formula"),
        ('["3", "4"]', '["0", "0"]', "cannot be the zero vector"),
        ('key = "my-gradient"', 'key = "my-slope"', "exists already"),
        ('right = "left"', 'right = "up"', "its own answer 'up' is marked"),
        ("[[exercise]]", "[exercise]", "TOML"),
    ],
)  # fmt: skip
def test_faulty_toml_is_told(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "faulty.toml"
    path.write_text(TOML.replace(old, new), "utf-8")
    with pytest.raises(ParameterError) as refusal:
        load(path)
    assert said in str(refusal.value)


def test_authors_write_python(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(
        "from steepest.explain.exercises.answers import NumberAnswer\n"
        "from steepest.explain.exercises.exercise import Bank, Drawn\n"
        "BANK = Bank()\n"
        "@BANK.exercise('double', topic='numbers', title='Twice')\n"
        "def double(dice):\n"
        "    n = dice.whole(1, 9)\n"
        "    return Drawn(f'Twice {n}?', NumberAnswer(2.0 * n), 'Add it to itself.', f'{2 * n}')\n",
        "utf-8",
    )
    (template,) = load(path).templates
    assert template.draw(1).check(template.draw(1).answer.shown)


def test_faulty_files_are_told(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.py"
    nothing.write_text("x = 1\n", "utf-8")
    with pytest.raises(ParameterError, match="define BANK"):
        load(nothing)
    with pytest.raises(ParameterError, match="there is no such file"):
        load(tmp_path / "missing.toml")
    with pytest.raises(ParameterError, match=r"a \.toml or a \.py file"):
        load(tmp_path / "exercises.txt")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("def f(:\n", r"line 1: this is not Python: invalid syntax"),
        ("BANK = 1\n\nBANK / 0\n", r"mine.py: line 3: ZeroDivisionError: division by zero"),
        (
            "from steepest.explain.exercises.exercise import Bank\n"
            "BANK = Bank()\n"
            "@BANK.exercise('a', topic='t', title='T')\n"
            "def a(dice):\n"
            "    return nothing\n",
            r"exercise 'a': seed 0: line 5: NameError: name 'nothing' is not defined",
        ),
    ],
)
def test_errors_of_authors_name_the_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "mine.py"
    path.write_text(text, "utf-8")
    with pytest.raises(ParameterError, match=says):
        load(path)


def test_a_wrong_computed_answer_would_be_refused(tmp_path: Path) -> None:
    def make(dice: Dice) -> Drawn:
        return Drawn("?", ChoiceAnswer("up", ("left", "right")), "", "")

    assert not Template("k", "t", "T", make).draw(1).check("up")
