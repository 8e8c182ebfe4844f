"""Text -> expression graph. Every refusal is a FormulaError that points at its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import reduce
from typing import Any, Final, NamedTuple, TypeVar

from steepest.errors import FormulaError
from steepest.expression import names
from steepest.expression.graph import Node, build, constant, rational_value, variable
from steepest.expression.lalr import END, Token, UnexpectedTokenError, run
from steepest.expression.tokens import tokenize

MAX_CHARACTERS: Final = 4096
MAX_OPERATIONS: Final = 1000
MAX_DEPTH: Final = 64
MAX_EXPONENT: Final = 1024

Result = TypeVar("Result")

_SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def parse(text: str, variables: Sequence[str] | None = None) -> Node:
    """The expression graph of the formula `text`.

    `variables` are the names that may occur (see `names.check_declared`); without them any
    letter is a variable. Raises FormulaError, which quotes the text and points at the place.
    """
    return read(text, lambda: run(tokenize(text, variables), _ACTIONS).node)


def read(text: str, attempt: Callable[[], Result]) -> Result:
    """What `attempt` makes of `text`, its refusals as FormulaErrors that show the place."""
    if len(text) > MAX_CHARACTERS:
        raise FormulaError(
            text,
            MAX_CHARACTERS,
            f"the formula has {len(text):,} characters, the limit is {MAX_CHARACTERS:,}",
            "write long functions as a Python callable",
        )
    if not text.strip():
        raise FormulaError(text, 0, "the formula is empty", "type one, such as x^2 + 3y^2")
    try:
        return attempt()
    except Refusal as refusal:
        raise FormulaError(text, *refusal.args) from None
    except UnexpectedTokenError as error:
        raise _explain(text, error) from None


class Refusal(Exception):
    """Raised with (position, reason, hint) while the graph is built."""


class Piece(NamedTuple):
    """A part of the formula: its node, where it starts, its nesting, its operations."""

    node: Any  # a Node, or what else the actions build
    start: int
    depth: int = 0
    operations: int = 0


def _check_depth(start: int, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Refusal(
            start,
            f"the formula is nested more than {MAX_DEPTH} deep",
            "name its parts or simplify it",
        )


class Actions:
    """What the parser does: one method a rule of grammar.lark.

    `build` makes an operation and `variable` a name, as `graph.build` and `graph.variable` do.
    """

    def __init__(self, build: Callable[..., Any], variable: Callable[[str], Any]) -> None:
        self._build, self._variable = build, variable

    def operation(self, op: str, start: int, *pieces: Piece, nests: bool = True) -> Piece:
        """`op` on `pieces`. A chain of + - * / is one level of nesting, all else one more."""
        operations = 1 + sum(p.operations for p in pieces)
        depth = max(p.depth for p in pieces) + nests
        if operations > MAX_OPERATIONS:
            raise Refusal(
                start,
                f"the formula has more than {MAX_OPERATIONS:,} operations",
                "write long functions as a Python callable",
            )
        _check_depth(start, depth)
        node = self._build(op, *(p.node for p in pieces))
        return Piece(node, start, depth, operations)

    def add(self, a: Piece, _: Token, b: Piece) -> Piece:
        return self.operation("add", a.start, a, b, nests=False)

    def sub(self, a: Piece, _: Token, b: Piece) -> Piece:
        return self.operation("sub", a.start, a, b, nests=False)

    def mul(self, a: Piece, _: Token, b: Piece) -> Piece:
        return self.operation("mul", a.start, a, b, nests=False)

    def div(self, a: Piece, _: Token, b: Piece) -> Piece:
        return self.operation("div", a.start, a, b, nests=False)

    def implicit_mul(self, a: Piece, b: Piece) -> Piece:
        return self.operation("mul", a.start, a, b, nests=False)

    def neg(self, sign: Token, a: Piece) -> Piece:
        return self.operation("neg", sign.position, a)

    def pos(self, sign: Token, a: Piece) -> Piece:
        _check_depth(sign.position, a.depth + 1)
        return a._replace(start=sign.position, depth=a.depth + 1)

    def pow(self, base: Piece, _: Token, exponent: Piece) -> Piece:
        value = rational_value(exponent.node)
        # One that only rounds to an integer counts too: that integer is what it prints as.
        if value is not None and abs(value) > MAX_EXPONENT and float(value).is_integer():
            n = int(float(value)) if value.denominator > 1 else value.numerator
            shown = str(n) if abs(n) < 10**20 else f"of {len(str(abs(n)))} digits"
            raise Refusal(
                exponent.start,
                f"the integer exponent {shown} is too large",
                f"the largest is {MAX_EXPONENT:,}",
            )
        return self.operation("pow", base.start, base, exponent)

    def superscript(self, base: Piece, digits: Token) -> Piece:
        short = len(digits.text) < 10
        n = int(digits.text.translate(_SUPERSCRIPTS)) if short else MAX_EXPONENT + 1
        return self.pow(base, digits, Piece(constant(n), digits.position))

    def number(self, literal: Token) -> Piece:
        # Fraction("0e999999999") would compute the power of ten.
        value = Fraction(literal.text) if float(literal.text) else 0
        return Piece(constant(value), literal.position)

    def name(self, name: Token) -> Piece:
        node = names.CONSTANTS.get(name.text) or self._variable(name.text)
        return Piece(node, name.position)

    def group(self, left: Token, a: Piece, _: Token) -> Piece:
        _check_depth(left.position, a.depth + 1)
        return a._replace(start=left.position, depth=a.depth + 1)

    def absolute(self, left: Token, a: Piece, _: Token) -> Piece:
        return self.operation("abs", left.position, a)

    def root(self, sign: Token, a: Piece) -> Piece:
        return self.operation("sqrt", sign.position, a)

    def first(self, argument: Piece) -> list[Piece]:
        return [argument]

    def next(self, arguments: list[Piece], _: Token, argument: Piece) -> list[Piece]:
        return [*arguments, argument]

    def call(self, function: Token, _: Token, *inside: list[Piece] | Token) -> Piece:
        start = function.position
        arguments = inside[0] if isinstance(inside[0], list) else []
        op = names.FUNCTIONS[function.text]
        if op in ("min", "max") and len(arguments) >= 2:
            return reduce(lambda a, b: self.operation(op, start, a, b, nests=False), arguments)
        if len(arguments) != names.ARITY[op]:
            raise Refusal(start, *names.arity_problem(function.text, len(arguments)))
        return self.operation(op, start, *arguments)

    def where(self, word: Token, _: Token, *inside: Any) -> Piece:
        start = word.position
        left, sign, right, _, if_true, _, if_false, _ = inside
        if sign.text in (">", ">=", "≥"):
            left, right = right, left
        comparison = "lt" if sign.text in ("<", ">") else "le"
        condition = self.operation(comparison, start, left, right, nests=False)
        return self.operation("where", start, condition, if_true, if_false)


RULES: Final = tuple(
    name for name in vars(Actions) if not name.startswith("_") and name != "operation"
)
_ACTIONS: Final = {name: getattr(Actions(build, variable), name) for name in RULES}


def _explain(text: str, error: UnexpectedTokenError) -> FormulaError:
    """What a person should know about a token that cannot stand where it does."""
    token, expected = error.token, error.expected
    at_end = token.kind == END
    position = len(text.rstrip()) if at_end else token.position
    before = text[:position].rstrip()
    needs_operand = "NUMBER" in expected

    def refuse(reason: str, hint: str) -> FormulaError:
        return FormulaError(text, position, reason, hint)

    if expected == {"LEFT"}:
        name = _last_name(before)
        return refuse(f"{name} needs its argument in parentheses", f"write {name}(x)")
    if token.kind == "COMPARISON":
        return refuse(
            "a comparison stands only inside where(…), and only one",
            "write where(x < y, a, b)",
        )
    if token.kind == "COMMA" and "COMPARISON" in expected and not needs_operand:
        return refuse("the first argument of where is a comparison", "write where(x < y, a, b)")
    if token.kind in ("OPEN", "CLOSE", "COLON") or ("CLOSE" in expected and not at_end):
        return refuse(
            f"{token.text!r} cannot stand here",
            "square brackets pick entries, counted from 0: x[0], x[1:3], X[0, :]",
        )
    if token.kind == "COMMA":
        return refuse(
            "a comma only separates the arguments of a function",
            "write decimal numbers with a point",
        )
    if text.count("|") > 2 and (at_end or token.kind.startswith("BAR")):
        return refuse("these bars can be paired in more than one way", "write abs(…) inside |…|")
    if at_end and needs_operand:
        return refuse("the formula ends too early", "a number, a variable or ( should follow")
    if at_end and "CLOSE" in expected:
        return refuse("a closing ] is missing", "add ]")
    if at_end:
        closing = "|" if "BAR_CLOSE" in expected else ")"
        if "COMPARISON" in expected or ("COMMA" in expected and "RIGHT" not in expected):
            return refuse("where(…) is not complete", "write where(x < y, a, b)")
        return refuse(f"a closing {closing} is missing", f"add {closing}")
    if token.kind == "RIGHT":
        if needs_operand:
            return refuse(
                "something is missing before )", "a number or a variable should stand there"
            )
        if "COMPARISON" in expected or "COMMA" in expected:
            return refuse("where(…) takes a comparison and two values", "write where(x < y, a, b)")
        if "BAR_CLOSE" in expected:
            return refuse("a closing | is missing", "add |")
        return refuse("this ) closes nothing", "remove it or add (")
    if needs_operand:
        return refuse(
            f"{token.text!r} cannot stand here", "a number, a variable or ( should come first"
        )
    return refuse(
        f"{token.text!r} cannot stand here", "an operator such as + or * should come first"
    )


def _last_name(before: str) -> str:
    start = len(before)
    while start and (before[start - 1].isalnum()):
        start -= 1
    return before[start:] or "a function"
