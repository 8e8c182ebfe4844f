"""Formula text -> tokens: numbers, names by their meaning, bars that open or close."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from math import isinf
from typing import Final

from steepest.errors import FormulaError
from steepest.expression import names
from steepest.expression.lalr import Token

MAX_LITERAL: Final = 40

_TERMINALS: Final = r"""(?P<SPACE>[\ \t\r\n\f\u00a0]+)
      | (?P<NUMBER>([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?)
      | (?P<LETTERS>[A-Za-z\u0391-\u03c9]+[0-9\u2080-\u2089]*(_[A-Za-z0-9_]+)?)
      | (?P<POWER>\*\*|\^)
      | (?P<PLUS>\+)
      | (?P<MINUS>[-\u2212])
      | (?P<TIMES>[*\u00b7\u00d7\u22c5])
      | (?P<DIVIDE>[/\u00f7])
      | (?P<SUPERSCRIPT>\u207b?[\u2070\u00b9\u00b2\u00b3\u2074-\u2079]+)
      | (?P<LEFT>\()
      | (?P<RIGHT>\))
      | (?P<COMMA>,)
      | (?P<BAR>\|)
      | (?P<ROOT>\u221a)
      | (?P<COMPARISON><=|>=|<(?!>)|>|\u2264|\u2265)
    """
_PATTERN: Final = re.compile(_TERMINALS, re.VERBOSE)
# Between arrays .* ./ .^ are what * / ^ are here: entry by entry.
_ARRAY_PATTERN: Final = re.compile(
    rf"""{_TERMINALS}
      | (?P<MATMUL>@)
      | (?P<TRANSPOSE>['\u2019\u1d40]|\.T(?![A-Za-z0-9_]))
      | (?P<OPEN>\[)
      | (?P<CLOSE>\])
      | (?P<COLON>:)
      | \.(?P<DOTTED>[*/^])
    """,
    re.VERBOSE,
)
_DOTTED: Final = {"*": "TIMES", "/": "DIVIDE", "^": "POWER"}
_ENDS_OPERAND: Final = frozenset(
    {"NUMBER", "NAME", "RIGHT", "BAR_CLOSE", "SUPERSCRIPT", "TRANSPOSE", "CLOSE"}
)
_FOREIGN_LITERAL: Final = re.compile(
    r"0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|[0-9.]+[jJ]\b|[0-9]+_[0-9]"
)

_CHARACTERS: Final[dict[str, tuple[str, str]]] = {
    "=": ("an equation or comparison with = is not a function", "move everything to one side"),
    "#": ("comments are not part of a formula", "remove everything from # on"),
    "'": ("quotes are not part of a formula", "write the formula alone"),
    '"': ("quotes are not part of a formula", "write the formula alone"),
    ".": ("attributes are not part of a formula", "a point stands only inside a number, as in 1.5"),
    "!": ("factorials are not part of a formula", "remove the !"),
    "%": ("% is not part of a formula", "write percent as a fraction, such as 5/100"),
    "_": ("_ stands only inside names such as x_1", "write numbers without it"),
    "[": ("square brackets are not part of a formula", "use ( ), and x1, x2 … for components"),
    "]": ("square brackets are not part of a formula", "use ( ), and x1, x2 … for components"),
    "{": ("braces are not part of a formula", "use ( )"),
    "}": ("braces are not part of a formula", "use ( )"),
    ";": ("a formula is one expression", "remove the ;"),
    ":": ("a formula is one expression", "remove the :"),
    "&": ("conditions stand only inside where(…)", "nest where(…) to combine conditions"),
    "@": ("@ multiplies matrices, and this formula has no data", names.NEEDS_DATA),
    "∞": ("infinity is not a number of the language", "use a finite number"),
}


def tokenize(
    text: str, variables: Sequence[str] | None, arrays: Collection[str] | None = None
) -> Iterator[Token]:
    """The tokens of `text`; `variables` are the names it may use, None for any letter.

    `arrays` are the names of arrays, which may be used as well, in a formula that knows data.
    """
    pattern = _PATTERN if arrays is None else _ARRAY_PATTERN
    previous = ""
    bars = [0]  # open bars at each level of parentheses
    position = 0
    while position < len(text):
        match = pattern.match(text, position)
        if match is None:
            raise _foreign_character(text, position)
        kind, value = match.lastgroup, match.group()
        assert kind is not None
        if kind != "SPACE":
            if kind == "NUMBER":
                _check_number(text, position, value, previous)
            elif kind == "LETTERS":
                kind, value = _name(text, position, value, variables, arrays)
            elif kind == "DOTTED":
                value = value[1:]
                kind = _DOTTED[value]
            elif kind == "BAR":
                # A bar after an operand closes if one is open here: |x||y| is |x|*|y|.
                closes = previous in _ENDS_OPERAND and bars[-1] > 0
                kind = "BAR_CLOSE" if closes else "BAR_OPEN"
                bars[-1] += -1 if closes else 1
            elif kind == "LEFT":
                bars.append(0)
            elif kind == "RIGHT" and len(bars) > 1:
                bars.pop()
            yield Token(kind, value, position)
            previous = kind
        position = match.end()


def is_word(name: str) -> bool:
    """Whether `name` is read as one name."""
    match = _PATTERN.fullmatch(name)
    return match is not None and match.lastgroup == "LETTERS"


def _check_number(text: str, position: int, literal: str, previous: str) -> None:
    foreign = _FOREIGN_LITERAL.match(text, position)
    if foreign:
        if foreign.group()[-1] in "jJ":
            reason, hint = "imaginary numbers are not part of a formula", "values are real"
        elif "_" in foreign.group():
            reason, hint = "digits are not grouped with _", "write 1000 for one thousand"
        else:
            reason, hint = f"{foreign.group()[:20]} is not a decimal number", "write it in base ten"
        raise FormulaError(text, position, reason, hint)
    if previous in _ENDS_OPERAND:
        raise FormulaError(
            text, position, "a number cannot follow directly here", "write * or ^ before it"
        )
    if len(literal) > MAX_LITERAL:
        raise FormulaError(
            text,
            position,
            f"a number of {len(literal):,} characters is too long",
            f"use at most {MAX_LITERAL}",
        )
    value = float(literal)
    if isinf(value):
        raise FormulaError(text, position, "this number is too large", "the largest is 1.8e308")
    if value == 0 and re.search(r"[1-9]", re.split("[eE]", literal)[0]):
        raise FormulaError(text, position, "this number is too small", "the smallest is 5e-324")


def _name(
    text: str,
    position: int,
    written: str,
    variables: Sequence[str] | None,
    arrays: Collection[str] | None,
) -> tuple[str, str]:
    name = names.plain(written)
    if name in names.FUNCTIONS:
        return "FUNCTION", name
    if name == "where":
        return "WHERE", name
    if arrays is not None and name in names.ARRAY_FUNCTIONS:
        return "ARRAY_FUNCTION", name
    if (
        name not in names.CONSTANTS
        and name not in (arrays or ())
        and (len(name) > names.MAX_NAME or not names.is_variable(name, variables))
    ):
        raise names.unknown_name(text, position, name, variables, sorted(arrays or ()))
    after = text[position + len(written) :].lstrip(" ")
    if after.startswith("("):
        raise FormulaError(
            text, position, f"{name!r} is not a function", f"write {name}*(…) for a product"
        )
    return "NAME", name


def _foreign_character(text: str, position: int) -> FormulaError:
    character = text[position]
    if character in _CHARACTERS:
        return FormulaError(text, position, *_CHARACTERS[character])
    simple = unicodedata.normalize("NFKC", character)
    if simple != character and simple.isascii() and simple.isprintable() and simple.strip():
        return FormulaError(
            text, position, f"{character!r} is not a plain letter or sign", f"type {simple}"
        )
    if character.isalpha():
        return FormulaError(
            text, position, f"the letter {character!r} cannot be used", "use Latin or Greek letters"
        )
    shown = (
        character
        if character.isprintable() and not character.isspace()
        else f"U+{ord(character):04X}"
    )
    return FormulaError(
        text, position, f"the character {shown} is not part of a formula", "remove it"
    )
