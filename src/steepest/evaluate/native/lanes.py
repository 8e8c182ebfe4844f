"""The scalar part of a descent kernel: lanes that ended are written down and filled again."""

from __future__ import annotations

from typing import Final

from steepest.evaluate.native.emitter import double_literal

# Endings as in steepest.descent.outcomes.Ending.
CRITICAL: Final = 1
DIVERGED: Final = 2
UNDEFINED: Final = 3
STEP_LIMIT: Final = 4
NOT_FINITE_AT_START: Final = 5
STUCK: Final = 6

_INFINITY: Final = "0x7FF0000000000000"
_NAN: Final = "0x7FF8000000000000"


class Slots:
    """Where in a group's memory each number of a lane lies, counted in groups of doubles.

    The last `parameters` numbers of the state come with each start, behind its coordinates.
    """

    def __init__(self, dim: int, state: int, parameters: int, searches: bool, finite: bool) -> None:
        self.dim, self.parameters = dim, parameters
        self.searches, self.finite = searches, finite
        self.count = 0
        self.x = self._take(dim)
        self.state = self._take(state + parameters)
        self.reach, self.id, self.begin = self._take(3)
        self.value, *gradient = self._take(1 + dim)
        self.gradient = tuple(gradient)
        if searches:
            self.here, *here_gradient = self._take(1 + dim)
            self.here_gradient = tuple(here_gradient)
            self.trial = self._take(dim)
            self.taken, self.fresh, self.code = self._take(3)
        else:
            self.old = self._take(dim)
            (self.square,) = self._take(1)

    def _take(self, count: int) -> tuple[int, ...]:
        self.count += count
        return tuple(range(self.count - count, self.count))


class LaneChanges:
    """Writes what happens outside of the inner loop, in LLVM's text.

    Block "change" looks at every lane of the group: one that has ended is written to the
    results and gets the next start. When the starts run out, idle lanes walk along as copies of a
    lane that is still under way, so they cause no events of their own.
    """

    def __init__(self, slots: Slots, lanes: int, state: tuple[float, ...], poll: int) -> None:
        self.slots, self.lanes, self.state, self.poll = slots, lanes, state, poll
        self.lines: list[str] = []
        self._count = 0

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
        id_ = self._load(s.id, "%l", "i64")
        write(f"  %idle = icmp slt i64 {id_}, 0")
        write("  br i1 %idle, label %advance, label %judge")
        write("judge:")
        began = self._load(s.begin, "%l", "i64")
        write(f"  %age = sub i64 %k_done, {began}")
        code, steps, point = self._judge_trial() if s.searches else self._judge_step()
        write(f"  %ended = icmp ne i64 {code}, 0")
        write("  br i1 %ended, label %record, label %keep")

        write("record:")
        self._store_results(id_, code, steps, point)
        write("  br label %refill")
        self._refill()

        write("keep:")
        if s.searches:
            self._store(s.fresh, "%l", "double", "0.0")
        write("  br label %under_way")
        write("under_way:")
        began = self._load(s.begin, "%l", "i64")
        write("  store i64 %l, ptr %model")
        earliest = self._assign("load i64, ptr %earliest")
        earlier = self._assign(f"icmp slt i64 {began}, {earliest}")
        least = self._assign(f"select i1 {earlier}, i64 {began}, i64 {earliest}")
        write(f"  store i64 {least}, ptr %earliest")
        write("  br label %advance")
        write("advance:")
        write("  %l_next = add i64 %l, 1")
        write("  store i64 %l_next, ptr %lane")
        write(f"  %more = icmp slt i64 %l_next, {self.lanes}")
        write("  br i1 %more, label %look, label %looked")

    def _judge_step(self) -> tuple[str, str, list[str]]:
        """Ending (0 for none), steps and final point of lane %l that arrived at x."""
        s = self.slots
        x = [self._load(k, "%l") for k in s.x]
        old = [self._load(k, "%l") for k in s.old]
        landed, far = self._position(x)
        undefined, infinite = ("false", "false") if s.finite else self._values()
        square = self._load(s.square, "%l")
        critical = self._assign(f"fcmp ole double {square}, %small")
        full = self._assign("icmp sge i64 %age, %max_steps")
        same = self._all(
            [self._assign(f"fcmp oeq double {a}, {b}") for a, b in zip(x, old, strict=True)]
        )
        out = self._any([far, infinite])
        undefined = self._all([undefined, landed])
        code = "0"
        for flag, number in (
            (full, STEP_LIMIT),
            (critical, CRITICAL),
            (same, STUCK),
            (out, DIVERGED),
            (undefined, UNDEFINED),
        ):
            code = self._choose(flag, str(number), code)
        wrong = self._any([out, undefined])
        at_start = self._assign("icmp eq i64 %age, 0")
        code = self._choose(self._all([wrong, at_start]), str(NOT_FINITE_AT_START), code)
        # Not taken: the step to an undefined point, to infinity, or to where it began.
        beyond = self._assign(f"xor i1 {landed}, true")
        back = self._any([undefined, beyond, same])
        moved = self._assign("icmp sgt i64 %age, 0")
        back = self._all([back, moved])
        steps = self._assign(f"sub i64 %age, {self._assign(f'zext i1 {back} to i64')}")
        point = [self._choose(back, a, b, "double") for a, b in zip(old, x, strict=True)]
        return code, steps, point

    def _judge_trial(self) -> tuple[str, str, list[str]]:
        """The same for a lane of a line search; its memory says already what happened."""
        s = self.slots
        code = self._assign(f"fptosi double {self._load(s.code, '%l')} to i64")
        x = [self._load(k, "%l") for k in s.x]
        trial = [self._load(k, "%l") for k in s.trial]
        landed, _ = self._position(trial)
        undefined = "false" if s.finite else self._values()[0]
        undefined = self._all([undefined, landed])
        wrong = self._assign(f"icmp eq i64 {code}, {DIVERGED}")
        code = self._choose(self._all([wrong, undefined]), str(UNDEFINED), code)
        fresh = self._assign(f"fcmp une double {self._load(s.fresh, '%l')}, 0.0")
        code = self._choose(self._all([wrong, fresh]), str(NOT_FINITE_AT_START), code)
        # One trial of each lane evaluates its start.
        late = self._assign("icmp sgt i64 %age, %max_trials")
        going = self._assign(f"icmp eq i64 {code}, 0")
        code = self._choose(self._all([late, going]), str(STEP_LIMIT), code)
        away = self._all([self._assign(f"icmp eq i64 {code}, {DIVERGED}"), landed])
        taken = self._assign(f"fptosi double {self._load(s.taken, '%l')} to i64")
        steps = self._assign(f"add i64 {taken}, {self._assign(f'zext i1 {away} to i64')}")
        point = [self._choose(away, a, b, "double") for a, b in zip(trial, x, strict=True)]
        return code, steps, point

    def _position(self, x: list[str]) -> tuple[str, str]:
        """Whether all of `x` is finite, and whether it is out of reach or not a number."""
        reach = self._load(self.slots.reach, "%l")
        landed, far = [], []
        for xi in x:
            size = self._assign(f"call double @llvm.fabs.f64(double {xi})")
            landed.append(self._assign(f"fcmp olt double {size}, {_INFINITY}"))
            far.append(self._assign(f"fcmp ugt double {size}, {reach}"))
        return self._all(landed), self._any(far)

    def _values(self) -> tuple[str, str]:
        """Whether f or a partial derivative is NaN, and whether one is infinite."""
        undefined, infinite = [], []
        for slot in (self.slots.value, *self.slots.gradient):
            v = self._load(slot, "%l")
            size = self._assign(f"call double @llvm.fabs.f64(double {v})")
            undefined.append(self._assign(f"fcmp uno double {v}, {v}"))
            infinite.append(self._assign(f"fcmp oeq double {size}, {_INFINITY}"))
        return self._any(undefined), self._any(infinite)

    def _store_results(self, id_: str, code: str, steps: str, point: list[str]) -> None:
        write, n = self.lines.append, self.slots.dim
        row = self._assign(f"mul i64 {id_}, {n}")
        for i, xi in enumerate(point):
            cell = self._assign(f"add i64 {row}, {i}")
            place = self._assign(f"getelementptr double, ptr %points, i64 {cell}")
            write(f"  store double {xi}, ptr {place}")
        byte = self._assign(f"trunc i64 {code} to i8")
        write(
            f"  store i8 {byte}, ptr {self._assign(f'getelementptr i8, ptr %endings, i64 {id_}')}"
        )
        write(
            f"  store i64 {steps}, ptr {self._assign(f'getelementptr i64, ptr %steps, i64 {id_}')}"
        )

    def _refill(self) -> None:
        write, s = self.lines.append, self.slots
        write("refill:")
        write("  %id_new = load i64, ptr %next")
        write("  %left = icmp slt i64 %id_new, %last")
        write("  br i1 %left, label %fill, label %leave_idle")
        write("leave_idle:")
        self._store(s.id, "%l", "i64", "-1")
        write("  br label %advance")
        write("fill:")
        write("  %id_after = add i64 %id_new, 1")
        write("  store i64 %id_after, ptr %next")
        self._store(s.id, "%l", "i64", "%id_new")
        self._store(s.begin, "%l", "i64", "%k_done")
        row = self._assign(f"mul i64 %id_new, {s.dim + s.parameters}")
        largest = "0.0"
        for i, slot in enumerate(s.x):
            xi = self._start_number(row, i)
            self._store(slot, "%l", "double", xi)
            size = self._assign(f"call double @llvm.fabs.f64(double {xi})")
            # NaN must not be lost: then nothing is within reach.
            greater = self._assign(f"fcmp ugt double {size}, {largest}")
            largest = self._choose(greater, size, largest, "double")
        reach = self._assign(f"fmul double %far, {self._assign(f'fadd double {largest}, 1.0')}")
        self._store(s.reach, "%l", "double", reach)
        constant = len(s.state) - s.parameters
        for slot, number in zip(s.state[:constant], self.state, strict=True):
            self._store(slot, "%l", "double", double_literal(number))
        for j, slot in enumerate(s.state[constant:]):
            self._store(slot, "%l", "double", self._start_number(row, s.dim + j))
        if s.searches:
            for slot in (s.here, *s.here_gradient, s.taken):
                self._store(slot, "%l", "double", "0.0")
            self._store(s.fresh, "%l", "double", "1.0")
        else:
            for slot in s.old:
                self._store(slot, "%l", "double", _NAN)
        write("  br label %under_way")

    def _start_number(self, row: str, column: int) -> str:
        cell = self._assign(f"add i64 {row}, {column}")
        source = self._assign(f"getelementptr double, ptr %starts, i64 {cell}")
        return self._assign(f"load double, ptr {source}")

    def _copy_to_idle_lanes(self) -> None:
        write, s = self.lines.append, self.slots
        write("looked:")
        write("  %from = load i64, ptr %model")
        write("  %none = icmp slt i64 %from, 0")
        write("  br i1 %none, label %return, label %copying")
        write("copying:")
        write("  %to = phi i64 [0, %looked], [%to_next, %copied]")
        owner = self._load(s.id, "%to", "i64")
        write(f"  %empty = icmp slt i64 {owner}, 0")
        write("  br i1 %empty, label %copy, label %copied")
        write("copy:")
        kept = (*s.x, *s.state, s.reach)
        kept += (s.here, *s.here_gradient, s.taken, s.fresh) if s.searches else s.old
        for slot in kept:
            self._store(slot, "%to", "double", self._load(slot, "%from"))
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
        earliest = self._assign("load i64, ptr %earliest")
        end = self._assign(f"add i64 {earliest}, {limit}")
        soon = self._assign(f"add i64 %k_done, {self.poll}")
        first = self._assign(f"icmp slt i64 {end}, {soon}")
        write(f"  %k_limit = select i1 {first}, i64 {end}, i64 {soon}")
        write("  %k_start = add i64 %k_done, 0")
        write("  br label %walk")
        write("return:")
        write("  ret void")

    def _assign(self, text: str) -> str:
        self._count += 1
        self.lines.append(f"  %c{self._count} = {text}")
        return f"%c{self._count}"

    def _load(self, slot: int, lane: str, element: str = "double") -> str:
        return self._assign(f"load {element}, ptr {self._address(slot, lane)}")

    def _store(self, slot: int, lane: str, element: str, value: str) -> None:
        self.lines.append(f"  store {element} {value}, ptr {self._address(slot, lane)}")

    def _address(self, slot: int, lane: str) -> str:
        cell = self._assign(f"add i64 {lane}, {slot * self.lanes}")
        return self._assign(f"getelementptr double, ptr %group, i64 {cell}")

    def _choose(self, flag: str, a: str, b: str, element: str = "i64") -> str:
        return self._assign(f"select i1 {flag}, {element} {a}, {element} {b}")

    def _all(self, flags: list[str]) -> str:
        return self._fold("and", flags)

    def _any(self, flags: list[str]) -> str:
        return self._fold("or", flags)

    def _fold(self, op: str, flags: list[str]) -> str:
        total = flags[0]
        for flag in flags[1:]:
            total = self._assign(f"{op} i1 {total}, {flag}")
        return total
