"""How the parts of a formula look: as typed text, as Unicode, as LaTeX."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final, Protocol

from steepest.expression.graph import Rational
from steepest.expression.names import FUNCTIONS, GREEK
from steepest.expression.tokens import MAX_LITERAL

_SUPERSCRIPT: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SUBSCRIPT: Final = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class Style(Protocol):
    """What a way of writing must say about every part of a formula."""

    @property
    def constants(self) -> dict[str, str]: ...
    @property
    def comparisons(self) -> dict[str, str]: ...
    @property
    def stacked(self) -> bool: ...  # whether fractions and exponents are set above each other
    def integer(self, n: int) -> str: ...
    def decimal(self, digits: str) -> str: ...
    def fraction(self, value: Rational) -> str: ...
    def variable(self, name: str) -> str: ...
    def parenthesize(self, inside: str) -> str: ...
    def product(self, factors: Sequence[str]) -> str: ...
    def power(self, base: str, exponent: str) -> str: ...
    def call(self, op: str, arguments: Sequence[str]) -> str: ...
    def where(self, condition: str, if_true: str, if_false: str) -> str: ...


def decimal_form(value: Rational) -> str | None:
    """`value` as people write it, if that is a short decimal: 21/10 is 2.1, but 1/2 stays.

    What is too long to be typed again, such as a product of many decimals, is rounded to a
    double.
    """
    if not is_typable(value):
        return _rounded(value)
    rest = value.denominator if value.denominator > 9 else 3
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    short = _rounded(value) if rest == 1 else None
    return short if short is not None and Fraction(short) == value else None


def typable(value: Rational) -> Rational:
    """`value`, or the double nearest to it where `value` is too long to be typed again.

    Rounded before its form is chosen, 1/2 + 1e-300 reads 1/2, as 1/2 does, and not 0.5.
    """
    short = None if is_typable(value) else _rounded(value)
    if short is None:
        return value
    rounded = Fraction(short)
    return rounded if is_typable(rounded) else value


def is_typable(value: Rational) -> bool:
    """Whether numerator and denominator are numbers that the language reads."""
    parts = (abs(value.numerator), value.denominator)
    return all(n <= _LARGEST and len(_large(n)) <= MAX_LITERAL for n in parts)


_LARGEST: Final = 10**308


def _rounded(value: Rational) -> str | None:
    """The nearest double's shortest decimal; None beyond the range of doubles."""
    try:
        short = repr(float(value)).removesuffix(".0")
    except OverflowError:
        return None
    short = re.sub(r"e([+-]?)0*", lambda match: "e" + match[1].strip("+"), short)
    return short if float(short) or not value else None


def _large(n: int) -> str:
    """An integer that can be typed again: long ones with an exponent."""
    digits = str(n)
    if len(digits) <= 21:
        return digits
    short = _rounded(n)
    return short if short is not None and Fraction(short) == n else digits


@dataclass(frozen=True)
class Linear:
    """Text on one line: `times` stands between factors that cannot simply touch."""

    times: str
    constants: dict[str, str]
    comparisons: dict[str, str]
    raised: bool  # exponents and indices as small letters
    stacked: bool = False

    def integer(self, n: int) -> str:
        return _large(n)

    def decimal(self, digits: str) -> str:
        return digits

    def fraction(self, value: Rational) -> str:
        return f"{_large(value.numerator)}/{_large(value.denominator)}"

    def variable(self, name: str) -> str:
        if not self.raised:
            return name
        letters = name.rstrip("0123456789")
        symbol = chr(_GREEK_LETTERS[letters]) if letters in _GREEK_LETTERS else letters
        return symbol + name[len(letters) :].translate(_SUBSCRIPT)

    def parenthesize(self, inside: str) -> str:
        return f"({inside})"

    def product(self, factors: Sequence[str]) -> str:
        joined = factors[0]
        for before, factor in pairwise(factors):
            joined += ("" if self._touches(before, factor) else self.times) + factor
        return joined

    def _touches(self, before: str, factor: str) -> bool:
        """Whether "2" and "x" may stand as "2x" and still be read as a product."""
        if not before.replace(".", "", 1).isdecimal() or before == "0":
            return False
        if factor.startswith("("):
            return True
        if not factor[0].isalpha():
            return factor[0] in "√π"
        is_function = factor.split("(")[0] in FUNCTIONS
        return is_function or factor[0] not in "eEjJ"

    def power(self, base: str, exponent: str) -> str:
        if self.raised and exponent.lstrip("-").isdecimal():
            return base + exponent.translate(_SUPERSCRIPT)
        if not exponent.isdecimal() and not exponent.isalnum() and not exponent.startswith("("):
            exponent = f"({exponent})"
        return f"{base}^{exponent}"

    def call(self, op: str, arguments: Sequence[str]) -> str:
        return f"{op}({', '.join(arguments)})"

    def where(self, condition: str, if_true: str, if_false: str) -> str:
        return f"where({condition}, {if_true}, {if_false})"


# Greek small letters stand at U+03B1…U+03C9 with the final sigma (U+03C2) between.
_CODES = [c for c in range(0x3B1, 0x3CA) if c not in (0x3C0, 0x3C2)]
_GREEK_LETTERS: Final[dict[str, int]] = dict(zip(GREEK, _CODES, strict=True))
_GREEK_NAMES: Final[dict[str, str]] = {chr(code): name for name, code in _GREEK_LETTERS.items()}

_LATEX_FUNCTIONS: Final[dict[str, str]] = {
    "log": r"\ln", "log2": r"\log_{2}", "log10": r"\log_{10}",
    "asin": r"\arcsin", "acos": r"\arccos", "atan": r"\arctan",
    **{f: rf"\{f}" for f in "sin cos tan sinh cosh tanh min max".split()},
    "asinh": r"\operatorname{arsinh}", "acosh": r"\operatorname{arcosh}",
    "atanh": r"\operatorname{artanh}", "sigmoid": r"\sigma",
}  # fmt: skip


@dataclass(frozen=True)
class Latex:
    """Mathematics mode, no delimiters."""

    constants: dict[str, str]
    comparisons: dict[str, str]
    stacked: bool = True

    def integer(self, n: int) -> str:
        return self.decimal(_large(n))

    def decimal(self, digits: str) -> str:
        mantissa, _, exponent = digits.partition("e")
        power = rf"10^{{{exponent}}}"
        return (
            digits if not exponent else power if mantissa == "1" else rf"{mantissa} \cdot {power}"
        )

    def fraction(self, value: Rational) -> str:
        sign = "-" if value < 0 else ""
        return rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"

    def variable(self, name: str) -> str:
        name, _, suffix = name.partition("_")
        letters = name.rstrip("0123456789")
        index = name[len(letters) :] + suffix
        if letters in _GREEK_LETTERS:
            symbol = rf"\{letters}" if letters != "omicron" else "o"
        elif letters in _GREEK_NAMES:
            symbol = rf"\{_GREEK_NAMES[letters]}"
        else:
            symbol = letters if len(letters) == 1 else rf"\mathrm{{{letters}}}"
        return f"{symbol}_{{{index}}}" if index else symbol

    def parenthesize(self, inside: str) -> str:
        return rf"\left({inside}\right)"

    def product(self, factors: Sequence[str]) -> str:
        joined = factors[0]
        for before, factor in pairwise(factors):
            digits = before[-1:].isdecimal() and factor[:1].isdecimal()
            joined += (r" \cdot " if digits else r" ") + factor
        return joined

    def power(self, base: str, exponent: str) -> str:
        # \sin\left(x\right)^{2} is read as intended; a power of a power needs braces.
        return f"{{{base}}}^{{{exponent}}}" if "^" in base else f"{base}^{{{exponent}}}"

    def call(self, op: str, arguments: Sequence[str]) -> str:
        inside = ", ".join(arguments)
        if op == "exp":
            return f"e^{{{inside}}}"
        if op == "sqrt":
            return rf"\sqrt{{{inside}}}"
        if op == "cbrt":
            return rf"\sqrt[3]{{{inside}}}"
        if op == "abs":
            return rf"\left|{inside}\right|"
        name = _LATEX_FUNCTIONS.get(op, rf"\operatorname{{{op}}}")
        return rf"{name}\left({inside}\right)"

    def where(self, condition: str, if_true: str, if_false: str) -> str:
        return (
            rf"\begin{{cases}}{if_true} & \text{{if }} {condition} \\"
            rf" {if_false} & \text{{otherwise}}\end{{cases}}"
        )


TEXT: Final = Linear("*", {"pi": "pi", "e": "e"}, {"lt": "<", "le": "<="}, raised=False)
UNICODE: Final = Linear("·", {"pi": "π", "e": "e"}, {"lt": "<", "le": "≤"}, raised=True)
LATEX: Final = Latex({"pi": r"\pi", "e": "e"}, {"lt": "<", "le": r"\le"})
