"""Expression graph <-> SymPy expressions of real symbols. SymPy is imported only when used.

SymPy cancels as it builds: x^2/x becomes x, and its domain grows. The graph stays the truth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache, reduce
from typing import TYPE_CHECKING, Any, Final

from steepest.errors import ParameterError, TraceError
from steepest.expression import names
from steepest.expression.arithmetic import add, div, mul, neg, power, sub
from steepest.expression.elementwise import FUNCTIONS, choose, number
from steepest.expression.graph import (
    ONE,
    PI,
    TWO,
    E,
    Node,
    build,
    constant,
    topological,
    variable,
)
from steepest.expression.parse import MAX_EXPONENT
from steepest.expression.simplify import call

if TYPE_CHECKING:
    import sympy

# The order SymPy prints sums in is computed recursively: larger expressions keep theirs.
_LARGEST_SORTED: Final = 1000
_MOST_BITS: Final = 100_000  # of a power of constants


def to_sympy(node: Node) -> sympy.Expr:
    """`node` as a SymPy expression of real symbols.

    sigmoid, softplus, relu, hypot, log2, log10 and cbrt are spelled out; where is a Piecewise.
    Raises TraceError for a graph that is nested too deeply for SymPy (a few hundred levels)
    or compares numbers that are not real.
    """
    table = _to_table()
    done: dict[Node, Any] = {}
    try:
        for n in topological([node]):
            done[n] = table[n.op](n.value, *(done[a] for a in n.args))
    except RecursionError:
        raise TraceError("the expression is nested too deeply for SymPy") from None
    except (ValueError, MemoryError, OverflowError) as error:
        # Max(I, x), from the root of a negative number; the digits of exp(1e12).
        why = str(error) or type(error).__name__
        raise TraceError(f"SymPy cannot hold the expression: {why}") from None
    return done[node]


@cache
def _to_table() -> dict[str, Callable[..., Any]]:
    import sympy as sp

    def same(name: str) -> Callable[..., Any]:
        function = getattr(sp, name)
        return lambda _, *args: function(*args)

    own = "exp log sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh sign sqrt erf"
    third = sp.Rational(1, 3)
    return {
        **{op: same(op) for op in own.split()},
        "const": lambda value: sp.Rational(value.numerator, value.denominator),
        "var": lambda name: sp.Symbol(name, real=True),
        "pi": lambda _: sp.pi,
        "e": lambda _: sp.E,
        "neg": lambda _, a: -a,
        "add": lambda _, a, b: a + b,
        "sub": lambda _, a, b: a - b,
        "mul": lambda _, a, b: a * b,
        "div": lambda _, a, b: a / b,
        "ipow": lambda n, a: _power(a, sp.Integer(n)),
        "pow": lambda _, a, b: _power(a, b),
        "abs": same("Abs"),
        # a**(1/3) is complex for a < 0.
        "cbrt": lambda _, a: sp.sign(a) * sp.Abs(a) ** third,
        "log2": lambda _, a: sp.log(a, 2),
        "log10": lambda _, a: sp.log(a, 10),
        "sigmoid": lambda _, a: 1 / (1 + sp.exp(-a)),
        "softplus": lambda _, a: sp.log(1 + sp.exp(a)),
        "relu": lambda _, a: sp.Max(a, 0),
        "hypot": lambda _, a, b: sp.sqrt(a**2 + b**2),
        "min": same("Min"),
        "max": same("Max"),
        "lt": same("Lt"),
        "le": same("Le"),
        "where": lambda _, c, a, b: sp.Piecewise((a, c), (b, True)),
    }


def _power(base: Any, exponent: Any) -> Any:
    """base**exponent, unless SymPy would fill the memory with its digits."""
    if base.is_Rational and exponent.is_Rational:
        bits = max(int(base.p).bit_length(), int(base.q).bit_length())
        if bits * abs(exponent) > _MOST_BITS:
            raise TraceError(f"SymPy cannot hold {base!s:.20}^{exponent!s:.20}: too many digits")
    return base**exponent


def from_sympy(expression: Any) -> Node:
    """The graph of a SymPy expression. Raises TraceError for what formulas do not have."""
    table = _from_table()
    order = _postorder(expression, table)
    done: dict[Any, Any] = {}
    for part in order:
        kind = type(part).__name__
        if part.is_Symbol:
            done[part] = _symbol(part.name)
        elif part.is_Add:
            done[part] = reduce(add, (done[t] for t in _terms(part, len(order))))
        elif part.is_Mul:
            done[part] = _product(part, done)
        elif kind in table:
            done[part] = table[kind](part, *(done[a] for a in part.args))
        else:
            done[part] = _number(part)
    node = done[expression]
    if not isinstance(node, Node) or node.op in ("lt", "le"):
        raise TraceError(f"{expression!s:.60} is a condition, not a number")
    return node


_HINTS: Final = {
    "Heaviside": ": write Piecewise((0, x < 0), (1, True))",
    **dict.fromkeys(("Derivative", "Integral", "Sum", "Product", "Limit"), ": call .doit() first"),
    **dict.fromkeys(("ImaginaryUnit", "ComplexInfinity"), ": its values are real numbers"),
}


_KINDS: Final = ("Symbol", "Number", "NumberSymbol", "Add", "Mul")


def _postorder(root: Any, table: Mapping[str, object]) -> list[Any]:
    """Every part once, arguments first, without recursion; refuses what has no translation."""
    order: list[Any] = []
    seen: set[Any] = set()
    stack = [(root, False)]
    while stack:
        part, expanded = stack.pop()
        if expanded:
            order.append(part)
            continue
        kind = type(part).__name__
        if not (kind in table or any(getattr(part, f"is_{k}", False) for k in _KINDS)):
            hint = _HINTS.get(kind, "")
            raise TraceError(f"SymPy's {kind} is not part of a formula{hint}")
        if part not in seen:
            seen.add(part)
            stack.append((part, True))
            stack.extend((a, False) for a in reversed(part.args) if a not in seen)
    return order


def _symbol(name: str) -> Node:
    try:
        return variable(names.check_declared([name])[0])
    except ParameterError as error:
        raise TraceError(f"{error} (a symbol of the SymPy expression)") from None


def _number(part: Any) -> Node:
    return number(Fraction(int(part.p), int(part.q)) if part.is_Rational else float(part))


def _terms(part: Any, size: int) -> Any:
    return part.as_ordered_terms() if size <= _LARGEST_SORTED else part.args


def _product(part: Any, done: dict[Any, Node]) -> Node:
    """A product, in which sign(a)*|a|^(1/3) is the cube root of a."""
    factors = list(part.args)
    product: list[Node] = []
    for factor in part.args:
        if type(factor).__name__ == "sign":
            (a,) = factor.args
            for other in factors:
                if other.is_Pow and other.exp == _third() and other.base == abs(a):
                    factors.remove(factor)
                    factors.remove(other)
                    product.append(call("cbrt", done[a]))
                    break
    return reduce(mul, [*(done[f] for f in factors), *product], ONE)


@cache
def _third() -> Any:
    import sympy as sp

    return sp.Rational(1, 3)


def _raise_to(part: Any, base: Node, exponent: Node) -> Node:
    n = part.exp
    if n.is_Integer:
        if abs(n) > MAX_EXPONENT:
            raise TraceError(
                f"the exponent {n!s:.30} is too large: the largest is {MAX_EXPONENT:,}"
            )
        return power(base, int(n)) if n > 0 else div(ONE, power(base, -int(n)))
    if n.is_Rational and n < 0:
        return div(ONE, call("pow", base, neg(exponent)))
    return call("pow", base, exponent)


def _piecewise(part: Any, *pairs: tuple[Node, Any]) -> Node:
    *cases, (default, last) = pairs
    if last is not True:
        raise TraceError("this Piecewise has no value everywhere: end it with (value, True)")
    result = default
    for value, condition in reversed(cases):
        result = choose(condition, value, result)
    return result


def _if_then_else(part: Any, test: Any, if_true: Any, if_false: Any) -> Any:
    both, either, no = (FUNCTIONS[f"logical_{name}"] for name in ("and", "or", "not"))
    return either(both(test, if_true), both(no(test), if_false))


@cache
def _from_table() -> dict[str, Callable[..., Any]]:
    """The name of a SymPy class -> what to build of an instance and its translated parts."""

    def function(op: str) -> Callable[..., Node]:
        return lambda part, *args: call(op, *args)

    def inverse(op: str) -> Callable[..., Node]:
        return lambda part, a: div(ONE, call(op, a))

    def chain(op: str) -> Callable[..., Node]:
        return lambda part, *args: reduce(lambda a, b: build(op, a, b), args)

    def condition(name: str) -> Callable[..., Any]:
        return lambda part, *args: reduce(FUNCTIONS[name], args)

    own = "exp log sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh sign erf"
    inverses = {
        "sec": "cos",
        "csc": "sin",
        "cot": "tan",
        "sech": "cosh",
        "csch": "sinh",
        "coth": "tanh",
    }
    return {
        **{op: function(op) for op in own.split()},
        **{name: inverse(op) for name, op in inverses.items()},
        "Abs": function("abs"),
        "erfc": lambda part, a: sub(ONE, call("erf", a)),
        "Exp1": lambda part: E,
        "Pi": lambda part: PI,
        "GoldenRatio": lambda part: div(add(ONE, call("sqrt", constant(5))), TWO),
        "Pow": _raise_to,
        "Min": chain("min"),
        "Max": chain("max"),
        "Piecewise": _piecewise,
        "ExprCondPair": lambda part, value, case: (value, case),
        "BooleanTrue": lambda part: True,
        "BooleanFalse": lambda part: False,
        "StrictLessThan": condition("less"),
        "LessThan": condition("less_equal"),
        "StrictGreaterThan": condition("greater"),
        "GreaterThan": condition("greater_equal"),
        "Equality": condition("equal"),
        "Unequality": condition("not_equal"),
        "And": condition("logical_and"),
        "Or": condition("logical_or"),
        "Xor": condition("logical_xor"),
        "ITE": _if_then_else,
        "Not": lambda part, a: FUNCTIONS["logical_not"](a),
    }
