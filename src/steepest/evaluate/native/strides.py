"""Several steps without looking, where that provably misses nothing.

A stride of a few steps is taken with nothing but the gradient and the step, and now and then a
look at how far the lanes are. At its end one look at the gradient tells whether any lane can have
ended in between. If so the stride is forgotten, and the careful loop takes the same steps one by
one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from steepest.evaluate.native.emitter import Value, double_literal
from steepest.evaluate.native.symbols import Symbol

if TYPE_CHECKING:
    from steepest.evaluate.native.walk_frame import WalkFrame
    from steepest.evaluate.native.walk_plan import Stride

#: Careful steps after a stride that was forgotten, before the next is tried.
CAREFUL: Final = 128

#: A loop variable, and the lines where its next value is still missing.
_Loop = tuple[Value, list[int]]


class Strides:
    """Writes the loop of strides in front of the careful loop."""

    def __init__(self, walk: WalkFrame, stride: Stride) -> None:
        self.walk, self.stride, self.e = walk, stride, walk.emitter

    def write(self, entering: list[Value]) -> tuple[list[Value], str, str]:
        """What the careful loop begins with: x and the old x, its limit, its first step.

        The rule has no state, so `entering` is x and the old x.
        """
        n = self.walk.dim
        x, old = entering[:n], entering[n:]
        squared_limit = self._safe()
        bound = self.e.constant(self.stride.bound).alone()
        self._enter(x, bound)
        begun, ahead, largest = self._run(x)
        after = self._look_back(ahead, largest, bound, squared_limit)
        for (_, holes), new in zip(begun, after, strict=True):
            self._close(holes, new)
        return self._leave(x, old, [v for v, _ in begun], after), "%k_until", "%k_careful"

    def _enter(self, x: list[Value], bound: Value) -> None:
        """Strides begin if there are steps enough and no lane is far out already."""
        e = self.e
        e.line("%room = sub i64 %k_limit, %k_start")
        e.line(f"%enough = icmp sge i64 %room, {self.stride.steps}")
        e.line(f"%narrow = fcmp ole double %tolerance, {double_literal(self.stride.widest)}")
        e.line("%long = and i1 %enough, %narrow")
        size = self._largest(e.constant(0.0).alone(), x)
        away = e.any_lane(e.each("fcmp ugt {R} {0}, {1}", size, bound, mask=True))
        e.line(f"%at_home = xor i1 {away}, true")
        e.line("%ready = and i1 %long, %at_home")
        e.line("br i1 %ready, label %stride, label %careful")

    def _run(self, x: list[Value]) -> tuple[list[_Loop], list[Value], Value]:
        """All steps of a stride but the last: its loop variables, x there, the largest |x|.

        The inner loop keeps nothing but x in registers; the outer one looks.
        """
        e, stride = self.e, self.stride
        e.label("stride")
        first = [self._phi("walk", a, "accept") for a in x]
        e.line("%k_stride = phi i64 [%k_start, %walk], [%k_after, %accept]")
        e.line("br label %stretch")
        e.label("stretch")
        begin = [self._phi("stride", a, "glance") for a, _ in first]
        size = self._phi("stride", e.constant(0.0).alone(), "glance")
        e.line("%paced = phi i64 [0, %stride], [%paced_next, %glance]")
        e.line("br label %pace")
        e.label("pace")
        here = [self._phi("stretch", a, "pace") for a, _ in begin]
        e.line("%trodden = phi i64 [0, %stretch], [%trodden_next, %pace]")
        begun = len(e.lines)
        now = [e.fence(v) for v, _ in here]
        value, gradient = self.walk.evaluate(now)
        ahead = [e.fence(v) for v in self._stepped(now, value, gradient)]
        e.one_vector_after_the_other(begun)
        e.line("%trodden_next = add i64 %trodden, 1")
        e.line(f"%treading = icmp slt i64 %trodden_next, {stride.stretch}")
        e.line("br i1 %treading, label %pace, label %glance")
        e.label("glance")
        largest = self._largest(size[0], ahead)
        e.line(f"%paced_next = add i64 %paced, {stride.stretch}")
        e.line(f"%pacing = icmp slt i64 %paced_next, {stride.steps - 1}")
        e.line("br i1 %pacing, label %stretch, label %look_back")
        for (_, holes), new in zip([*here, *begin, size], [*ahead, *ahead, largest], strict=True):
            self._close(holes, new)
        return first, ahead, largest

    def _look_back(
        self, x: list[Value], largest: Value, bound: Value, squared_limit: Value
    ) -> list[Value]:
        """The look at the end of a stride, and its last step, which has that gradient already."""
        e = self.e
        e.label("look_back")
        # Anew, at the last point: gradients kept from the loop would crowd its registers.
        e.forget()
        value, gradient = self.walk.evaluate(x)
        square = self.walk.squared(gradient)
        low = e.each("fcmp ule {R} {0}, {1}", square, squared_limit, mask=True)
        far = e.each("fcmp ugt {R} {0}, {1}", largest, bound, mask=True)
        doubt = e.any_lane(Value((*low.names, *far.names), mask=True))
        e.line(f"br i1 {doubt}, label %careful, label %accept")
        e.label("accept")
        after = self._stepped(x, value, gradient)
        e.line(f"%k_after = add i64 %k_stride, {self.stride.steps}")
        e.line("%room_after = sub i64 %k_limit, %k_after")
        e.line(f"%again = icmp sge i64 %room_after, {self.stride.steps}")
        e.line("br i1 %again, label %stride, label %careful")
        return after

    def _leave(
        self, x: list[Value], old: list[Value], begun: list[Value], after: list[Value]
    ) -> list[Value]:
        """The careful loop's x and old x, whichever way leads there, and how long it goes on."""
        e, nowhere = self.e, self.e.constant(float("nan"))
        e.label("careful")
        here = [self._join(a, f, s) for a, f, s in zip(x, begun, after, strict=True)]
        # After a stride nobody needs the point before: no lane is stuck or out of reach.
        before = [self._join(o, nowhere, nowhere) for o in old]
        e.line(
            "%k_careful = phi i64 [%k_start, %walk], [%k_stride, %look_back], [%k_after, %accept]"
        )
        e.line("%same_start = icmp eq i64 %k_careful, %k_start")
        kept = [self._unless_moved(o, b) for o, b in zip(old, before, strict=True)]
        e.line(f"%k_soon = add i64 %k_careful, {CAREFUL}")
        e.line("%sooner = icmp slt i64 %k_soon, %k_limit")
        e.line("%k_until = select i1 %sooner, i64 %k_soon, i64 %k_limit")
        e.forget()
        return [*here, *kept]

    def _stepped(self, x: list[Value], value: Value, gradient: list[Value]) -> list[Value]:
        step, _ = self.walk.plan.rule.propose(
            Symbol(self.e, value), self.walk.symbols(gradient), ()
        )
        return self.walk.moved(x, self.walk.values(step))

    def _largest(self, so_far: Value, coordinates: list[Value]) -> Value:
        """The largest of one vector and the |coordinates| of all vectors, lane by lane."""
        e = self.e
        sizes = [e.intrinsic("fabs", v) for v in coordinates]
        for u in range(e.unroll):
            for size in sizes:
                # One instruction, which gives the size if it is NaN; a NaN stays to the end.
                other = size.alone(u)
                larger = e.each("fcmp ogt {R} {0}, {1}", so_far, other, mask=True, vector=u)
                so_far = e.each("select {M} {0}, {R} {1}, {R} {2}", larger, so_far, other, vector=u)
        return so_far

    def _safe(self) -> Value:
        """(growth·tolerance + floor)² in every lane; %small is the square of the tolerance."""
        e = self.e
        e.line("%tolerance = call double @llvm.sqrt.f64(double %small)")
        e.helpers["@llvm.sqrt.f64"] = "declare double @llvm.sqrt.f64(double)"
        e.line(f"%grown = fmul double %tolerance, {double_literal(self.stride.growth)}")
        e.line(f"%safe = fadd double %grown, {double_literal(self.stride.floor)}")
        e.line("%safe_squared = fmul double %safe, %safe")
        return self.walk.splat("%safe_squared")

    def _phi(self, before: str, value: Value, after: str) -> _Loop:
        """A loop variable and the lines where its next value is still missing."""
        e, names, holes = self.e, [], []
        for name in value.names:
            phi = e.fresh("q")
            holes.append(len(e.lines))
            e.line(f"{phi} = phi {e.reals} [{name}, %{before}], [HOLE, %{after}]")
            names.append(phi)
        return Value(tuple(names)), holes

    def _close(self, holes: list[int], value: Value) -> None:
        for hole, name in zip(holes, value.names, strict=True):
            self.e.lines[hole] = self.e.lines[hole].replace("HOLE", name)

    def _join(self, entered: Value, forgotten: Value, accepted: Value) -> Value:
        e, names = self.e, []
        for a, b, c in zip(entered.names, forgotten.names, accepted.names, strict=True):
            phi = e.fresh("q")
            e.line(f"{phi} = phi {e.reals} [{a}, %walk], [{b}, %look_back], [{c}, %accept]")
            names.append(phi)
        return Value(tuple(names))

    def _unless_moved(self, old: Value, joined: Value) -> Value:
        e, names = self.e, []
        for a, b in zip(old.names, joined.names, strict=True):
            name = e.fresh("q")
            e.line(f"{name} = select i1 %same_start, {e.reals} {a}, {e.reals} {b}")
            names.append(name)
        return Value(tuple(names))
