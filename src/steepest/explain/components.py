"""A vector as people type it, "2x, 6y": its components, and errors that point into the whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from steepest.errors import FormulaError
from steepest.expression.graph import Node
from steepest.expression.parse import parse

Result = TypeVar("Result")

_OPEN, _CLOSE = "([{", ")]}"


class Component(NamedTuple):
    """One component of a typed vector: its text and where that starts in the whole text."""

    text: str
    start: int


def split(text: str) -> list[Component]:
    """The parts of `text` between its outermost commas; brackets around the whole are dropped.

    "2x, atan2(y, x)" has two parts, "(1, 2)" too. A text without a comma is one part.
    """
    parts = _between_commas(text, 0, len(text))
    if len(parts) == 1:
        first = len(text) - len(text.lstrip())
        last = len(text.rstrip())
        bracketed = last - first >= 2 and text[first] in "([" and text[last - 1] in ")]"
        if bracketed and _wraps(text, first, last - 1):
            inside = _between_commas(text, first + 1, last - 1)
            if len(inside) > 1:
                return inside
    return parts


def parse_component(whole: str, part: Component, variables: Sequence[str] | None) -> Node:
    """The graph of one part. A FormulaError quotes `whole` and points at the place in it."""
    return read_component(whole, part, lambda text: parse(text, variables))


def read_component(whole: str, part: Component, read: Callable[[str], Result]) -> Result:
    """What `read` makes of one part. A FormulaError quotes `whole`, as in `parse_component`."""
    try:
        return read(part.text)
    except FormulaError as error:
        raise FormulaError(whole, part.start + error.position, error.reason, error.hint) from None


def _between_commas(text: str, start: int, end: int) -> list[Component]:
    parts: list[Component] = []
    depth = 0
    begin = start
    for k in range(start, end):
        if text[k] in _OPEN:
            depth += 1
        elif text[k] in _CLOSE:
            # A bracket that closes nothing spoils its own part only.
            depth = max(0, depth - 1)
        elif text[k] == "," and depth == 0:
            parts.append(Component(text[begin:k], begin))
            begin = k + 1
    parts.append(Component(text[begin:end], begin))
    return parts


def _wraps(text: str, first: int, last: int) -> bool:
    """Whether the bracket at `first` is closed by the one at `last`: not so in "(1)(2)"."""
    depth = 0
    for k in range(first, last):
        depth += (text[k] in _OPEN) - (text[k] in _CLOSE)
        if depth == 0:
            return False
    return True
