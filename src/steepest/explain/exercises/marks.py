"""Verdicts on answers, and what numbers as they are typed have to do with the right ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from steepest.errors import FormulaError
from steepest.explain.components import parse_component, split
from steepest.explain.sampling import evaluate
from steepest.explain.sentences import DECIDED, NUMBERS

PRECISE: Final = 6e-4  # relative: three digits, properly rounded
_EXACT: Final = 1e-9


@dataclass(frozen=True)
class Mark:
    """The verdict on an answer, with a sentence that helps; `decided_by` says how."""

    correct: bool
    feedback: str
    decided_by: str

    def __bool__(self) -> bool:
        return self.correct

    def __str__(self) -> str:
        return f"{'✓' if self.correct else '✗'} {self.feedback}"


def close(x: float, right: float, size: float = 0.0) -> bool:
    """Whether x is `right` to three digits, or to rounding of `size` where right is 0."""
    return abs(x - right) <= max(PRECISE * abs(right), _EXACT * max(1.0, size))


def relation(given: Sequence[float], right: Sequence[float]) -> str:
    """How a wrong vector relates to the right one, or ""."""
    a, b = np.array(given), np.array(right)
    sizes = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    if not sizes[0] or not sizes[1]:
        return ""
    cosine = float(a @ b) / (sizes[0] * sizes[1])
    if cosine >= 1 - PRECISE**2:
        if close(sizes[0], 1.0):
            return NUMBERS["unit"]
        return NUMBERS["length"]
    if cosine <= -1 + PRECISE**2:
        return NUMBERS["opposite"]
    if len(given) > 1 and all(
        close(x, y, sizes[1]) for x, y in zip(reversed(given), right, strict=False)
    ):
        return NUMBERS["swapped"]
    if all(close(abs(x), abs(y), sizes[1]) for x, y in zip(given, right, strict=True)):
        return NUMBERS["signs"]
    return ""


def read_numbers(given: str, count: int) -> tuple[float, ...] | Mark:
    """The numbers typed, or the mark for an answer that holds none."""
    if not given.strip():
        return Mark(False, NUMBERS["empty"], DECIDED["unread"])
    parts = split(given)
    if count == 1 and len(parts) != 1:
        return Mark(False, NUMBERS["one"].format(given=len(parts)), DECIDED["unread"])
    if len(parts) != count:
        said = NUMBERS["count"].format(asked=count, given=len(parts))
        return Mark(False, said, DECIDED["unread"])
    values = []
    for part in parts:
        try:
            node = parse_component(given, part, ())
        except FormulaError as error:
            return Mark(False, NUMBERS["unreadable"].format(error=error), DECIDED["unread"])
        value = float(evaluate([node], (), np.empty((1, 0)))[0, 0])
        if not math.isfinite(value):
            said = NUMBERS["infinite"].format(part=part.text.strip())
            return Mark(False, said, DECIDED["unread"])
        values.append(value)
    return tuple(values)


def which(right: Sequence[bool]) -> str:
    """Which components are wrong, as a sentence."""
    wrong = [str(k + 1) for k, r in enumerate(right) if not r]
    if len(wrong) == len(right):
        return NUMBERS["wrong"]
    return NUMBERS["components"].format(which=" and ".join(wrong))


def to_digits(x: float, right: float) -> str:
    """How an answer was found right: exactly, or to three digits."""
    same = abs(x - right) <= _EXACT * max(1.0, abs(right))
    return DECIDED["numbers" if same else "digits"]
