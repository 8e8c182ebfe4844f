"""What a descent kernel is compiled from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

from steepest.evaluate.native.elementary import RANGES
from steepest.evaluate.native.target import Target
from steepest.evaluate.tape import Tape


class TracedRule(Protocol):
    """A step rule as the kernel needs it: on symbols, a value and a gradient given apart."""

    state: tuple[float, ...]
    parameters: int  # numbers of the state, its last ones, that come with each start
    searches: bool

    def propose(self, value: Any, gradient: list[Any], state: tuple[Any, ...]) -> Any:
        """The step and the next state."""
        ...

    def accept(
        self, here: Any, step: list[Any], there: Any, state: tuple[Any, ...]
    ) -> tuple[Any, tuple[Any, ...]]:
        """Whether the trial is taken, and the next state."""
        ...


@dataclass(frozen=True)
class Stride:
    """Steps that need no looking at one by one, for rules whose step is a multiple of -∇f.

    If no coordinate was beyond `bound` at the end of every `stretch` of the `steps` steps and
    ‖∇f‖ at the last of them is larger than `growth`·tolerance + `floor`, then none of them was
    critical or stuck; `descent.striding` proves it. That holds for tolerances up to `widest`.
    """

    steps: int
    stretch: int
    bound: float
    growth: float
    floor: float
    widest: float


@dataclass(frozen=True)
class WalkPlan:
    """What a kernel is compiled from. `tape` computes f and ∇f, or ∇f alone if nobody needs f.

    `magnitudes` tells how large each register of `tape` can be while no lane is far away; None
    if that is not known. `finite` says that then f and ∇f are finite, so nobody needs to look.
    """

    tape: Tape
    rule: TracedRule
    target: Target
    unroll: int
    magnitudes: tuple[float, ...] | None = None
    finite: bool = False
    stride: Stride | None = None


def interleaving(tape: Tape, state: int, target: Target, strides: bool) -> int:
    """How many vectors to interleave: as many as the registers carry, at most 4."""
    if target.width == 1:
        return 1
    carried = len(tape.variables) + state
    functions = any(step.op in RANGES for step in tape.instructions)
    # Measured: with 16 registers, spilled numbers cost less than waiting for results, up to 3;
    # functions have long chains, and strides little to keep, so one more vector pays.
    most = 4 if functions or strides or target.width == 8 else 3
    return max(1, min(most, 24 // carried))


def largest_square(tolerance: float) -> float:
    """The largest s with sqrt(s) <= tolerance, so that kernels need no square root."""
    s = tolerance * tolerance
    if not math.isfinite(s):
        return math.inf
    # Rounding errs by less than two units. Counted, because a library that was built with
    # -ffast-math may flush small numbers to zero in the whole process: then sqrt(s) stays 0.
    for _ in range(4):
        if math.sqrt(s) > tolerance:
            s = math.nextafter(s, 0.0)
        elif math.sqrt(math.nextafter(s, math.inf)) <= tolerance:
            s = math.nextafter(s, math.inf)
    return s
