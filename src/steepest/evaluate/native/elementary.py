"""Sine, cosine and the exponential function in vector arithmetic of our own.

A call of a library function empties the vector registers; these stay in them, and the
interleaved vectors hide their latency. Each errs by less than 2 ulp (tests/evaluate/
test_native.py measures it against arb). Arguments outside the range that the reduction
is made for go to the C library, a lane at a time. The polynomials are Remez': see
benchmarks/minimax.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from steepest.evaluate.native import library
from steepest.evaluate.native.emitter import Emitter, Value

#: |x| up to which sine and cosine reduce x exactly enough.
TRIG_RANGE: Final = 2.0**40
#: |x| up to which exp(x) is a normal number.
EXP_RANGE: Final = 708.0

_ROUND: Final = 1.5 * 2.0**52  # adding it rounds to an integer, which the low bits then hold

_PI_PARTS: Final = (3.141592653589793, 1.2246467991473532e-16, -2.9947698097183397e-33)
_LOG2_PARTS: Final = (0.6931471805599453, 2.3190468138462996e-17)

# (sin r - r)/r^3 as a polynomial in r^2 for |r| <= pi/2
_SINE: Final = (
    -0.16666666666666666,
    0.008333333333333193,
    -0.00019841269841208746,
    2.7557319211054194e-06,
    -2.5052106865001023e-08,
    1.605893930446964e-10,
    -7.642980812122084e-13,
    2.7210602171293967e-15,
)
# (exp r - 1 - r)/r^2 for |r| <= log(2)/2
_EXPONENTIAL: Final = (
    0.5000000000000001,
    0.16666666666666582,
    0.04166666666662533,
    0.008333333333423924,
    0.001388888891673938,
    0.00019841269581215046,
    2.4801521893679564e-05,
    2.7557581534046586e-06,
    2.761985396416558e-07,
    2.4984544728754638e-08,
)


def sine(emitter: Emitter, x: Value, bounded: bool) -> Value:
    """sin x; `bounded` promises |x| <= TRIG_RANGE."""
    turns = _fma(emitter, x, emitter.constant(1.0 / _PI_PARTS[0]), emitter.constant(_ROUND))
    multiple = _sub(emitter, turns, emitter.constant(_ROUND))
    return _finish_trig(emitter, "sin", x, turns, multiple, bounded)


def cosine(emitter: Emitter, x: Value, bounded: bool) -> Value:
    """cos x = (-1)^k sin r, where r = x - (k - 1/2)·pi; `bounded` promises |x| <= TRIG_RANGE."""
    shifted = _fma(emitter, x, emitter.constant(1.0 / _PI_PARTS[0]), emitter.constant(0.5))
    turns = emitter.each("fadd {R} {0}, {1}", shifted, emitter.constant(_ROUND))
    multiple = _sub(emitter, _sub(emitter, turns, emitter.constant(_ROUND)), emitter.constant(0.5))
    return _finish_trig(emitter, "cos", x, turns, multiple, bounded)


def _finish_trig(
    emitter: Emitter, name: str, x: Value, turns: Value, multiple: Value, bounded: bool
) -> Value:
    r = x
    for part in _PI_PARTS:
        r = _fma(emitter, multiple, emitter.constant(-part), r)
    # sin(r + k pi) = (-1)^k sin r: the parity of k becomes the sign of r.
    parity = emitter.each(f"shl {{I}} {{0}}, {emitter.literal('63', 'i64')}", _bits(emitter, turns))
    flipped = emitter.each("xor {I} {0}, {1}", _bits(emitter, r), parity)
    r = emitter.each("bitcast {I} {0} to {R}", flipped)
    square = _mul(emitter, r, r)
    tail = _polynomial(emitter, square, _SINE)
    result = _fma(emitter, _mul(emitter, r, square), tail, r)
    return result if bounded else _rescued(emitter, name, x, result, TRIG_RANGE)


def exponential(emitter: Emitter, x: Value, bounded: bool) -> Value:
    """exp x; `bounded` promises |x| <= EXP_RANGE."""
    count = _fma(emitter, x, emitter.constant(1.4426950408889634), emitter.constant(_ROUND))
    multiple = _sub(emitter, count, emitter.constant(_ROUND))
    r = x
    for part in _LOG2_PARTS:
        r = _fma(emitter, multiple, emitter.constant(-part), r)
    tail = _polynomial(emitter, r, _EXPONENTIAL)
    small = _fma(emitter, _mul(emitter, r, r), tail, r)
    mantissa = emitter.each("fadd {R} {0}, {1}", small, emitter.constant(1.0))
    # The integer in the low bits of `count` is added to the exponent.
    exponent = emitter.each(
        f"shl {{I}} {{0}}, {emitter.literal('52', 'i64')}", _bits(emitter, count)
    )
    scaled = emitter.each("add {I} {0}, {1}", _bits(emitter, mantissa), exponent)
    result = emitter.each("bitcast {I} {0} to {R}", scaled)
    return result if bounded else _rescued(emitter, "exp", x, result, EXP_RANGE)


def _rescued(emitter: Emitter, name: str, x: Value, usual: Value, limit: float) -> Value:
    """`usual`, but the C library's value in lanes with |x| > limit or NaN."""
    magnitude = emitter.intrinsic("fabs", x)
    trouble = emitter.each("fcmp ugt {R} {0}, {1}", magnitude, emitter.constant(limit), mask=True)
    function = library.lane_by_lane(emitter, name, 1)

    def rescue() -> list[str]:
        names = []
        for argument in x.names:
            result = emitter.fresh()
            emitter.line(f"{result} = call {emitter.reals} {function}({emitter.reals} {argument})")
            names.append(result)
        return names

    return emitter.rarely(trouble, usual, rescue)


def _polynomial(emitter: Emitter, x: Value, coefficients: Sequence[float]) -> Value:
    """Even and odd powers apart, by Horner's rule in x²: two chains half as long to wait for."""
    square = _mul(emitter, x, x)
    even, odd = (_horner(emitter, square, coefficients[k::2]) for k in (0, 1))
    return _fma(emitter, odd, x, even)


def _horner(emitter: Emitter, x: Value, coefficients: Sequence[float]) -> Value:
    total = emitter.constant(coefficients[-1])
    for c in reversed(coefficients[:-1]):
        total = _fma(emitter, total, x, emitter.constant(c))
    return total


def _fma(emitter: Emitter, a: Value, b: Value, c: Value) -> Value:
    return emitter.intrinsic("fma", a, b, c)


def _mul(emitter: Emitter, a: Value, b: Value) -> Value:
    return emitter.each("fmul {R} {0}, {1}", a, b)


def _sub(emitter: Emitter, a: Value, b: Value) -> Value:
    return emitter.each("fsub {R} {0}, {1}", a, b)


def _bits(emitter: Emitter, x: Value) -> Value:
    return emitter.each("bitcast {R} {0} to {I}", x)


def out_of_line(emitter: Emitter, op: str, x: Value) -> Value:
    """The function `op` by a call: for formulas that use many, whose code would grow too long."""
    function = f"@own_{op}_{emitter.width}"
    if function not in emitter.helpers:
        inner = Emitter(emitter.target, 1)
        inner.helpers = emitter.helpers
        result = RANGES[op][0](inner, Value(("%a0",)), False)
        lines = [*inner.lines, f"  ret {inner.reals} {result.names[0]}"]
        emitter.helpers[function] = (
            f"define internal {inner.reals} {function}({inner.reals} %a0) noinline nounwind #0 {{\n"
            "entry:\n" + "\n".join(lines) + "\n}"
        )
    return emitter.call(function, x)


#: The functions written here, by their name in the graph, and the |x| each is made for.
RANGES: Final[dict[str, tuple[Callable[[Emitter, Value, bool], Value], float]]] = {
    "sin": (sine, TRIG_RANGE),
    "cos": (cosine, TRIG_RANGE),
    "exp": (exponential, EXP_RANGE),
}
