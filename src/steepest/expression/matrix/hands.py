"""How products, sums and norms of arrays look: as typed text, as Unicode, as LaTeX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Protocol

from steepest.expression import styles
from steepest.expression.graph import Shape
from steepest.expression.styles import Style

#: Operations that a formula calls by another name.
CALLED: Final = {"trace": "tr", "diagonal": "diag"}
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
    def inverse(self, a: str, transposed: bool) -> str: ...
    def picked(self, a: str, *places: str) -> str: ...
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

    def inverse(self, a: str, transposed: bool) -> str:
        inside = a[1:-1] if a.startswith("(") and _is_bracketed(a) else a
        return f"inv({inside})'" if transposed else f"inv({inside})"

    def picked(self, a: str, *places: str) -> str:
        return f"{a}[{', '.join(places)}]"

    def norm(self, a: str, first: bool) -> str:
        return f"norm1({a})" if first else f"norm({a})"

    def ones(self, number: str, shape: Shape) -> str:
        columns = "" if shape[1] == 1 else f", {shape[1]}"
        ones = f"ones({shape[0]}{columns})"
        return ones if number == "1" else f"{number}*{ones}"

    def identity(self, n: int) -> str:
        return f"eye({n})"

    def call(self, op: str, argument: str) -> str:
        return f"{CALLED.get(op, op)}({argument})"

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

    def inverse(self, a: str, transposed: bool) -> str:
        return f"{a}⁻ᵀ" if transposed else f"{a}⁻¹"

    def picked(self, a: str, *places: str) -> str:
        return f"{a}[{', '.join(places)}]"

    def norm(self, a: str, first: bool) -> str:
        return f"‖{a}‖₁" if first else f"‖{a}‖"

    def ones(self, number: str, shape: Shape) -> str:
        ones = "𝟏ᵀ" if shape[0] == 1 else "𝟏"
        return {"0": "0", "1": ones}.get(number, f"{number}·{ones}")

    def identity(self, n: int) -> str:
        return "I"

    def call(self, op: str, argument: str) -> str:
        return f"{CALLED.get(op, op)}({argument})"

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
            short = len(factor.rstrip("ᵀ⁻¹")) == 1 and _ends_plain(before)
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


def _is_bracketed(written: str) -> bool:
    """Whether the first bracket closes at the end: not so in (a)(b)."""
    depth = 0
    for k, sign in enumerate(written):
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return k == len(written) - 1
    return False


def _ends_plain(written: str) -> bool:
    """Whether one more letter may follow: after X and Xᵀ, not after a longer name."""
    plain = written.rstrip("ᵀ⁻¹")
    return not plain[-2:].isalpha() or len(plain) == 1


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

    def inverse(self, a: str, transposed: bool) -> str:
        power = r"-\top" if transposed else "-1"
        return rf"{{{a}}}^{{{power}}}" if "^" in a else rf"{a}^{{{power}}}"

    def picked(self, a: str, *places: str) -> str:
        return rf"{a}\left[{', '.join(places)}\right]"

    def norm(self, a: str, first: bool) -> str:
        # Growing bars come out tiny in matplotlib, and only fractions need them.
        bars = rf"\left\|{a}\right\|" if r"\frac" in a else rf"\|{a}\|"
        return bars + ("_{1}" if first else "")

    def ones(self, number: str, shape: Shape) -> str:
        ones = r"\mathbf{1}" + (r"^{\top}" if shape[0] == 1 else "")
        return {"0": "0", "1": ones}.get(number, f"{number} {ones}")

    def identity(self, n: int) -> str:
        return "I"

    def call(self, op: str, argument: str) -> str:
        name = rf"\operatorname{{{CALLED.get(op, op)}}}"
        name = {"det": r"\det", "logdet": r"\ln \det"}.get(op, name)
        return rf"{name}\left({argument}\right)"

    def numbers(self, factors: Sequence[str]) -> str:
        return self.style.product(factors)

    def matmul(self, factors: Sequence[str]) -> str:
        joined = factors[0]
        for factor in factors[1:]:
            # X dw: a differential stands a little apart.
            joined += (r" \, " if factor.startswith(r"\mathrm{d}") else " ") + factor
        return joined

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
