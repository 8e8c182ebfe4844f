"""What was proved about a global minimum, and how it shows."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from steepest.critical.clusters import Region
from steepest.functions.formula import Formula


@dataclass(frozen=True)
class Minimizer:
    """A local minimizer that may be the global one.

    It lies within `radius` of `x` in every coordinate and f there lies in `value_bounds`;
    `on_side` says that it is on the boundary of the box.
    """

    x: tuple[float, ...]
    radius: float
    value_bounds: tuple[float, float]
    on_side: bool


@dataclass(frozen=True, repr=False)
class GlobalMinimum:
    """The global minimum of `function` over the closed `box`.

    The smallest value lies in `value_bounds`, whatever else is known; f takes a value not above
    the upper one next to `point` (n,), to within rounding. `minimizers`: the points that can
    take it; `undecided`: regions where more such points may lie. `complete` is true if
    there are none: then the minimum is taken at one of the minimizers and nowhere else.
    """

    function: Formula
    box: tuple[tuple[float, float], ...]
    value_bounds: tuple[float, float]
    point: tuple[float, ...] | None
    minimizers: tuple[Minimizer, ...]
    undecided: tuple[Region, ...]
    boxes: int
    seconds: float

    @property
    def complete(self) -> bool:
        """Whether all global minimizers are among the points listed."""
        return not self.undecided

    @property
    def value(self) -> float:
        """The middle of the bounds; infinite if there is no lower bound."""
        return 0.5 * self.value_bounds[0] + 0.5 * self.value_bounds[1]

    @property
    def sentence(self) -> str:
        """One or two sentences: the value, and what is known of the place."""
        lo, hi = self.value_bounds
        if math.isinf(lo):
            return (
                f"f takes values of {hi:.10g} and less, and no lower bound was proved: it may be"
                " unbounded in the box"
            )
        half = max(hi - lo, 0) / 2
        middle = 0.0 if abs(self.value) <= 2 * half else self.value
        value = f"the global minimum is {middle:.10g} ± {half:.1e}"
        count = len(self.minimizers)
        if self.complete:
            where = (
                "taken at one point only"
                if count == 1
                else f"taken at one or more of {count} points"
            )
            return f"{value} (proved), {where}"
        return f"{value} (proved), but not where: {len(self.undecided)} undecided regions"

    def judge(self, x: Sequence[float]) -> str:
        """What is proved of a point, such as the end of a descent: is its minimum the global one?

        `x` (n,) is a point of the box. The answer is a sentence.
        """
        value = self.function(x)
        lo, hi = self.value_bounds
        lower = ", ".join(f"{v:.6g}" for v in self.point or ())
        if value > hi + 1e-9 * max(1.0, abs(hi)):
            return f"This minimum is not global (proved): at ({lower}) f is at most {hi:.8g}."
        if not self.complete:
            return (
                "Whether this minimum is global is not proved: the global minimum lies in"
                f" [{lo:.8g}, {hi:.8g}]."
            )
        near = min(
            (max(abs(a - b) for a, b in zip(m.x, x, strict=True)) for m in self.minimizers),
            default=math.inf,
        )
        size = max(b - a for a, b in self.box)
        if near > 1e-3 * size:
            return f"This is no global minimum (proved): those lie elsewhere, as at ({lower})."
        if len(self.minimizers) == 1:
            return "This minimum is the global one in the box (proved), and there is no other."
        return (
            f"This minimum is one of {len(self.minimizers)} that may be global (proved); their"
            f" values agree to {hi - lo:.1e}."
        )

    def to_json(self) -> dict[str, Any]:
        """A JSON object: value, value_bounds, minimizers, undecided, complete."""
        lo, hi = (v if math.isfinite(v) else None for v in self.value_bounds)
        return {
            "value": self.value if math.isfinite(self.value) else None,
            "value_bounds": [lo, hi],
            "minimizers": [
                {
                    "x": list(m.x),
                    "radius": m.radius,
                    "value_bounds": list(m.value_bounds),
                    "on_side": m.on_side,
                }
                for m in self.minimizers
            ],
            "undecided": [
                {"box": [list(side) for side in region.box], "reason": region.reason.value}
                for region in self.undecided
            ],
            "complete": self.complete,
        }

    def __str__(self) -> str:
        lines = [f"{self.function}: {self.sentence}"]
        for m in self.minimizers:
            place = ", ".join(
                f"{name} = {0.0 if abs(x) <= m.radius else x:.12g}"
                for name, x in zip(self.function.variables, m.x, strict=True)
            )
            side = ", on the boundary of the box" if m.on_side else ""
            lines.append(f"  {place} (± {m.radius:.1e}){side}")
        for region in self.undecided[:20]:
            place = ", ".join(
                f"{name} in [{lo:.8g}, {hi:.8g}]"
                for name, (lo, hi) in zip(self.function.variables, region.box, strict=True)
            )
            lines.append(f"  undecided ({region.reason.value}): {place}")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"
