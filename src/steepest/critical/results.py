"""What a search for critical points proved, and how it shows."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steepest.critical.classify import KINDS, Kind
from steepest.critical.clusters import Region
from steepest.evaluate.numpy import FloatArray
from steepest.functions.formula import Formula

_SHOWN = 40  # points listed when a result is printed


@dataclass(frozen=True)
class CriticalPoint:
    """One critical point, proved to exist and to be the only one near.

    It lies within `radius` of `x` in every coordinate; f there lies in `value_bounds`, of
    which `value` is the middle. `kind` is proved, `eigenvalues` of the Hessian (ascending) are
    rounded. `status` is "certified", or "kind not proved" where only the existence is.
    """

    x: tuple[float, ...]
    radius: float
    kind: Kind
    value: float
    value_bounds: tuple[float, float]
    eigenvalues: tuple[float, ...]
    status: str

    def to_json(self) -> dict[str, Any]:
        """A JSON object with the keys x, radius, kind, value, eigenvalues, status."""
        return {
            "x": list(self.x),
            "radius": self.radius,
            "kind": self.kind.value,
            "value": self.value,
            "eigenvalues": list(self.eigenvalues),
            "status": self.status,
        }


@dataclass(frozen=True, repr=False)
class CriticalPoints:
    """All critical points of `function` in `box`, and what is not known about them.

    `locations` (k, n), `radii` (k,), `kinds` (k,) indices into `classify.KINDS`, `values`
    (k, 2) lower and upper bounds, `eigenvalues` (k, n): the points, ordered by value;
    `points` has the same as objects. `undecided`: regions that may hold more. `winding`: turns
    of ∇f along the boundary in the plane, None if not proved or in other dimensions.
    `complete` is true only if nothing is undecided and, in the plane, `winding` equals
    minima + maxima - saddles. `boxes` were examined in `seconds`.
    """

    function: Formula
    box: tuple[tuple[float, float], ...]
    locations: FloatArray
    radii: FloatArray
    kinds: NDArray[np.int8]
    values: FloatArray
    eigenvalues: FloatArray
    undecided: tuple[Region, ...]
    winding: int | None
    boxes: int
    seconds: float

    def __len__(self) -> int:
        return len(self.locations)

    def __iter__(self) -> Iterator[CriticalPoint]:
        return iter(self.points)

    @cached_property
    def points(self) -> tuple[CriticalPoint, ...]:
        """The critical points, the lowest first."""
        middles = 0.5 * self.values[:, 0] + 0.5 * self.values[:, 1]
        return tuple(
            CriticalPoint(
                tuple(x), radius, KINDS[kind], middle, (lo, hi), tuple(eigenvalues),
                "certified" if KINDS[kind] is not Kind.UNDECIDED else "kind not proved",
            )
            for x, radius, kind, middle, (lo, hi), eigenvalues in zip(
                self.locations.tolist(), self.radii.tolist(), self.kinds.tolist(),
                middles.tolist(), self.values.tolist(), self.eigenvalues.tolist(), strict=True,
            )
        )  # fmt: skip

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many points there are of each kind: minimum, maximum, saddle (and not proved)."""
        numbers = np.bincount(self.kinds, minlength=len(KINDS)).tolist()
        counts = {kind.value: number for kind, number in zip(KINDS, numbers, strict=True)}
        if not counts[Kind.UNDECIDED.value]:
            del counts[Kind.UNDECIDED.value]
        return counts

    @property
    def index(self) -> int:
        """Minima + maxima - saddles, what the winding number must be in the plane."""
        return self.counts["minimum"] + self.counts["maximum"] - self.counts["saddle"]

    @property
    def complete(self) -> bool:
        """Whether it is proved that there are no other critical points in the box."""
        if self.undecided or Kind.UNDECIDED.value in self.counts:
            return False
        return self.function.dim != 2 or self.winding == self.index

    @property
    def sentence(self) -> str:
        """One or two sentences: what was found, and whether that is all."""
        found = f"{_count(len(self), 'critical point')}{_listed(self.counts)}"
        if self.complete:
            check = ", and the winding number agrees" if self.function.dim == 2 else ""
            return f"{found}. Proved: there are no others in the box{check}."
        if Kind.UNDECIDED.value in self.counts:
            return f"{found}. The kind of some points is not proved."
        if not self.undecided:
            reason = (
                "∇f may vanish or break off on the boundary, so its winding number is not known"
                if self.winding is None
                else f"the winding number {self.winding} does not match {self.index}, which"
                " means that ∇f is discontinuous somewhere in the box"
            )
            return f"{found}. None was missed, but {reason}."
        reasons = "; ".join(dict.fromkeys(region.reason.sentence for region in self.undecided))
        return (
            f"{found}. Not complete: {_count(len(self.undecided), 'region')} undecided: {reasons}."
        )

    def to_json(self) -> dict[str, Any]:
        """A JSON object with the keys points, counts, undecided, complete, winding."""
        return {
            "points": [point.to_json() for point in self.points],
            "counts": self.counts,
            "undecided": [
                {"box": [list(side) for side in region.box], "reason": region.reason.value}
                for region in self.undecided
            ],
            "complete": self.complete,
            "winding": self.winding,
        }

    def rows(self) -> list[tuple[str, ...]]:
        """A row for each point: kind, the coordinates, value, radius, eigenvalues; as text."""
        return [
            (
                point.kind.value,
                *(_number(x, point.radius) for x in point.x),
                _number(point.value, max(0.0, point.value - point.value_bounds[0]), 10),
                f"{point.radius:.1e}",
                ", ".join(f"{v:.4g}" for v in point.eigenvalues),
            )
            for point in self.points[:_SHOWN]
        ]

    @property
    def heads(self) -> tuple[str, ...]:
        """What the columns of `rows` are."""
        return ("kind", *self.function.variables, "f", "±", "eigenvalues")

    def __str__(self) -> str:
        rows = [self.heads, *self.rows()] if len(self) else []
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  " + "  ".join(f"{text:<{w}}" for text, w in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        if len(self) > _SHOWN:
            lines.append(f"  … and {len(self) - _SHOWN} more")
        for region in self.undecided[:_SHOWN]:
            lines.append(f"  undecided ({region.reason.value}): {_shown(self.function, region)}")
        return "\n".join([f"{self.function}: {self.sentence}", *lines])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        cells = "".join(f"<th>{html.escape(head)}</th>" for head in self.heads)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(text)}</td>" for text in row) + "</tr>"
            for row in self.rows()
        )
        more = "".join(
            f"<li>{html.escape(region.reason.value)}: {html.escape(_shown(self.function, region))}"
            "</li>"
            for region in self.undecided[:_SHOWN]
        )
        return (
            f"<p>{html.escape(str(self.function))}: {html.escape(self.sentence)}</p>"
            f"<table><tr>{cells}</tr>{body}</table><ul>{more}</ul>"
        )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number or 'no'} {noun}s"


def _listed(counts: dict[str, int]) -> str:
    plural = {"minimum": "minima", "maximum": "maxima", "saddle": "saddles"}
    parts = [
        f"{number} {plural.get(kind, kind) if number != 1 else kind}"
        for kind, number in counts.items()
        if number
    ]
    return f" ({', '.join(parts)})" if parts else ""


def _number(x: float, radius: float, digits: int = 12) -> str:
    """x to some digits; 0 if it may be that."""
    return f"{0.0 if abs(x) <= radius else x:.{digits}g}"


def _shown(function: Formula, region: Region) -> str:
    return ", ".join(
        f"{name} in [{lo:.8g}, {hi:.8g}]"
        for name, (lo, hi) in zip(function.variables, region.box, strict=True)
    )
