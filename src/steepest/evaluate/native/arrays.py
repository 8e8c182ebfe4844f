"""A tape on arrays of points, compiled: the same numbers as numpy's evaluator, sooner."""

from __future__ import annotations

import ctypes
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steepest.evaluate.native.cache import KERNELS
from steepest.evaluate.native.emitter import Emitter, Value
from steepest.evaluate.native.machine_code import Kernel, compile_text
from steepest.evaluate.native.operations import run_tape
from steepest.evaluate.native.target import Target, host
from steepest.evaluate.native.threads import run_chunks
from steepest.evaluate.tape import Tape

FloatArray = NDArray[np.float64]

# Points a chunk: few enough for the second-level cache, enough to hide the call.
_CHUNK: Final = 8192
# Below this many operations in all, a second thread costs more than it brings.
_WORTH_A_THREAD: Final = 2_000_000

_ARGUMENTS: Final = (
    ctypes.c_void_p,  # the coordinates, one row a variable
    ctypes.c_int64,  # numbers a row
    ctypes.c_void_p,  # the results, one row an output
    ctypes.c_int64,
    ctypes.c_int64,  # how many points, a multiple of the lanes
)


class NativeEvaluator:
    """Evaluates all outputs of a tape at many points at once, like `NumpyEvaluator`."""

    def __init__(self, tape: Tape, target: Target | None = None) -> None:
        self.tape = tape
        self.target = target or host()
        self._lanes = self.target.width * _unroll(self.target)

    def __call__(self, points: FloatArray, *, threads: int | None = None) -> FloatArray:
        """The outputs at `points` (m, n), as an array (k, m) for k outputs."""
        m, n = points.shape
        kernel = KERNELS.get(("arrays", self.tape, self.target), self._compile)
        padded = -(-m // self._lanes) * self._lanes
        result = np.empty((len(self.tape.outputs), padded))

        def run(first: int, last: int) -> None:
            count = -(-(last - first) // self._lanes) * self._lanes
            columns = np.empty((n, count))
            columns[:, : last - first] = points[first:last].T
            # What lies behind the last point is computed and thrown away.
            columns[:, last - first :] = 0.0
            kernel(
                columns.ctypes.data,
                count,
                result.ctypes.data + 8 * first,
                padded,
                count,
            )

        work = m * len(self.tape.instructions)
        run_chunks(run, m, _CHUNK, 1 if work < _WORTH_A_THREAD else threads)
        return result[:, :m]

    def _compile(self) -> Kernel:
        return compile_text(arrays_text(self.tape, self.target), "arrays", _ARGUMENTS)


def arrays_text(tape: Tape, target: Target) -> str:
    """The kernel in LLVM's text."""
    e = Emitter(target, _unroll(target))
    e.block = "%loop"
    inputs = {
        name: Value(tuple(_element(e, "%in", "%in_row", i, u) for u in range(e.unroll)))
        for i, name in enumerate(tape.variables)
    }
    loaded = {name: e.each("load {R}, ptr {0}, align 8", v) for name, v in inputs.items()}
    for k, value in enumerate(run_tape(e, tape, loaded)):
        for u, name in enumerate(value.names):
            e.line(f"store {e.reals} {name}, ptr {_element(e, '%out', '%out_row', k, u)}, align 8")
    body, helpers, bits = "\n".join(e.lines), "\n".join(e.helpers.values()), 64 * e.width
    return f"""{helpers}
define void @arrays(ptr noalias %in, i64 %in_row, ptr noalias %out, i64 %out_row,
                    i64 %count) nounwind #0 {{
entry:
  %some = icmp sgt i64 %count, 0
  br i1 %some, label %loop, label %return
loop:
  %at = phi i64 [0, %entry], [%at_next, {e.block}]
{body}
  %at_next = add i64 %at, {e.lanes}
  %more = icmp slt i64 %at_next, %count
  br i1 %more, label %loop, label %return
return:
  ret void
}}
attributes #0 = {{ "prefer-vector-width"="{bits}" "min-legal-vector-width"="{bits}" }}
!0 = !{{!"branch_weights", i32 1, i32 2000}}
"""


def _element(e: Emitter, base: str, row: str, k: int, u: int) -> str:
    offset, cell, place, pointer = (e.fresh("p") for _ in range(4))
    e.line(f"{offset} = mul i64 {row}, {k}")
    e.line(f"{cell} = add i64 {offset}, {u * e.width}")
    e.line(f"{place} = add i64 {cell}, %at")
    e.line(f"{pointer} = getelementptr double, ptr {base}, i64 {place}")
    return pointer


def _unroll(target: Target) -> int:
    return 2 if target.width > 1 else 1
