"""Several steps without looking, where that provably misses nothing.

A stride of a few steps is taken with nothing but the gradient and the step. At its end one look
at the gradient and at how far the lanes have been tells whether any lane can have ended in
between. If so the stride is forgotten, and the careful loop takes the same steps one by one.
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


class Strides:
    """Writes the loop of strides in front of the careful loop."""

    def __init__(self, walk: WalkFrame, stride: Stride) -> None:
        self.walk, self.stride, self.e = walk, stride, walk.emitter

    def write(self, entering: list[Value]) -> tuple[list[Value], str, str]:
        """What the careful loop begins with: x and the old x, its limit, its first step.

        The rule has no state, so `entering` is x and the old x.
        """
        e, k = self.e, self.stride.steps
        n = self.walk.dim
        x, old = entering[:n], entering[n:]
        squared_limit = self._safe()
        bound = e.constant(self.stride.bound)
        nowhere = e.constant(float("nan"))
        e.line("%room = sub i64 %k_limit, %k_start")
        e.line(f"%long = icmp sge i64 %room, {k}")
        e.line("br i1 %long, label %stride, label %careful")

        e.label("stride")
        first = [self._phi("walk", a, "accept") for a in x]
        e.line("%k_stride = phi i64 [%k_start, %walk], [%k_after, %accept]")
        e.line("br label %pace")
        e.label("pace")
        here = [self._phi("stride", a, "pace") for a, _ in first]
        sizes = self._phi("stride", Value((e.constant(0.0).names[0],)), "pace")
        e.line("%paced = phi i64 [0, %stride], [%paced_next, %pace]")
        begun = len(e.lines)
        value, gradient = self.walk.evaluate([v for v, _ in here])
        step, _ = self.walk.plan.rule.propose(Symbol(e, value), self.walk.symbols(gradient), ())
        ahead = self.walk.moved([v for v, _ in here], self.walk.values(step))
        largest = sizes[0]
        spans = [e.intrinsic("fabs", v) for v, _ in here]
        e.one_vector_after_the_other(begun)
        for span in spans:
            largest = self._largest(largest, span)
        e.line("%paced_next = add i64 %paced, 1")
        e.line(f"%pacing = icmp slt i64 %paced_next, {k}")
        e.line("br i1 %pacing, label %pace, label %look_back")
        for (_, holes), new in zip([*here, sizes], [*ahead, largest], strict=True):
            self._close(holes, new)

        e.label("look_back")
        # Anew, at the last point: gradients kept from the loop would crowd its registers.
        e.forget()
        _, gradient = self.walk.evaluate(ahead)
        square = self.walk.squared(gradient)
        for v in ahead:
            largest = self._largest(largest, e.intrinsic("fabs", v))
        low = e.each("fcmp ule {R} {0}, {1}", square, squared_limit, mask=True)
        far = e.each("fcmp ugt {R} {0}, {1}", largest, Value(bound.names[:1]), mask=True)
        doubt = e.any_lane(Value((*low.names, *far.names), mask=True))
        e.line(f"br i1 {doubt}, label %careful, label %accept")
        e.label("accept")
        for (_, holes), new in zip(first, ahead, strict=True):
            self._close(holes, new)
        e.line(f"%k_after = add i64 %k_stride, {k}")
        e.line("%room_after = sub i64 %k_limit, %k_after")
        e.line(f"%again = icmp sge i64 %room_after, {k}")
        e.line("br i1 %again, label %stride, label %careful")

        e.label("careful")
        begun = [self._join(a, f, s) for a, (f, _), s in zip(x, first, ahead, strict=True)]
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
        return [*begun, *kept], "%k_until", "%k_careful"

    def _largest(self, so_far: Value, sizes: Value) -> Value:
        """The largest of one vector and all vectors of `sizes`, lane by lane."""
        e = self.e
        for name in sizes.names:
            size = Value((name,))
            # One instruction, which gives the size if it is NaN; a NaN stays to the end.
            larger = e.each("fcmp ogt {R} {0}, {1}", so_far, size, mask=True)
            so_far = e.each("select {M} {0}, {R} {1}, {R} {2}", larger, so_far, size)
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

    def _phi(self, before: str, value: Value, after: str) -> tuple[Value, list[int]]:
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
