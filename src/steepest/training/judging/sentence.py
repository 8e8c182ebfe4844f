"""What is said of a run, and the numbers as sentences write them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from steepest.training.run import Run


@dataclass(frozen=True)
class Sentence:
    """One thing that the numbers of a run say, and the rule that found it.

    `level` is "bad" for what ruins a run, "warning" for what wastes it, "note" for what one may
    want to know. `first` and `last` are the steps that it speaks of.
    """

    rule: str
    level: Literal["bad", "warning", "note"]
    text: str
    first: int
    last: int

    def __str__(self) -> str:
        return self.text


#: A rule looks at a run and says something, or nothing.
Rule: TypeAlias = Callable[[Run], Sentence | None]


def say(run: Run, rule: str, level: Literal["bad", "warning", "note"], text: str, *,
        where: slice | None = None) -> Sentence:  # fmt: skip
    """A sentence on the steps `where` of a run (default: all of it)."""
    steps = run.steps[where if where is not None else slice(None)]
    return Sentence(rule, level, text, int(steps[0]), int(steps[-1]))


def short(value: float) -> str:
    """Three significant digits, as people write them: 0.0213, 51, 3.2·10⁷."""
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "∞" if value > 0 else "-∞"
    if value == 0:
        return "0"
    if 1e-4 <= abs(value) < 1e6:
        places = max(0, 2 - math.floor(math.log10(abs(float(f"{value:.3g}")))))
        text = f"{value:.{places}f}" if abs(value) < 1000 else f"{float(f'{value:.3g}'):.0f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    mantissa, exponent = f"{value:.1e}".split("e")
    digits = mantissa.rstrip("0").rstrip(".")
    power = power_of_ten(int(exponent))
    return power if digits == "1" else f"{digits}·{power}"


def power_of_ten(exponent: int) -> str:
    """-6 -> 10⁻⁶."""
    return "10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def percent(share: float) -> str:
    """0.93 -> 93 %; a share that is not 0 or 1 never looks as if it were."""
    shown = round(100 * share)
    if shown == 0 < share:
        return "less than 1 %"
    if shown == 100 and share < 1:
        return "more than 99 %"
    return f"{shown} %"
