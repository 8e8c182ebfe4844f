"""Interval arithmetic on numpy arrays: the reference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from steepest.evaluate.interval.machine import INFINITY, LIBRARY_TINY, LIBRARY_ULPS, TINY, ULP
from steepest.evaluate.interval.program import Enclosure, Program
from steepest.evaluate.numpy import FUNCTIONS, FloatArray
from steepest.evaluate.tape import Tape

# Boxes evaluated at a time: the registers of one chunk stay in the second-level cache.
_CHUNK: Final = 4096


class NumpyMachine:
    """The primitives of `machine.Machine` as numpy calls; see there for what each promises."""

    add: Any = np.add
    sub: Any = np.subtract
    mul: Any = np.multiply
    div: Any = np.divide
    neg: Any = np.negative
    abs: Any = np.abs
    sqrt: Any = np.sqrt
    floor: Any = np.floor
    ceil: Any = np.ceil
    smaller: Any = np.minimum
    larger: Any = np.maximum
    less: Any = np.less
    less_equal: Any = np.less_equal
    both: Any = np.logical_and
    either: Any = np.logical_or
    negate: Any = np.logical_not
    select: Any = staticmethod(np.where)

    def call(self, name: str, *args: Any) -> Any:
        return _LIBRARY[name](*args)

    def hull(self, products: list[Any]) -> tuple[Any, Any]:
        # np.minimum hands NaN on, and `down` makes it -infinity.
        least = most = products[0]
        for value in products[1:]:
            least, most = np.minimum(least, value), np.maximum(most, value)
        return least, most

    # fmin and fmax prefer a number to NaN, which is what infinity minus infinity leaves.
    def down(self, a: Any) -> Any:
        return np.fmax(a - np.abs(a) * ULP, -INFINITY)

    def up(self, a: Any) -> Any:
        return np.fmin(a + np.abs(a) * ULP, INFINITY)

    def product_down(self, a: Any) -> Any:
        return np.fmax(a - (np.abs(a) * ULP + TINY), -INFINITY)

    def product_up(self, a: Any) -> Any:
        return np.fmin(a + (np.abs(a) * ULP + TINY), INFINITY)

    def library_down(self, a: Any) -> Any:
        return np.fmax(a - (np.abs(a) * (LIBRARY_ULPS * ULP) + LIBRARY_TINY), -INFINITY)

    def library_up(self, a: Any) -> Any:
        return np.fmin(a + (np.abs(a) * (LIBRARY_ULPS * ULP) + LIBRARY_TINY), INFINITY)


_LIBRARY: Final[dict[str, Callable[..., Any]]] = {**FUNCTIONS, "log1p": np.log1p}


class NumpyIntervals:
    """Encloses all outputs of a tape on many boxes at once."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self._program, self._machine = Program(tape), NumpyMachine()

    def __call__(self, lo: FloatArray, hi: FloatArray) -> Enclosure:
        """The outputs on the boxes [lo, hi], arrays (n, m): a column for each box."""
        m = lo.shape[1]
        outputs = len(self.tape.outputs)
        result = Enclosure(np.empty((outputs, m)), np.empty((outputs, m)), np.zeros(m, np.uint8))
        # Infinity and NaN are handled where they arise.
        with np.errstate(all="ignore"):
            for start in range(0, m, _CHUNK):
                part = slice(start, min(start + _CHUNK, m))
                trace = self._program.run(self._machine, list(lo[:, part]), list(hi[:, part]))
                for k, output in enumerate(trace.outputs):
                    result.lo[k, part], result.hi[k, part] = output.lo, output.hi
                flags = result.flags[part]
                for flag, mask in trace.masks.items():
                    flags |= np.where(mask, np.uint8(flag), np.uint8(0))
        return result
