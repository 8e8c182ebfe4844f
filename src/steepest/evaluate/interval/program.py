"""A whole tape on boxes, and what is known about smoothness there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntFlag
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from steepest.evaluate.interval.functions import RULES
from steepest.evaluate.interval.machine import Lanes, Machine, Mask
from steepest.evaluate.interval.ranges import Range, either, exact, integer_power
from steepest.evaluate.numpy import FloatArray
from steepest.evaluate.tape import Tape


class Flag(IntFlag):
    """What may happen inside a box. No flag: every output is smooth there."""

    UNDEFINED = 1  #: the first output may be undefined at some point
    NOWHERE = 2  #: the first output is undefined at every point
    KINK = 4  #: the first output is continuous but may have no gradient at some point
    JUMP = 8  #: the first output may be discontinuous
    ROUGH = 16  #: another output (a derivative) may be undefined at some point


@dataclass(frozen=True)
class Enclosure:
    """Bounds of every output on every box, and each box's flags (see `Flag`).

    `lo`, `hi`: (k, m) for k outputs and m boxes; `flags`: (m,) of uint8.
    """

    lo: FloatArray
    hi: FloatArray
    flags: NDArray[np.uint8]


@dataclass
class Trace:
    """The outputs' ranges and a mask (or None: never) for every flag."""

    outputs: list[Range]
    masks: dict[Flag, Mask]


class Program:
    """A tape made ready to run on boxes many times."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self._column = {name: i for i, name in enumerate(tape.variables)}
        free, own = tape.last_uses(), _needed(tape)
        self._steps = [
            (_rule(tape, k), step.args, _SMOOTHNESS.get(step.op) if k in own else None, free[k])
            for k, step in enumerate(tape.instructions)
        ]

    def run(self, m: Machine, lo: Sequence[Lanes], hi: Sequence[Lanes]) -> Trace:
        """Evaluates the tape on the boxes whose bounds along variable i are lo[i], hi[i]."""
        registers: list[Any] = [None] * len(self._steps)
        masks: dict[Flag, Mask] = {}
        for k, (rule, args, smoothness, free) in enumerate(self._steps):
            operands = [registers[a] for a in args]
            if rule is None:
                i = self._column[str(self.tape.instructions[k].value)]
                registers[k] = Range(lo[i], hi[i])
            else:
                registers[k] = rule(m, *operands)
            if smoothness is not None:
                flag, mask = smoothness(m, *operands)
                masks[flag] = either(m, masks.get(flag), mask)
            for register in free:
                registers[register] = None
        outputs: list[Range] = [registers[k] for k in self.tape.outputs]
        masks[Flag.UNDEFINED] = outputs[0].undefined
        masks[Flag.NOWHERE] = outputs[0].nowhere
        for output in outputs[1:]:
            masks[Flag.ROUGH] = either(m, masks.get(Flag.ROUGH), output.undefined)
        return Trace(outputs, {flag: mask for flag, mask in masks.items() if mask is not None})


def _rule(tape: Tape, k: int) -> Callable[..., Range] | None:
    """What instruction k does to ranges; None for a variable."""
    step = tape.instructions[k]
    if step.op == "var":
        return None
    if step.op == "const":
        constant = exact(step.value)
        return lambda m: constant
    if step.op == "ipow":
        exponent = int(step.value)
        return lambda m, a: integer_power(m, a, exponent)
    if step.op == "mul" and step.args[0] == step.args[1]:
        return lambda m, a, b: integer_power(m, a, 2)
    return RULES[step.op]


def _needed(tape: Tape) -> set[int]:
    """The instructions that the first output depends on."""
    needed, stack = set(), [tape.outputs[0]]
    while stack:
        k = stack.pop()
        if k not in needed:
            needed.add(k)
            stack.extend(tape.instructions[k].args)
    return needed


def _meets(m: Machine, a: Range, b: Range) -> Mask:
    return m.both(m.less_equal(a.lo, b.hi), m.less_equal(b.lo, a.hi))


_ZERO: Final = exact(0)


def _cut(m: Machine, y: Range, x: Range) -> Mask:
    crossing = m.both(m.less(y.lo, 0.0), m.less_equal(0.0, y.hi))
    return m.both(m.less_equal(x.lo, 0.0), crossing)


def _corner(m: Machine, a: Range, b: Range) -> Mask:
    return m.both(_meets(m, a, _ZERO), _meets(m, b, _ZERO))


#: Operation -> where it is not smooth, given its operands.
_SMOOTHNESS: Final = {
    "abs": lambda m, a: (Flag.KINK, _meets(m, a, _ZERO)),
    "relu": lambda m, a: (Flag.KINK, _meets(m, a, _ZERO)),
    "min": lambda m, a, b: (Flag.KINK, _meets(m, a, b)),
    "max": lambda m, a, b: (Flag.KINK, _meets(m, a, b)),
    "hypot": lambda m, a, b: (Flag.KINK, _corner(m, a, b)),
    "cbrt": lambda m, a: (Flag.KINK, _meets(m, a, _ZERO)),
    "sqrt": lambda m, a: (Flag.KINK, _meets(m, a, _ZERO)),
    "pow": lambda m, a, b: (Flag.KINK, m.less_equal(a.lo, 0.0)),
    "sign": lambda m, a: (Flag.JUMP, _meets(m, a, _ZERO)),
    "where": lambda m, c, a, b: (Flag.JUMP, m.both(m.less(c.lo, 0.5), m.less(0.5, c.hi))),
    "atan2": lambda m, y, x: (Flag.JUMP, _cut(m, y, x)),
    "asin": lambda m, a: (Flag.KINK, m.less_equal(1.0, m.larger(m.neg(a.lo), a.hi))),
    "acos": lambda m, a: (Flag.KINK, m.less_equal(1.0, m.larger(m.neg(a.lo), a.hi))),
    "acosh": lambda m, a: (Flag.KINK, m.less_equal(a.lo, 1.0)),
}  # fmt: skip
