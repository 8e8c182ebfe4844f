"""Marking answers: every right way to write it is right, and nothing else is."""

from __future__ import annotations

import pytest

import steepest as st
from mistakes import MISTAKES, RIGHT, WRONG
from steepest.errors import ParameterError
from steepest.explain.check import AnswerMark, check_gradient


def mark(formula: str, answer: str) -> AnswerMark:
    return check_gradient(st.Formula(formula), answer)


@pytest.mark.parametrize(("formula", "answer"), RIGHT)
def test_right(formula: str, answer: str) -> None:
    verdict = mark(formula, answer)
    assert verdict.correct, str(verdict)
    assert verdict
    assert all(c.correct for c in verdict.components)
    assert verdict.sentence == "Correct."


@pytest.mark.parametrize(("formula", "answer"), WRONG)
def test_wrong(formula: str, answer: str) -> None:
    verdict = mark(formula, answer)
    assert not verdict.correct
    assert not verdict
    assert verdict.sentence != "Correct."


@pytest.mark.parametrize(
    ("formula", "answer", "how"),
    [
        ("x^2 + 3y^2", "2x, 6y", "the same expression"),
        ("sin(x)^2", "sin(2x)", "exact algebra"),
        ("log(x)", "1/abs(x)", "random points"),
    ],
)
def test_the_verdict_says_how_it_was_reached(formula: str, answer: str, how: str) -> None:
    assert mark(formula, answer).components[0].decided_by == how


@pytest.mark.parametrize(("formula", "answer", "component", "said"), MISTAKES)
def test_common_mistakes_are_named(formula: str, answer: str, component: int, said: str) -> None:
    verdict = mark(formula, answer)
    assert said in verdict.components[component].feedback
    assert not verdict.components[component].correct


@pytest.mark.parametrize("bad", ["2x +", "2x)", "(2x", "2 $", "foo(x)", "q", "__import__('os')"])
def test_what_cannot_be_read_is_wrong_and_pointed_at(bad: str) -> None:
    verdict = mark("x^2 + 3y^2", f"6y, {bad}")
    assert not verdict.correct
    feedback = verdict.components[1].feedback
    assert feedback.startswith("this cannot be read: ")
    *_, quoted, caret = feedback.split("\n")
    assert quoted.strip() == f"6y, {bad}"
    assert caret.index("^") >= quoted.index(bad)


def test_the_other_components_are_marked_all_the_same() -> None:
    assert [c.correct for c in mark("x^2 + 3y^2", "2x, (").components] == [True, False]


def test_too_many_components_are_counted() -> None:
    verdict = mark("x^2 + 3y^2", "2x, 6y, 0")
    assert verdict.sentence.startswith("The answer has 3 components; the gradient has 2")


def test_no_variables_and_no_text_are_refused() -> None:
    with pytest.raises(ParameterError, match="no variables"):
        mark("3", "0")
    with pytest.raises(ParameterError, match="an answer is text"):
        check_gradient(st.Formula("x"), 1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("2x/sqrt(4x^2+36y^2), 6y/sqrt(4x^2+36y^2)", "This is the unit vector along the gradient"),
        ("x, 3y", "This points along the gradient, but its length is not the gradient's."),
        ("-2x, -6y", "This points against the gradient"),
        ("-x, -3y", "This points against the gradient"),
    ],
)
def test_the_whole_vector_is_looked_at(answer: str, said: str) -> None:
    verdict = mark("x^2 + 3y^2", answer)
    assert not verdict.correct
    assert said in verdict.sentence


def test_an_answer_with_gaps_is_told_where() -> None:
    feedback = mark("x^2", "2sqrt(x)*sqrt(x)").components[0].feedback
    assert feedback.startswith("this has no value at x = -")
    assert feedback.endswith("where f′(x) exists")


def test_overflow_is_no_gap() -> None:
    assert mark("tanh(x^3)", "3x^2*4*exp(2x^3)/(exp(2x^3)+1)^2").correct


@pytest.mark.parametrize(
    "answer", ["", " ", ",", ",,", "()", "[]", "( , )", "0, 0", "nan, nan", "1/0, 1/0"]
)
def test_empty_answers_are_never_right(answer: str) -> None:
    verdict = mark("x^2 + 3y^2", answer)
    assert not verdict.correct
    assert not any(c.correct for c in verdict.components)


@pytest.mark.parametrize(
    ("formula", "answer", "how"),
    [
        ("x^2", "2.00000000001x", "exact algebra"),
        ("log(x^2 + 1)", "2.00000000001x/(x^2+1)", "exact algebra"),
        ("atan(x)*x", "atan(x) + x/(x^2+1) + 1e-12*atan(x)^2", "interval arithmetic at a point"),
    ],
)
def test_tiny_differences_are_proved(formula: str, answer: str, how: str) -> None:
    verdict = mark(formula, answer)
    assert not verdict.correct
    assert verdict.components[0].decided_by == how


@pytest.mark.parametrize(
    ("formula", "answer"),
    [
        ("max(x, y)^2", "where(y <= x + 1e-7, 2max(x, y), 0), where(y <= x, 0, 2max(x, y))"),
        ("abs(x)", "sign(x - 1e-7)"),
        ("relu(x^2 - 2)", "where(x^2 > 2.0000001, 2x, 0)"),
    ],
)
def test_a_slightly_misplaced_border_is_seen(formula: str, answer: str) -> None:
    verdict = mark(formula, answer)
    assert not verdict.components[0].correct
    assert verdict.components[0].decided_by == "interval arithmetic at a point"


@pytest.mark.parametrize(
    ("formula", "answer"),
    [
        ("max(x, y)^2", "where(y < x, 2x, 0), where(x <= y, 2y, 0)"),
        ("abs(x*y)", "y*sign(x*y), x*sign(y*x)"),
        ("relu(x^2 - 2)", "where(|x| > sqrt(2), 2x, 0)"),
        ("min(x, x^2)", "where(0 < x, where(x < 1, 2x, 1), 1)"),
    ],
)
def test_borders_may_be_written_in_other_words(formula: str, answer: str) -> None:
    assert mark(formula, answer)


def test_it_prints_well() -> None:
    assert str(mark("x^2 + 3y^2", "2x, 3y")).split("\n") == [
        "Not yet correct: ∂f/∂y.",
        "x: ✓ ∂f/∂x = 2x",
        "y: ✗ the exponent comes down as a factor (power rule): one is missing",
    ]
