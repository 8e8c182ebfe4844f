"""The operations of the expression graph on vectors, with numpy's meaning of NaN and infinity."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from steepest.evaluate.native import elementary, library
from steepest.evaluate.native.emitter import Emitter, Value
from steepest.evaluate.tape import Tape, to_float

# Beyond this the rounding of the multiplications adds up, and the C library's pow is better.
_LARGEST_POWER: Final = 16
# Sines and exponentials written out in one kernel: more are called, or compiling takes too long.
_MOST_INLINE: Final = 12


def run_tape(
    emitter: Emitter,
    tape: Tape,
    inputs: Mapping[str, Value],
    magnitudes: Sequence[float] | None = None,
) -> list[Value]:
    """Write the operations of `tape` for the variables `inputs`; returns its outputs as numbers.

    `magnitudes` tells how large each register can be, where that is known.
    """
    registers: list[Value] = []
    many = sum(step.op in elementary.RANGES for step in tape.instructions) > _MOST_INLINE
    for step in tape.instructions:
        args = [registers[a] for a in step.args]
        if step.op == "var":
            registers.append(inputs[str(step.value)])
        elif step.op == "const":
            registers.append(emitter.constant(to_float(step.value)))
        elif step.op == "ipow":
            registers.append(integer_power(emitter, args[0], int(step.value)))
        elif many and step.op in elementary.RANGES and emitter.target.fma:
            registers.append(elementary.out_of_line(emitter, step.op, number(emitter, args[0])))
        elif step.op in elementary.RANGES and emitter.target.fma:
            largest = magnitudes[step.args[0]] if magnitudes else math.inf
            function, limit = elementary.RANGES[step.op]
            registers.append(function(emitter, number(emitter, args[0]), largest <= limit))
        else:
            registers.append(apply(emitter, step.op, args))
    return [number(emitter, registers[k]) for k in tape.outputs]


def apply(emitter: Emitter, op: str, args: Sequence[Value]) -> Value:
    """The operation `op` of the graph, or "and", "or", "not", "eq" of a rule."""
    if op == "where":
        condition, a, b = args
        return select(emitter, condition, number(emitter, a), number(emitter, b))
    if op == "not":
        return emitter.negated(truth(emitter, args[0]))
    if op in _LOGIC:
        return emitter.each(_LOGIC[op], *(truth(emitter, a) for a in args), mask=True)
    args = [number(emitter, a) for a in args]
    if op == "mul":
        return emitter.product(_TEMPLATES["mul"], *args)
    if op in _TEMPLATES:
        return emitter.each(_TEMPLATES[op], *args, mask=op in _COMPARISONS)
    if op in _COMPOSED:
        return _COMPOSED[op](emitter, *args)
    return library.call(emitter, op, *args)


def number(emitter: Emitter, value: Value) -> Value:
    """A mask as 1 and 0; numbers as they are."""
    if not value.mask:
        return value
    one, zero = emitter.constant(1.0), emitter.constant(0.0)
    return select(emitter, value, one, zero)


def truth(emitter: Emitter, value: Value) -> Value:
    """A number as a mask: whether it is not 0 (NaN is not 0); masks as they are."""
    if value.mask:
        return value
    return emitter.each("fcmp une {R} {0}, {1}", value, emitter.constant(0.0), mask=True)


def select(emitter: Emitter, condition: Value, a: Value, b: Value) -> Value:
    """a where the condition holds, b elsewhere."""
    flags = truth(emitter, condition)
    return emitter.each("select {M} {0}, {R} {1}, {R} {2}", flags, a, b)


def integer_power(emitter: Emitter, base: Value, exponent: int) -> Value:
    """base^exponent; small powers by repeated multiplication."""
    base = number(emitter, base)
    if exponent == 0:
        return emitter.constant(1.0)
    if abs(exponent) > _LARGEST_POWER:
        return library.call(emitter, "pow", base, emitter.constant(float(exponent)))
    power, square, left = None, base, abs(exponent)
    while left:
        if left & 1:
            power = square if power is None else _mul(emitter, power, square)
        left >>= 1
        if left:
            square = _mul(emitter, square, square)
    assert power is not None
    return _div(emitter, emitter.constant(1.0), power) if exponent < 0 else power


def _mul(emitter: Emitter, a: Value, b: Value) -> Value:
    return emitter.each(_TEMPLATES["mul"], a, b)


def _add(emitter: Emitter, a: Value, b: Value) -> Value:
    return emitter.each(_TEMPLATES["add"], a, b)


def _div(emitter: Emitter, a: Value, b: Value) -> Value:
    return emitter.each(_TEMPLATES["div"], a, b)


def _extreme(comparison: str) -> Callable[[Emitter, Value, Value], Value]:
    def compose(emitter: Emitter, a: Value, b: Value) -> Value:
        if a == b:
            return a
        # The first choice is one instruction that gives b if either is NaN.
        chosen = emitter.each(f"fcmp {comparison} {{R}} {{0}}, {{1}}", a, b, mask=True)
        chosen = emitter.each("select {M} {0}, {R} {1}, {R} {2}", chosen, a, b)
        undefined = emitter.each("fcmp uno {R} {0}, {0}", a, mask=True)
        return select(emitter, undefined, a, chosen)

    return compose


def _relu(emitter: Emitter, x: Value) -> Value:
    # Written so that NaN is handed on by the one instruction this becomes.
    zero = emitter.constant(0.0)
    below = emitter.each("fcmp ogt {R} {0}, {1}", zero, x, mask=True)
    return select(emitter, below, zero, x)


def _sign(emitter: Emitter, x: Value) -> Value:
    zero, one = emitter.constant(0.0), emitter.constant(1.0)
    signed = emitter.intrinsic("copysign", one, x)
    nonzero = emitter.each("fcmp one {R} {0}, {1}", x, zero, mask=True)
    # Where x is 0 or NaN, x itself.
    return select(emitter, nonzero, signed, x)


def _decay(emitter: Emitter, x: Value) -> Value:
    """exp(-|x|)."""
    negative = emitter.each("fneg {R} {0}", emitter.intrinsic("fabs", x))
    return exponential(emitter, negative)


def _sigmoid(emitter: Emitter, x: Value) -> Value:
    z, one = _decay(emitter, x), emitter.constant(1.0)
    positive = emitter.each("fcmp oge {R} {0}, {1}", x, emitter.constant(0.0), mask=True)
    return _div(emitter, select(emitter, positive, one, z), _add(emitter, one, z))


def _softplus(emitter: Emitter, x: Value) -> Value:
    return _add(emitter, _relu(emitter, x), library.call(emitter, "log1p", _decay(emitter, x)))


def exponential(emitter: Emitter, x: Value) -> Value:
    """exp of any x."""
    if emitter.target.fma:
        return elementary.exponential(emitter, x, False)
    return library.call(emitter, "exp", x)


# "contract" lets a*b + c become one fused instruction. Nothing else is allowed to the compiler:
# sums keep their order, and NaN and infinity their meaning.
_TEMPLATES: Final[dict[str, str]] = {
    "add": "fadd contract {R} {0}, {1}",
    "sub": "fsub contract {R} {0}, {1}",
    "mul": "fmul contract {R} {0}, {1}",
    "div": "fdiv {R} {0}, {1}",
    "neg": "fneg {R} {0}",
    "lt": "fcmp olt {R} {0}, {1}",
    "le": "fcmp ole {R} {0}, {1}",
    "eq": "fcmp oeq {R} {0}, {1}",
}
_COMPARISONS: Final = frozenset({"lt", "le", "eq"})
_LOGIC: Final[dict[str, str]] = {
    "and": "and {M} {0}, {1}",
    "or": "or {M} {0}, {1}",
}
_COMPOSED: Final[dict[str, Callable[..., Any]]] = {
    "pi": lambda emitter: emitter.constant(math.pi),
    "e": lambda emitter: emitter.constant(math.e),
    "abs": lambda emitter, x: emitter.intrinsic("fabs", x),
    "sqrt": lambda emitter, x: emitter.intrinsic("sqrt", x),
    "sign": _sign,
    "min": _extreme("olt"),
    "max": _extreme("ogt"),
    "relu": _relu,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "exp": exponential,
}
