"""A hundred thousand strings for the parser; `make fuzz` runs ten million others."""

from __future__ import annotations

import random

import pytest

from fuzz.fuzz_parser import check, check_echo, check_refusal, run, string
from steepest.errors import FormulaError
from steepest.expression.parse import parse


@pytest.mark.parametrize("seed", range(10))
def test_ten_thousand_strings(seed: int) -> None:
    result = run(seed, 10_000)
    assert result.failures == []
    assert sum(result.counts.values()) == 10_000
    # Were everything refused, or nothing, the strings would test little.
    assert result.counts["accepted"] > 2_000
    assert result.counts["refused"] > 2_000


def test_strings_are_many() -> None:
    rng = random.Random(0)
    assert len({string(rng) for _ in range(1000)}) > 900


def test_the_checks_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AssertionError, match="another text"):
        check_refusal("x + y", FormulaError("x", 0, "no"))
    with pytest.raises(AssertionError, match="no reason"):
        check_refusal("x", FormulaError("x", 0, ""))
    outside = FormulaError("x", 0, "no")
    outside.position = 7
    with pytest.raises(AssertionError, match="outside"):
        check_refusal("x", outside)
    monkeypatch.setattr("fuzz.fuzz_parser.written", lambda node: "x y(")
    with pytest.raises(AssertionError, match="echo refused"):
        check_echo(parse("x"))
    monkeypatch.setattr("fuzz.fuzz_parser.parse", lambda text: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        check("x")
    assert run(0, 5).failures[0][1] == "ZeroDivisionError: division by zero"
