"""Step rules and formulas handed to the native compiler."""

from __future__ import annotations

import copy
import math
from collections.abc import Hashable
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from steepest.descent.loop import FAR, TRIALS_PER_STEP
from steepest.descent.striding import stride_of
from steepest.errors import TraceError
from steepest.evaluate.native.cache import KERNELS
from steepest.evaluate.native.machine_code import Kernel
from steepest.evaluate.native.reach import all_finite, magnitudes
from steepest.evaluate.native.rearrange import rearranged
from steepest.evaluate.native.target import Target, host
from steepest.evaluate.native.threads import Stop
from steepest.evaluate.native.walk import compile_walk
from steepest.evaluate.native.walk_plan import WalkPlan, interleaving, largest_square
from steepest.evaluate.tape import Tape
from steepest.local.function import GraphFunction
from steepest.rules.base import Local, Rule, SearchRule

FloatArray = NDArray[np.float64]

# Bounds of |x| for which kernels are made: most starts share the first one, and so one kernel.
_BOUNDS: Final = (1e10, 1e20)


class CompiledWalk:
    """Descents of `function` under `rule` in machine code, lane by lane as `descent.loop` walks.

    With `parameter`, the name of a field of the rule such as "step_size", every start brings the
    first state of its own rule and the parameter's value: columns behind the coordinates, as
    `parameter_columns` makes them.

    Raises TraceError if the rule's code cannot be compiled.
    """

    def __init__(
        self,
        function: GraphFunction,
        rule: Rule,
        starts: FloatArray,
        parameter: str = "",
        target: Target | None = None,
        unroll: int | None = None,
    ) -> None:
        target = target or host()
        coordinates = starts[:, : function.dim]
        reach = FAR * (1.0 + float(np.max(np.abs(coordinates), initial=0.0)))
        bound = next((b for b in _BOUNDS if reach <= b), math.inf)
        traced = TracedRule(rule, function.dim, parameter)
        if parameter:
            rule = traced.with_parameter(1.0)
        key = ("walk", function.gradient_tape, _identity(rule), parameter, target, unroll, bound)

        def make() -> Kernel:
            return compile_walk(plan(function.gradient_tape, traced, target, bound, unroll))

        self._kernel = make() if key[2] is None else KERNELS.get(key, make)

    def run(
        self,
        starts: FloatArray,
        max_steps: int,
        tolerance: float,
        points: FloatArray,
        endings: NDArray[np.int8],
        steps: NDArray[np.int64],
        first: int,
        last: int,
        stop: Stop,
    ) -> None:
        """Walk from the rows first … last - 1 of `starts` and write how they ended."""
        self._kernel(
            starts.ctypes.data,
            points.ctypes.data,
            endings.ctypes.data,
            steps.ctypes.data,
            first,
            last,
            max_steps,
            TRIALS_PER_STEP * max_steps,
            largest_square(tolerance),
            FAR,
            stop.address,
        )


def plan(
    tape: Tape, rule: TracedRule, target: Target, bound: float, unroll: int | None = None
) -> WalkPlan:
    """What the kernel for |x| <= `bound` looks at: nothing that cannot happen there."""
    sizes = magnitudes(tape, bound) if math.isfinite(bound) else None
    finite = sizes is not None and all_finite(sizes)
    if finite and not rule.uses_value:
        tape = Tape.record([*tape.nodes()[1:]], tape.variables)
    if finite:
        tape = rearranged(tape)
        sizes = magnitudes(tape, bound)
        finite = all_finite(sizes)
    stride = stride_of(tape, rule) if finite else None
    state = len(rule.state) + rule.parameters
    unroll = unroll or interleaving(tape, state, target, stride is not None)
    return WalkPlan(tape, rule, target, unroll, sizes, finite, stride)


class TracedRule:
    """A rule whose methods take value and gradient apart, so that evaluators need no `Local`."""

    def __init__(self, rule: Rule, dim: int, parameter: str = "") -> None:
        self.rule = rule
        self.parameter = parameter
        own = tuple(float(s) for s in rule.start(dim))
        self.parameters = len(own) + 1 if parameter else 0
        self.state = () if parameter else own
        self.searches = isinstance(rule, SearchRule)
        self.uses_value = self.searches or not self._ignores_value(dim)

    def propose(
        self, value: Any, gradient: list[Any], state: tuple[Any, ...]
    ) -> tuple[list[Any], tuple[Any, ...]]:
        """The step and the next state."""
        if not self.parameter:
            return self.rule.propose(Local(value, gradient), state)
        *own, number = state
        step, following = self.with_parameter(number).propose(Local(value, gradient), tuple(own))
        return step, (*following, number)

    def accept(
        self,
        here: tuple[Any, list[Any]],
        step: list[Any],
        there: tuple[Any, list[Any]],
        state: tuple[Any, ...],
    ) -> tuple[Any, tuple[Any, ...]]:
        """Whether the trial is taken, and the next state; only a search has trials."""
        if not self.parameter:
            rule = cast(SearchRule, self.rule)
            return rule.accept(Local(*here), step, Local(*there), state)
        *own, number = state
        rule = cast(SearchRule, self.with_parameter(number))
        taken, following = rule.accept(Local(*here), step, Local(*there), tuple(own))
        return taken, (*following, number)

    def with_parameter(self, number: Any) -> Rule:
        """The rule with a number, or a symbol that its checks would refuse, as the parameter."""
        changed = copy.copy(self.rule)
        object.__setattr__(changed, self.parameter, number)
        return changed

    def _ignores_value(self, dim: int) -> bool:
        """Whether `propose` works with something in the value's place that is no number."""
        numbers = [np.float64(1.0)] * dim
        try:
            with np.errstate(all="ignore"):
                self.rule.propose(Local(object(), numbers), self.rule.start(dim))
        except (TypeError, TraceError):
            return False
        return True


def parameter_columns(rule: Rule, dim: int, parameter: str, numbers: FloatArray) -> FloatArray:
    """The columns behind the coordinates of starts that each have their own `parameter`."""
    traced = TracedRule(rule, dim, parameter)
    return np.array([(*traced.with_parameter(x).start(dim), x) for x in numbers.tolist()])


def _identity(rule: Rule) -> Hashable | None:
    """The rule as part of a key; None for a rule of somebody else's that cannot be one."""
    try:
        hash(rule)
    except TypeError:
        return None
    return (type(rule), rule)
