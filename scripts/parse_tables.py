"""Makes src/steepest/expression/grammar.json of grammar.lark: `python scripts/parse_tables.py`.

Needs Lark, as the tests do; they check that the tables belong to the grammar.
"""

from __future__ import annotations

import json
from collections import deque
from pathlib import Path
from typing import Any

from lark import Lark
from lark.lexer import Lexer

FOLDER = Path(__file__).parents[1] / "src" / "steepest" / "expression"


class _NoLexer(Lexer):
    """Lark wants one; tokens.py is the real one."""

    def __init__(self, configuration: object) -> None:
        pass

    def lex(self, data: object) -> Any:
        raise AssertionError("only the tables are wanted")


def make_tables(grammar: str) -> dict[str, Any]:
    """Lark's LALR(1) tables of `grammar`, states numbered by a walk from the start."""
    table = Lark(grammar, parser="lalr", lexer=_NoLexer).parser.parser._parse_table
    rules: list[tuple[str, int, str | None]] = []
    number = {table.start_states["start"]: 0}
    states: list[dict[str, int]] = []
    waiting = deque(number)
    while waiting:
        state = {}
        for symbol, (action, target) in sorted(table.states[waiting.popleft()].items()):
            if action.name == "Shift":
                if target not in number:
                    number[target] = len(number)
                    waiting.append(target)
                state[symbol] = number[target]
            else:
                rule = _rule(target)
                if rule not in rules:
                    rules.append(rule)
                state[symbol] = -1 - rules.index(rule)
        states.append(state)
    return {
        "start": 0,
        "accept": number[table.end_states["start"]],
        "rules": [list(rule) for rule in rules],
        "states": states,
    }


def _rule(rule: Any) -> tuple[str, int, str | None]:
    """Origin, size and action; a rule marked ? with one symbol hands its value on."""
    hands_on = rule.alias is None and len(rule.expansion) == 1
    return (
        rule.origin.name,
        len(rule.expansion),
        None if hands_on else rule.alias or rule.origin.name,
    )


def written(tables: dict[str, Any]) -> str:
    """The tables as JSON, a state or rule on each line, so that changes can be read."""
    parts = [f'"start": {tables["start"]}', f'"accept": {tables["accept"]}']
    for name in ("rules", "states"):
        lines = ",\n  ".join(json.dumps(row) for row in tables[name])
        parts.append(f'"{name}": [\n  {lines}\n]')
    return "{" + ",\n".join(parts) + "}\n"


if __name__ == "__main__":
    grammar = (FOLDER / "grammar.lark").read_text("utf-8")
    (FOLDER / "grammar.json").write_text(written(make_tables(grammar)), "utf-8")
