"""What computes a formula and its derivatives: array by array over data, else by numbers.

What formulas over data need is loaded only for them: the others start sooner without it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from steepest.errors import ParameterError
from steepest.evaluate.choice import Evaluator
from steepest.evaluate.numpy import FloatArray

if TYPE_CHECKING:
    from steepest.functions.formula import Formula

#: Points (m, n) -> f and, row by row, what is asked besides: (k, m).
Evaluate = Callable[[FloatArray], FloatArray]


def of_value(f: Formula) -> Evaluate:
    """Computes f."""
    if (over := f.arrays) is not None:
        from steepest.evaluate.arrays import ArrayEvaluator

        return ArrayEvaluator([over.node], over.arguments)
    return Evaluator(f.value_tape)


def of_gradient(f: Formula) -> Evaluate:
    """Computes f and ∇f."""
    if (over := f.arrays) is not None and not over.is_better_written_out:
        from steepest.evaluate.arrays import ArrayEvaluator

        return ArrayEvaluator([over.node, *over.gradient], over.arguments)
    return Evaluator(f.gradient_tape)


def of_hessian(f: Formula) -> Evaluate:
    """Computes f and the upper triangle of its Hessian, row by row."""
    if (over := f.arrays) is not None and not over.is_better_written_out:
        from steepest.evaluate.arrays import HessianByRows, HessianInBlocks

        try:
            return HessianInBlocks(over.node, over.hessian, over.arguments)
        except ParameterError:
            return HessianByRows(over.node, over.gradient, over.arguments)
    return Evaluator(f.hessian_tape)


def upper_triangle(n: int) -> list[tuple[int, int]]:
    """The places of the upper triangle of a matrix n × n, row by row."""
    return [(i, j) for i in range(n) for j in range(i, n)]
