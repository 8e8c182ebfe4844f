"""Expression graph -> text that can be typed again, Unicode for the terminal, and LaTeX.

One walk decides order, signs and parentheses; a `Style` decides how the parts look.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from steepest.expression.graph import Node, Rational, is_foldable, rational_value, topological
from steepest.expression.styles import LATEX, TEXT, UNICODE, Style, decimal_form, typable

# Binding strengths, weakest first.
_SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(5)

# A shared graph can stand for a tree that is exponentially longer: parts of the formula
# beyond this many characters are elided.
_MAX_LENGTH: Final = 20_000
# x = x*x forty times is a product of 2^40 factors.
_MAX_FACTORS: Final = 1000

_Rendered = tuple[str, int]


def text(node: Node) -> str:
    """The formula in the formula language: '2x', 'x^2 + 3y^2'."""
    return render([node], TEXT)[0]


def unicode(node: Node) -> str:
    """The formula for a terminal: 'x² + 3y²'."""
    return render([node], UNICODE)[0]


def latex(node: Node) -> str:
    """The formula in LaTeX (mathematics mode, no delimiters)."""
    return render([node], LATEX)[0]


def render(roots: Sequence[Node], style: Style) -> list[str]:
    """Every root in `style`; shared parts are rendered once."""
    done: dict[Node, _Rendered] = {}
    wanted = _wanted(roots)
    for node in topological(roots):
        if node in wanted:
            string, strength = _render(node, done, style)
            done[node] = (string, strength) if len(string) <= _MAX_LENGTH else ("…", _ATOM)
    return [done[root][0] for root in roots]


def _wanted(roots: Sequence[Node]) -> set[Node]:
    """The parts that are rendered on their own: not the products inside a longer product."""
    wanted: set[Node] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node not in wanted:
            wanted.add(node)
            if _is_product(node):
                _, top, bottom = _factors(node)
                stack.extend(base for base, _ in top + bottom)
            else:
                stack.extend(node.args)
    return wanted


def _is_product(node: Node) -> bool:
    return node.op in ("mul", "div", "neg") or (node.op == "ipow" and node.value < 0)  # type: ignore[operator]


def _render(node: Node, done: dict[Node, _Rendered], style: Style) -> _Rendered:
    op = node.op
    if op == "const":
        return _number(node.value, style)  # type: ignore[arg-type]
    if op == "var":
        return style.variable(str(node.value)), _ATOM
    if op in ("pi", "e"):
        return style.constants[op], _ATOM
    if op in ("add", "sub"):
        return _sum(node, done, style), _SUM
    if _is_product(node):
        return _product(node, done, style)
    if op in ("ipow", "pow"):
        return _power(node, done, style), _POWER
    if op == "where":
        condition, a, b = node.args
        return style.where(done[condition][0], done[a][0], done[b][0]), _ATOM
    if op in ("lt", "le"):
        a, b = (done[a][0] for a in node.args)
        return f"{a} {style.comparisons[op]} {b}", _SUM
    strength = _POWER if op == "exp" and style.stacked else _ATOM
    return style.call(op, [done[a][0] for a in node.args]), strength


def _number(value: Rational, style: Style) -> _Rendered:
    value = typable(value)
    decimal = decimal_form(abs(value))
    if decimal is not None:
        sign = "-" if value < 0 else ""
        strength = _SIGN if sign else _PRODUCT if "e" in decimal else _ATOM
        return sign + style.decimal(decimal), strength
    if value.denominator == 1:
        return style.integer(value.numerator), _ATOM if value >= 0 else _SIGN
    return style.fraction(value), _PRODUCT if value >= 0 else _SIGN


def _sum(node: Node, done: dict[Node, _Rendered], style: Style) -> str:
    left, right = node.args
    string, strength = done[right]
    minus = node.op == "sub"
    # a + (-b) reads a - b, and a - (-b) reads a + b.
    if string.startswith("-") and strength >= _PRODUCT:
        minus, string = not minus, string[1:]
    elif strength == _SUM and (minus or string.startswith("-")):
        string = style.parenthesize(string)
    return f"{done[left][0]} {'-' if minus else '+'} {string}"


def _product(node: Node, done: dict[Node, _Rendered], style: Style) -> _Rendered:
    coefficient, top, bottom = _factors(node)
    sign = "-" if coefficient < 0 else ""
    coefficient = Fraction(typable(abs(coefficient)))
    over = [_factor(*f, done, style) for f in sorted(top, key=_rank)]
    under = [_factor(*f, done, style) for f in sorted(bottom, key=_rank)]
    decimal = decimal_form(coefficient)
    if decimal is not None:
        over.insert(0, (style.decimal(decimal), _ATOM))
        coefficient = Fraction(1)
    elif coefficient.denominator > 1 and (below := decimal_form(1 / coefficient)):
        # x/1.41 reads better than 100x/141.
        under.insert(0, (style.decimal(below), _ATOM))
        coefficient = Fraction(1)
    elif coefficient.numerator != 1 or not over:
        over.insert(0, (style.integer(coefficient.numerator), _ATOM))
    if coefficient.denominator != 1:
        under.insert(0, (style.integer(coefficient.denominator), _ATOM))
    strength = _SIGN if sign else _PRODUCT
    if not under:
        if len(over) == 1 and not sign:
            return over[0]
        return sign + style.product([_wrap(f, _POWER, style) for f in over]), strength
    # A fraction line binds what is above and below it; on one line parentheses do.
    line = style.stacked
    numerator, denominator = (
        part[0][0]
        if line and len(part) == 1
        else style.product([_wrap(f, _POWER, style) for f in part])
        for part in (over or [("1", _ATOM)], under)
    )
    if line:
        return rf"{sign}\frac{{{numerator}}}{{{denominator}}}", strength
    if len(under) > 1:
        denominator = style.parenthesize(denominator)
    return f"{sign}{numerator}/{denominator}", strength


def _factors(node: Node) -> tuple[Fraction, list[tuple[Node, int]], list[tuple[Node, int]]]:
    """A product as coefficient, factors above and factors below, each (base, positive power)."""
    coefficient = Fraction(1)
    top: list[tuple[Node, int]] = []
    bottom: list[tuple[Node, int]] = []
    stack = [(node, True)]
    while stack:
        part, above = stack.pop()
        if part is not node and len(top) + len(bottom) + len(stack) > _MAX_FACTORS:
            (top if above else bottom).append((part, 1))
        elif part.op == "mul" and (above or part is not node):
            stack.extend((a, above) for a in reversed(part.args))
        elif part.op == "neg":
            coefficient = -coefficient
            stack.append((part.args[0], above))
        elif part.op == "div" and above:
            stack.append((part.args[1], False))
            stack.append((part.args[0], True))
        elif part.op == "const" and (joined := _join(coefficient, part, above)) is not None:
            coefficient = joined
        elif part.op == "ipow" and part.value < 0 and above:  # type: ignore[operator]
            bottom.append((part.args[0], -part.value))  # type: ignore[operator]
        else:
            (top if above else bottom).append((part, 1))
    return coefficient, top, bottom


def _join(coefficient: Fraction, part: Node, above: bool) -> Fraction | None:
    """`coefficient` times or over a constant; None for n/0 and what no double can hold."""
    value = Fraction(rational_value(part) or 0)
    if not value:
        return value if above else None
    joined = coefficient * value if above else coefficient / value
    return joined if is_foldable(joined) else None


_FIRST_FACTORS = {"const": 0, "pi": 1, "e": 1, "var": 2, "ipow": 3}


def _rank(factor: tuple[Node, int]) -> tuple[int, str]:
    """Numbers first, then variables by name, then functions, then sums."""
    base = factor[0]
    if base.op == "ipow" and not base.args[0].args:
        base = base.args[0]
    if base.op == "var":
        # Names that no formula can hold stand for d/dx[…] (see explain.notation): they come last.
        return (2 if str(base.value)[0].isalpha() else 5), str(base.value)
    if base.op in ("add", "sub") or (base.op == "ipow" and base.args[0].op in ("add", "sub")):
        return 4, ""
    return _FIRST_FACTORS.get(base.op, 3), ""


def _factor(base: Node, n: int, done: dict[Node, _Rendered], style: Style) -> _Rendered:
    if n == 1:
        return done[base]
    return style.power(_wrap(done[base], _ATOM, style), style.integer(n)), _POWER


def _power(node: Node, done: dict[Node, _Rendered], style: Style) -> str:
    base = done[node.args[0]]
    if node.op == "ipow":
        return style.power(_wrap(base, _ATOM, style), style.integer(node.value))  # type: ignore[arg-type]
    exponent = done[node.args[1]]
    raised = exponent[0] if style.stacked else _wrap(exponent, _ATOM, style)
    return style.power(_wrap(base, _ATOM, style), raised)


def _wrap(rendered: _Rendered, at_least: int, style: Style) -> str:
    string, strength = rendered
    return string if strength >= at_least else style.parenthesize(string)
