"""How products, sums and norms of arrays look: as typed text, as Unicode, as LaTeX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Protocol

from steepest.expression import styles
from steepest.expression.graph import Shape
from steepest.expression.styles import Style

_INDICES: Final = str.maketrans("ij", "ᵢⱼ")


class Hand(Protocol):
    """What a way of writing says about arrays; `style` says the rest."""

    @property
    def style(self) -> Style: ...
    @property
    def sigma(self) -> bool: ...  # whether sums are written with Σ and an index
    @property
    def half(self) -> str: ...  # the sign for one half before arrays, or ""
    @property
    def count(self) -> str: ...  # the letter for how many things a mean is taken of, or ""
    def entry(self, written: str, index: str) -> str: ...
    def sigma_of(self, body: str, index: str) -> str: ...
    def transpose(self, a: str) -> str: ...
    def norm(self, a: str, first: bool) -> str: ...
    def ones(self, number: str, shape: Shape) -> str: ...
    def identity(self, n: int) -> str: ...
    def call(self, op: str, argument: str) -> str: ...
    def numbers(self, factors: Sequence[str]) -> str: ...
    def matmul(self, factors: Sequence[str]) -> str: ...
    def entrywise(self, factors: Sequence[str]) -> str: ...
    def fraction(self, above: str, beneath: Sequence[str], goes_on: bool) -> str: ...
    def over(self, above: str, beneath: str, several: bool) -> str: ...
    def beside(self, parts: Sequence[str]) -> str: ...


@dataclass(frozen=True)
class Typed:
    """The formula language: sum(…), @ and '."""

    style: Style = styles.TEXT
    sigma: bool = False
    half: str = ""
    count: str = ""

    def entry(self, written: str, index: str) -> str:
        raise AssertionError("typed formulas have no indices")

    def sigma_of(self, body: str, index: str) -> str:
        raise AssertionError("typed formulas have no indices")

    def transpose(self, a: str) -> str:
        return f"{a}'"

    def norm(self, a: str, first: bool) -> str:
        return f"norm1({a})" if first else f"norm({a})"

    def ones(self, number: str, shape: Shape) -> str:
        return f"ones({shape[0]}, {shape[1]})" if number == "1" else f"fill({number})"

    def identity(self, n: int) -> str:
        return f"eye({n})"

    def call(self, op: str, argument: str) -> str:
        return f"{'tr' if op == 'trace' else op}({argument})"

    def numbers(self, factors: Sequence[str]) -> str:
        return self.style.product(factors)

    def matmul(self, factors: Sequence[str]) -> str:
        return "@".join(factors)

    def entrywise(self, factors: Sequence[str]) -> str:
        return "*".join(factors)

    def fraction(self, above: str, beneath: Sequence[str], goes_on: bool) -> str:
        below = self.style.product(beneath)
        return f"{above}/{below}" if len(beneath) == 1 else f"{above}/({below})"

    def over(self, above: str, beneath: str, several: bool) -> str:
        return f"{above}/({beneath})" if several else f"{above}/{beneath}"

    def beside(self, parts: Sequence[str]) -> str:
        return self.style.product(parts)


@dataclass(frozen=True)
class Spoken:
    """Unicode on one line, as it is read in a book: Xᵀ(Xw - y), Σ xᵢ²."""

    style: Style = styles.UNICODE
    sigma: bool = True
    half: str = "½"
    count: str = "N"

    def entry(self, written: str, index: str) -> str:
        return written + index.translate(_INDICES)

    def sigma_of(self, body: str, index: str) -> str:
        return f"Σ {body}"

    def transpose(self, a: str) -> str:
        return f"{a}ᵀ"

    def norm(self, a: str, first: bool) -> str:
        return f"‖{a}‖₁" if first else f"‖{a}‖"

    def ones(self, number: str, shape: Shape) -> str:
        ones = "𝟏ᵀ" if shape[0] == 1 else "𝟏"
        return ones if number == "1" else f"({number})·{ones}"

    def identity(self, n: int) -> str:
        return "I"

    def call(self, op: str, argument: str) -> str:
        return f"{'tr' if op == 'trace' else op}({argument})"

    def numbers(self, factors: Sequence[str]) -> str:
        joined = factors[0]
        for before, factor in pairwise(factors):
            touches = factor[0] == "(" or (before[-1].isdecimal() and not factor[0].isdecimal())
            joined += factor if touches else f" {factor}"
        return joined

    def matmul(self, factors: Sequence[str]) -> str:
        joined = factors[0]
        for before, factor in pairwise(factors):
            # Xw, but "price weight": names of several letters must not run together.
            short = len(factor.rstrip("ᵀ")) == 1 and _ends_plain(before)
            joined += factor if short or factor[0] in "(‖" or before[-1] == ")" else f" {factor}"
        return joined

    def entrywise(self, factors: Sequence[str]) -> str:
        return " ⊙ ".join(factors)

    def fraction(self, above: str, beneath: Sequence[str], goes_on: bool) -> str:
        below = beneath[0] if len(beneath) == 1 else f"({self.numbers(beneath)})"
        return f"({above}/{below})" if goes_on else f"{above}/{below}"

    def over(self, above: str, beneath: str, several: bool) -> str:
        return f"{above}/({beneath})" if several else f"{above}/{beneath}"

    def beside(self, parts: Sequence[str]) -> str:
        joined = parts[0]
        for before, part in pairwise(parts):
            touches = (before[-1].isdecimal() or before == "½") and part[0] not in "Σ0123456789"
            joined += part if touches or (part[0] == "(" and before[-1] != ")") else f" {part}"
        return joined


def _ends_plain(written: str) -> bool:
    """Whether one more letter may follow: after X and Xᵀ, not after a longer name."""
    return not written.rstrip("ᵀ")[-2:].isalpha() or len(written.rstrip("ᵀ")) == 1


@dataclass(frozen=True)
class Set:
    """LaTeX, mathematics mode."""

    style: Style = styles.LATEX
    sigma: bool = True
    half: str = r"\frac{1}{2}"
    count: str = "N"

    def entry(self, written: str, index: str) -> str:
        return f"{{{written}}}_{{{index}}}" if "_" in written else f"{written}_{{{index}}}"

    def sigma_of(self, body: str, index: str) -> str:
        return rf"\sum_{{{', '.join(index)}}} {body}"

    def transpose(self, a: str) -> str:
        return rf"{{{a}}}^{{\top}}" if "^" in a else rf"{a}^{{\top}}"

    def norm(self, a: str, first: bool) -> str:
        # Growing bars come out tiny in matplotlib, and only fractions need them.
        bars = rf"\left\|{a}\right\|" if r"\frac" in a else rf"\|{a}\|"
        return bars + ("_{1}" if first else "")

    def ones(self, number: str, shape: Shape) -> str:
        ones = r"\mathbf{1}" + (r"^{\top}" if shape[0] == 1 else "")
        return ones if number == "1" else rf"\left({number}\right) {ones}"

    def identity(self, n: int) -> str:
        return "I"

    def call(self, op: str, argument: str) -> str:
        name = "tr" if op == "trace" else op
        return rf"\operatorname{{{name}}}\left({argument}\right)"

    def numbers(self, factors: Sequence[str]) -> str:
        return self.style.product(factors)

    def matmul(self, factors: Sequence[str]) -> str:
        return " ".join(factors)

    def entrywise(self, factors: Sequence[str]) -> str:
        return r" \odot ".join(factors)

    def fraction(self, above: str, beneath: Sequence[str], goes_on: bool) -> str:
        return rf"\frac{{{above}}}{{{self.numbers(beneath)}}}"

    def over(self, above: str, beneath: str, several: bool) -> str:
        return rf"\frac{{{above}}}{{{beneath}}}"

    def beside(self, parts: Sequence[str]) -> str:
        return " ".join(parts)


TEXT: Final = Typed()
UNICODE: Final = Spoken()
LATEX: Final = Set()
