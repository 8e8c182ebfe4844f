"""What the loops of descent kernels share: memory, loop variables, tests of all lanes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from steepest.evaluate.native.emitter import Emitter, Value
from steepest.evaluate.native.lanes import LaneChanges
from steepest.evaluate.native.operations import run_tape
from steepest.evaluate.native.slots import Slots
from steepest.evaluate.native.symbols import Symbol
from steepest.evaluate.native.walk_plan import WalkPlan

#: Steps after which a group looks whether it should stop.
POLL: Final = 1024


class WalkFrame:
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
