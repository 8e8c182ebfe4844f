"""The reference evaluator: a tape on numpy arrays, one ufunc call an operation.

Comparisons with NaN are false, as in IEEE arithmetic; `min` and `max` hand NaN on.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from steepest.evaluate.tape import Tape, to_float

FloatArray = NDArray[np.float64]

# Points evaluated at a time: the registers of one chunk stay in the second-level cache.
_CHUNK: Final = 8192


class NumpyEvaluator:
    """Evaluates all outputs of a tape at many points at once."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self._free = tape.last_uses()
        self._column = {name: i for i, name in enumerate(tape.variables)}

    def __call__(self, points: FloatArray) -> FloatArray:
        """The outputs at `points` (m, n), as an array (k, m) for k outputs."""
        m = len(points)
        result = np.empty((len(self.tape.outputs), m))
        columns = np.ascontiguousarray(points.T)
        # Infinity and NaN are answers here, not accidents.
        with np.errstate(all="ignore"):
            for start in range(0, m, _CHUNK):
                part = slice(start, min(start + _CHUNK, m))
                for k, value in enumerate(self._run(columns[:, part])):
                    result[k, part] = value
        return result

    def _run(self, columns: FloatArray) -> list[Any]:
        registers: list[Any] = [None] * len(self.tape.instructions)
        for k, step in enumerate(self.tape.instructions):
            if step.op == "var":
                registers[k] = columns[self._column[step.value]]
            elif step.op == "const":
                registers[k] = np.float64(to_float(step.value))
            elif step.op == "ipow":
                registers[k] = integer_power(registers[step.args[0]], step.value)
            else:
                registers[k] = FUNCTIONS[step.op](*(registers[a] for a in step.args))
            for register in self._free[k]:
                registers[register] = None
        return [registers[k] for k in self.tape.outputs]


def integer_power(base: Any, n: int) -> Any:
    """base**n; small powers by multiplication, as every evaluator does."""
    if n == 2:
        return base * base
    if n == 3:
        return base * base * base
    if n == -1:
        return 1.0 / base
    return np.power(base, float(n))


def sigmoid(x: Any) -> Any:
    """1/(1 + exp(-x)), without overflow and accurate on both sides."""
    z = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0 / (1.0 + z), z / (1.0 + z))


def softplus(x: Any) -> Any:
    """log(1 + exp(x)), without overflow."""
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


def erf(x: Any) -> Any:
    """The error function. numpy has none, so this calls the C library's a number at a time."""
    return np.asarray(_erf(x), dtype=np.float64)


_erf = np.frompyfunc(math.erf, 1, 1)

#: Operation -> the numpy function that computes it.
FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "pi": lambda: np.float64(math.pi), "e": lambda: np.float64(math.e),
    "neg": np.negative, "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide,
    "pow": np.power, "abs": np.abs, "sign": np.sign, "sqrt": np.sqrt, "cbrt": np.cbrt,
    "exp": np.exp, "log": np.log, "log2": np.log2, "log10": np.log10,
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos,
    "atan": np.arctan, "atan2": np.arctan2, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh,
    "asinh": np.arcsinh, "acosh": np.arccosh, "atanh": np.arctanh, "hypot": np.hypot,
    "sigmoid": sigmoid, "softplus": softplus, "relu": lambda x: np.maximum(x, 0.0), "erf": erf,
    "min": np.minimum, "max": np.maximum, "lt": np.less, "le": np.less_equal, "where": np.where,
}  # fmt: skip
