"""What numpy's elementwise functions mean in the language of the expression graph.

Everything here works on single values ("contents"): a node that is a number, or a
condition. A condition is a comparison node, a known truth value, or a combination
("and" | "or" | "not", p, q) of conditions: the graph itself knows only where(a < b, …),
so combinations become nested choices.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import numpy as np

from steepest.errors import TraceError
from steepest.expression.arithmetic import scale
from steepest.expression.graph import (
    ONE,
    PI,
    TWO,
    ZERO,
    E,
    Node,
    build,
    constant,
    integer_power,
    rational_value,
)
from steepest.expression.parse import MAX_EXPONENT

Condition = bool | Node | tuple[str, Any, Any]
Content = Node | Condition

_HALF: Final = Fraction(1, 2)
_COMPARISONS: Final = frozenset({"lt", "le"})

# Python computes 2*np.pi before a symbol is met: such floats are read as what was meant.
_NEAR_PI: Final[dict[float, Node]] = {
    math.e: E,
    **{math.pi / k: scale(Fraction(1, k), PI) for k in range(1, 13)},
    **{math.pi * k: scale(k, PI) for k in range(1, 13)},
}


def number(value: Any) -> Node:
    """A Python or numpy number as an exact constant: 0.1 is 1/10, np.pi is π."""
    if isinstance(value, bool | np.bool):
        return ONE if value else ZERO
    if isinstance(value, int | np.integer):
        exact = Fraction(int(value))
    elif isinstance(value, float | np.floating):
        if not np.isfinite(value):
            raise TraceError(f"{value} is not a real number: a formula has finite constants only")
        known = _NEAR_PI.get(abs(float(value)))
        if known is not None:
            return known if value > 0 else build("neg", known)
        # A float32 that prints as 0.1 means 1/10 as well.
        exact = Fraction(str(value))
    elif isinstance(value, Fraction) or (isinstance(value, Decimal) and _is_moderate(value)):
        exact = Fraction(value)
    else:
        raise TraceError(f"{value!r:.60} is not a real number, so it cannot be part of a formula")
    try:
        float(exact)
    except OverflowError:
        raise TraceError(
            "a constant of the function is too large: the largest is 1.8e308"
        ) from None
    return constant(exact)


def _is_moderate(value: Decimal) -> bool:
    """Whether `value` has digits that can be written out: 1e999999999 has not."""
    return value.is_finite() and abs(value.adjusted()) < 1000


def is_condition(content: Content) -> bool:
    """Whether `content` is a condition and not a number."""
    return not isinstance(content, Node) or content.op in _COMPARISONS


def as_number(content: Content) -> Node:
    """`content` as a number: a condition counts 1 or 0, as in numpy."""
    return choose(content, ONE, ZERO) if is_condition(content) else content  # type: ignore[return-value]


def as_condition(content: Content) -> Condition:
    """`content` as a condition: a number counts as true unless it is 0, as in numpy."""
    return content if is_condition(content) else _not(_equal(content, ZERO))


def choose(condition: Content, if_true: Node, if_false: Node) -> Node:
    """The node where(condition, if_true, if_false), for any combination of conditions."""
    rest = as_condition(condition)
    while isinstance(rest, tuple):
        kind, p, q = rest
        if kind == "not":
            if_true, if_false = if_false, if_true
        elif kind == "and":
            if_true = choose(q, if_true, if_false)
        else:
            if_false = choose(q, if_true, if_false)
        rest = p
    if isinstance(rest, bool):
        return if_true if rest else if_false
    return build("where", rest, if_true, if_false)


def _compare(op: str, a: Content, b: Content) -> Condition:
    left, right = as_number(a), as_number(b)
    p, q = rational_value(left), rational_value(right)
    if p is not None and q is not None:
        return p < q if op == "lt" else p <= q
    return build(op, left, right)


def _equal(a: Content, b: Content) -> Condition:
    return _and(_compare("le", a, b), _compare("le", b, a))


def _not(a: Condition) -> Condition:
    if isinstance(a, tuple) and a[0] == "not":
        return a[1]
    return not a if isinstance(a, bool) else ("not", a, None)


def _and(a: Condition, b: Condition) -> Condition:
    if isinstance(a, bool) or isinstance(b, bool):
        return (b if a else False) if isinstance(a, bool) else (a if b else False)
    return "and", a, b


def _or(a: Condition, b: Condition) -> Condition:
    return (
        _not(_and(_not(a), _not(b))) if isinstance(a, bool) or isinstance(b, bool) else ("or", a, b)
    )


def _bitwise(combine: Callable[..., Condition]) -> Callable[..., Condition]:
    def combined(*conditions: Content) -> Condition:
        if not all(map(is_condition, conditions)):
            raise TraceError("& | ^ and ~ combine comparisons, such as (x > 0) & (y > 0)")
        return combine(*conditions)

    return combined


def _xor(a: Condition, b: Condition) -> Condition:
    return _or(_and(a, _not(b)), _and(_not(a), b))


# Only what certainly keeps value and domain is folded, so that sums may start at 0 and
# matrices may hold zeros and ones; the rest stays as it was written.
def _add(a: Node, b: Node) -> Node:
    return b if a is ZERO else a if b is ZERO else build("add", a, b)


def _multiply(a: Node, b: Node) -> Node:
    if a is ONE or (b is ZERO and a.total):
        return b
    if b is ONE or (a is ZERO and b.total):
        return a
    return build("mul", a, b)


def power(base: Node, exponent: Node) -> Node:
    """base**exponent, as an integer power or a square root where it is one."""
    value = rational_value(exponent)
    if value is not None and value.denominator == 1:
        if abs(value) > MAX_EXPONENT:
            raise TraceError(
                f"the integer exponent {value} is too large: the largest is {MAX_EXPONENT:,}"
            )
        return base if value == 1 else integer_power(base, value.numerator)
    if value is not None and abs(value) == _HALF:
        root = build("sqrt", base)
        return root if value > 0 else build("div", ONE, root)
    return build("pow", base, exponent)


def _operation(op: str) -> Callable[..., Node]:
    return lambda *args: build(op, *args)


def _heaviside(a: Node, middle: Node) -> Node:
    return choose(_compare("lt", a, ZERO), ZERO, choose(_compare("lt", ZERO, a), ONE, middle))


def _multiple_of_pi(numerator: int, denominator: int) -> Callable[[Node], Node]:
    """Degrees to radians is x*pi/180, and back x*180/pi."""
    top, bottom = (PI if n == 1 else constant(n) for n in (numerator, denominator))
    return lambda a: build("div", build("mul", a, top), bottom)


#: numpy name -> graph operation, where the two are the same function.
_SAME: Final = {
    "subtract": "sub", "divide": "div", "true_divide": "div", "negative": "neg",
    "absolute": "abs", "fabs": "abs", "sign": "sign", "sqrt": "sqrt", "cbrt": "cbrt", "exp": "exp",
    "log": "log", "log2": "log2", "log10": "log10", "sin": "sin", "cos": "cos", "tan": "tan",
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2", "sinh": "sinh",
    "cosh": "cosh", "tanh": "tanh", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
    "hypot": "hypot", "minimum": "min", "maximum": "max", "erf": "erf", "expit": "sigmoid",
}  # fmt: skip

_ON_NUMBERS: Final[dict[str, Callable[..., Node]]] = {
    **{name: _operation(op) for name, op in _SAME.items()},
    "add": _add,
    "multiply": _multiply,
    "power": power,
    "float_power": power,
    "positive": lambda a: a,
    "conjugate": lambda a: a,
    "square": lambda a: integer_power(a, 2),
    "reciprocal": lambda a: build("div", ONE, a),
    "exp2": lambda a: build("pow", TWO, a),
    "expm1": lambda a: build("sub", build("exp", a), ONE),
    "log1p": lambda a: build("log", build("add", ONE, a)),
    # log(exp(a) + exp(b)) without overflow, and smooth where a = b.
    "logaddexp": lambda a, b: build("add", a, build("softplus", build("sub", b, a))),
    "heaviside": _heaviside,
    "deg2rad": _multiple_of_pi(1, 180),
    "radians": _multiple_of_pi(1, 180),
    "rad2deg": _multiple_of_pi(180, 1),
    "degrees": _multiple_of_pi(180, 1),
}


def _numeric(function: Callable[..., Node]) -> Callable[..., Content]:
    return lambda *contents: function(*map(as_number, contents))


def _logical(combine: Callable[..., Condition]) -> Callable[..., Content]:
    return lambda *contents: combine(*map(as_condition, contents))


#: The name of a numpy function -> what it does with contents.
FUNCTIONS: Final[dict[str, Callable[..., Content]]] = {
    **{name: _numeric(function) for name, function in _ON_NUMBERS.items()},
    "less": lambda a, b: _compare("lt", a, b),
    "less_equal": lambda a, b: _compare("le", a, b),
    "greater": lambda a, b: _compare("lt", b, a),
    "greater_equal": lambda a, b: _compare("le", b, a),
    "equal": _equal,
    "not_equal": lambda a, b: _not(_equal(a, b)),
    "logical_and": _logical(_and),
    "logical_or": _logical(_or),
    "logical_not": _logical(_not),
    "logical_xor": _logical(_xor),
    "bitwise_and": _bitwise(_and),
    "bitwise_or": _bitwise(_or),
    "bitwise_xor": _bitwise(_xor),
    "invert": _bitwise(_not),
    "where": lambda c, a, b: choose(c, as_number(a), as_number(b)),
}

#: What an empty sum, product … is.
IDENTITY: Final = {"add": 0, "multiply": 1, "logical_and": True, "logical_or": False}
