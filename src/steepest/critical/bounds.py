"""A formula's value, gradient and Hessian on many boxes at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steepest.errors import SteepestError
from steepest.evaluate.interval.native import NativeIntervals
from steepest.evaluate.interval.numpy import NumpyIntervals
from steepest.evaluate.interval.program import Enclosure, Flag
from steepest.evaluate.numpy import FloatArray
from steepest.evaluate.tape import Tape
from steepest.functions.formula import Formula

#: With one of these flags a box may hold a point where the gradient does not exist or jumps.
BROKEN: Final = Flag.UNDEFINED | Flag.KINK | Flag.JUMP | Flag.ROUGH


#: Compiling takes as long as evaluating some ten thousand boxes with numpy.
_WORTH_COMPILING: Final = 16384


#: Up to so many boxes numpy's calls cost more than its arithmetic.
TOGETHER: Final = 1024


@dataclass(frozen=True)
class Pieces:
    """Enclosures on m boxes: values (m,), gradients (n, m), Hessians (n, n, m), each lo and hi.

    `flags` (m,) are those of `program.Flag`.
    """

    value: tuple[FloatArray, FloatArray]
    gradient: tuple[FloatArray, FloatArray]
    hessian: tuple[FloatArray, FloatArray]
    flags: NDArray[np.uint8]


class Bounds:
    """Interval evaluators of one formula: for f alone, with ∇f, and with the Hessian too.

    The first boxes are evaluated by numpy; a search that goes on is worth compiling for. The
    switch depends on the number of boxes only, so a search gives the same bits every time.
    """

    def __init__(self, f: Formula) -> None:
        _refuse_flushing()
        self.f = f
        self.n = f.dim
        self._pairs = [(i, j) for i in range(f.dim) for j in range(i, f.dim)]
        upper = [f.hessian_nodes[i][j] for i, j in self._pairs]
        self.full_tape = Tape.record([f.node, *f.gradient_nodes, *upper], f.variables)
        self._value = NumpyIntervals(f.value_tape)
        self._gradient = NumpyIntervals(f.gradient_tape)
        self._full = NumpyIntervals(self.full_tape)
        self._native: NativeIntervals | None = None
        self._boxes = 0

    def values(self, lo: FloatArray, hi: FloatArray) -> Enclosure:
        """f on the boxes [lo, hi], arrays (n, m): the first output."""
        return self._evaluate(self._value, lo, hi)

    def gradients(self, lo: FloatArray, hi: FloatArray) -> Enclosure:
        """f and ∇f on the boxes: the first outputs are f, ∂f/∂x₁, …"""
        n = self.n
        found = self._evaluate(self._gradient, lo, hi)
        return Enclosure(found.lo[: 1 + n], found.hi[: 1 + n], found.flags)

    def pieces(self, lo: FloatArray, hi: FloatArray) -> Pieces:
        """f, ∇f and the Hessian on the boxes."""
        return self._pieces(self._evaluate(self._full, lo, hi))

    def with_centres(
        self, lo: FloatArray, hi: FloatArray, centre: FloatArray
    ) -> tuple[Pieces, tuple[FloatArray, FloatArray]]:
        """`pieces` on the boxes, and the gradient (n, m), lo and hi, at a point of each."""
        m, n = lo.shape[1], self.n
        if m > TOGETHER:
            at_centre = self.gradients(centre, centre)
            return self.pieces(lo, hi), (at_centre.lo[1:], at_centre.hi[1:])
        both = self._evaluate(
            self._full, np.concatenate([lo, centre], axis=1), np.concatenate([hi, centre], axis=1)
        )
        boxes = Enclosure(both.lo[:, :m], both.hi[:, :m], both.flags[:m])
        return self._pieces(boxes), (both.lo[1 : 1 + n, m:], both.hi[1 : 1 + n, m:])

    def _pieces(self, found: Enclosure) -> Pieces:
        n, m = self.n, found.lo.shape[1]
        hessian_lo, hessian_hi = np.empty((n, n, m)), np.empty((n, n, m))
        for k, (i, j) in enumerate(self._pairs):
            hessian_lo[i, j] = hessian_lo[j, i] = found.lo[1 + n + k]
            hessian_hi[i, j] = hessian_hi[j, i] = found.hi[1 + n + k]
        return Pieces(
            (found.lo[0], found.hi[0]),
            (found.lo[1 : 1 + n], found.hi[1 : 1 + n]),
            (hessian_lo, hessian_hi),
            found.flags,
        )

    def _evaluate(self, small: NumpyIntervals, lo: FloatArray, hi: FloatArray) -> Enclosure:
        """By numpy with the tape that suffices, or by the one kernel that computes everything."""
        self._boxes += lo.shape[1]
        if self._boxes < _WORTH_COMPILING:
            return small(lo, hi)
        if self._native is None:
            self._native = NativeIntervals(self.full_tape)
        return self._native(lo, hi)


def _refuse_flushing() -> None:
    """The outward rounding needs subnormal numbers; some libraries can switch them off."""
    if np.float64(2.0**-1022) * np.float64(0.5) == 0:
        raise SteepestError(
            "this thread flushes subnormal numbers to zero, so nothing can be proved in it;"
            " switch that off (torch.set_flush_denormal(False))"
        )
