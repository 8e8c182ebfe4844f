"""What a step rule is: how the gradient here becomes the next step.

A rule is a pure function in plain numpy arithmetic on the components of vectors. Numbers,
arrays with an entry a lane, and symbols all pass through it: numpy runs it, and the native
compiler traces the very same code into a kernel. So a rule uses `np.where`, `np.minimum`,
`np.sqrt` … and never branches on values.

    step, state = rule.propose(here, state)

A rule that tries steps before taking them (a line search) also answers, for each trial,

    taken, state = rule.accept(here, step, there, state)

and the loop stays where it is until a trial is taken. Each trial costs one evaluation of f
and ∇f, and the search keeps its progress in the state, one set of numbers a lane. The loop
runs rules with floating-point warnings off: a division by zero is chosen away by `np.where`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np

from steepest.errors import ParameterError

State = tuple[Any, ...]


class Local(NamedTuple):
    """What a rule may know of f at a point: its value and its gradient's n components."""

    value: Any
    gradient: Sequence[Any]


@runtime_checkable
class Rule(Protocol):
    """A step rule. Frozen: everything that changes along a descent is in the state."""

    @property
    def name(self) -> str:
        """The rule's name on the command line."""
        ...

    @property
    def limit_formula(self) -> str:
        """`stable_step_limit` in words, or "" if the step size cannot make this rule diverge."""
        ...

    def start(self, dim: int) -> tuple[float, ...]:
        """The state before the first step, a fixed number of numbers."""
        ...

    def propose(self, here: Local, state: State) -> tuple[list[Any], State]:
        """The next step (n components) and the state after it."""
        ...

    def stable_step_limit(self, largest_curvature: float) -> float:
        """The step size beyond which a quadratic with this largest eigenvalue diverges.

        For rules that choose their own step length it is 2/λ, the fixed step's limit.
        """
        ...


@runtime_checkable
class SearchRule(Rule, Protocol):
    """A rule that tries steps before it takes one."""

    def accept(self, here: Local, step: list[Any], there: Local, state: State) -> tuple[Any, State]:
        """Whether the trial is taken, and the state for the next proposal."""
        ...


def positive(rule: str, **parameters: float) -> None:
    """Refuse parameters that are not positive finite numbers."""
    for name, value in parameters.items():
        if not _is_number(value) or not 0 < value < np.inf:
            raise ParameterError(
                f"{rule}({name}={value!r}): {_spoken(name)} must be a positive finite number"
            )


def fraction(rule: str, *, zero: bool = True, **parameters: float) -> None:
    """Refuse parameters outside [0, 1), or outside (0, 1) with zero=False."""
    for name, value in parameters.items():
        if not _is_number(value) or not 0 <= value < 1 or (value == 0 and not zero):
            least = "0 <=" if zero else "0 <"
            raise ParameterError(
                f"{rule}({name}={value!r}): {_spoken(name)} must satisfy {least} {name} < 1"
            )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def _spoken(name: str) -> str:
    return "the " + name.replace("_", " ")
