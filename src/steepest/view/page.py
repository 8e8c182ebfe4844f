"""The page: a formula's landscape to look at and drag, in one file that loads nothing."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, overload

from numpy.typing import ArrayLike

from steepest.critical.points import critical_points
from steepest.critical.results import CriticalPoints
from steepest.errors import ParameterError, PointError, SteepestError
from steepest.expression.expression import Expression
from steepest.functions.formula import Formula
from steepest.rules import BY_NAME
from steepest.torch.picture import Surface
from steepest.torch.surface_json import surface_json
from steepest.view import built, window
from steepest.view.symbolic import symbolic_data

if TYPE_CHECKING:
    from steepest.view.notebook import Explorer

_NAME: Final = "page.html"
_LISTED: Final = 1000
_START: Final = (1.0, 2.0)  # where the page puts the point if nobody says
# Of a search for critical points that nobody asked for: boxes, and boxes times operations of the
# Hessian, about half a second. Counted, so that every machine writes the same page.
_BOXES, _WORK = 20_000, 4_000_000
_DERIVED: Final = 60  # operations of a formula whose derivation is written into its page
_HEIGHT: Final = 760  # of the frame in a notebook, pixels
_CARDS: Final = ("here", "turn", "walk", "landscape", "why")
_NORMS: Final = ("l2", "l1", "linf", "quadratic")
_MOST_WALKS: Final = 4


@dataclass(frozen=True, repr=False)
class Page:
    """A page that is not saved yet: shown in a notebook as it is, or written with `save`.

    `formula` is None for a page about a surface.
    """

    title: str
    html: str
    at: list[float]
    formula: Formula | None = None

    def save(self, path: str | Path) -> Path:
        """Write the page to `path`. Raises OSError if that cannot be."""
        target = Path(path)
        target.write_text(self.html, encoding="utf-8")
        return target

    def __repr__(self) -> str:
        return f"Page({self.title!r}, {len(self.html.encode()) / 1000:.0f} kB)"

    def frame(self, height: int = _HEIGHT) -> str:
        """The page as an HTML element of `height` pixels, for another page to hold.

        It is a frame of its own: neither side's style or script can touch the other's.
        """
        return (
            f'<iframe title="{html.escape(self.title)}" sandbox="allow-scripts"'
            f' style="width:100%;height:{height}px;border:0" srcdoc="{html.escape(self.html)}">'
            "</iframe>"
        )

    def _repr_html_(self) -> str:
        return self.frame()

    def widget(self, height: int = _HEIGHT) -> Explorer:
        """The page as a widget whose `point` and `trajectory` can be read and set from Python.

        Raises SteepestError if anywidget is not installed, or the page is not about a formula.
        """
        if self.formula is None:
            raise SteepestError(
                "a surface's page is no widget, for it has no point to tell: show the page itself"
            )
        try:
            from steepest.view.notebook import Explorer
        except ModuleNotFoundError:
            raise SteepestError(
                "a widget needs anywidget: pip install steepest[notebook]; without it the page"
                " itself is shown, which cannot be asked"
            ) from None
        return Explorer(self, self.formula, height)


@overload
def page(
    f: Formula | Surface,
    path: str | Path,
    *,
    at: ArrayLike | None = None,
    box: Sequence[tuple[float, float]] | None = None,
    critical: CriticalPoints | Literal[False] | None = None,
    card: str | None = None,
    walks: Sequence[tuple[str, float]] = (),
    norm: str | None = None,
) -> Path: ...
@overload
def page(
    f: Formula | Surface,
    path: None = None,
    *,
    at: ArrayLike | None = None,
    box: Sequence[tuple[float, float]] | None = None,
    critical: CriticalPoints | Literal[False] | None = None,
    card: str | None = None,
    walks: Sequence[tuple[str, float]] = (),
    norm: str | None = None,
) -> Page: ...
def page(
    f: Formula | Surface,
    path: str | Path | None = None,
    *,
    at: ArrayLike | None = None,
    box: Sequence[tuple[float, float]] | None = None,
    critical: CriticalPoints | Literal[False] | None = None,
    card: str | None = None,
    walks: Sequence[tuple[str, float]] = (),
    norm: str | None = None,
) -> Path | Page:
    """Write a page about `f` to `path` (one .html file that works offline) and return the path.

    Without `path` the result is a `Page`, which a notebook shows. `at` (n,) is where the point
    stands at first, `box` [(lo, hi), (lo, hi)] the part that is seen ([(lo, hi)] for one
    variable), `critical` the result of `critical_points(f, …)`, shown with its proof; without
    it those in view are looked for, as far as about half a second goes, and with `critical=False`
    not at all. `card` is the card that is open at first: here, turn, walk, landscape or why.
    `walks` are up to four descents from the point, each a rule's name and its step size, and
    `norm` is l2, l1, linf or quadratic.

    A network's loss surface (`steepest.torch.surface`) is shown as it was computed; it takes
    `path` only.

    Raises:
        ParameterError: `f` has no formula or no variable, or something does not fit it.
        PointError: `at` does not fit f.
        OSError: the file cannot be written.
    """
    if isinstance(f, Surface):
        if any(v is not None for v in (at, box, critical, card, norm)) or walks:
            raise ParameterError(
                "a surface is shown as it was computed: give window and trajectory to"
                " steepest.torch.surface"
            )
        about = Page(f.title, filled({"text": f.title, "surface": surface_json(f)}, f.title), [])
        return about if path is None else about.save(path)
    told = data(f, at, box, critical or None) | opening(f, card, walks, norm)
    if critical is None:
        found = _proved(f, told["at"], told["box"])
        told["critical"] = None if found is None else critical_data(f, found)
    if len(told["tape"]["operations"]) <= _DERIVED:
        told["derivation"] = symbolic_data(f)
    start = told["at"] or [*_START, *[1.0] * f.dim][: f.dim]
    shown = Page(str(f), filled(told, str(f)), start, f)
    return shown if path is None else shown.save(path)


def data(
    f: Formula,
    at: ArrayLike | None,
    box: Sequence[tuple[float, float]] | None,
    critical: CriticalPoints | None,
) -> dict[str, Any]:
    """What the page is told, as JSON values: the operations of f, and where to look."""
    if not isinstance(f, Formula):
        raise ParameterError(
            f"{f!r:.80} has no formula a page could compute with: give Formula(…) of it"
        )
    if f.dim == 0:
        raise ParameterError("the formula has no variable, so there is nothing to draw")
    told: dict[str, Any] = {
        "text": str(f),
        "tape": f.value_tape.to_json(),
        "at": None if at is None else _point(f, at),
        "box": None if box is None else _box(f, box),
        "critical": None if critical is None else critical_data(f, critical),
    }
    if f.arrays is not None:
        # The tape has every entry of the data; a reader sees ‖Xw - y‖².
        names = ", ".join(Expression(v).latex for v in f.symbols)
        told["heading"] = {"signature": f"f({names})", "latex": f.latex}
    return told


def opening(
    f: Formula, card: str | None, walks: Sequence[tuple[str, float]], norm: str | None
) -> dict[str, Any]:
    """How the page opens, as JSON values; what is not asked for is left to the page."""
    if card is not None and card not in _CARDS:
        raise ParameterError(f"card {card!r}: the cards are {', '.join(_CARDS)}")
    if card == "turn" and f.dim == 1:
        raise ParameterError("card 'turn': with one variable there are no directions to choose")
    if norm is not None and norm not in _NORMS:
        raise ParameterError(f"norm {norm!r}: the page knows {', '.join(_NORMS)}")
    if len(walks) > _MOST_WALKS:
        raise ParameterError(f"{len(walks)} walks: the page shows {_MOST_WALKS} at most")
    for rule, size in walks:
        if rule not in BY_NAME:
            raise ParameterError(f"rule {rule!r}: the rules are {', '.join(BY_NAME)}")
        if not (math.isfinite(size) and size > 0):
            raise ParameterError(f"rule {rule}: the step size {size:g} is not positive")
    told = {
        "card": card,
        "walks": [{"rule": rule, "stepSize": float(size)} for rule, size in walks],
        "norm": norm,
    }
    return {name: value for name, value in told.items() if value}


def _proved(
    f: Formula, at: list[float] | None, box: list[list[float]] | None
) -> CriticalPoints | None:
    """What a short search proves of the part that the page opens with; None if it cannot."""
    if f.dim > 2:
        return None
    sides = [(lo, hi) for lo, hi in box or ()]
    if not sides:
        model = f.at(*(_START[: f.dim] if at is None else at))
        spread = window.spread_of(f.values, f.dim)
        sides = window.around(model.point, model.gradient, model.hessian, model.value, spread)
    try:
        operations = max(1, len(f.hessian_tape.instructions))
        return critical_points(f, sides, max_boxes=min(_BOXES, max(1, _WORK // operations)))
    except SteepestError:
        # Constant, or undefined in all of the box: there is nothing to prove.
        return None


def _point(f: Formula, at: ArrayLike) -> list[float]:
    point = [float(x) for x in f.point(at)]
    if not all(math.isfinite(x) for x in point):
        raise PointError(f"at={at!r:.60}: a page needs finite coordinates")
    return point


def _box(f: Formula, box: Sequence[tuple[float, float]]) -> list[list[float]]:
    return [list(side) for side in window.checked(list(box), min(f.dim, 2))]


def critical_data(f: Formula, found: CriticalPoints) -> dict[str, Any]:
    """What the page shows of a proof: at most 1,000 points, the lowest; `counts` counts all."""
    if not isinstance(found, CriticalPoints):
        raise ParameterError(
            f"critical={found!r:.60}: give the result of critical_points(f, …), or False"
        )
    if found.function != f:
        raise ParameterError("critical= holds the critical points of another function")
    return {
        "box": [list(side) for side in found.box],
        "points": [
            {
                "at": list(p.x),
                "kind": _kind(p.kind.value),
                # Where 0 is among the bounds, their middle is nothing but rounding.
                "value": 0.0 if p.value_bounds[0] <= 0 <= p.value_bounds[1] else p.value,
                "radius": p.radius,
            }
            for p in found.points[:_LISTED]
        ],
        "counts": {_kind(kind): number for kind, number in found.counts.items() if number},
        "sentence": found.sentence,
        "complete": found.complete,
        "undecided": len(found.undecided),
    }


def _kind(name: str) -> str:
    return name if name in ("minimum", "maximum", "saddle") else "undecided"


def shared() -> str:
    """The page without a formula: one file for many frames, each told by its link what to show."""
    return built.template(_NAME)


def filled(content: dict[str, Any], title: str) -> str:
    """The built page with `content` in it."""
    return built.filled(_NAME, content, title)
