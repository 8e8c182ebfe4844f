"""What kinds of answers there are, and how each is marked.

Whatever can be typed as a formula is accepted: 0.7071, sqrt(2)/2, cos(pi/4). An empty or
malformed answer is never right and never raises anything.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from steepest.explain.check import check_gradient
from steepest.explain.exercises.marks import (
    PRECISE,
    Mark,
    close,
    read_numbers,
    relation,
    to_digits,
    which,
)
from steepest.explain.sentences import DECIDED, GRADIENT, NUMBERS
from steepest.functions.formula import Formula

_ROUGH: Final = 0.05


class Answer(Protocol):
    """The right answer to an exercise, able to mark others."""

    @property
    def kind(self) -> str:
        """What is to be typed: gradient, number, vector, direction, line or choice."""
        ...

    @property
    def shown(self) -> str:
        """The right answer as text."""
        ...

    def mark(self, given: str) -> Mark:
        """The verdict on `given`."""
        ...


@dataclass(frozen=True)
class GradientAnswer:
    """The gradient of a formula, one component for each variable."""

    formula: Formula
    kind: str = "gradient"

    @property
    def shown(self) -> str:
        """The components as text."""
        return ", ".join(str(g) for g in self.formula.gradient)

    def components(self, given: str) -> tuple[bool, ...]:
        """Which components are right."""
        return tuple(m.correct for m in check_gradient(self.formula, given).components)

    def mark(self, given: str) -> Mark:
        """Component by component, as `check_gradient`."""
        verdict = check_gradient(self.formula, given)
        decided = ", ".join(dict.fromkeys(m.decided_by for m in verdict.components))
        if verdict.correct:
            return Mark(True, GRADIENT["correct"], decided)
        wrong = [m for m in verdict.components if not m.correct]
        return Mark(
            False, " ".join([verdict.sentence, *(_sentence(m.feedback) for m in wrong)]), decided
        )


@dataclass(frozen=True)
class NumberAnswer:
    """A number, right to three digits."""

    value: float
    kind: str = "number"

    @property
    def shown(self) -> str:
        """The number to six digits."""
        return f"{self.value:.6g}"

    def mark(self, given: str) -> Mark:
        """Right if equal to three digits; common slips are named."""
        read = read_numbers(given, 1)
        if isinstance(read, Mark):
            return read
        (x,) = read
        if close(x, self.value):
            return Mark(True, NUMBERS["correct"], to_digits(x, self.value))
        return Mark(False, self._slip(x), DECIDED["numbers"])

    def _slip(self, x: float) -> str:
        right = self.value
        if close(x, -right):
            return NUMBERS["sign"]
        if abs(x - right) <= _ROUGH * abs(right):
            return NUMBERS["close"]
        if right and close(x, math.degrees(right)):
            return NUMBERS["degrees"]
        if right and close(x, math.radians(right)):
            return NUMBERS["radians"]
        if right > 0 and close(x, right**2):
            return NUMBERS["square"]
        if right > 0 and close(x, math.sqrt(right)):
            return NUMBERS["root"]
        if right and close(x, 1 / right):
            return NUMBERS["reciprocal"]
        if right and any(close(x, right * k) for k in (2, 0.5, 4, 0.25, 3, 1 / 3)):
            return NUMBERS["factor"]
        return NUMBERS["wrong"]


@dataclass(frozen=True)
class VectorAnswer:
    """Numbers in order, each right to three digits."""

    values: tuple[float, ...]
    kind: str = "vector"

    @property
    def shown(self) -> str:
        """The components to six digits."""
        return ", ".join(f"{v:.6g}" for v in self.values)

    def components(self, given: str) -> tuple[bool, ...]:
        """Which components are right; empty if `given` is not as many numbers."""
        read = read_numbers(given, len(self.values))
        return () if isinstance(read, Mark) else tuple(self._compared(read))

    def mark(self, given: str) -> Mark:
        """Right if every component is; a vector that is only turned or scaled is told so."""
        read = read_numbers(given, len(self.values))
        if isinstance(read, Mark):
            return read
        right = self._compared(read)
        if all(right):
            return Mark(True, NUMBERS["correct"], to_digits(read[0], self.values[0]))
        return Mark(False, relation(read, self.values) or which(right), DECIDED["numbers"])

    def _compared(self, read: tuple[float, ...]) -> list[bool]:
        size = math.hypot(*self.values)
        return [close(x, v, size) for x, v in zip(read, self.values, strict=True)]


@dataclass(frozen=True)
class DirectionAnswer:
    """A unit vector; any other length points the right way but is no direction."""

    values: tuple[float, ...]
    kind: str = "direction"

    @property
    def shown(self) -> str:
        """The components to six digits."""
        return ", ".join(f"{v:.6g}" for v in self.values)

    def mark(self, given: str) -> Mark:
        """Right if it has length one and points the right way."""
        read = read_numbers(given, len(self.values))
        if isinstance(read, Mark):
            return read
        if all(close(x, v, 1.0) for x, v in zip(read, self.values, strict=True)):
            return Mark(True, NUMBERS["correct"], DECIDED["numbers"])
        size = math.hypot(*read)
        if size == 0:
            return Mark(False, NUMBERS["zero"], DECIDED["numbers"])
        turned = tuple(x / size for x in read)
        if all(close(x, v, 1.0) for x, v in zip(turned, self.values, strict=True)):
            return Mark(False, NUMBERS["direction"], DECIDED["numbers"])
        return Mark(False, relation(turned, self.values) or NUMBERS["wrong"], DECIDED["numbers"])


@dataclass(frozen=True)
class LineAnswer:
    """Any vector along a line, of any length but 0: a tangent."""

    values: tuple[float, ...]
    kind: str = "line"

    @property
    def shown(self) -> str:
        """One vector along the line."""
        return ", ".join(f"{v:.6g}" for v in self.values)

    def mark(self, given: str) -> Mark:
        """Right if parallel, either way round."""
        read = read_numbers(given, len(self.values))
        if isinstance(read, Mark):
            return read
        size, own = math.hypot(*read), math.hypot(*self.values)
        if size == 0:
            return Mark(False, NUMBERS["zero"], DECIDED["numbers"])
        cosine = abs(float(np.dot(read, self.values))) / (size * own)
        if cosine >= 1 - PRECISE**2:
            return Mark(True, NUMBERS["correct"], DECIDED["numbers"])
        if cosine <= PRECISE:
            return Mark(False, NUMBERS["perpendicular"], DECIDED["numbers"])
        return Mark(False, NUMBERS["wrong"], DECIDED["numbers"])


@dataclass(frozen=True)
class ChoiceAnswer:
    """One of several words."""

    right: str
    options: tuple[str, ...]
    why: str = ""
    kind: str = "choice"

    @property
    def shown(self) -> str:
        """The right word."""
        return self.right

    def mark(self, given: str) -> Mark:
        """Right if it is the right word; its first letters suffice if they are no other's."""
        word = given.strip().lower()
        listed = ", ".join(self.options)
        if not word:
            return Mark(False, NUMBERS["choose"].format(options=listed), DECIDED["unread"])
        exact = [o for o in self.options if o.lower() == word]
        meant = exact or [o for o in self.options if o.lower().startswith(word)]
        if len(meant) != 1:
            said = NUMBERS["none_of"].format(given=f"{given.strip()!r:.40}", options=listed)
            return Mark(False, said, DECIDED["unread"])
        if meant[0] == self.right:
            return Mark(True, f"{NUMBERS['correct']} {self.why}".strip(), DECIDED["words"])
        return Mark(False, NUMBERS["wrong"], DECIDED["words"])


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:] if text[:1].islower() else text
    return text if text.endswith((".", "^")) else text + "."
