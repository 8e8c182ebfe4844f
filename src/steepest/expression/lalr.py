"""Runs the parse tables in grammar.json, which Lark made of grammar.lark.

Lark itself is needed only to make the tables (scripts/parse_tables.py): importing it and
building the parser cost every process more time than all the rest of reading a formula.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

END = "$END"


class Token(NamedTuple):
    """A piece of the text: its kind (a terminal of the grammar), its letters, its place."""

    kind: str
    text: str
    position: int


class UnexpectedTokenError(Exception):
    """`token` cannot stand where it does; any of the kinds `expected` could."""

    def __init__(self, token: Token, expected: frozenset[str]) -> None:
        super().__init__(token, expected)
        self.token = token
        self.expected = expected


class Rule(NamedTuple):
    """A rule `origin: …` of `size` symbols; `action` names what builds its value.

    A rule without an action hands the value of its one symbol on.
    """

    origin: str
    size: int
    action: str | None


class Tables(NamedTuple):
    """For each state and symbol: a state to go to, or rule r to reduce by as -1 - r."""

    start: int
    accept: int
    rules: tuple[Rule, ...]
    states: tuple[Mapping[str, int], ...]


@cache
def tables() -> Tables:
    """The tables of the formula language."""
    data = json.loads(files("steepest.expression").joinpath("grammar.json").read_text("utf-8"))
    rules = tuple(Rule(*rule) for rule in data["rules"])
    return Tables(data["start"], data["accept"], rules, tuple(data["states"]))


def run(tokens: Iterable[Token], actions: Mapping[str, Callable[..., Any]]) -> Any:
    """The value that `actions` build of `tokens`; UnexpectedTokenError where none fits."""
    start, accept, rules, states = tables()
    path, values = [start], []

    def reduce_before(token: Token) -> int:
        """Reduces as long as `token` asks for it; the state that `token` then leads to."""
        while True:
            state = states[path[-1]]
            step = state.get(token.kind)
            if step is None:
                raise UnexpectedTokenError(token, frozenset(filter(str.isupper, state)))
            if step >= 0:
                return step
            rule = rules[-1 - step]
            if rule.action is not None:
                value = actions[rule.action](*values[-rule.size :])
                del path[-rule.size :], values[-rule.size :]
                values.append(value)
            else:
                path.pop()
            path.append(states[path[-1]][rule.origin])
            if token.kind == END and path[-1] == accept:
                return accept

    for token in tokens:
        path.append(reduce_before(token))
        values.append(token)
    reduce_before(Token(END, "", -1))
    return values[-1]
