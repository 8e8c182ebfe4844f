"""Values of an expression graph by Arb's ball arithmetic: an oracle that shares no code with us.

`evaluate(node, point)` is the exact value, `evaluate(node, point, ulps=4)` a ball that holds
what floating point may answer if every operation errs by at most that many units in the last
place: condition number times rounding, worked out by the ball itself. `None` means undefined.
`Undecided` is raised where the ball cannot tell, or a step comes near overflow or underflow.

Arithmetic on the answers needs `with flint.ctx.workprec(BITS)`; Arb works with 53 bits else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

import flint

from steepest.expression.graph import Node, topological

BITS = 500
HALF = Fraction(1, 2)
_LEAST, _GREATEST = flint.arb("1e-290"), flint.arb("1e290")
_SMALLEST = flint.arb(2) ** -1073


class Undecided(Exception):
    """The balls overlap a boundary: neither answer is proved."""


def evaluate(
    node: Node, point: Mapping[str, Fraction], *, ulps: int = 0, bits: int = BITS
) -> flint.arb | None:
    """The ball of `node` at exact coordinates, or None where it is undefined."""
    with flint.ctx.workprec(bits):
        return _evaluate(node, point, ulps)


def _evaluate(node: Node, point: Mapping[str, Fraction], ulps: int) -> flint.arb | None:
    done: dict[Node, flint.arb | None] = {}
    exact: dict[Node, Fraction] = {}  # rational arithmetic stays exact, so ties are decided
    for n in topological([node]):
        if not ulps and (value := _rational(n, point, exact)) is not None:
            exact[n] = value
            done[n] = ball(value)
            continue
        args = [done[a] for a in n.args]
        if n.op == "where":
            done[n] = None if args[0] is None else args[1] if truth(args[0]) else args[2]
        elif any(a is None for a in args):
            done[n] = None
        else:
            value = ball(point[str(n.value)]) if n.op == "var" else OPERATIONS[n.op](n.value, *args)
            if value is not None and not value.is_finite():
                raise Undecided(n.op)
            if ulps and value is not None:
                largest = value.abs_upper()
                if largest > _GREATEST or 0 < largest < _LEAST:
                    raise Undecided("overflow or underflow")
            if ulps and value is not None and n.op not in _WITHOUT_ROUNDING:
                value += flint.arb(0, (abs(value) * ulps / 2**52 + _SMALLEST).upper())
            done[n] = value
    return done[node]


_WITHOUT_ROUNDING = frozenset({"var", "neg", "abs", "sign", "min", "max", "relu", "lt", "le"})


def ball(value: Fraction) -> flint.arb:
    return flint.arb(flint.fmpq(value.numerator, value.denominator))


def truth(condition: flint.arb) -> bool:
    return condition == 1


def _rational(
    n: Node, point: Mapping[str, Fraction], exact: Mapping[Node, Fraction]
) -> Fraction | None:
    if n.op == "var":
        return point[str(n.value)]
    if n.op == "const":
        return Fraction(n.value)  # type: ignore[arg-type]
    if n.op == "where" and (c := exact.get(n.args[0])) is not None:
        return exact.get(n.args[1] if c else n.args[2])
    rule = _RATIONAL.get(n.op)
    if rule is None or not all(a in exact for a in n.args):
        return None
    value = rule(n.value, *(exact[a] for a in n.args))
    small = (
        value is not None and value.numerator.bit_length() + value.denominator.bit_length() < 4000
    )
    return value if small else None


_RATIONAL: dict[str, Callable[..., Fraction | None]] = {
    "neg": lambda _, a: -a,
    "add": lambda _, a, b: a + b,
    "sub": lambda _, a, b: a - b,
    "mul": lambda _, a, b: a * b,
    "div": lambda _, a, b: a / b if b else None,
    "ipow": lambda n, a: a**n if abs(n) < 50 and (a or n >= 0) else None,
    "abs": lambda _, a: abs(a),
    "sign": lambda _, a: Fraction((a > 0) - (a < 0)),
    "min": lambda _, a, b: min(a, b),
    "max": lambda _, a, b: max(a, b),
    "relu": lambda _, a: max(a, Fraction(0)),
    "lt": lambda _, a, b: Fraction(a < b),
    "le": lambda _, a, b: Fraction(a <= b),
}


def _below(a: flint.arb, b: flint.arb | int) -> bool:
    """a < b, if the balls can tell."""
    if a < b:
        return True
    if a >= b:
        return False
    raise Undecided("<")


def _zero(a: flint.arb) -> bool:
    if a == 0:
        return True
    if a != 0:
        return False
    raise Undecided("= 0")


def _integer_power(n: int, a: flint.arb) -> flint.arb | None:
    if n >= 0:
        return flint.arb(1) if n == 0 else a**n
    return None if _zero(a) else 1 / a**-n


def _power(_: object, a: flint.arb, b: flint.arb) -> flint.arb | None:
    if _zero(a):
        return flint.arb(1) if _zero(b) else flint.arb(0) if _below(flint.arb(0), b) else None
    if _below(a, 0):
        n = b.unique_fmpz()
        if n is None or not b.is_exact():
            if not b.contains_integer():
                return None
            raise Undecided("power")
        return _integer_power(int(n), a)
    return (b * a.log()).exp()


def _cbrt(_: object, a: flint.arb) -> flint.arb:
    if _zero(a):
        return a
    return -(-a).root(3) if _below(a, 0) else a.root(3)


def _compare(strict: bool) -> Callable[..., flint.arb]:
    def compare(_: object, a: flint.arb, b: flint.arb) -> flint.arb:
        return flint.arb(_below(a, b) if strict else not _below(b, a))

    return compare


def _within(lo: int | None, hi: int | None, function: Callable) -> Callable:
    """`function` on [lo, hi], undefined elsewhere."""

    def restricted(_: object, a: flint.arb) -> flint.arb | None:
        if (lo is not None and _below(a, lo)) or (hi is not None and _below(flint.arb(hi), a)):
            return None
        return function(a)

    return restricted


def _log(base: int | None) -> Callable:
    def log(_: object, a: flint.arb) -> flint.arb | None:
        if not _below(flint.arb(0), a):
            return None
        return a.log() if base is None else a.log() / flint.arb(base).log()

    return log


def _atanh(_: object, a: flint.arb) -> flint.arb | None:
    return a.atanh() if _below(abs(a), 1) else None


def _atan2(_: object, y: flint.arb, x: flint.arb) -> flint.arb | None:
    if y == 0 and x == 0:
        return flint.arb(0)  # numpy's convention; the mathematics has no value here
    if x < 0 and y.contains(flint.arb(0)) and not y == 0:
        raise Undecided("atan2")
    return flint.arb.atan2(y, x)


def _smaller(_: object, a: flint.arb, b: flint.arb) -> flint.arb:
    return a.min(b)


def _larger(_: object, a: flint.arb, b: flint.arb) -> flint.arb:
    return a.max(b)


def _sign(_: object, a: flint.arb) -> flint.arb:
    return flint.arb(0) if _zero(a) else flint.arb(-1 if _below(a, 0) else 1)


def _plain(name: str) -> Callable:
    return lambda _, a: getattr(a, name)()


OPERATIONS: dict[str, Callable[..., flint.arb | None]] = {
    **{name: _plain(name) for name in "exp sin cos atan sinh cosh tanh asinh erf".split()},
    "const": lambda value: ball(Fraction(value)),
    "pi": lambda _: flint.arb.pi(),
    "e": lambda _: flint.arb.const_e(),
    "neg": lambda _, a: -a,
    "add": lambda _, a, b: a + b,
    "sub": lambda _, a, b: a - b,
    "mul": lambda _, a, b: a * b,
    "div": lambda _, a, b: None if _zero(b) else a / b,
    "ipow": _integer_power,
    "pow": _power,
    "abs": lambda _, a: abs(a),
    "sign": _sign,
    "sqrt": _within(0, None, lambda a: a.sqrt()),
    "cbrt": _cbrt,
    "log": _log(None),
    "log2": _log(2),
    "log10": _log(10),
    "tan": _plain("tan"),
    "asin": _within(-1, 1, lambda a: a.asin()),
    "acos": _within(-1, 1, lambda a: a.acos()),
    "acosh": _within(1, None, lambda a: a.acosh()),
    "atanh": _atanh,
    "atan2": _atan2,
    "hypot": lambda _, a, b: (a * a + b * b).sqrt(),
    "sigmoid": lambda _, a: 1 / (1 + (-a).exp()),
    "softplus": lambda _, a: a.exp().log1p() if a < 0 else a + (-a).exp().log1p(),
    "relu": lambda _, a: a.max(flint.arb(0)),
    "min": _smaller,
    "max": _larger,
    "lt": _compare(strict=True),
    "le": _compare(strict=False),
}


def same(a: flint.arb | None, b: flint.arb | None) -> bool:
    """Whether two answers of `evaluate` can be one number, or are both undefined."""
    return a is b if a is None or b is None else a.overlaps(b)
