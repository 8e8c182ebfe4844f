"""Forward mode: values and gradients on dual numbers a + b·ε with ε² = 0.

The rules below are derivatives of numbers, written without looking at
`expression.differentiate`: this is the second of the independent ways to a gradient that
`LocalModel.verify` compares. b carries all n partial derivatives at once; None stands for
"does not depend on the variables", so that no infinite slope of a constant becomes NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from steepest.evaluate.numpy import FUNCTIONS, FloatArray, integer_power
from steepest.evaluate.tape import Instruction, Tape, to_float


class Dual(NamedTuple):
    """A value and its partial derivatives (n,); `size` (n,) bounds what was added up.

    |tangent| is at most `size`, and much smaller where terms cancel: then rounding errors
    of about `size` units in the last place are left.
    """

    value: Any
    tangent: FloatArray | None
    size: FloatArray | None


class DualEvaluator:
    """Evaluates the first output of a tape with its gradient, at one point."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape

    def __call__(self, point: ArrayLike) -> tuple[float, FloatArray]:
        """The value and the gradient (n,) at `point` (n,).

        At kinks it follows the evaluators' conventions: abs'(0) = 0, relu'(0) = 0, and a tie
        of min or max goes to the first argument.
        """
        value, gradient, _ = self.with_size(point)
        return value, gradient

    def with_size(
        self, point: ArrayLike, *, saturating: bool = False
    ) -> tuple[float, FloatArray, FloatArray]:
        """The value, the gradient (n,) and the sums of absolute contributions to it (n,).

        With `saturating` the sums are those of an evaluator that takes tanh' as 1 - tanh² and
        sigmoid' as s(1 - s), as PyTorch does: 1 cancels against nearly 1 there.
        """
        x = np.asarray(point, dtype=np.float64)
        n = len(self.tape.variables)
        seeds = dict(zip(self.tape.variables, np.eye(n), strict=True))
        start = dict(zip(self.tape.variables, x, strict=True))
        registers: list[Dual] = []
        with np.errstate(all="ignore"):
            for step in self.tape.instructions:
                if step.op == "var":
                    seed = seeds[str(step.value)]
                    registers.append(Dual(np.float64(start[str(step.value)]), seed, seed))
                else:
                    registers.append(_operate(step, [registers[a] for a in step.args], saturating))
            answer = registers[self.tape.outputs[0]]
        nothing = np.zeros(n)
        tangent = nothing if answer.tangent is None else answer.tangent
        size = nothing if answer.size is None else answer.size
        return float(answer.value), np.array(tangent), np.array(size)


def _operate(step: Instruction, arguments: list[Dual], saturating: bool) -> Dual:
    op = step.op
    if op == "const":
        assert isinstance(step.value, int | Fraction)
        return Dual(np.float64(to_float(step.value)), None, None)
    if op == "where":
        return arguments[1] if arguments[0].value else arguments[2]
    values = [a.value for a in arguments]
    if op == "ipow":
        result = integer_power(values[0], _exponent(step))
    else:
        result = np.asarray(FUNCTIONS[op](*values))[()]
    if op in ("lt", "le") or all(a.tangent is None for a in arguments):
        return Dual(result, None, None)
    if op in ("min", "max"):
        return _pick(op, result, *arguments)
    tangent = size = None
    partials = _power_partial(values[0], _exponent(step)) if op == "ipow" else PARTIALS[op](*values)
    for argument, partial in zip(arguments, partials, strict=True):
        if argument.tangent is None or argument.size is None:
            continue
        slope = partial()
        steep = 1.0 if saturating and op in ("tanh", "sigmoid") else abs(slope)
        part, extent = _times(slope, argument.tangent), _times(steep, argument.size)
        tangent = part if tangent is None else tangent + part
        size = extent if size is None else size + extent
    return Dual(result, tangent, size)


def _exponent(step: Instruction) -> int:
    assert isinstance(step.value, int)
    return step.value


def _times(slope: Any, tangent: FloatArray) -> FloatArray:
    """The chain rule; a variable that does not enter adds nothing, however steep the slope."""
    return np.where(tangent == 0.0, 0.0, slope * tangent)


def _pick(op: str, result: Any, a: Dual, b: Dual) -> Dual:
    if math.isnan(result):
        n = max(len(d.tangent) for d in (a, b) if d.tangent is not None)
        return Dual(result, np.full(n, np.nan), np.full(n, np.nan))
    first = a.value <= b.value if op == "min" else a.value >= b.value
    return a if first else b


#: What gives the partial derivatives, one for each argument, when they are needed.
Partials = tuple[Callable[[], Any], ...]


def _power_partial(a: Any, n: int) -> Partials:
    return (lambda: n * np.power(a, float(n - 1)) if n else 0.0,)


def _one(slope: Callable[[Any], Any]) -> Callable[[Any], Partials]:
    return lambda a: (lambda: slope(a),)


def _cube_root_slope(a: Any) -> Any:
    return np.power(np.abs(a), -2.0 / 3.0) / 3.0


def _tanh_slope(a: Any) -> Any:
    # 4/(e^a + e^-a)², with the larger exponential taken out so that nothing overflows.
    e = np.exp(-2.0 * np.abs(a))
    return 4.0 * e / (1.0 + e) ** 2


def _logistic_slope(a: Any) -> Any:
    e = np.exp(-np.abs(a))
    return e / (1.0 + e) ** 2


def _logistic(a: Any) -> Any:
    return 0.5 * (1.0 + np.tanh(0.5 * a)) if a > -1.0 else np.exp(a) / (1.0 + np.exp(a))


def _asinh_slope(a: Any) -> Any:
    return 1.0 / np.hypot(1.0, a)


def _by_parts(a: Any, b: Any) -> Partials:
    """atan2(a, b): the angle turns by (b da - a db)/r²."""
    r = np.hypot(a, b)
    return (lambda: (b / r) / r), (lambda: -(a / r) / r)


def _general_power(a: Any, b: Any) -> Partials:
    def by_base() -> Any:
        return b * np.exp((b - 1.0) * np.log(a)) if a > 0 else b * np.power(a, b - 1.0)

    def by_exponent() -> Any:
        return 0.0 if a == 0 and b > 0 else np.log(a) * np.power(a, b)

    return by_base, by_exponent


#: Operation -> its partial derivatives at numbers.
PARTIALS: Final[dict[str, Callable[..., Partials]]] = {
    "neg": _one(lambda a: -1.0),
    "add": lambda a, b: (lambda: 1.0, lambda: 1.0),
    "sub": lambda a, b: (lambda: 1.0, lambda: -1.0),
    "mul": lambda a, b: (lambda: b, lambda: a),
    "div": lambda a, b: (lambda: 1.0 / b, lambda: -(a / b) / b),
    "pow": _general_power,
    "abs": _one(lambda a: float(a > 0) - float(a < 0)),
    "sign": _one(lambda a: 0.0),
    "relu": _one(lambda a: 1.0 if a > 0 else 0.0),
    "sqrt": _one(lambda a: 0.5 * np.power(a, -0.5)),
    "cbrt": _one(_cube_root_slope),
    "exp": _one(np.exp),
    "log": _one(np.reciprocal),
    "log2": _one(lambda a: math.log2(math.e) / a),
    "log10": _one(lambda a: math.log10(math.e) / a),
    "sin": _one(np.cos),
    "cos": _one(lambda a: -np.sin(a)),
    "tan": _one(lambda a: 1.0 / np.square(np.cos(a))),
    "asin": _one(lambda a: 1.0 / np.sqrt((1.0 - a) * (1.0 + a))),
    "acos": _one(lambda a: -1.0 / np.sqrt((1.0 - a) * (1.0 + a))),
    "atan": _one(lambda a: np.square(1.0 / np.hypot(1.0, a))),
    "atan2": _by_parts,
    "sinh": _one(np.cosh),
    "cosh": _one(np.sinh),
    "tanh": _one(_tanh_slope),
    "asinh": _one(_asinh_slope),
    "acosh": _one(lambda a: 1.0 / (np.sqrt(a - 1.0) * np.sqrt(a + 1.0))),
    "atanh": _one(lambda a: 1.0 / ((1.0 - a) * (1.0 + a))),
    "sigmoid": _one(_logistic_slope),
    "softplus": _one(_logistic),
    "erf": _one(lambda a: 2.0 / math.sqrt(math.pi) * np.exp(-a * a)),
    "hypot": lambda a, b: (lambda: a / np.hypot(a, b), lambda: b / np.hypot(a, b)),
}
