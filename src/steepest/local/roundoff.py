"""How far rounding may have moved the values of a tape: a running error bound.

Every operation hands on the errors of its arguments, multiplied by how fast it changes on
the whole uncertain interval, and adds its own rounding. A bound may be infinite (an argument
that cannot be told from a pole); it is then left to the caller to look elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from steepest.evaluate.numpy import FUNCTIONS, FloatArray, integer_power
from steepest.evaluate.tape import Instruction, Tape, to_float
from steepest.local.balls import UNIT
from steepest.local.function import GraphFunction
from steepest.local.numerical import Noise

_TINY = 5e-324
_ROUNDED: Final = frozenset(("add", "sub", "mul", "div", "sqrt"))  # correctly rounded by IEEE
_EXACT: Final = frozenset(("neg", "abs", "sign", "relu", "min", "max", "where"))

#: A register: values and their error bounds; for comparisons truth values and "may be wrong".
Pair = tuple[Any, Any]


class RoundoffEvaluator:
    """Evaluates all outputs of a tape at many points, each with a bound on its rounding error."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self._free = tape.last_uses()
        self._column = {name: i for i, name in enumerate(tape.variables)}

    def __call__(
        self, points: FloatArray, uncertainty: FloatArray | float = 0.0
    ) -> tuple[FloatArray, FloatArray]:
        """(values, bounds), both (k, m) for k outputs at `points` (m, n).

        `uncertainty` is how far each coordinate may be off, an array that fits (m, n).
        """
        m = len(points)
        spread = np.broadcast_to(np.asarray(uncertainty, dtype=np.float64), points.shape)
        values, bounds = (np.empty((len(self.tape.outputs), m)) for _ in range(2))
        registers: list[Pair | None] = [None] * len(self.tape.instructions)
        with np.errstate(all="ignore"):
            for k, step in enumerate(self.tape.instructions):
                if step.op == "var":
                    i = self._column[step.value]
                    registers[k] = points[:, i], spread[:, i]
                else:
                    registers[k] = _operate(step, [registers[a] for a in step.args])  # type: ignore[misc]
                for register in self._free[k]:
                    registers[register] = None
        for k, register in enumerate(self.tape.outputs):
            values[k], bounds[k] = registers[register]  # type: ignore[misc]
        return values, np.where(np.isnan(bounds), np.inf, bounds)


def value_noise(function: GraphFunction) -> Noise:
    """Points (m, n), their uncertainty -> bounds (m,) on the rounding error in f's values."""
    evaluator = RoundoffEvaluator(function.value_tape)

    def noise(points: FloatArray, uncertainty: FloatArray | float) -> FloatArray:
        return evaluator(points, uncertainty)[1][0]

    return noise


def _operate(step: Instruction, arguments: list[Pair]) -> Pair:
    op = step.op
    if op == "const":
        value = to_float(step.value)
        return np.float64(value), 0.0 if value == step.value else UNIT * abs(value)
    if op in ("pi", "e"):
        return FUNCTIONS[op](), 4.5e-16
    values = [v for v, _ in arguments]
    if op in ("lt", "le"):
        (a, ea), (b, eb) = arguments
        # Equal arguments that carry no error, or are one and the same, are certainly equal.
        close = (np.abs(a - b) <= ea + eb) & (ea + eb > 0) & (step.args[0] != step.args[1])
        return FUNCTIONS[op](a, b), close
    result = integer_power(values[0], step.value) if op == "ipow" else FUNCTIONS[op](*values)
    if op == "ipow":
        n = abs(step.value)
        carried = _power_error(arguments[0], result, float(step.value))
        own = n if n <= 3 else 4
    else:
        carried = _CARRIED[op](result, *arguments)
        own = 0 if op in _EXACT else 1 if op in _ROUNDED else 4
    rounding = own * UNIT * np.abs(result) + (_TINY if own else 0.0)
    return result, carried * (1 + 16 * UNIT) + rounding


def _below(a: Any, ea: Any) -> Any:
    """The smallest |a| in the uncertain interval, 0 if that holds zero."""
    return np.maximum(np.abs(a) - ea, 0.0)


def _times(slope: Any, error: Any) -> Any:
    """slope·error, where no error stays none however steep the function is."""
    return np.where(error == 0, 0.0, slope * error)


def _power_error(base: Pair, result: Any, n: float) -> Any:
    a, ea = base
    if n >= 1:
        return _times(n * np.power(np.abs(a) + ea, n - 1), ea)
    return 0.0 * ea if n == 0 else _times(-n * np.power(_below(a, ea), n - 1), ea)


def _pow(r: Any, base: Pair, exponent: Pair) -> Any:
    (a, ea), (b, eb) = base, exponent
    by_base = _times(np.abs(b) * np.abs(r) / _below(a, ea), ea)
    by_exponent = _times(np.abs(r) * np.abs(np.log(np.abs(a))), eb)
    return np.where((a == 0) & (eb == 0), _times(np.where(b >= 1, 1.0, np.inf), ea), by_base) + (
        np.where(a == 0, 0.0, by_exponent)
    )


def _where(r: Any, condition: Pair, a: Pair, b: Pair) -> Any:
    truth, doubtful = condition
    taken = np.where(truth, a[1], b[1])
    either = np.maximum(a[1], b[1]) + np.abs(a[0] - b[0])
    return np.where(doubtful, either, taken)


def _lipschitz(bound: float) -> Callable[[Any, Pair], Any]:
    return lambda r, a: bound * a[1]


def _ends(r: Any, a: Pair) -> Any:
    """asin and acos: square roots near ±1."""
    left = 1.0 - np.abs(a[0])
    inside = _below(left, a[1])
    return np.minimum(_times(1.0 / np.sqrt(inside), a[1]), 2.5 * np.sqrt(a[1]))


def _angle(r: Any, a: Pair, b: Pair) -> Any:
    """atan2: each argument turns the angle by the other's share of r²."""
    spread = a[1] + b[1]
    square = _below(np.hypot(a[0], b[0]), spread) ** 2
    across = np.abs(b[0]) + b[1]
    along = np.abs(a[0]) + a[1]
    turn = _times(across / square, a[1]) + _times(along / square, b[1])
    # On the cut the angle jumps by a full turn.
    return np.where((np.abs(a[0]) <= a[1]) & (a[1] > 0) & (b[0] <= b[1]), 2 * np.pi, turn)


def _hyperbolic(r: Any, a: Pair) -> Any:
    return _times(np.cosh(np.abs(a[0]) + a[1]), a[1])


def _logarithm(base: float) -> Callable[[Any, Pair], Any]:
    return lambda r, a: _times(1.0 / (_below(a[0], a[1]) * base), a[1])


#: Operation -> (result, pairs of the arguments) -> the error that the arguments hand on.
_CARRIED: Final[dict[str, Callable[..., Any]]] = {
    "neg": _lipschitz(1.0), "abs": _lipschitz(1.0), "relu": _lipschitz(1.0),
    "sign": lambda r, a: np.where((np.abs(a[0]) <= a[1]) & (a[1] > 0), 2.0, 0.0),
    "add": lambda r, a, b: a[1] + b[1],
    "sub": lambda r, a, b: a[1] + b[1],
    "mul": lambda r, a, b: (
        _times(np.abs(a[0]), b[1]) + _times(np.abs(b[0]), a[1]) + _times(a[1], b[1])
    ),
    "div": lambda r, a, b: (
        _times(1.0 / _below(b[0], b[1]), a[1]) + _times(np.abs(r) / _below(b[0], b[1]), b[1])
    ),
    "pow": _pow,
    "sqrt": lambda r, a: np.minimum(_times(1.0 / r, a[1]), np.sqrt(a[1])),
    "cbrt": lambda r, a: np.minimum(
        _times(1.0 / (3.0 * np.cbrt(_below(a[0], a[1])) ** 2), a[1]), 2.0 * np.cbrt(a[1])
    ),
    "exp": lambda r, a: _times(r, np.expm1(a[1])),
    "log": _logarithm(1.0), "log2": _logarithm(np.log(2.0)), "log10": _logarithm(np.log(10.0)),
    "sin": _lipschitz(1.0), "cos": _lipschitz(1.0),
    "tan": lambda r, a: _times(1.0 / _below(np.cos(a[0]), a[1]) ** 2, a[1]),
    "asin": _ends, "acos": _ends, "atan": _lipschitz(1.0),
    "atan2": _angle,
    "sinh": _hyperbolic, "cosh": _hyperbolic, "tanh": _lipschitz(1.0), "asinh": _lipschitz(1.0),
    "acosh": lambda r, a: _times(1.0 / np.sqrt(_below(a[0] * a[0] - 1.0, 4 * a[0] * a[1])), a[1]),
    "atanh": lambda r, a: _times(1.0 / _below(1.0 - a[0] * a[0], 4 * a[1]), a[1]),
    "sigmoid": lambda r, a: np.minimum(0.25 * a[1], _times(r * 1.01, np.expm1(a[1]))),
    "softplus": _lipschitz(1.0), "erf": _lipschitz(1.13),
    "hypot": lambda r, a, b: a[1] + b[1],
    "min": lambda r, a, b: np.maximum(a[1], b[1]),
    "max": lambda r, a, b: np.maximum(a[1], b[1]),
    "where": _where,
}  # fmt: skip
