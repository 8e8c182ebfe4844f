"""Random enclosures of every operation, checked against Arb's ball arithmetic.

A check is one point of one box: the exact value there, to a hundred bits, must lie in the
range that interval arithmetic gave for the box; where it does not exist, the range must say
so. Arb (python-flint) shares no code with the library.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction

import flint
import numpy as np

from steepest.evaluate.interval.program import Flag
from steepest.evaluate.tape import Instruction, Tape

Evaluator = Callable[[Tape], Callable]


def operation(op: str, arity: int, value=None) -> Tape:
    """The tape of one operation on fresh variables."""
    names = ("x", "y", "z")[:arity]
    steps = [Instruction("var", (), name) for name in names]
    steps.append(Instruction(op, tuple(range(arity)), value))
    return Tape(names, tuple(steps), (arity,))


def with_constant(op: str, constant: Fraction, *, first: bool) -> Tape:
    """The tape of one operation on a variable and a constant, in either order."""
    steps = (Instruction("var", (), "x"), Instruction("const", (), constant))
    last = Instruction(op, (1, 0) if first else (0, 1))
    return Tape(("x",), (*steps, last), (2,))


def _cube_root(x):
    if x == 0:
        return x
    return x.root(3) if not x < 0 else -(-x).root(3)


def _power(x, y):
    if x == 0:
        return flint.arb(0) if y > 0 else None
    if x < 0:
        if y.is_exact() and y.is_integer() and abs(y) < 1000:
            return x ** int(float(y))
        return None
    return (y * x.log()).exp()


def _ratio(x, y):
    return None if y == 0 else x / y


def _pole(x):
    return None if x == 0 else 1 / x


def _log(x, base=None):
    if x <= 0:
        return None
    return x.log() if base is None else x.log() / flint.arb(base).log()


def _area_tangent(x):
    return None if abs(x) >= 1 else x.atanh()


def _angle(y, x):
    return None if x == 0 and y == 0 else flint.arb.atan2(y, x)


def _softplus(x):
    return x + (1 + (-x).exp()).log() if x > 0 else x.exp().log1p()


def _choose(c, a, b):
    return a if c > 0.5 else b


#: Name -> (tape, exact value at a point, None where there is none).
OPERATIONS = {
    "neg": (operation("neg", 1), lambda x: -x),
    "add": (operation("add", 2), lambda x, y: x + y),
    "sub": (operation("sub", 2), lambda x, y: x - y),
    "mul": (operation("mul", 2), lambda x, y: x * y),
    "mul 1/3": (with_constant("mul", Fraction(1, 3), first=True), lambda x: x / 3),
    "mul -7/10": (with_constant("mul", Fraction(-7, 10), first=True), lambda x: -7 * x / 10),
    "mul 3": (with_constant("mul", Fraction(3), first=True), lambda x: 3 * x),
    "mul -3": (with_constant("mul", Fraction(-3), first=False), lambda x: -3 * x),
    "square": (Tape(("x",), (Instruction("var", (), "x"), Instruction("mul", (0, 0))), (1,)),
               lambda x: x * x),
    "div": (operation("div", 2), _ratio),
    "div by 7": (with_constant("div", Fraction(7), first=False), lambda x: x / 7),
    "1 div": (with_constant("div", Fraction(1), first=True), _pole),
    **{f"ipow {n}": (operation("ipow", 1, n), lambda x, n=n: x**n)
       for n in (0, 1, 2, 3, 4, 5, 6, 7, 11, 16)},
    **{f"ipow {n}": (operation("ipow", 1, n), lambda x, n=n: _pole(x**-n))
       for n in (-1, -2, -3, -4)},
    "pow": (operation("pow", 2), _power),
    "pow 3/2": (with_constant("pow", Fraction(3, 2), first=False),
                lambda x: _power(x, flint.arb(3) / 2)),
    "pow 1/3": (with_constant("pow", Fraction(1, 3), first=False),
                lambda x: _power(x, flint.arb(1) / 3)),
    "pow -2/3": (with_constant("pow", Fraction(-2, 3), first=False),
                 lambda x: _power(x, flint.arb(-2) / 3)),
    "2 pow": (with_constant("pow", Fraction(2), first=True), lambda y: _power(flint.arb(2), y)),
    "abs": (operation("abs", 1), abs),
    "sign": (operation("sign", 1), lambda x: flint.arb((x > 0) - (x < 0))),
    "sqrt": (operation("sqrt", 1), lambda x: None if x < 0 else x.sqrt()),
    "cbrt": (operation("cbrt", 1), _cube_root),
    "exp": (operation("exp", 1), lambda x: x.exp()),
    "log": (operation("log", 1), _log),
    "log2": (operation("log2", 1), lambda x: _log(x, 2)),
    "log10": (operation("log10", 1), lambda x: _log(x, 10)),
    "sin": (operation("sin", 1), lambda x: x.sin()),
    "cos": (operation("cos", 1), lambda x: x.cos()),
    "tan": (operation("tan", 1), lambda x: x.tan()),
    "asin": (operation("asin", 1), lambda x: None if abs(x) > 1 else x.asin()),
    "acos": (operation("acos", 1), lambda x: None if abs(x) > 1 else x.acos()),
    "atan": (operation("atan", 1), lambda x: x.atan()),
    "atan2": (operation("atan2", 2), _angle),
    "sinh": (operation("sinh", 1), lambda x: x.sinh()),
    "cosh": (operation("cosh", 1), lambda x: x.cosh()),
    "tanh": (operation("tanh", 1), lambda x: x.tanh()),
    "asinh": (operation("asinh", 1), lambda x: x.asinh()),
    "acosh": (operation("acosh", 1), lambda x: None if x < 1 else x.acosh()),
    "atanh": (operation("atanh", 1), _area_tangent),
    "sigmoid": (operation("sigmoid", 1), lambda x: 1 / (1 + (-x).exp())),
    "softplus": (operation("softplus", 1), _softplus),
    "relu": (operation("relu", 1), lambda x: x if x > 0 else flint.arb(0)),
    "erf": (operation("erf", 1), lambda x: x.erf()),
    "hypot": (operation("hypot", 2), lambda x, y: (x * x + y * y).sqrt()),
    "min": (operation("min", 2), lambda x, y: x if x < y else y),
    "max": (operation("max", 2), lambda x, y: y if x < y else x),
    "lt": (operation("lt", 2), lambda x, y: flint.arb(int(x < y))),
    "le": (operation("le", 2), lambda x, y: flint.arb(int(x <= y))),
    "where": (operation("where", 3), _choose),
}  # fmt: skip


def boxes(rng: np.random.Generator, n: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    """`m` random boxes (n, m): many sizes, points, ends at awkward numbers, tiny and huge."""
    scale = 10.0 ** rng.choice([-300, -20, -8, -2, 0, 0, 0, 0, 0.5, 1, 1, 2, 3, 8, 20, 300], (n, m))
    centre = rng.normal(size=(n, m)) * scale
    width = np.abs(centre) * 10.0 ** rng.choice([-16, -12, -6, -2, -1, 0, 0, 1], (n, m))
    lo, hi = centre - width * rng.random((n, m)), centre + width * rng.random((n, m))
    point = rng.random((n, m)) < 0.1
    hi = np.where(point, lo, hi)
    awkward = np.array(
        [0.0, -0.0, 1, -1, 0.5, 2, 3, np.pi, -np.pi, np.pi / 2, 1e308, 5e-324, 709.8]
    )
    for ends in (lo, hi):
        place = rng.random((n, m)) < 0.1
        ends[place] = rng.choice(awkward, place.sum())
    return np.minimum(lo, hi), np.maximum(lo, hi)


def points_in(
    rng: np.random.Generator, lo: np.ndarray, hi: np.ndarray, count: int
) -> Iterator[np.ndarray]:
    """Arrays like `lo` of points inside: both ends first, then random ones."""
    yield lo
    yield hi
    for _ in range(count - 2):
        inside = lo + (hi / 2 - lo / 2) * (2 * rng.random(lo.shape))
        yield np.clip(inside, lo, hi)


def misses(evaluator: Evaluator, rng: np.random.Generator, checks: int) -> tuple[int, list[str]]:
    """Runs about `checks` checks; returns how many, and a line for each miss."""
    found: list[str] = []
    done = 0
    points = 5
    m = -(-checks // (points * len(OPERATIONS)))
    flint.ctx.prec = 100
    for name, (tape, function) in OPERATIONS.items():
        lo, hi = boxes(rng, len(tape.variables), m)
        enclosure = evaluator(tape)(lo, hi)
        lows, highs = enclosure.lo[0], enclosure.hi[0]
        if np.isnan(lows).any() or np.isnan(highs).any() or (lows > highs).any():
            found.append(f"{name}: bounds that are no bounds")
        for chosen in points_in(rng, lo, hi, points):
            for k in range(m):
                done += 1
                why = _miss(function, chosen[:, k], lows[k], highs[k], int(enclosure.flags[k]))
                if why:
                    found.append(
                        f"{name} on {list(zip(lo[:, k], hi[:, k], strict=True))}"
                        f" at {chosen[:, k]!r}: {why}"
                    )
    return done, found


def _miss(function: Callable, point: np.ndarray, lo: float, hi: float, flags: int) -> str:
    value = function(*(flint.arb(float(v)) for v in point))
    if value is None:
        return "" if flags & Flag.UNDEFINED else "undefined there and not said"
    if not value.is_finite():
        return ""  # beyond Arb's working precision: nothing to compare with
    if flags & Flag.NOWHERE:
        return f"said to be undefined everywhere but has the value {value}"
    if value < flint.arb(lo) or value > flint.arb(hi):
        return f"{value} is outside [{lo!r}, {hi!r}]"
    return ""
