"""How a lane of a descent kernel ended, as scalar code in LLVM's text."""

from __future__ import annotations

from typing import Final

from steepest.evaluate.native.slots import ScalarLines

# Endings as in steepest.descent.outcomes.Ending.
CRITICAL: Final = 1
DIVERGED: Final = 2
UNDEFINED: Final = 3
STEP_LIMIT: Final = 4
NOT_FINITE_AT_START: Final = 5
STUCK: Final = 6

_INFINITY: Final = "0x7FF0000000000000"


class LaneVerdicts(ScalarLines):
    """Writes what is asked of lane %l, whose age in steps is %age."""

    def judge_step(self) -> tuple[str, str, list[str]]:
        """Ending (0 for none), steps and final point of lane %l that arrived at x."""
        s = self.slots
        x = [self.load(k, "%l") for k in s.x]
        old = [self.load(k, "%l") for k in s.old]
        landed, far = self._position(x)
        undefined, infinite = ("false", "false") if s.finite else self._values()
        square = self.load(s.square, "%l")
        critical = self.assign(f"fcmp ole double {square}, %small")
        full = self.assign("icmp sge i64 %age, %max_steps")
        same = self.every(
            [self.assign(f"fcmp oeq double {a}, {b}") for a, b in zip(x, old, strict=True)]
        )
        out = self.some([far, infinite])
        undefined = self.every([undefined, landed])
        code = "0"
        for flag, number in (
            (full, STEP_LIMIT),
            (critical, CRITICAL),
            (same, STUCK),
            (out, DIVERGED),
            (undefined, UNDEFINED),
        ):
            code = self.choose(flag, str(number), code)
        wrong = self.some([out, undefined])
        at_start = self.assign("icmp eq i64 %age, 0")
        code = self.choose(self.every([wrong, at_start]), str(NOT_FINITE_AT_START), code)
        # Not taken: the step to an undefined point, to infinity, or to where it began.
        beyond = self.assign(f"xor i1 {landed}, true")
        back = self.some([undefined, beyond, same])
        moved = self.assign("icmp sgt i64 %age, 0")
        back = self.every([back, moved])
        steps = self.assign(f"sub i64 %age, {self.assign(f'zext i1 {back} to i64')}")
        point = [self.choose(back, a, b, "double") for a, b in zip(old, x, strict=True)]
        return code, steps, point

    def judge_trial(self) -> tuple[str, str, list[str]]:
        """The same for a lane of a line search; its memory says already what happened."""
        s = self.slots
        code = self.assign(f"fptosi double {self.load(s.code, '%l')} to i64")
        x = [self.load(k, "%l") for k in s.x]
        trial = [self.load(k, "%l") for k in s.trial]
        landed, _ = self._position(trial)
        undefined = "false" if s.finite else self._values()[0]
        undefined = self.every([undefined, landed])
        wrong = self.assign(f"icmp eq i64 {code}, {DIVERGED}")
        code = self.choose(self.every([wrong, undefined]), str(UNDEFINED), code)
        fresh = self.assign(f"fcmp une double {self.load(s.fresh, '%l')}, 0.0")
        code = self.choose(self.every([wrong, fresh]), str(NOT_FINITE_AT_START), code)
        # One trial of each lane evaluates its start.
        late = self.assign("icmp sgt i64 %age, %max_trials")
        going = self.assign(f"icmp eq i64 {code}, 0")
        code = self.choose(self.every([late, going]), str(STEP_LIMIT), code)
        away = self.every([self.assign(f"icmp eq i64 {code}, {DIVERGED}"), landed])
        taken = self.assign(f"fptosi double {self.load(s.taken, '%l')} to i64")
        steps = self.assign(f"add i64 {taken}, {self.assign(f'zext i1 {away} to i64')}")
        point = [self.choose(away, a, b, "double") for a, b in zip(trial, x, strict=True)]
        return code, steps, point

    def _position(self, x: list[str]) -> tuple[str, str]:
        """Whether all of `x` is finite, and whether it is out of reach or not a number."""
        reach = self.load(self.slots.reach, "%l")
        landed, far = [], []
        for xi in x:
            size = self.assign(f"call double @llvm.fabs.f64(double {xi})")
            landed.append(self.assign(f"fcmp olt double {size}, {_INFINITY}"))
            far.append(self.assign(f"fcmp ugt double {size}, {reach}"))
        return self.every(landed), self.some(far)

    def _values(self) -> tuple[str, str]:
        """Whether f or a partial derivative is NaN, and whether one is infinite."""
        undefined, infinite = [], []
        for slot in (self.slots.value, *self.slots.gradient):
            v = self.load(slot, "%l")
            size = self.assign(f"call double @llvm.fabs.f64(double {v})")
            undefined.append(self.assign(f"fcmp uno double {v}, {v}"))
            infinite.append(self.assign(f"fcmp oeq double {size}, {_INFINITY}"))
        return self.some(undefined), self.some(infinite)
