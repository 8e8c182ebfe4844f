"""Which descents may take several steps without looking, and how many: a proof in bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from steepest.descent.loop import FAR
from steepest.evaluate.native.reach import magnitudes
from steepest.evaluate.native.walk_plan import Stride
from steepest.evaluate.tape import Tape
from steepest.expression.differentiate import hessian
from steepest.norms import L2
from steepest.rules import FixedStep

if TYPE_CHECKING:
    from steepest.descent.compiled import TracedRule

# At most this many steps, in which a short gradient grows at most so much, while no coordinate
# is beyond a bound: the largest one that allows 8 steps, or else 4.
_STEPS: Final = 16
_MOST_GROWTH: Final = 1e3
_BOUNDS: Final = tuple((2.0**k, least) for least in (8, 4) for k in range(10, 1, -1))
_STRETCHES: Final = (4, 2, 1)
_VARIABLES: Final = 8
_OPERATIONS: Final = 200
_CHEAP: Final = frozenset("var const pi e neg add sub mul ipow".split())
_EPSILON: Final = float(np.finfo(np.float64).eps)


def stride_of(tape: Tape, traced: TracedRule) -> Stride | None:
    """Steps that a plain gradient step may take without looking, None if that is not known.

    Call a point critical that ends a descent: ‖∇f‖ is at most the tolerance, or so short that
    the step is lost in rounding. Let ‖H‖ <= L where |x| <= B, so that a step x - η∇f changes ∇f
    by a factor of at most 1 + ηL. A lane that was critical somewhere within b = B - s stays
    within B, for a room s as long as all its later steps, and its gradient is still short at the
    end of the stride. So a long gradient there says that no point within b was critical.

    Between two looks, at most `stretch` + 1 steps apart, a lane may have been beyond b, but no
    farther than so many steps lead. Had it been critical there, it could not have come back
    within b - s until the next look. So looks that find it within b - s say that it was not.
    """
    rule = traced.rule
    n = len(tape.variables)
    if not isinstance(rule, FixedStep) or not isinstance(rule.norm, L2) or traced.parameter:
        return None
    if n > _VARIABLES or len(tape.instructions) > _OPERATIONS:
        return None
    if any(step.op not in _CHEAP for step in tape.instructions):
        return None  # beside a function, looking costs next to nothing
    bounds = _Bounds(tape, rule.step_size)
    for limit, least in _BOUNDS:
        growth = bounds.growth(limit)
        steps = int(min(_STEPS, math.log(_MOST_GROWTH) / math.log(growth)))
        if steps < least:
            continue
        for stretch in _STRETCHES:
            # A stride ends with one more step, for which its last look pays.
            whole = (steps - 1) // stretch * stretch + 1
            found = bounds.stride(limit, whole, stretch)
            if found is not None:
                return found
    return None


@dataclass
class _Bounds:
    """Bounds of ∇f and of the Hessian while no coordinate is beyond some number."""

    tape: Tape
    step_size: float

    @cached_property
    def _second(self) -> Tape:
        """The tape of ∇f and all entries of the Hessian."""
        nodes = self.tape.nodes()[-len(self.tape.variables) :]
        rows = hessian(nodes, self.tape.variables)
        return Tape.record([*nodes, *(h for row in rows for h in row)], self.tape.variables)

    def stride(self, limit: float, steps: int, stretch: int) -> Stride | None:
        """The stride within |x| <= `limit`, None if that cannot be promised."""
        room = limit / 16.0
        look = limit - 2.0 * room
        outside = self._reached(look, stretch)
        if not outside < FAR:
            return None
        growth = self.growth(limit) ** steps
        noise = self._noise(limit, steps)
        # How far a lane moves that was critical: inside of the limit, and outside of it.
        inside_way = steps * self.step_size * growth
        longest = stretch + 1
        outside_way = longest * self.step_size * self.growth(outside + room) ** longest
        drift = max(inside_way * noise, outside_way * self._noise(outside + room, longest))
        way = max(inside_way, outside_way)
        if not (drift <= room / 2.0 and math.isfinite(way)):
            return None
        return Stride(steps, stretch, look, growth, growth * noise, room / 2.0 / way)

    def growth(self, bound: float) -> float:
        """By what factor a step can make a short gradient longer."""
        _, bend = self._slopes_and_bend(bound)
        return 1.0 + self.step_size * bend + 1e-9

    def _reached(self, bound: float, steps: int) -> float:
        """How far from the origin `steps` steps lead from within `bound`."""
        for _ in range(steps):
            slopes, _ = self._slopes_and_bend(bound)
            bound += self.step_size * slopes
            if not bound < FAR:
                return math.inf
        return bound

    def _noise(self, bound: float, steps: int) -> float:
        """A gradient so short that its step may be lost, and the roundings of `steps` steps."""
        _, bend = self._slopes_and_bend(bound)
        stuck = math.sqrt(len(self.tape.variables)) * _EPSILON * bound / self.step_size
        # Each operation errs by half a unit of what it can be; positions by a unit of the bound.
        largest = max(magnitudes(self.tape, bound)) * len(self.tape.instructions)
        return stuck + steps * _EPSILON * (4.0 * bend * bound + largest)

    def _slopes_and_bend(self, bound: float) -> tuple[float, float]:
        """Bounds of ‖∇f‖ and ‖H‖."""
        second, n = self._second, len(self.tape.variables)
        sizes = magnitudes(second, bound)
        slopes = math.hypot(*(sizes[k] for k in second.outputs[:n]))
        return slopes, math.hypot(*(sizes[k] for k in second.outputs[n:]))
