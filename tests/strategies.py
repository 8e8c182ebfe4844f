"""Random formulas and points for property tests."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from hypothesis import strategies as st

from steepest.expression.graph import (
    ARITY,
    PI,
    E,
    Node,
    build,
    constant,
    integer_power,
    integer_value,
    variable,
)
from steepest.expression.parse import MAX_EXPONENT

VARIABLES = ("x", "y", "z")
COMPARISONS = ("lt", "le")
SPECIAL = {"const", "var", "pi", "e", "ipow", "where", *COMPARISONS}
UNARY = sorted(op for op, n in ARITY.items() if n == 1 and op not in SPECIAL)
BINARY = sorted(op for op, n in ARITY.items() if n == 2 and op not in SPECIAL)
ARITHMETIC = ("add", "sub", "mul", "div")

rationals = st.one_of(
    st.integers(-12, 12).map(Fraction),
    st.fractions(-20, 20, max_denominator=100),
    st.sampled_from(["0.1", "1e-9", "1.5e12", "2.718", "1/3", "-7/30", "1e-300"]).map(Fraction),
)
points = st.fixed_dictionaries(
    {
        name: st.one_of(
            st.sampled_from([Fraction(n, 2) for n in range(-6, 7)]),
            st.integers(-(2**22), 2**22).map(lambda n: Fraction(n, 2**20)),
        )
        for name in VARIABLES
    }
)


@st.composite
def nodes(
    draw: st.DrawFn,
    unary: Sequence[str] = UNARY,
    binary: Sequence[str] = BINARY,
    choices: bool = True,
    size: int = 10,
) -> Node:
    """A graph as somebody would type it: at most `size` operations, built, not simplified."""
    pool = [
        draw(st.sampled_from([variable(v) for v in VARIABLES])),
        constant(draw(rationals)),
        draw(st.sampled_from([*map(variable, VARIABLES), PI, E])),
    ]
    kinds = ["arithmetic", "arithmetic", "unary", "unary", "binary", "power", "constant"]
    for _ in range(draw(st.integers(0, size))):
        kind = draw(st.sampled_from([*kinds, "where"] if choices else kinds))
        if kind == "constant":
            node = constant(draw(rationals))
        elif kind == "power":
            node = integer_power(draw(st.sampled_from(pool)), draw(st.integers(-4, 6)))
        elif kind == "unary":
            node = build(draw(st.sampled_from(unary)), draw(st.sampled_from(pool)))
        elif kind == "where":
            a, b, c, d = (draw(st.sampled_from(pool)) for _ in range(4))
            node = build("where", build(draw(st.sampled_from(COMPARISONS)), a, b), c, d)
        else:
            op = draw(st.sampled_from(ARITHMETIC if kind == "arithmetic" else binary))
            last = draw(st.sampled_from(pool))
            if op == "pow" and abs(integer_value(last) or 0) > MAX_EXPONENT:
                continue
            node = build(op, pool[-1], last)
        pool.append(node)
    return pool[-1]
