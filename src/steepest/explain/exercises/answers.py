"""What kinds of answers there are, and how each is marked.

Whatever can be typed as a formula is accepted: 0.7071, sqrt(2)/2, cos(pi/4). An empty or
malformed answer is never right and never raises anything.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from steepest.errors import FormulaError
from steepest.explain.check import check_gradient
from steepest.explain.components import parse_component, split
from steepest.explain.sampling import evaluate
from steepest.functions.formula import Formula

_PRECISE: Final = 6e-4  # relative: three digits, properly rounded
_ROUGH: Final = 0.05
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

    def mark(self, given: str) -> Mark:
        """Component by component, as `check_gradient`."""
        verdict = check_gradient(self.formula, given)
        decided = ", ".join(dict.fromkeys(m.decided_by for m in verdict.components))
        if verdict.correct:
            return Mark(True, "Correct.", decided)
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
            return Mark(True, "Correct.", _to_digits(x, self.value))
        return Mark(False, self._slip(x), "comparison of numbers")

    def _slip(self, x: float) -> str:
        right = self.value
        if close(x, -right):
            return "The sign is wrong."
        if abs(x - right) <= _ROUGH * abs(right):
            return "Close: give at least three digits, or the exact expression."
        if right and close(x, math.degrees(right)):
            return "This is in degrees: give radians."
        if right and close(x, math.radians(right)):
            return "This is in radians: give degrees."
        if right > 0 and close(x, right**2):
            return "This is the square of it."
        if right > 0 and close(x, math.sqrt(right)):
            return "This is the square root of it."
        if right and close(x, 1 / right):
            return "This is the reciprocal of it."
        if right and any(close(x, right * k) for k in (2, 0.5, 4, 0.25, 3, 1 / 3)):
            return "A factor is wrong: look at the coefficients again."
        return "Not correct."


@dataclass(frozen=True)
class VectorAnswer:
    """Numbers in order, each right to three digits."""

    values: tuple[float, ...]
    kind: str = "vector"

    @property
    def shown(self) -> str:
        """The components to six digits."""
        return ", ".join(f"{v:.6g}" for v in self.values)

    def mark(self, given: str) -> Mark:
        """Right if every component is; a vector that is only turned or scaled is told so."""
        read = read_numbers(given, len(self.values))
        if isinstance(read, Mark):
            return read
        size = math.hypot(*self.values)
        right = [close(x, v, size) for x, v in zip(read, self.values, strict=True)]
        if all(right):
            return Mark(True, "Correct.", _to_digits(read[0], self.values[0]))
        return Mark(False, relation(read, self.values) or _which(right), "comparison of numbers")


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
            return Mark(True, "Correct.", "comparison of numbers")
        size = math.hypot(*read)
        if size == 0:
            return Mark(False, "The zero vector points nowhere.", "comparison of numbers")
        turned = tuple(x / size for x in read)
        if all(close(x, v, 1.0) for x, v in zip(turned, self.values, strict=True)):
            said = (
                "This points the right way, but a direction has length one: divide by its length."
            )
            return Mark(False, said, "comparison of numbers")
        return Mark(False, relation(turned, self.values) or "Not correct.", "comparison of numbers")


@dataclass(frozen=True)
class LineAnswer:
    """Any vector along a line, of any length but 0: a tangent."""

    values: tuple[float, ...]
    normal: tuple[float, ...] = ()
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
            return Mark(False, "The zero vector points nowhere.", "comparison of numbers")
        cosine = abs(float(np.dot(read, self.values))) / (size * own)
        if cosine >= 1 - _PRECISE**2:
            return Mark(True, "Correct.", "comparison of numbers")
        if cosine <= _PRECISE:
            said = "This is perpendicular to what is asked: it points along the gradient."
            return Mark(False, said, "comparison of numbers")
        return Mark(False, "Not correct.", "comparison of numbers")


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
            return Mark(False, f"Nothing was answered: choose one of {listed}.", "not read")
        exact = [o for o in self.options if o.lower() == word]
        meant = exact or [o for o in self.options if o.lower().startswith(word)]
        if len(meant) != 1:
            return Mark(False, f"{given.strip()!r:.40} is none of {listed}.", "not read")
        if meant[0] == self.right:
            return Mark(True, f"Correct. {self.why}".strip(), "comparison of words")
        return Mark(False, "Not correct.", "comparison of words")


def close(x: float, right: float, size: float = 0.0) -> bool:
    """Whether x is `right` to three digits, or to rounding of `size` where right is 0."""
    return abs(x - right) <= max(_PRECISE * abs(right), _EXACT * max(1.0, size))


def relation(given: Sequence[float], right: Sequence[float]) -> str:
    """How a wrong vector relates to the right one, or ""."""
    a, b = np.array(given), np.array(right)
    sizes = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    if not sizes[0] or not sizes[1]:
        return ""
    cosine = float(a @ b) / (sizes[0] * sizes[1])
    if cosine >= 1 - _PRECISE**2:
        if close(sizes[0], 1.0):
            return "This is the unit vector in the right direction: its length is asked too."
        return "This points the right way, but its length is wrong."
    if cosine <= -1 + _PRECISE**2:
        return "This points the opposite way."
    if len(given) > 1 and all(
        close(x, y, sizes[1]) for x, y in zip(reversed(given), right, strict=False)
    ):
        return "The components are swapped."
    if all(close(abs(x), abs(y), sizes[1]) for x, y in zip(given, right, strict=True)):
        return "A sign is wrong."
    return ""


def read_numbers(given: str, count: int) -> tuple[float, ...] | Mark:
    """The numbers typed, or the mark for an answer that holds none."""
    if not given.strip():
        return Mark(False, "Nothing was answered.", "not read")
    parts = split(given)
    if count == 1 and len(parts) != 1:
        return Mark(
            False, f"One number is asked, not {len(parts)}; decimals have a point.", "not read"
        )
    if len(parts) != count:
        return Mark(
            False,
            f"{count} numbers are asked, separated by commas; these are {len(parts)}.",
            "not read",
        )
    values = []
    for part in parts:
        try:
            node = parse_component(given, part, ())
        except FormulaError as error:
            return Mark(False, f"This cannot be read: {error}", "not read")
        value = float(evaluate([node], (), np.empty((1, 0)))[0, 0])
        if not math.isfinite(value):
            return Mark(False, f"{part.text.strip()} is not a finite number.", "not read")
        values.append(value)
    return tuple(values)


def _which(right: Sequence[bool]) -> str:
    wrong = [str(k + 1) for k, r in enumerate(right) if not r]
    if len(wrong) == len(right):
        return "Not correct."
    return f"Component {' and '.join(wrong)} is not correct."


def _to_digits(x: float, right: float) -> str:
    same = abs(x - right) <= _EXACT * max(1.0, abs(right))
    return "comparison of numbers" if same else "comparison to three digits"


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:] if text[:1].islower() else text
    return text if text.endswith((".", "^")) else text + "."
