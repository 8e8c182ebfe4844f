"""Splitting a typed vector into its components."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from steepest.errors import FormulaError
from steepest.explain.components import Component, parse_component, split


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("2x, 6y", ["2x", " 6y"]), ("2x", ["2x"]), ("(1, 2)", ["1", " 2"]), ("[1,2]", ["1", "2"]),
        ("atan2(y, x), 1", ["atan2(y, x)", " 1"]), ("(1)(2)", ["(1)(2)"]), ("(x+1)", ["(x+1)"]),
        ("(x, y), 1", ["(x, y)", " 1"]), ("", [""]), (",", ["", ""]), ("1,", ["1", ""]),
        ("(1), (2)", ["(1)", " (2)"]), ("1), (2", ["1)", " (2"]),
        ("(1), 2)", ["(1)", " 2)"]), ("max(1,2)", ["max(1,2)"]),
    ],
)  # fmt: skip
def test_outermost_commas(text: str, parts: list[str]) -> None:
    assert [p.text for p in split(text)] == parts


@given(some.text(alphabet="x,()[] 1+", max_size=30))
def test_every_part_is_where_it_says(text: str) -> None:
    for part in split(text):
        assert text[part.start : part.start + len(part.text)] == part.text


def test_an_error_points_into_the_whole() -> None:
    with pytest.raises(FormulaError) as caught:
        parse_component("2x, 6 $", Component(" 6 $", 3), ("x", "y"))
    assert caught.value.text == "2x, 6 $"
    assert caught.value.position == 6
