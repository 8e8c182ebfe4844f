"""A group's memory in a descent kernel, and lines of scalar code that read and write it."""

from __future__ import annotations


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


class ScalarLines:
    """Lines of LLVM's text about one lane at a time, numbered names and all."""

    def __init__(self, slots: Slots, lanes: int) -> None:
        self.slots, self.lanes = slots, lanes
        self.lines: list[str] = []
        self._count = 0

    def assign(self, text: str) -> str:
        self._count += 1
        self.lines.append(f"  %c{self._count} = {text}")
        return f"%c{self._count}"

    def load(self, slot: int, lane: str, element: str = "double") -> str:
        return self.assign(f"load {element}, ptr {self._address(slot, lane)}")

    def store(self, slot: int, lane: str, element: str, value: str) -> None:
        self.lines.append(f"  store {element} {value}, ptr {self._address(slot, lane)}")

    def _address(self, slot: int, lane: str) -> str:
        cell = self.assign(f"add i64 {lane}, {slot * self.lanes}")
        return self.assign(f"getelementptr double, ptr %group, i64 {cell}")

    def choose(self, flag: str, a: str, b: str, element: str = "i64") -> str:
        return self.assign(f"select i1 {flag}, {element} {a}, {element} {b}")

    def every(self, flags: list[str]) -> str:
        return self._fold("and", flags)

    def some(self, flags: list[str]) -> str:
        return self._fold("or", flags)

    def _fold(self, op: str, flags: list[str]) -> str:
        total = flags[0]
        for flag in flags[1:]:
            total = self.assign(f"{op} i1 {total}, {flag}")
        return total
