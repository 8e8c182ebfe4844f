"""Numbers as people read them: four significant digits, decimal points under one another."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import Final

from steepest.view.tokens import digits

_MINUS: Final = re.compile(r"(^|[\s(\[,=·^]|\de)-")
_LARGEST: Final = 1e6  # from here on, and below 1e-4, with a power of ten


def short(value: float, significant: int | None = None) -> str:
    """12.165525 -> "12.17", 13.0 -> "13", 1234567.0 -> "1.235e6", -0.0 -> "0"."""
    value = float(value)
    if math.isnan(value):
        return "undefined"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    significant = significant or digits()
    rounded = float(f"{value:.{significant}g}")
    if rounded == 0:
        return "0"
    if _LARGEST > abs(rounded) >= 1e-4:
        places = max(0, significant - 1 - math.floor(math.log10(abs(rounded))))
        string = f"{rounded:.{places}f}"
        return string.rstrip("0").rstrip(".") if "." in string else string
    mantissa, exponent = f"{rounded:.{significant - 1}e}".split("e")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{mantissa}e{int(exponent)}"


def with_minus(text: str) -> str:
    """The sign − where a hyphen stands for it; words keep their hyphens. web/src/words.ts, too."""
    return _MINUS.sub(r"\1−", text)


def vector(values: Iterable[float], significant: int | None = None) -> str:
    """(1, 2)."""
    return "(" + ", ".join(short(v, significant) for v in values) + ")"


def unit(values: Iterable[float]) -> str:
    """A direction in a sentence: two digits are enough to see where it points."""
    return vector(values, 2)


def aligned(values: Sequence[float]) -> list[str]:
    """The numbers, padded on both sides so that their decimal points stand in one column."""
    return align([short(v) for v in values])


def align(strings: Sequence[str]) -> list[str]:
    """Numbers already written, padded so that their decimal points stand in one column."""
    split = [_at_point(s) for s in strings]
    left = max((len(a) for a, _ in split), default=0)
    right = max((len(b) for _, b in split), default=0)
    return [a.rjust(left) + b.ljust(right) for a, b in split]


def _at_point(string: str) -> tuple[str, str]:
    for sign in (".", "e"):
        whole, found, rest = string.partition(sign)
        if found and whole.lstrip("-").isdecimal():
            return whole, found + rest
    return string, ""


def count(n: int, thing: str) -> str:
    """1 step, 2 steps."""
    return f"{n:,} {thing}" + ("" if n == 1 else "s")
