"""The kernel of whole descents: position and state stay in vector registers from step to step.

The kernel walks a group of lanes in step with each other and leaves its inner loop only at an
*event*: some lane has ended, or it is time to look whether to stop. Then `lanes.py`'s scalar
code writes down the lanes that ended and puts new starts in their places, so that a group is
always full and a lane that has ended costs nothing. What ends a lane is told in
`steepest.descent.loop`; the kernels do the same.
"""

from __future__ import annotations

import ctypes
from typing import Final

from steepest.evaluate.native.machine_code import Kernel, compile_text
from steepest.evaluate.native.operations import select
from steepest.evaluate.native.strides import Strides
from steepest.evaluate.native.symbols import Symbol
from steepest.evaluate.native.walk_frame import WalkFrame
from steepest.evaluate.native.walk_plan import WalkPlan

_ARGUMENTS: Final = (
    ctypes.c_void_p,  # starts (m, n), or (m, n + p) with p parameters of the rule
    *(ctypes.c_void_p,) * 3,  # points (m, n), endings (m,) int8, steps (m,) int64
    *(ctypes.c_int64,) * 4,  # first start, the one after the last, step limit, trial limit
    *(ctypes.c_double,) * 2,  # largest ‖∇f‖² that counts as zero, FAR
    ctypes.c_void_p,  # one byte: not 0 to stop
)


def compile_walk(plan: WalkPlan) -> Kernel:
    """The kernel `walk(starts, points, endings, steps, first, last, …)`."""
    return compile_text(walk_text(plan), "walk", _ARGUMENTS)


def walk_text(plan: WalkPlan) -> str:
    """The kernel in LLVM's text."""
    return (_SearchWalk(plan) if plan.rule.searches else PlainWalk(plan)).text()


class PlainWalk(WalkFrame):
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


class _SearchWalk(WalkFrame):
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
