"""The kernel of whole descents: position and state stay in vector registers from step to step.

The kernel walks a group of lanes in step with each other and leaves its inner loop only at an
*event*: some lane has ended, or it is time to look whether to stop. Then `lanes.py`'s scalar
code writes down the lanes that ended and puts new starts in their places, so that a group is
always full and a lane that has ended costs nothing. What ends a lane is told in
`steepest.descent.loop`; the kernels do the same.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from steepest.evaluate.native.elementary import RANGES
from steepest.evaluate.native.emitter import Emitter, Value
from steepest.evaluate.native.lanes import LaneChanges, Slots
from steepest.evaluate.native.machine_code import Kernel, compile_text
from steepest.evaluate.native.operations import run_tape, select
from steepest.evaluate.native.strides import Strides
from steepest.evaluate.native.symbols import Symbol
from steepest.evaluate.native.target import Target
from steepest.evaluate.tape import Tape

#: Steps after which a group looks whether it should stop.
POLL: Final = 1024

_ARGUMENTS: Final = (
    ctypes.c_void_p,  # starts (m, n), or (m, n + p) with p parameters of the rule
    *(ctypes.c_void_p,) * 3,  # points (m, n), endings (m,) int8, steps (m,) int64
    *(ctypes.c_int64,) * 4,  # first start, the one after the last, step limit, trial limit
    *(ctypes.c_double,) * 2,  # largest ‖∇f‖² that counts as zero, FAR
    ctypes.c_void_p,  # one byte: not 0 to stop
)


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

    If no coordinate was beyond `bound` in `steps` steps and ‖∇f‖ at the last of them is larger
    than `growth`·tolerance + `floor`, then none of them was critical or stuck: from one step to
    the next ‖∇f‖ changes by a bounded factor there.
    """

    steps: int
    bound: float
    growth: float
    floor: float


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


def compile_walk(plan: WalkPlan) -> Kernel:
    """The kernel `walk(starts, points, endings, steps, first, last, …)`."""
    return compile_text(walk_text(plan), "walk", _ARGUMENTS)


def walk_text(plan: WalkPlan) -> str:
    """The kernel in LLVM's text."""
    return (_SearchWalk(plan) if plan.rule.searches else PlainWalk(plan)).text()


class _Walk:
    """What both kinds of loops share: the frame, reading and writing the group's memory."""

    def __init__(self, plan: WalkPlan) -> None:
        self.plan = plan
        self.tape = plan.tape
        self.dim = len(plan.tape.variables)
        self.emitter = Emitter(plan.target, plan.unroll)
        rule = plan.rule
        self.slots = Slots(self.dim, len(rule.state), rule.parameters, rule.searches, plan.finite)

    def text(self) -> str:
        e = self.emitter
        lanes = LaneChanges(self.slots, e.lanes, self.plan.rule.state, POLL)
        body = [*lanes.opening()]
        self.emitter.block = "%walk"
        self.loop()
        body += e.lines
        body += lanes.closing()
        helpers = "\n".join(e.helpers.values())
        width = 64 * e.width
        return (
            f"{helpers}\n"
            "define void @walk(ptr noalias %starts, ptr noalias %points, ptr noalias %endings,"
            " ptr noalias %steps, i64 %first, i64 %last, i64 %max_steps, i64 %max_trials,"
            " double %small, double %far, ptr %stop) nounwind #0 {\n" + "\n".join(body) + "\n}\n"
            f'attributes #0 = {{ "prefer-vector-width"="{width}"'
            f' "min-legal-vector-width"="{width}" }}\n'
            '!0 = !{!"branch_weights", i32 1, i32 2000}\n'
        )

    def loop(self) -> None:
        raise AssertionError("each kind of walk has its own loop")

    def read(self, slot: int) -> Value:
        """The group's lanes of one slot."""
        e, names = self.emitter, []
        for u in range(e.unroll):
            name = e.fresh()
            e.line(f"{name} = load {e.reals}, ptr {self._address(slot, u)}, align {8 * e.width}")
            names.append(name)
        return Value(tuple(names))

    def write(self, slot: int, value: Value) -> None:
        """Store a value in a slot."""
        e = self.emitter
        for u, name in enumerate(value.names):
            e.line(f"store {e.reals} {name}, ptr {self._address(slot, u)}, align {8 * e.width}")

    def _address(self, slot: int, u: int) -> str:
        e = self.emitter
        pointer = e.fresh("p")
        offset = slot * e.lanes + u * e.width
        e.line(f"{pointer} = getelementptr double, ptr %group, i64 {offset}")
        return pointer

    def phis(
        self, entering: Sequence[Value], start: str = "%k_start"
    ) -> tuple[list[Value], Callable[[Sequence[Value]], None]]:
        """Loop variables that begin as `entering`, and a function that tells their next values."""
        e, values, holes = self.emitter, [], []
        before = e.block
        e.line("br label %loop")
        e.label("loop")
        for value in entering:
            names = []
            for name in value.names:
                phi = e.fresh("x")
                holes.append(len(e.lines))
                e.line(f"{phi} = phi {e.reals} [{name}, {before}], [HOLE, BLOCK]")
                names.append(phi)
            values.append(Value(tuple(names)))
        e.line(f"%k = phi i64 [{start}, {before}], [%k_next, BLOCK]")
        counter = len(e.lines) - 1

        def close(following: Sequence[Value]) -> None:
            e.line("%k_next = add i64 %k, 1")
            e.line("br label %loop")
            new = [name for value in following for name in value.names]
            for hole, name in zip(holes, new, strict=True):
                e.lines[hole] = e.lines[hole].replace("HOLE", name).replace("BLOCK", e.block)
            e.lines[counter] = e.lines[counter].replace("BLOCK", e.block)

        return values, close

    def splat(self, name: str) -> Value:
        """A scalar double of the function in every lane. Written before the loop."""
        e = self.emitter
        if e.width == 1:
            return Value((name,) * e.unroll)
        one, all_ = e.fresh(), e.fresh()
        e.line(f"{one} = insertelement {e.reals} poison, double {name}, i32 0")
        e.line(
            f"{all_} = shufflevector {e.reals} {one}, {e.reals} poison,"
            f" <{e.width} x i32> zeroinitializer"
        )
        return Value((all_,) * e.unroll)

    def evaluate(self, x: Sequence[Value]) -> tuple[Value, list[Value]]:
        """f and ∇f."""
        inputs = dict(zip(self.tape.variables, x, strict=True))
        outputs = run_tape(self.emitter, self.tape, inputs, self.plan.magnitudes)
        return outputs[0], outputs[-self.dim :]

    def any_of(self, *masks: Value) -> Value:
        """The lanes that any of the masks has."""
        total = masks[0]
        for mask in masks[1:]:
            total = self.emitter.each("or {M} {0}, {1}", total, mask, mask=True)
        return total

    def both(self, a: Value, b: Value) -> Value:
        """The lanes that both masks have."""
        return self.emitter.each("and {M} {0}, {1}", a, b, mask=True)

    def beyond(self, x: Sequence[Value], reach: Value) -> Value:
        """Lanes with |x|∞ > reach, or NaN in x."""
        e = self.emitter
        far = [
            e.each("fcmp ugt {R} {0}, {1}", e.intrinsic("fabs", xi), reach, mask=True) for xi in x
        ]
        return self.any_of(*far)

    def same(self, x: Sequence[Value], y: Sequence[Value]) -> Value:
        """Lanes where x and y are one point."""
        e = self.emitter
        total = None
        for a, b in zip(x, y, strict=True):
            equal = e.each("fcmp oeq {R} {0}, {1}", a, b, mask=True)
            total = equal if total is None else self.both(total, equal)
        assert total is not None
        return total

    def squared(self, g: Sequence[Value]) -> Value:
        """‖g‖²."""
        e = self.emitter
        total = e.each("fmul contract {R} {0}, {1}", g[0], g[0])
        for gi in g[1:]:
            square = e.each("fmul contract {R} {0}, {1}", gi, gi)
            total = e.each("fadd contract {R} {0}, {1}", total, square)
        return total

    def not_finite(self, values: Sequence[Value]) -> Value:
        """Lanes where any of the values is infinite or NaN: exactly there the sum of 0·v is NaN."""
        e = self.emitter
        zero = e.constant(0.0)
        total = e.each("fmul contract {R} {0}, {1}", values[0], zero)
        for v in values[1:]:
            nothing = e.each("fmul contract {R} {0}, {1}", v, zero)
            total = e.each("fadd contract {R} {0}, {1}", total, nothing)
        return e.each("fcmp uno {R} {0}, {0}", total, mask=True)

    def leave_if(self, event: Value, limit: str = "%k_limit") -> None:
        """Go to block "event" if a lane of `event` is set or the counter has reached its limit."""
        e = self.emitter
        any_lane = e.any_lane(event)
        e.line(f"%due = icmp sge i64 %k, {limit}")
        e.line(f"%leave = or i1 {any_lane}, %due")
        e.line("br i1 %leave, label %event, label %onward, !prof !0")

    def symbols(self, values: Sequence[Value]) -> list[Symbol]:
        return [Symbol(self.emitter, v) for v in values]

    def values(self, symbols: Sequence[Any]) -> list[Value]:
        return [Symbol.of(self.emitter, s).number() for s in symbols]

    def moved(self, x: Sequence[Value], step: Sequence[Value]) -> list[Value]:
        return [
            self.emitter.each("fadd contract {R} {0}, {1}", a, b)
            for a, b in zip(x, step, strict=True)
        ]


class PlainWalk(_Walk):
    """The loop for rules that take every step they propose."""

    def loop(self) -> None:
        e, slots, n = self.emitter, self.slots, self.dim
        small, reach = self.splat("%small"), self.read(slots.reach)
        entering = [self.read(s) for s in (*slots.x, *slots.state, *slots.old)]
        limit, start = "%k_limit", "%k_start"
        if self.plan.stride is not None:
            entering, limit, start = Strides(self, self.plan.stride).write(entering)
        carried, close = self.phis(entering, start)
        x, state, old = carried[:n], carried[n:-n], carried[-n:]
        value, gradient = self.evaluate(x)
        square = self.squared(gradient)
        critical = e.each("fcmp ole {R} {0}, {1}", square, small, mask=True)
        events = [critical, self.same(x, old), self.beyond(x, reach)]
        if not self.plan.finite:
            events.append(self.not_finite([value, *gradient]))
        self.leave_if(self.any_of(*events), limit)

        e.label("onward")
        step, following = self.plan.rule.propose(
            Symbol(e, value), self.symbols(gradient), tuple(self.symbols(state))
        )
        close([*self.moved(x, self.values(step)), *self.values(following), *x])

        e.label("event")
        for slot, v in zip((*slots.x, *slots.state, *slots.old), carried, strict=True):
            self.write(slot, v)
        self.write(slots.square, square)
        if not self.plan.finite:
            for slot, v in zip((slots.value, *slots.gradient), (value, *gradient), strict=True):
                self.write(slot, v)
        e.line("br label %change")


class _SearchWalk(_Walk):
    """The loop for rules that try steps: a lane stays where it is until a trial is taken."""

    def loop(self) -> None:
        e, slots, n = self.emitter, self.slots, self.dim
        small, limit, reach = (
            self.splat("%small"),
            self.splat("%steps_limit"),
            self.read(slots.reach),
        )
        kept = (*slots.x, slots.here, *slots.here_gradient, *slots.state, slots.taken, slots.fresh)
        carried, close = self.phis([self.read(s) for s in kept])
        x, here, taken_steps, fresh_flag = (
            carried[:n],
            carried[n : 2 * n + 1],
            carried[-2],
            carried[-1],
        )
        state = carried[2 * n + 1 : -2]
        zero, one = e.constant(0.0), e.constant(1.0)
        fresh = e.each("fcmp une {R} {0}, {1}", fresh_flag, zero, mask=True)

        rule = self.plan.rule
        value, *gradient = self.symbols(here)
        step, proposed = rule.propose(value, gradient, tuple(self.symbols(state)))
        steps = self.values(step)
        trial = [select(e, fresh, a, b) for a, b in zip(x, self.moved(x, steps), strict=True)]
        there_value, there_gradient = self.evaluate(trial)
        there = [there_value, *there_gradient]
        symbol, *symbols = self.symbols(there)
        taken, following = rule.accept(
            (value, gradient), self.symbols(steps), (symbol, symbols), proposed
        )
        taken = self.any_of(Symbol.of(e, taken).truth(), fresh)
        stuck = self.both(self.same(x, trial), e.negated(fresh))
        trouble = self.beyond(trial, reach)
        if not self.plan.finite:
            trouble = self.any_of(trouble, self.not_finite(there))
        trouble = self.both(taken, trouble)
        moves = self.both(self.both(taken, e.negated(trouble)), e.negated(stuck))
        critical = e.each("fcmp ole {R} {0}, {1}", self.squared(there_gradient), small, mask=True)
        critical = self.both(critical, moves)
        counted = select(e, self.both(moves, e.negated(fresh)), one, zero)
        count = e.each("fadd {R} {0}, {1}", taken_steps, counted)
        full = e.each("fcmp oge {R} {0}, {1}", count, limit, mask=True)
        new = [
            *(select(e, moves, a, b) for a, b in zip([*trial, *there], [*x, *here], strict=True)),
            *(select(e, fresh, a, b) for a, b in zip(state, self.values(following), strict=True)),
            count,
        ]
        self.leave_if(self.any_of(stuck, trouble, critical, full))

        e.label("onward")
        close([*new, zero])

        e.label("event")
        code = zero
        for mask, number in ((full, 4.0), (critical, 1.0), (trouble, 2.0), (stuck, 6.0)):
            code = select(e, mask, e.constant(number), code)
        for slot, v in zip(kept, [*new, fresh_flag], strict=True):
            self.write(slot, v)
        for slot, v in zip(
            (slots.code, *slots.trial, slots.value, *slots.gradient),
            (code, *trial, *there),
            strict=True,
        ):
            self.write(slot, v)
        e.line("br label %change")


def interleaving(tape: Tape, state: int, target: Target) -> int:
    """How many vectors to interleave: as many as the registers carry, at most 4."""
    if target.width == 1:
        return 1
    carried = len(tape.variables) + state
    functions = any(step.op in RANGES for step in tape.instructions)
    # Measured: with 16 registers, spilled numbers cost less than waiting for results, up to 3;
    # functions have long chains, so one more vector pays.
    most = 4 if functions or target.width == 8 else 3
    return max(1, min(most, 24 // carried))


def largest_square(tolerance: float) -> float:
    """The largest s with sqrt(s) <= tolerance, so that kernels need no square root."""
    s = tolerance * tolerance
    if not math.isfinite(s):
        return math.inf
    while math.sqrt(s) > tolerance:
        s = math.nextafter(s, 0.0)
    while math.sqrt(math.nextafter(s, math.inf)) <= tolerance:
        s = math.nextafter(s, math.inf)
    return s
