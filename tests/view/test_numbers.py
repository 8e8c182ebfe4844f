"""Numbers in pictures and reports."""

from __future__ import annotations

import math

import pytest

from steepest.view.numbers import align, aligned, count, short, unit, vector, with_minus


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (12.165525060596439, "12.17"), (13.0, "13"), (0.0, "0"), (-0.0, "0"), (-33.0, "-33"),
        (0.16439899, "0.1644"), (1234567.0, "1.235e6"), (123456.0, "123500"), (1e-5, "1e-5"),
        (0.00012345, "0.0001234"), (-2.5e300, "-2.5e300"), (5e-324, "4.941e-324"),
        (0.99999, "1"), (999999.9, "1e6"), (9999.6, "10000"), (math.inf, "∞"),
        (-math.inf, "-∞"), (math.nan, "undefined"),
    ],
)  # fmt: skip
def test_four_significant_digits(value: float, shown: str) -> None:
    assert short(value) == shown


def test_decimal_points_stand_in_one_column() -> None:
    shown = aligned([12.165525, -0.5, 3.0, 1e-9])
    assert shown == ["12.17", "-0.5 ", " 3   ", " 1e-9"]


def test_words_are_padded_without_a_point() -> None:
    assert align(["a", "bcd"]) == ["  a", "bcd"]


def test_vectors_and_counts() -> None:
    assert vector([2.0, 12.0]) == "(2, 12)"
    assert unit([0.1643989873, 0.98639392]) == "(0.16, 0.99)"
    assert (count(1, "step"), count(1000, "step")) == ("1 step", "1,000 steps")


def test_a_hyphen_is_a_minus_sign_but_in_words() -> None:
    shown = with_minus("-η∇f at (-1, x - 2) is [-3, 2e-5]: first-order, 2^-1, η=-1")
    assert shown == "−η∇f at (−1, x − 2) is [−3, 2e−5]: first-order, 2^−1, η=−1"
