"""The whole bank: `exercises()` lists it, `draw` makes one exercise."""

from __future__ import annotations

from functools import cache

from steepest.explain.exercises import (
    bank_ends,
    bank_gradients,
    bank_norms,
    bank_runs,
    bank_slopes,
    bank_steps,
)
from steepest.explain.exercises.exercise import Bank, Exercise, Template


@cache
def bank() -> Bank:
    """Every exercise of the package, by topic."""
    whole = Bank()
    for part in (bank_gradients, bank_slopes, bank_norms, bank_steps, bank_runs, bank_ends):
        for template in part.BANK.templates:
            whole.add(template)
    return whole


def exercises(topic: str | None = None, *, seed: int = 0) -> tuple[Exercise, ...]:
    """The exercises of the package, all or those of one topic, with the numbers of `seed`.

    Each has a `prompt`, a `hint`, a worked `solution` and `check(answer)`, which marks an answer
    as it is typed and raises nothing. Everybody who takes another seed gets other numbers; the
    answers are computed from them.

    >>> one = exercises("gradients", seed=7)[0]
    >>> bool(one.check(one.answer.shown))
    True

    Raises ParameterError for an unknown topic.
    """
    found: tuple[Template, ...] = bank().templates if topic is None else bank().on(topic)
    return tuple(template.draw(seed) for template in found)
