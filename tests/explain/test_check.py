"""Marking answers: every right way to write it is right, and nothing else is."""

from __future__ import annotations

import pytest

import steepest as st
from steepest.errors import ParameterError
from steepest.explain.check import AnswerMark, check_gradient


def mark(formula: str, answer: str) -> AnswerMark:
    return check_gradient(st.Formula(formula), answer)


RIGHT = [
    ("x^2 + 3y^2", "2x, 6y"),
    ("x^2 + 3y^2", "x + x, 6*y"),
    ("x^2 + 3y^2", "(2x, 6y)"),
    ("x^2 + 3y^2", "[2x, 3*2*y]"),
    ("x^2*y + y^3", "2x*y, x^2 + 3y^2"),
    ("exp(x*y) + sin(z)", "y*exp(x*y), x*exp(y*x), cos(z)"),
    ("sin(x)^2", "sin(2x)"),
    ("sin(x)^2", "2sin(x)cos(x)"),
    ("tan(x)", "1/cos(x)^2"),
    ("tan(x)", "1 + tan(x)^2"),
    ("(x^2 + 1)^3", "6x*(x^2+1)^2"),
    ("(x^2 + 1)^3", "6x^5 + 12x^3 + 6x"),
    ("log(x)", "1/x"),
    ("log(x)", "1/abs(x)"),  # the same wherever log(x) is defined
    ("sqrt(x)", "x^(-1/2)/2"),
    ("sqrt(x)", "1/(2*sqrt(x))"),
    ("abs(x)", "sign(x)"),
    ("abs(x)", "x/abs(x)"),
    ("x^x", "x^x*(log(x) + 1)"),
    ("sigmoid(x)", "sigmoid(x)*(1 - sigmoid(x))"),
    ("tanh(x)", "1 - tanh(x)^2"),
    ("atan2(y, x)", "-y/(x^2+y^2), x/(x^2+y^2)"),
    ("cbrt(x)", "1/(3*cbrt(x)^2)"),
    ("x + y", "1, 1"),
    ("x", "1"),
    ("max(x, y)", "where(x > y, 1, 0), where(x > y, 0, 1)"),
    ("erf(x)", "2/sqrt(pi)*exp(-x^2)"),
]

WRONG = [
    ("x^2 + 3y^2", "2x, 3y"),
    ("x^2 + 3y^2", "2x"),
    ("x^2 + 3y^2", "2x, 6y, 0"),
    ("x^2", "2.00000001x"),
    ("x^2", "2x + 1e-12"),
    ("x^2", "2|x|"),
    ("abs(x)", "1"),
    ("abs(x)", "sqrt(x)/sqrt(x)"),  # undefined where abs has a derivative
    ("sin(x)", "-cos(x)"),
    ("x", "0"),
    ("x", "log(-1 - x^2)"),  # defined nowhere
    ("x", "1/0"),
    ("log(x)", "log(x)"),
    ("exp(x)", "x*exp(x - 1)"),
    ("1e-9*x^2", "3e-9*x"),
    ("x^2", "((10^1000)^1000)^1000*x"),  # no number that anybody could write out
]


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


@pytest.mark.parametrize(
    ("formula", "answer", "component", "said"),
    [
        ("x^2 + 3y^2", "-2x, 6y", 0, "∂f/∂x has the opposite sign"),
        ("x^2 + 3y^2", "2x, 3y", 1, "the exponent comes down as a factor"),
        ("x^2 + 3y^2", "6y, 2x", 0, "are the components swapped?"),
        ("x^2 + 3y^2", "6y, 2x", 1, "are the components swapped?"),
        ("x^2 + 3y^2", "2x", 1, "∂f/∂y is missing"),
        ("x^2 + 3y^2", ", 6y", 0, "∂f/∂x is missing"),
        ("x^2 + 3y^2", "6y, 6y", 0, "the derivative with respect to x is asked"),
        ("x^2 + 3y^2", "x^2 + 3y^2, 6y", 0, "this is f itself"),
        ("x^2 + 5x", "2x + 9", 0, "right up to a constant"),
        (
            "sin(3x)",
            "cos(3x)",
            0,
            "the inner derivative is missing (chain rule): multiply by the derivative of 3x",
        ),
        ("(x^2 + 1)^3", "3(x^2+1)^2", 0, "multiply by the derivative of x^2 + 1"),
        ("exp(x*y) + 1", "exp(x*y), x*exp(x*y)", 0, "multiply by the derivative of x*y"),
        ("x^3", "7", 0, "this does not depend on x, but f′(x) does"),
        ("x^3*y", "7x, x^3", 0, "this does not depend on y, but ∂f/∂x does: y is held constant"),
        ("x^3", "7x + x^5", 0, "this is not f′(x): differentiate with respect to x"),
        ("x^3*y", "7x*y + 1, x^3", 0, "this is not ∂f/∂x: differentiate with respect to x, all"),
        ("x^3*sin(x)", "3x^2*cos(x)", 0, "not the product of the derivatives"),
        ("x^3*sin(x)", "3x^2*sin(x)", 0, "a term of the product rule is missing"),
        ("x^3*sin(x)", "x^3*cos(x)", 0, "a term of the product rule is missing"),
        ("x^3*sin(x)", "3x^2*sin(x) - x^3*cos(x)", 0, "are added, not subtracted"),
        ("sin(x)/x", "cos(x)", 0, "not the quotient of the derivatives"),
        ("sin(x)/x", "(x*cos(x) + sin(x))/x^2", 0, "a sign in the quotient rule is wrong"),
        ("sin(x)/x", "x*cos(x) - sin(x)", 0, "this is not f′(x)"),
        ("sin(x)/(x^2+1)", "cos(x)/(2x)", 0, "not the quotient of the derivatives"),
        ("x^4", "4x^4", 0, "the exponent goes down by one"),
        ("x^4", "x^5/5", 0, "the rule for integrals"),
        ("x^4", "12x^2", 0, "this is the second derivative"),
        ("cos(x) + x", "sin(x) + 1", 0, "the derivative of cos or of sin has another sign"),
        ("x^2 - y^3 + x", "2x - 1, -3y^2", 0, "one term has the wrong sign"),
        ("exp(x)", "x*exp(x-1)", 0, "here the variable is in the exponent"),
        ("2^x", "2^x", 0, "this is f itself"),
        ("2^x + x", "2^x + 1", 0, "the logarithm of the base is missing"),
        ("sqrt(x)", "1/sqrt(x)", 0, "a factor 2 in its denominator"),
        ("5x^2 + x", "2x + 1", 0, "a constant factor stays in front"),
        ("sin(x)", "pi/180*cos(x)", 0, "angles are in radians"),
        ("x + sin(x^2)", "1 + cos(2x)", 0, "keeps its argument x^2"),
        ("x^2 + sin(x)", "2x", 0, "a term is missing"),
        ("x^2*y", "2x, x^2", 0, "this does not depend on y"),
        ("x^2 + y^3", "2x + 3y^2, 3y^2", 0, "this is the sum of the partial derivatives"),
        ("3x^2 + x*y", "18x + 3y, x", 0, "right up to a constant factor"),
    ],
)
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
