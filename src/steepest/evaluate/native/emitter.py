"""Writes LLVM's text for straight-line arithmetic on groups of vectors.

A `Value` stands for `unroll` vectors of `width` lanes. Every operation is written for all of
them before the next one, so that the processor has independent work while it waits for a
result. Writing the same operation on the same values twice gives the same `Value`.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from steepest.evaluate.native.target import Target, has_registers


@dataclass(frozen=True)
class Value:
    """One name in LLVM's text for each of the interleaved vectors; a `mask` has bits for lanes."""

    names: tuple[str, ...]
    mask: bool = False

    def alone(self, vector: int = 0) -> Value:
        """One of the interleaved vectors, by itself."""
        return Value(self.names[vector : vector + 1], self.mask)


class Emitter:
    """Lines of a function body, for vectors of `target.width` lanes, `unroll` of them at a time."""

    def __init__(self, target: Target, unroll: int) -> None:
        self.target = target
        self.width = target.width
        self.unroll = unroll
        self.lines: list[str] = []
        self.block = "%entry"
        self.helpers: dict[str, str] = {}  # functions and declarations that the body calls
        self.reals = _vector(self.width, "double")
        self.integers = _vector(self.width, "i64")
        self.masks = _vector(self.width, "i1")
        self.numbers: dict[Value, float] = {}  # what the constants are
        self._known: dict[tuple[Any, ...], Value] = {}
        self._made: dict[Value, tuple[str, tuple[Value, ...]]] = {}
        self._vector: dict[str, int] = {}  # which of the vectors a name belongs to
        self._count = 0

    @property
    def lanes(self) -> int:
        """How many lanes a Value has in all."""
        return self.width * self.unroll

    def fresh(self, prefix: str = "v") -> str:
        """A name that was not used before."""
        self._count += 1
        return f"%{prefix}{self._count}"

    def line(self, text: str) -> None:
        """Write one line as it is."""
        self.lines.append("  " + text)

    def label(self, name: str) -> None:
        """Begin the block `name`."""
        self.lines.append(f"{name.removeprefix('%')}:")
        self.block = name if name.startswith("%") else f"%{name}"

    def each(self, template: str, *values: Value, mask: bool = False, vector: int = 0) -> Value:
        """One line for each vector: {0}, {1} … are the arguments, {R}, {I}, {M} the types.

        For values of one vector alone, `vector` says which one it is.
        """
        key = (template, values)
        known = self._known.get(key)
        if known is not None:
            return known
        names = []
        for u, parts in enumerate(zip(*(v.names for v in values), strict=True)):
            name = self.fresh()
            self._vector[name] = vector + u
            text = template.format(*parts, R=self.reals, I=self.integers, M=self.masks)
            self.line(f"{name} = {text}")
            names.append(name)
        result = Value(tuple(names), mask)
        self._known[key] = result
        self._made[result] = (template, values)
        return result

    def one_vector_after_the_other(self, first: int) -> None:
        """Sort the lines from `first` on by vector: fewer numbers are under way at a time.

        Worth it where a step is so short that the processor itself sees the next vectors' work.
        """
        part = self.lines[first:]
        order = [self._vector.get(line.split(" = ")[0].strip(), self.unroll) for line in part]
        paired = sorted(zip(order, range(len(part)), strict=True))
        self.lines[first:] = [part[k] for _, k in paired]

    def fence(self, value: Value) -> Value:
        """`value`, which the compiler may not compute before what is fenced earlier.

        An empty piece of assembly. It keeps vectors one after the other where LLVM's scheduler
        would mix them, run out of registers and store what it should keep.
        """
        if not has_registers(self.width):
            return value
        template = 'call {R} asm sideeffect "", "=x,0"({R} {0})'
        self._known.pop((template, (value,)), None)
        return self.each(template, value)

    def forget(self) -> None:
        """Compute everything anew from here: what was computed so far may not have been run."""
        self._known.clear()
        self._made.clear()

    def product(self, template: str, a: Value, b: Value) -> Value:
        """a·b; a power of two inside of b joins the constant a, which is exact."""
        made, values = self._made.get(b, ("", ()))
        if a in self.numbers and made == template and values[0] in self.numbers:
            inner = self.numbers[values[0]]
            if abs(math.frexp(inner)[0]) == 0.5:
                return self.each(template, self.constant(self.numbers[a] * inner), values[1])
        return self.each(template, a, b)

    def constant(self, number: float) -> Value:
        """The same double in every lane."""
        value = Value((self.literal(double_literal(number), "double"),) * self.unroll)
        self.numbers[value] = number
        return value

    def literal(self, text: str, element: str) -> str:
        """A constant vector with `text` in every lane."""
        if self.width == 1:
            return text
        return "<" + ", ".join([f"{element} {text}"] * self.width) + ">"

    def call(self, function: str, *values: Value) -> Value:
        """A call of a function of vectors, by its name with the @."""
        arguments = ", ".join(f"{{R}} {{{i}}}" for i in range(len(values)))
        return self.each(f"call {{R}} {function}({arguments})", *values)

    def intrinsic(self, name: str, *values: Value) -> Value:
        """A call of LLVM's intrinsic for doubles, such as "fma"."""
        suffix = "f64" if self.width == 1 else f"v{self.width}f64"
        function = f"@llvm.{name}.{suffix}"
        types = ", ".join([self.reals] * len(values))
        self.helpers[function] = f"declare {self.reals} {function}({types})"
        return self.call(function, *values)

    def rarely(self, trouble: Value, usual: Value, rescue: Callable[[], list[str]]) -> Value:
        """`usual`, but in lanes where `trouble` is set what `rescue` writes (a name a vector).

        One branch for all vectors together: while no lane is in trouble it costs one test.
        """
        any_lane = self.any_lane(trouble)
        slow, done, before = self.fresh("slow"), self.fresh("done"), self.block
        self.line(f"br i1 {any_lane}, label {slow}, label {done}, !prof !0")
        self.label(slow)
        rescued = []
        for flags, fast, safe in zip(trouble.names, usual.names, rescue(), strict=True):
            chosen = self.fresh()
            self.line(
                f"{chosen} = select {self.masks} {flags}, {self.reals} {safe}, {self.reals} {fast}"
            )
            rescued.append(chosen)
        after = self.block
        self.line(f"br label {done}")
        self.label(done)
        names = []
        for fast, safe in zip(usual.names, rescued, strict=True):
            result = self.fresh()
            self.line(f"{result} = phi {self.reals} [{fast}, {before}], [{safe}, {after}]")
            names.append(result)
        return Value(tuple(names))

    def negated(self, mask: Value) -> Value:
        """The lanes that `mask` does not have."""
        return self.each(f"xor {{M}} {{0}}, {self.literal('true', 'i1')}", mask, mask=True)

    def any_lane(self, mask: Value) -> str:
        """One bit: whether any lane of any vector is set."""
        names = list(mask.names)
        while len(names) > 1:
            joined = self.fresh()
            self.line(f"{joined} = or {self.masks} {names.pop(0)}, {names.pop(0)}")
            names.append(joined)
        if self.width == 1:
            return names[0]
        bits, result = self.fresh(), self.fresh()
        self.line(f"{bits} = bitcast {self.masks} {names[0]} to i{self.width}")
        self.line(f"{result} = icmp ne i{self.width} {bits}, 0")
        return result


def _vector(width: int, element: str) -> str:
    return element if width == 1 else f"<{width} x {element}>"


def double_literal(number: float) -> str:
    """A double as LLVM writes it, to the last bit."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', number))[0]:016X}"
