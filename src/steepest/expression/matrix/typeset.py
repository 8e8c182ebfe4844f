"""Graphs with arrays -> text that can be typed again, Unicode for the terminal, and LaTeX.

In mathematics 2Xᵀ(Xw - y) is a product of matrices and a sum over entries has an index,
Σ xᵢ(w xᵢ - yᵢ); typed, they are 2X'@(X@w - y) and sum(x*(w*x - y)). A `Hand` says which.
Inside Σ everything is a number, and arrays carry their index.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from steepest.expression.graph import ZERO, Node, topological
from steepest.expression.matrix.factors import (
    CALLS,
    WHOLE,
    Index,
    chain,
    factors,
    index_of,
    is_first_norm,
    is_matmul,
    is_product,
    last_sum,
    lone_product,
    name_of,
    needed,
)
from steepest.expression.matrix.hands import LATEX, TEXT, UNICODE, Hand
from steepest.expression.matrix.operations import entries
from steepest.expression.matrix.place import Span
from steepest.expression.matrix.selections import Selection, selection
from steepest.expression.styles import decimal_form, typable

# Binding strengths, weakest first.
_SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(5)
_LONGEST: Final = 20_000  # characters of a part before it is elided

_Rendered = tuple[str, int]


def text(node: Node) -> str:
    """The formula as it can be typed: "2X'@(X@w - y)"."""
    return _Writer([node], TEXT).write(node)


def unicode(node: Node) -> str:
    """The formula for a terminal: "2Xᵀ(Xw - y)"."""
    return _Writer([node], UNICODE).write(node)


def latex(node: Node) -> str:
    """The formula in LaTeX (mathematics mode, no delimiters)."""
    return _Writer([node], LATEX).write(node)


def write(node: Node, hand: Hand) -> str:
    """The formula in any hand."""
    return _Writer([node], hand).write(node)


class _Writer:
    """Writes nodes in one hand; every part once, with an index and without."""

    def __init__(self, roots: Sequence[Node], hand: Hand) -> None:
        self._hand = hand
        self._done: dict[tuple[Node, Index], _Rendered] = {}
        counts = {n.value for n in topological(roots) if n.op == "count"}
        counts |= {entries(n.args[0].shape) for n in topological(roots) if n.op == "mean"}
        # N can name one number only.
        self._letter = hand.count if len(counts) == 1 else ""

    def write(self, node: Node) -> str:
        return self._of(node, "")[0]

    def _of(self, node: Node, index: Index) -> _Rendered:
        """The rendered `node`. Parts that wait for others are put on a stack, not recursed into."""
        stack = [(node, index)]
        while stack:
            part = stack[-1]
            if part in self._done:
                stack.pop()
                continue
            waiting = [p for p in needed(*part, self._hand) if p not in self._done]
            if waiting:
                stack.extend(waiting)
                continue
            string, strength = self._render(*part)
            self._done[part] = (string, strength) if len(string) <= _LONGEST else ("…", _ATOM)
            stack.pop()
        return self._done[node, index]

    def _render(self, node: Node, index: Index) -> _Rendered:
        hand, op = self._hand, node.op
        if not node.args:
            string, strength = self._leaf(node)
            return (hand.entry(string, index), _ATOM) if index else (string, strength)
        if index and op in WHOLE:
            return hand.entry(hand.style.parenthesize(self._get(node, "")[0]), index), _ATOM
        if op == "fill":
            number, strength = self._get(node.args[0], "")
            if index:
                return number, strength
            number = self._wrap((number, strength), _POWER)
            ones = _ATOM if number in ("0", "1") else _PRODUCT
            return hand.ones(number, node.value), ones
        if op in ("add", "sub"):
            return self._sum(node, index), _SUM
        if is_product(node, hand):
            return self._product(node, index)
        return self._function(node, index)

    def _leaf(self, node: Node) -> _Rendered:
        op, style = node.op, self._hand.style
        if op == "const":
            return self._number(Fraction(node.value))
        if op == "count":
            return self._count(node.value), _ATOM
        if op == "eye":
            return self._hand.identity(node.value), _ATOM
        if op == "unit":
            n, first, last = node.value
            return self._hand.picked(self._hand.identity(n), ":", _span((first, last))), _ATOM
        if op in ("pi", "e"):
            return style.constants[op], _ATOM
        return style.variable(name_of(node)), _ATOM

    def _count(self, n: int) -> str:
        return self._letter or self._hand.style.integer(n)

    def _function(self, node: Node, index: Index) -> _Rendered:
        hand, op, args = self._hand, node.op, node.args
        if (picked := selection(node)) is not None:
            return self._picked(picked), _ATOM
        if op == "inv":
            return hand.inverse(self._wrap(self._get(args[0], ""), _ATOM), False), _ATOM
        if op == "transpose" and args[0].op == "inv":
            inside = self._wrap(self._get(args[0].args[0], ""), _ATOM)
            return hand.inverse(inside, True), _ATOM
        if is_first_norm(node):
            return hand.norm(self._get(args[0].args[0], "")[0], True), _ATOM
        inside = [self._get(a, index) for a in args]
        if op == "transpose":
            return hand.transpose(self._wrap(inside[0], _ATOM)), _ATOM
        if op == "norm":
            return hand.norm(inside[0][0], False), _ATOM
        if op in ("ipow", "pow"):
            return self._power(node, inside), _POWER
        strings = [string for string, _ in inside]
        if op == "where":
            return hand.style.where(strings[0], strings[1], strings[2]), _ATOM
        if op in ("lt", "le"):
            return f"{strings[0]} {hand.style.comparisons[op]} {strings[1]}", _SUM
        if op in CALLS:
            return hand.call(op, strings[0]), _ATOM
        return hand.style.call(op, strings), _POWER if op == "exp" and hand.sigma else _ATOM

    def _picked(self, picked: Selection) -> str:
        base = self._wrap(self._get(picked.base, ""), _ATOM)
        m, n = picked.base.shape
        if n == 1 or m == 1:
            return self._hand.picked(base, _span(picked.rows or picked.columns))
        return self._hand.picked(base, _span(picked.rows), _span(picked.columns))

    def _power(self, node: Node, inside: list[_Rendered]) -> str:
        style = self._hand.style
        if node.op == "ipow":
            raised = style.integer(node.value)
        else:
            raised = inside[1][0] if style.stacked else self._wrap(inside[1], _ATOM)
        return style.power(self._wrap(inside[0], _ATOM), raised)

    def _sum(self, node: Node, index: Index) -> str:
        left, right = node.args
        string, strength = self._get(right, index)
        minus = node.op == "sub"
        if string.startswith("-") and strength >= _PRODUCT:
            minus, string = not minus, string[1:]
        elif strength == _SUM and (minus or string.startswith("-")):
            string = self._hand.style.parenthesize(string)
        return f"{self._get(left, index)[0]} {'-' if minus else '+'} {string}"

    def _product(self, node: Node, index: Index) -> _Rendered:
        """Sign, numbers, what they are divided by, arrays: -(2/N) Xᵀ(Xw - y)."""
        coefficient, top, bottom = factors(node)
        sign = "-" if coefficient < 0 else ""
        coefficient = abs(coefficient)
        sigma = last_sum(top, self._hand)
        shaped = [f for f in top if f.shape and not index] or lone_product(top, bottom)
        if self._hand.sigma and any(f.op == "fill" and f.args[0] is ZERO for f in shaped):
            return "0", _ATOM
        below = [f for f in bottom if f.shape and not index] if shaped else []
        over = [self._get(f, index) for f in top if f is not sigma and f not in shaped]
        under = [self._get(f, index) for f in bottom if f not in below]
        if under and coefficient == 1 and len(top) == 1 and is_matmul(top[0]) and not shaped:
            over = [(over[0][0], _POWER)]  # w'@A@w/(w'@w) is read from left to right
        tail: list[_Rendered] = []
        if shaped or below:
            tail.append(self._arrays(shaped, below))
        if sigma is not None:
            if sigma.op == "mean":
                under.append((self._count(entries(sigma.args[0].shape)), _ATOM))
            tail.append((self._sum_of_entries(sigma), _PRODUCT))
        alone = [*over, *tail]
        if coefficient == 1 and not under and len(alone) == 1:
            string, strength = alone[0]
            return (sign + self._wrap(alone[0], _PRODUCT), _SIGN) if sign else (string, strength)
        if not alone and not under:
            return self._number(-coefficient if sign else coefficient)
        return sign + self._joined(coefficient, over, under, tail), _SIGN if sign else _PRODUCT

    def _joined(
        self,
        coefficient: Fraction,
        over: list[_Rendered],
        under: list[_Rendered],
        tail: list[_Rendered],
    ) -> str:
        hand, head = self._hand, []
        if not under and coefficient == Fraction(1, 2) and tail and hand.half:
            head.append(hand.half)
            coefficient = Fraction(1)
        value = typable(coefficient)
        decimal = decimal_form(coefficient)
        above, beneath = self._factor_strings(over), self._factor_strings(under)
        if hand.style.stacked and under:
            # The line of the fraction binds what stands alone above or below it.
            if len(over) == 1 and coefficient.numerator == 1:
                above = [over[0][0]]
            if len(under) == 1 and coefficient.denominator == 1:
                beneath = [under[0][0]]
        if decimal is not None:
            above.insert(0, hand.style.decimal(decimal))
        else:
            if value.denominator != 1:
                beneath.insert(0, hand.style.integer(value.denominator))
            if value.numerator != 1:
                above.insert(0, hand.style.integer(value.numerator))
        if beneath:
            numerator = hand.numbers(above) if above else "1"
            head.append(hand.fraction(numerator, beneath, bool(tail)))
        elif above:
            head.append(hand.numbers(above))
        return hand.beside([*head, *(self._wrap(t, _PRODUCT) for t in tail)])

    def _factor_strings(self, factors: list[_Rendered]) -> list[str]:
        return [self._wrap(f, _POWER) for f in factors]

    def _arrays(self, top: list[Node], bottom: list[Node]) -> _Rendered:
        """A product of arrays: one of matrices, or entry by entry, over another if there is one."""
        hand = self._hand
        if len(top) == 1 and not bottom:
            if not is_matmul(top[0]):
                return self._get(top[0], "")
            factors = [self._wrap(self._get(f, ""), _POWER) for f in chain(top[0])]
            return hand.matmul(factors), _PRODUCT
        parts = [self._entry_factor(f) for f in top]
        above = hand.entrywise([self._wrap(p, _POWER) for p in parts]) if parts else "1"
        if not bottom:
            return above, _PRODUCT
        if len(parts) == 1 and hand.style.stacked:
            above = parts[0][0]
        below = [self._entry_factor(f) for f in bottom]
        beneath = (
            below[0][0]
            if len(below) == 1 and hand.style.stacked
            else hand.entrywise([self._wrap(p, _POWER) for p in below])
        )
        return hand.over(above, beneath, len(below) > 1), _PRODUCT

    def _entry_factor(self, node: Node) -> _Rendered:
        string, strength = self._get(node, "")
        return string, min(strength, _PRODUCT) if is_matmul(node) else strength

    def _sum_of_entries(self, node: Node) -> str:
        inside = node.args[0]
        index = index_of(inside)
        return self._hand.sigma_of(self._wrap(self._get(inside, index), _PRODUCT), index)

    def _number(self, value: Fraction) -> _Rendered:
        style = self._hand.style
        exact = typable(value)
        decimal = decimal_form(abs(exact))
        sign = "-" if exact < 0 else ""
        if decimal is not None:
            return sign + style.decimal(decimal), _SIGN if sign else _ATOM
        if exact.denominator == 1:
            return style.integer(exact.numerator), _SIGN if sign else _ATOM
        return style.fraction(exact), _SIGN if sign else _PRODUCT

    def _get(self, node: Node, index: Index) -> _Rendered:
        return self._done[node, index if node.shape else ""]

    def _wrap(self, rendered: _Rendered, at_least: int) -> str:
        string, strength = rendered
        return string if strength >= at_least else self._hand.style.parenthesize(string)


def _span(places: Span | None) -> str:
    if places is None:
        return ":"
    first, last = places
    return str(first) if last == first + 1 else f"{first}:{last}"
