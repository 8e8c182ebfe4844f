"""The parse tables are those that Lark makes of the grammar, and Lark is not needed to run them."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from steepest.expression import lalr
from steepest.expression.lalr import Token, UnexpectedTokenError
from steepest.expression.parse import _ACTIONS

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "src" / "steepest" / "expression"


@pytest.fixture
def maker() -> ModuleType:
    spec = spec_from_file_location("parse_tables", ROOT / "scripts" / "parse_tables.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tables_belong_to_the_grammar(maker: ModuleType) -> None:
    tables = maker.make_tables((FOLDER / "grammar.lark").read_text("utf-8"))
    assert (FOLDER / "grammar.json").read_text("utf-8") == maker.written(tables), (
        "grammar.lark has changed: run python scripts/parse_tables.py"
    )


def test_a_changed_grammar_has_other_tables(maker: ModuleType) -> None:
    grammar = (FOLDER / "grammar.lark").read_text("utf-8")
    changed = maker.make_tables(grammar.replace("postfix POWER unary", "postfix POWER postfix"))
    assert changed != json.loads((FOLDER / "grammar.json").read_text("utf-8"))


def test_every_rule_has_its_action() -> None:
    named = {rule.action for rule in lalr.tables().rules} - {None}
    places = {"place", "all_places", "places_from", "places_before", "places_between"}
    of_arrays = {"matmul", "transpose", "array_call", "index", *places}
    assert named - of_arrays == set(_ACTIONS)


def test_an_unexpected_token_says_what_was_expected() -> None:
    with pytest.raises(UnexpectedTokenError) as caught:
        lalr.run([Token("TIMES", "*", 0)], _ACTIONS)
    assert caught.value.token == Token("TIMES", "*", 0)
    assert {"NUMBER", "NAME", "LEFT", "MINUS"} <= caught.value.expected
    assert "TIMES" not in caught.value.expected
    assert "sum" not in caught.value.expected


def test_parsing_loads_no_lark() -> None:
    code = (
        "import sys; from steepest.expression.parse import parse; parse('x^2 + max(3y, 1)');"
        "assert 'lark' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
