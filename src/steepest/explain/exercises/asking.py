"""What the banks share: the landscapes that are asked about, and one short word for each answer."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from steepest.descent import descend
from steepest.explain.exercises.answers import (
    ChoiceAnswer,
    DirectionAnswer,
    LineAnswer,
    NumberAnswer,
    VectorAnswer,
)
from steepest.explain.exercises.dice import Dice
from steepest.explain.exercises.exercise import Drawn
from steepest.explain.exercises.words import floats
from steepest.functions.formula import Formula
from steepest.local.model import LocalModel
from steepest.rules import Rule


def number(prompt: str, value: float, hint: str, solution: str) -> Drawn:
    """Asks for a number."""
    return Drawn(prompt, NumberAnswer(value), hint, solution)


def vector(prompt: str, values: Iterable[float], hint: str, solution: str) -> Drawn:
    """Asks for numbers in order."""
    return Drawn(prompt, VectorAnswer(floats(values)), hint, solution)


def direction(prompt: str, values: Iterable[float], hint: str, solution: str) -> Drawn:
    """Asks for a unit vector."""
    return Drawn(prompt, DirectionAnswer(floats(values)), hint, solution)


def line(prompt: str, values: Iterable[float], hint: str, solution: str) -> Drawn:
    """Asks for any vector along a line."""
    return Drawn(prompt, LineAnswer(floats(values)), hint, solution)


def choice(prompt: str, right: str, options: tuple[str, ...], hint: str, why: str) -> Drawn:
    """Asks for one of several words; `why` is told with the right one, and is the solution."""
    return Drawn(prompt, ChoiceAnswer(right, options, why), hint, why)


def quadratic(dice: Dice, mixed: bool = True) -> tuple[Formula, tuple[int, ...], LocalModel]:
    """A quadratic and a point where no component of its gradient is 0."""
    while True:
        b = f" + {dice.whole(-3, 3)}*x*y" if mixed else ""
        f = Formula(f"{dice.whole(1, 5)}*x^2{b} + {dice.whole(1, 5)}*y^2")
        p = dice.point()
        model = f.at(*p)
        if np.all(model.gradient != 0):
            return f, p, model


def bowl(dice: Dice) -> tuple[Formula, int, int]:
    """a·x² + b·y² with a ≠ b."""
    a = dice.whole(1, 5)
    b = dice.whole(1, 6, but=(a,))
    return Formula(f"{a}*x^2 + {b}*y^2"), a, b


def after(f: Formula, start: tuple[float, ...], rule: Rule, steps: int) -> np.ndarray:
    """Where `rule` leads from `start` in so many steps."""
    return descend(f, start, rule, max_steps=steps, tolerance=0.0).points[steps]
