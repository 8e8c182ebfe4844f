"""The names of the formula language: functions, constants, variables, and what to say of others."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Final

from steepest.errors import FormulaError, ParameterError
from steepest.expression.graph import ARITY, PI, E, Node

MAX_NAME: Final = 16
_LISTED: Final = 24  # of the names that may be used, in an error

#: Function name in a formula -> operation of the graph.
FUNCTIONS: Final[dict[str, str]] = {
    name: name
    for name in (
        "abs sign min max sqrt cbrt exp log log2 log10 sin cos tan asin acos atan atan2"
        " sinh cosh tanh asinh acosh atanh sigmoid softplus relu erf hypot"
    ).split()
} | {"ln": "log"}

#: What formulas that know data (see `expression/matrix`) have besides: functions of arrays.
ARRAY_FUNCTIONS: Final = (
    "sum mean dot norm norm1 norm2 transpose tr inv det logdet diag eye ones"
).split()
NEEDS_DATA: Final = 'give data: Formula(…, data={"x": […]}), or --data file.csv on the command line'

CONSTANTS: Final[dict[str, Node]] = {"pi": PI, "π": PI, "e": E}

GREEK: Final = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron rho"
    " sigma tau upsilon phi chi psi omega"
).split()

_SUFFIX = r"[0-9]*(_[A-Za-z0-9]+)?"
_LETTER = re.compile(
    rf"([A-Za-z\u0391-\u03c9]|{'|'.join(GREEK)}|{'|'.join(g.title() for g in GREEK)}){_SUFFIX}"
)
_DECLARED = re.compile(r"[A-Za-z\u0391-\u03c9][A-Za-z0-9_\u0391-\u03c9]*")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")

_FOREIGN: Final[dict[str, str]] = {
    "arcsin": "write asin", "arccos": "write acos", "arctan": "write atan",
    "arctan2": "write atan2", "arcsinh": "write asinh", "arccosh": "write acosh",
    "arctanh": "write atanh", "power": "write a^b", "pow": "write a^b", "square": "write x^2",
    "maximum": "write max", "minimum": "write min", "tg": "write tan", "sgn": "write sign",
    "if": "write where(condition, a, b) for a choice",
    "else": "write where(condition, a, b) for a choice",
    "and": "nest where(…) to combine conditions", "or": "nest where(…) to combine conditions",
    "not": "swap the last two arguments of where(…)",
    "nan": "a formula has real values only", "inf": "a formula has real values only",
    "infinity": "a formula has real values only",
}  # fmt: skip


def plain(name: str) -> str:
    """A variable's name with subscript digits written plainly: x₁ is x1."""
    return name.translate(_SUBSCRIPTS)


def check_declared(names: Sequence[str]) -> tuple[str, ...]:
    """`names` as variables a caller declares, or an error that quotes the first bad one."""
    if isinstance(names, str):
        raise ParameterError(f"variables={names!r}: give a sequence of names, such as ('x', 'y')")
    declared: list[str] = []
    for name in names:
        if not isinstance(name, str) or not _DECLARED.fullmatch(name):
            shown = repr(name)[:60]
            raise ParameterError(
                f"{shown} cannot name a variable: use a letter, then letters, digits or _"
            )
        if len(name) > MAX_NAME:
            raise ParameterError(f"the variable name {name!r} is longer than {MAX_NAME} letters")
        if has_meaning(name):
            raise ParameterError(f"{name!r} already has a meaning in formulas: rename the variable")
        if name in declared:
            raise ParameterError(f"the variable {name!r} is declared twice")
        declared.append(name)
    return tuple(declared)


def has_meaning(name: str) -> bool:
    """Whether `name` is a function or a constant of every formula."""
    return name in FUNCTIONS or name in CONSTANTS or name == "where"


def is_variable(name: str, declared: Sequence[str] | None) -> bool:
    """Whether `name` may stand for a variable."""
    return name in declared if declared is not None else bool(_LETTER.fullmatch(name))


def unknown_name(
    text: str,
    position: int,
    name: str,
    declared: Sequence[str] | None,
    arrays: Sequence[str] = (),
) -> FormulaError:
    """The error for a name that means nothing, with the likeliest repair."""
    if len(name) > MAX_NAME:
        return FormulaError(
            text, position, f"a name of {len(name)} letters is too long", f"use at most {MAX_NAME}"
        )
    lower = name.lower()
    if lower in _FOREIGN:
        return FormulaError(text, position, f"{name!r} is not part of a formula", _FOREIGN[lower])
    if name in ARRAY_FUNCTIONS:
        reason = f"{name!r} works on vectors and matrices, and this formula has no data"
        return FormulaError(text, position, reason, NEEDS_DATA)
    if declared is not None and _LETTER.fullmatch(name):
        shown = ", ".join(list(dict.fromkeys(declared))[:_LISTED]) or "none"
        shown += ", …" if len(declared) > _LISTED else ""
        return FormulaError(
            text, position, f"{name!r} is not a variable here", f"the variables are: {shown}"
        )
    near = difflib.get_close_matches(name, arrays, 1, 0.6)
    if near or (arrays and len(name) > 3):
        hint = f"did you mean {near[0]}?" if near else f"the data are: {', '.join(arrays)}"
        return FormulaError(text, position, f"unknown name {name!r}", hint)
    called = text[position + len(name) :].lstrip().startswith("(")
    guess = _guess(name, declared, called)
    hint = (
        f"did you mean {guess}?"
        if guess
        else (
            f"the functions are {', '.join(FUNCTIONS)}"
            if called
            else "a variable is one letter, such as x, w1 or theta; a product is written a*b"
        )
    )
    return FormulaError(text, position, f"unknown name {name!r}", hint)


def _guess(name: str, declared: Sequence[str] | None, called: bool) -> str:
    """What `name` was probably meant to be: sinx -> sin(x), Sin -> sin, xy -> x*y; or ""."""
    lower = name.lower()
    if lower in FUNCTIONS or lower in CONSTANTS:
        return lower
    known = [*FUNCTIONS, "where"] if called else [*(declared or GREEK), *FUNCTIONS, "where"]
    if called:
        return next(iter(difflib.get_close_matches(name, known, 1, 0.6)), "")
    for function in sorted(FUNCTIONS, key=len, reverse=True):
        inside = name.removeprefix(function)
        if inside != name and (is_variable(inside, declared) or inside in CONSTANTS):
            return f"{function}({inside})"
    return _product(name, declared) or next(
        iter(difflib.get_close_matches(name, known, 1, 0.75)), ""
    )


def _product(name: str, declared: Sequence[str] | None) -> str:
    """`name` split into two or three names that are known, xy -> x*y; "" if it is a word."""
    if declared is None and len(name) > 3:
        return ""
    parts: list[str] = []
    rest = name
    while rest:
        sizes = range(min(len(rest), len(name) - 1), 0, -1)
        size = next(
            (n for n in sizes if rest[:n] in CONSTANTS or is_variable(rest[:n], declared)), 0
        )
        if not size:
            return ""
        parts.append(rest[:size])
        rest = rest[size:]
    return "*".join(parts)


def arity_problem(name: str, given: int) -> tuple[str, str]:
    """What is wrong with a call that has `given` arguments, and how to mend it."""
    one = ARITY[FUNCTIONS[name]] == 1
    if name in ("min", "max"):
        need, example = "two or more arguments", f"{name}(x, y)"
    else:
        need = "one argument" if one else "two arguments"
        example = f"{name}(x)" if one else f"{name}(y, x)"
    return f"{name} takes {need}, got {given or 'none'}", f"write {example}"


def natural_key(name: str) -> tuple[str, int, str]:
    """A sort key under which x2 comes before x10."""
    letters = name.rstrip("0123456789")
    digits = name[len(letters) :]
    return letters, int(digits) if digits else -1, name
