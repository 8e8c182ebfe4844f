"""Which evaluator a batch goes to: machine code where the batch is large enough to pay for it."""

from __future__ import annotations

from typing import Final

from steepest.evaluate.numpy import FloatArray, NumpyEvaluator
from steepest.evaluate.tape import Tape

# Compiling takes about 20 ms, and numpy 1 to 2 ns for a sum or product of two numbers, 10 to 20
# for a function (benchmarks/bench_descents.py measures both): from this much work on machine
# code is sooner there, even the first time. Only the size of a batch decides, so the same
# question always gets the same answer to the last bit.
_PAYS: Final = 16_000_000
# Compiling goes with the square of a tape's length, 1 s for 4,000 operations: a longer one must be
# run so many times for each of its operations that numpy would take as long.
_SHORT: Final = 4_000
_RUNS_AN_OPERATION: Final = 30
_CHEAP: Final = frozenset(
    "var const pi e neg add sub mul div abs sign sqrt min max relu lt le where".split()
)
_DEAR: Final = 10  # what a function costs, against a sum


class Evaluator:
    """All outputs of a tape at points (m, n) -> (k, m), by numpy or by machine code."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self._numpy = NumpyEvaluator(tape)
        self._cost = sum(1 if _cheap(s.op, s.value) else _DEAR for s in tape.instructions)

    def __call__(self, points: FloatArray) -> FloatArray:
        m = len(points)
        if m * self._cost < _PAYS or not worth_compiling(self.tape, m):
            return self._numpy(points)
        # llvmlite takes a moment to load; small batches never need it.
        from steepest.evaluate.native.arrays import NativeEvaluator

        return NativeEvaluator(self.tape)(points)


def worth_compiling(tape: Tape, runs: int) -> bool:
    """Whether machine code for `tape` is ready before numpy would have run it `runs` times."""
    operations = len(tape.instructions)
    return operations <= _SHORT or runs >= _RUNS_AN_OPERATION * operations


def _cheap(op: str, value: object) -> bool:
    return op in _CHEAP or (op == "ipow" and value in (-1, 2, 3))
