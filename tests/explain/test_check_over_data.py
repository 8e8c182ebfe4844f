"""Answers over data: in matrix form or entry by entry, right in any way to write them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings

import steepest as st
from array_formulas import formula, numbers
from steepest.explain.check import check_gradient

X = [[1.0, 2], [3, 4], [5, 6]]
LINE = st.Formula("mean((w*x - y)^2)", data={"x": [1, 2], "y": [2, 4]})
SQUARES = st.Formula("norm(X@w - y)^2 + b^2", data={"X": X, "y": [2, 4, 5]})
PLAIN = st.Formula("norm(X@w - y)^2", data={"X": X, "y": [2, 4, 5]})
_RNG = np.random.default_rng(2)
A, B = _RNG.normal(size=(2, 3, 3))
FORM = st.Formula("w'@A@w/2 - b'@w", data={"A": A, "b": [1, 2, 3]})
TREE = st.Formula("mean(log(1 + exp(-y*(X@w)))) + 0.1*norm(w)^2", data={"X": X, "y": [1, -1, 1]})
COVARIANCE = st.Formula("logdet(W) + tr(inv(W)@B)", data={"B": B}, shapes={"W": (3, 3)})


RIGHT = [
    (LINE, "2mean(x*(w*x-y))"), (LINE, "5w - 10"), (LINE, "dot(x, w*x - y)"),
    (LINE, "2*x'*(w*x - y)/2"), (LINE, "sum(x*(w*x - y))"), (LINE, "x[0]*(w*x[0] - 2) + 4w - 8"),
    (PLAIN, "2 X' * (X @ w - y)"), (PLAIN, "2 transpose(X) @ (X@w - y)"),
    (PLAIN, "2X.T@(X@w - y)"), (PLAIN, "2Xᵀ(X w - y)"), (PLAIN, "2(X'@X)@w - 2X'@y"),
    (PLAIN, "-2X'@(y - X@w)"), (PLAIN, "2*((X@w - y)'@X)'"),
    (PLAIN, "70w1 + 88w2 - 78, 88w1 + 112w2 - 100"),
    (PLAIN, "2X[:, 0]'@(X@w - y), 2X[:, 1]'@(X@w - y)"),
    (SQUARES, "2b, 2X'@(X@w - y)"), (SQUARES, "2b, (X'@X + X'@X)@w - 2X' y"),
    (SQUARES, "2b, 70w1 + 88w2 - 78, 88w1 + 112w2 - 100"),
    (FORM, "(A + A')@w/2 - b"), (FORM, "(A@w + A'@w)/2 - b"), (FORM, "(A*w + A'*w)/2 - b"),
    (TREE, "-X'@(y/(1 + exp(y*(X@w))))/3 + 0.2w"),
    (TREE, "0.2*w - X' @ (y .* sigmoid(-y.*(X@w)))/3"),
    (COVARIANCE, "inv(W)' - inv(W)'@B'@inv(W)'"), (COVARIANCE, "(inv(W) - inv(W)@B@inv(W))'"),
]  # fmt: skip


@pytest.mark.parametrize(("f", "answer"), RIGHT)
def test_any_way_to_write_it_is_right(f: st.Formula, answer: str) -> None:
    verdict = check_gradient(f, answer)
    assert verdict, str(verdict)
    assert verdict.sentence == "Correct."


@pytest.mark.parametrize("f", [LINE, SQUARES, FORM, TREE, COVARIANCE])
def test_the_printed_gradient_is_right(f: st.Formula) -> None:
    verdict = check_gradient(f, ", ".join(str(g) for g in f.gradient))
    assert verdict, str(verdict)
    assert f.arrays is not None
    assert [c.variable for c in verdict.components] == [a.name for a in f.arrays.arguments]
    assert {c.decided_by for c in verdict.components} == {"the same expression"}


WRONG = [
    (LINE, "mean(x*(w*x - y))", "the exponent comes down as a factor (power rule)"),
    (LINE, "2sum(x*(w*x - y))", "right up to the mean's factor 1/N, with N = 2"),
    (LINE, "3mean(x*(w*x - y))", "right up to a constant factor"),
    (LINE, "2mean(w*x - y)", "the inner derivative is missing (chain rule)"),
    (LINE, "2x*(w*x - y)", "this has 2 entries, and w is a number"),
    (LINE, "5w", "f′(w) is right up to a term without w: look again at the terms that hold data"),
    (LINE, "mean((w*x - y)^2)", "this is f itself: differentiate it with respect to w"),
    (LINE, "x[2]*w", "x[2]: there is no entry 2; x has 2 entries"),
    (PLAIN, "X'@(X@w - y)", "w: ✗ the exponent comes down as a factor (power rule)"),
    (PLAIN, "X'@(X@w - y)", "This points along the gradient, but its length is not"),
    (PLAIN, "4X'@(X@w - y)", "∂f/∂w is right up to a constant factor"),
    (PLAIN, "2X'@(X@w - y)/1.0000001", "∂f/∂w is right up to a constant factor"),
    (PLAIN, "-2X'@(X@w - y)", "∂f/∂w has the opposite sign"),
    (PLAIN, "-2X'@(X@w - y)", "This points against the gradient"),
    (PLAIN, "2X@(X@w - y)", "the left side is 3 × 2, the right side has 3 entries"),
    (PLAIN, "2*(X@w - y)", "this has 3 entries, and w has 2 entries; a derivative has the shape"
     " of its variable; the inner derivative, X' in front, may be missing"),
    (PLAIN, "2(X@w - y)'@X", "this is a row of 2 entries, and w has 2 entries; transpose it"),
    (PLAIN, "2X'@(X@w + y)", "right up to a term without w"),
    (PLAIN, "2X'@(X@v - y)", "'v' is not a variable here; the variables are: w, w1, w2"),
    (PLAIN, "X'@(X@w - y)/norm(X@w - y)", "This points along the gradient"),
    (PLAIN, "2X'@(X@w - y", "a closing ) is missing"),
    (PLAIN, "0", "∂f/∂w"),
    (PLAIN, "", "∂f/∂w is missing"),
    (PLAIN, "1, 2, 3", "The answer has 3 components; the gradient has 2"),
    (SQUARES, "2b, 2(X@w - y)'@X", "Not yet correct: ∂f/∂w."),
    (SQUARES, "b, X'@(X@w - y)", "No component is correct."),
    (SQUARES, "2b, 2X@w, 0", "w1: ✗ this cannot be read: this has 3 entries, and w1 is a number"),
    (SQUARES, "2b, , 0", "w1: ✗ ∂f/∂w1 is missing"),
    (SQUARES, "2b, ", "w: ✗ ∂f/∂w is missing"),
    (SQUARES, "2b, 1, 2, 3", "4 components; the gradient has 3"),
    (FORM, "A@w - b", "a product with a matrix goes back through its transpose"),
    (FORM, "A@w/2 - b", "a term of the product rule is missing"),
    (FORM, "(A + A')@w/2", "a term is missing: differentiate every term"),
    (FORM, "(A + A')@w/2 + b", "one term has the wrong sign"),
    (COVARIANCE, "inv(W) - inv(W)'@B'@inv(W)'", "look at which factor is transposed"),
    (COVARIANCE, "inv(W) - inv(W)@B@inv(W)", "this is the transpose of ∂f/∂W"),
    (COVARIANCE, "inv(W)' - inv(W)'@B'", "not ∂f/∂W"),
]  # fmt: skip


@pytest.mark.parametrize(("f", "answer", "sentence"), WRONG)
def test_a_wrong_answer_is_told_why(f: st.Formula, answer: str, sentence: str) -> None:
    verdict = check_gradient(f, answer)
    assert not verdict
    assert sentence in str(verdict)


def test_between_arrays_of_one_shape_the_star_works_entry_by_entry() -> None:
    f = st.Formula("norm(A@B@w)^2", data={"A": A, "B": B})
    assert check_gradient(f, "2*B'@A'@A@B@w")
    said = str(check_gradient(f, "2*B'*A'*A*B*w"))
    assert "with @, the product of matrices, this would be right" in said


LARGE = np.random.default_rng(6).normal(size=(2000, 3))


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("2X'@(X@w - y)/2000", "Correct."),
        ("2mean(x*(X@w - y)), 2 * X[:, 1]' @ (X@w - y)/2000, 2X[:, 2]'*(X@w - y)/2000", "Correct."),
        ("2X'@(X@w - y)", "right up to the mean's factor 1/N, with N = 2000"),
        ("X'@(X@w - y)/2000", "the exponent comes down as a factor (power rule)"),
        ("2X'@(X@w - 1.001y)/2000", "right up to a term without w"),
        ("2(X@w - y)/2000", "this has 2,000 entries"),
        ("X'@sin(X@w)", "this is not ∂f/∂w"),
        ("sqrt(-1 - w^2)", "this has no value at w1 ="),
    ],
)
def test_data_of_any_size(answer: str, sentence: str) -> None:
    data: dict[str, Any] = {"X": LARGE, "y": LARGE @ [1, 2, 3] + 0.1}
    extra = ""
    if "x*" in answer:
        data |= {"x": LARGE[:, 0]}
        extra = " + 0*sum(x)"
    verdict = check_gradient(st.Formula("mean((X@w - y)^2)" + extra, data=data), answer)
    assert sentence in str(verdict).replace("2000 entries", "2,000 entries")
    assert bool(verdict) is (sentence == "Correct.")


def test_an_answer_that_needs_large_arrays_is_compared_at_points() -> None:
    X = [[float(i + j) for j in range(2)] for i in range(60)]
    f = st.Formula("norm(X@w)^2", data={"X": X})
    assert check_gradient(f, "2X'@((eye(60)*eye(60))@X@w)")
    assert not check_gradient(f, "X'@((X@X')*(X@X'))@X@w")
    said = str(check_gradient(f, "sum((X@X')*(X@X'))*w1, 0"))
    assert "operations over these data, the limit is" in said


@settings(max_examples=15, deadline=None)
@given(numbers())
def test_of_any_formula_the_printed_gradient_is_right_and_twice_it_wrong(text: str) -> None:
    f, _ = formula(text + " + sum(w)*c")
    printed = [str(g) for g in f.gradient]
    assume(all(len(g) < 400 for g in printed))  # an answer somebody would type
    verdict = check_gradient(f, ", ".join(printed))
    assert verdict, f"{f}: {verdict}"
    assert not check_gradient(f, ", ".join(f"2({g})" for g in printed))
