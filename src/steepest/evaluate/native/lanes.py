"""The scalar part of a descent kernel: lanes that ended are written down and filled again."""

from __future__ import annotations

from typing import Final

from steepest.evaluate.native.emitter import double_literal
from steepest.evaluate.native.lane_verdicts import LaneVerdicts
from steepest.evaluate.native.slots import Slots

_NAN: Final = "0x7FF8000000000000"


class LaneChanges(LaneVerdicts):
    """Writes what happens outside of the inner loop, in LLVM's text.

    Block "change" looks at every lane of the group: one that has ended is written to the
    results and gets the next start. When the starts run out, idle lanes walk along as copies of a
    lane that is still under way, so they cause no events of their own.
    """

    def __init__(self, slots: Slots, lanes: int, state: tuple[float, ...], poll: int) -> None:
        super().__init__(slots, lanes)
        self.state, self.poll = state, poll

    def opening(self) -> list[str]:
        """From the entry of the function to the entry of the inner loop (block "walk")."""
        s = self.slots
        return [
            "entry:",
            f"  %group = alloca [{s.count * self.lanes} x double], align 64",
            "  %lane = alloca i64",
            "  %next = alloca i64",
            "  %model = alloca i64",
            "  %earliest = alloca i64",
            "  store i64 %first, ptr %next",
            "  %steps_limit = sitofp i64 %max_steps to double",
            "  br label %change",
            "walk:",
        ]

    def closing(self) -> list[str]:
        """Block "change" and what it leads to."""
        self._begin()
        self._look_at_lanes()
        self._copy_to_idle_lanes()
        self._go_on()
        return self.lines

    def _begin(self) -> None:
        write = self.lines.append
        write("change:")
        write("  %k_now = phi i64 [0, %entry], [%k, %event]")
        write("  %opening = phi i1 [true, %entry], [false, %event]")
        write("  %halt = load volatile i8, ptr %stop")
        write("  %halted = icmp ne i8 %halt, 0")
        write("  br i1 %halted, label %return, label %begin")
        write("begin:")
        write("  store i64 0, ptr %lane")
        write("  store i64 -1, ptr %model")
        write("  store i64 9223372036854775807, ptr %earliest")
        # A trial is over when the loop is left; a plain step has not begun.
        write(f"  %k_done = add i64 %k_now, {1 if self.slots.searches else 0}")
        write("  br label %look")

    def _look_at_lanes(self) -> None:
        write, s = self.lines.append, self.slots
        write("look:")
        write("  %l = load i64, ptr %lane")
        write("  br i1 %opening, label %refill, label %occupied")
        write("occupied:")
        id_ = self.load(s.id, "%l", "i64")
        write(f"  %idle = icmp slt i64 {id_}, 0")
        write("  br i1 %idle, label %advance, label %judge")
        write("judge:")
        began = self.load(s.begin, "%l", "i64")
        write(f"  %age = sub i64 %k_done, {began}")
        code, steps, point = self.judge_trial() if s.searches else self.judge_step()
        write(f"  %ended = icmp ne i64 {code}, 0")
        write("  br i1 %ended, label %record, label %keep")

        write("record:")
        self._store_results(id_, code, steps, point)
        write("  br label %refill")
        self._refill()

        write("keep:")
        if s.searches:
            self.store(s.fresh, "%l", "double", "0.0")
        write("  br label %under_way")
        write("under_way:")
        began = self.load(s.begin, "%l", "i64")
        write("  store i64 %l, ptr %model")
        earliest = self.assign("load i64, ptr %earliest")
        earlier = self.assign(f"icmp slt i64 {began}, {earliest}")
        least = self.assign(f"select i1 {earlier}, i64 {began}, i64 {earliest}")
        write(f"  store i64 {least}, ptr %earliest")
        write("  br label %advance")
        write("advance:")
        write("  %l_next = add i64 %l, 1")
        write("  store i64 %l_next, ptr %lane")
        write(f"  %more = icmp slt i64 %l_next, {self.lanes}")
        write("  br i1 %more, label %look, label %looked")

    def _store_results(self, id_: str, code: str, steps: str, point: list[str]) -> None:
        write, n = self.lines.append, self.slots.dim
        row = self.assign(f"mul i64 {id_}, {n}")
        for i, xi in enumerate(point):
            cell = self.assign(f"add i64 {row}, {i}")
            place = self.assign(f"getelementptr double, ptr %points, i64 {cell}")
            write(f"  store double {xi}, ptr {place}")
        byte = self.assign(f"trunc i64 {code} to i8")
        write(f"  store i8 {byte}, ptr {self.assign(f'getelementptr i8, ptr %endings, i64 {id_}')}")
        write(
            f"  store i64 {steps}, ptr {self.assign(f'getelementptr i64, ptr %steps, i64 {id_}')}"
        )

    def _refill(self) -> None:
        write, s = self.lines.append, self.slots
        write("refill:")
        write("  %id_new = load i64, ptr %next")
        write("  %left = icmp slt i64 %id_new, %last")
        write("  br i1 %left, label %fill, label %leave_idle")
        write("leave_idle:")
        self.store(s.id, "%l", "i64", "-1")
        write("  br label %advance")
        write("fill:")
        write("  %id_after = add i64 %id_new, 1")
        write("  store i64 %id_after, ptr %next")
        self.store(s.id, "%l", "i64", "%id_new")
        self.store(s.begin, "%l", "i64", "%k_done")
        row = self.assign(f"mul i64 %id_new, {s.dim + s.parameters}")
        largest = "0.0"
        for i, slot in enumerate(s.x):
            xi = self._start_number(row, i)
            self.store(slot, "%l", "double", xi)
            size = self.assign(f"call double @llvm.fabs.f64(double {xi})")
            # NaN must not be lost: then nothing is within reach.
            greater = self.assign(f"fcmp ugt double {size}, {largest}")
            largest = self.choose(greater, size, largest, "double")
        reach = self.assign(f"fmul double %far, {self.assign(f'fadd double {largest}, 1.0')}")
        self.store(s.reach, "%l", "double", reach)
        constant = len(s.state) - s.parameters
        for slot, number in zip(s.state[:constant], self.state, strict=True):
            self.store(slot, "%l", "double", double_literal(number))
        for j, slot in enumerate(s.state[constant:]):
            self.store(slot, "%l", "double", self._start_number(row, s.dim + j))
        if s.searches:
            for slot in (s.here, *s.here_gradient, s.taken):
                self.store(slot, "%l", "double", "0.0")
            self.store(s.fresh, "%l", "double", "1.0")
        else:
            for slot in s.old:
                self.store(slot, "%l", "double", _NAN)
        write("  br label %under_way")

    def _start_number(self, row: str, column: int) -> str:
        cell = self.assign(f"add i64 {row}, {column}")
        source = self.assign(f"getelementptr double, ptr %starts, i64 {cell}")
        return self.assign(f"load double, ptr {source}")

    def _copy_to_idle_lanes(self) -> None:
        write, s = self.lines.append, self.slots
        write("looked:")
        write("  %from = load i64, ptr %model")
        write("  %none = icmp slt i64 %from, 0")
        write("  br i1 %none, label %return, label %copying")
        write("copying:")
        write("  %to = phi i64 [0, %looked], [%to_next, %copied]")
        owner = self.load(s.id, "%to", "i64")
        write(f"  %empty = icmp slt i64 {owner}, 0")
        write("  br i1 %empty, label %copy, label %copied")
        write("copy:")
        kept = (*s.x, *s.state, s.reach)
        kept += (s.here, *s.here_gradient, s.taken, s.fresh) if s.searches else s.old
        for slot in kept:
            self.store(slot, "%to", "double", self.load(slot, "%from"))
        write("  br label %copied")
        write("copied:")
        write("  %to_next = add i64 %to, 1")
        write(f"  %unfinished = icmp slt i64 %to_next, {self.lanes}")
        write("  br i1 %unfinished, label %copying, label %go_on")

    def _go_on(self) -> None:
        write = self.lines.append
        write("go_on:")
        # The loop is left when the oldest lane meets its limit, or to look at %stop.
        limit = "%max_trials" if self.slots.searches else "%max_steps"
        earliest = self.assign("load i64, ptr %earliest")
        end = self.assign(f"add i64 {earliest}, {limit}")
        soon = self.assign(f"add i64 %k_done, {self.poll}")
        first = self.assign(f"icmp slt i64 {end}, {soon}")
        write(f"  %k_limit = select i1 {first}, i64 {end}, i64 {soon}")
        write("  %k_start = add i64 %k_done, 0")
        write("  br label %walk")
        write("return:")
        write("  ret void")
