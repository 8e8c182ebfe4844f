"""The parser against the vectors that every parser of the language runs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fuzz.fuzz_parser import MOST_CALLS, calls
from steepest.errors import FormulaError, ParameterError
from steepest.evaluate.numpy import NumpyEvaluator
from steepest.evaluate.tape import Tape
from steepest.expression import names, typeset
from steepest.expression.parse import MAX_OPERATIONS, parse

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "formulas.json").read_text("utf-8"))


def text_of(vector: dict[str, Any]) -> str:
    return vector["text"] if "text" in vector else "".join(s * n for s, n in vector["parts"])


def label(vector: dict[str, Any]) -> str:
    return ascii(text_of(vector)[:24])


@pytest.mark.parametrize("vector", VECTORS["accepted"], ids=label)
def test_accepted(vector: dict[str, Any]) -> None:
    node = parse(text_of(vector), vector.get("variables"))
    if "plain" in vector:
        assert typeset.text(node) == vector["plain"]
        assert typeset.text(parse(vector["plain"], vector.get("variables"))) == vector["plain"]
    point = vector["point"]
    tape = Tape.record([node], tuple(point))
    (value,) = NumpyEvaluator(tape)(np.array([list(point.values())], dtype=float))[0]
    assert value == pytest.approx(vector["value"], rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=label)
def test_refused_at_its_position_and_soon(vector: dict[str, Any]) -> None:
    text = text_of(vector)
    parse("x")  # the parser is built on first use
    with pytest.raises(FormulaError) as caught:
        parse(text, vector.get("variables"))
    error = caught.value
    assert vector["message"] in str(error)
    assert error.position == vector["position"]
    assert error.text == text
    assert calls(text, vector.get("variables")) < MOST_CALLS


def test_nothing_is_executed(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    monkeypatch.setattr(os, "system", called.append)
    for attack in ('__import__("os").system("id")', "os.system(1)", "x.system", "eval(1)"):
        with pytest.raises(FormulaError):
            parse(attack)
    assert called == []


def test_the_message_quotes_the_text_and_points_at_the_place() -> None:
    with pytest.raises(FormulaError) as caught:
        parse("3y^2 + xy")
    assert str(caught.value).splitlines() == [
        "unknown name 'xy'; did you mean x*y?",
        "  3y^2 + xy",
        "         ^",
    ]


def test_a_long_text_is_quoted_in_part() -> None:
    with pytest.raises(FormulaError) as caught:
        parse("x + " * 100 + "# " + "+ x" * 100)
    sentence, quote, caret = str(caught.value).splitlines()
    assert sentence.startswith("comments")
    assert len(quote) < 130
    assert quote[caret.index("^")] == "#"


def test_wide_letters_keep_the_caret_in_place() -> None:
    with pytest.raises(FormulaError) as caught:
        parse("x + ｙ")
    assert str(caught.value).splitlines()[2] == "      ^"


def test_precedence_of_unary_minus_and_power() -> None:
    assert parse("-x^2") is parse("-(x^2)")
    assert parse("2^-x^2") is parse("2^(-(x^2))")
    assert parse("x^y^z") is parse("x^(y^z)")
    assert parse("a/2b") is parse("(a/2)*b")


def test_the_largest_formulas_are_read() -> None:
    parse("+".join(["x"] * (MAX_OPERATIONS + 1)))
    with pytest.raises(FormulaError, match="more than 1,000 operations"):
        parse("+".join(["x"] * (MAX_OPERATIONS + 2)))


@pytest.mark.parametrize(
    "bad",
    ["", "1x", "x y", "x'", "__import__('os')", "x;", "x\n", "é", "sin", "where", "pi", "e", "ｘ"],
)
def test_a_declared_name_with_code_is_refused(bad: str) -> None:
    with pytest.raises(ParameterError, match=r"variable|already has a meaning"):
        names.check_declared(["x", bad])


def test_declared_names() -> None:
    assert names.check_declared(["x", "speed_2", "λ"]) == ("x", "speed_2", "λ")
    with pytest.raises(ParameterError, match="twice"):
        names.check_declared(["x", "x"])
    with pytest.raises(ParameterError, match="sequence of names"):
        names.check_declared("xy")
    with pytest.raises(ParameterError, match="longer than 16"):
        names.check_declared(["x" * 17])
    with pytest.raises(ParameterError, match="cannot name a variable"):
        names.check_declared([3])  # type: ignore[list-item]


def test_declared_words_are_read() -> None:
    assert typeset.text(parse("2speed + x", ("speed", "x"))) == "2speed + x"
