"""What `steepest critical` says and draws: the points by kind, and what is not proved."""

from __future__ import annotations

from typing import Any, Final

from rich.console import RenderableType
from rich.text import Text

from steepest.critical.clusters import Region
from steepest.critical.minimum_results import GlobalMinimum
from steepest.critical.results import CriticalPoints
from steepest.view.inks import Inks
from steepest.view.numbers import short
from steepest.view.scene import Scene, scene
from steepest.view.terminal import Report, card
from steepest.view.title import title
from steepest.view.tokens import Theme
from steepest.view.words import fits, parts, sentence, table

_ROWS: Final = 40
_SYMBOLS: Final = {"minimum": "▼", "maximum": "▲", "saddle": "✕", "kind not proved": "?"}
_PLURALS: Final = {"minimum": "minima", "maximum": "maxima", "saddle": "saddles"}


def critical_scene(found: CriticalPoints, resolution: tuple[int, int] = (241, 241)) -> Scene:
    """The landscape over the box with every critical point on it, for two variables."""
    shown = scene(found.function, box=list(found.box), resolution=resolution)
    named: set[str] = set()
    for point in found:
        kind = point.kind.value
        mark = _symbol(kind if kind in _PLURALS else "undecided", list(point.x))
        if kind not in named:
            named.add(kind)
            number = found.counts[kind]
            mark["label"] = f"{number} {_PLURALS.get(kind, kind) if number > 1 else kind}"
        shown["marks"].append(mark)
    for region in found.undecided:
        mark = _symbol("undecided", [0.5 * (lo + hi) for lo, hi in region.box])
        if "undecided" not in named:
            named.add("undecided")
            mark["label"] = "undecided"
        shown["marks"].append(mark)
    return shown


def _symbol(kind: str, at: list[float]) -> dict[str, Any]:
    return {"type": "symbol", "role": "point", "kind": kind, "at": at}


def critical_report(
    found: CriticalPoints, best: GlobalMinimum | None = None, *, theme: Theme | None = None
) -> Report:
    """The report on a search, and on the global minimum if it was asked for."""

    def draw(resolution: tuple[int, int]) -> Scene:
        return critical_scene(found, resolution)

    def cards(width: int, inks: Inks) -> list[RenderableType]:
        return [
            *card("Critical points", _points(found, width, inks), inks),
            *card("Not proved", _regions(found, found.undecided), inks),
            *card("Global minimum", [] if best is None else _minimum(best, inks), inks),
        ][:-1]

    box = ", ".join(
        f"{name} from {short(lo)} to {short(hi)}"
        for name, (lo, hi) in zip(found.function.variables, found.box, strict=True)
    )
    picture = draw if found.function.dim == 2 else None
    return Report(f"{title(found.function)['text']}   {box}", cards, picture, theme)


def _points(found: CriticalPoints, width: int, inks: Inks) -> list[RenderableType]:
    sign, style = ("✓ ", inks.right) if found.complete else ("✗ ", inks.wrong)
    lines: list[RenderableType] = [parts((sign, style), found.sentence)]
    if found.winding is not None:
        times = "once" if found.winding == 1 else f"{found.winding} times"
        lines.append(
            sentence(
                f"Along the boundary ∇f turns {times}; minima + maxima - saddles = {found.index}."
            )
        )
    if len(found):
        lines += [sentence(""), *_table(found, width, inks)]
    if len(found) > _ROWS:
        lines.append(sentence(f"… and {len(found) - _ROWS} more (--json has them all)", inks.quiet))
    return lines


def _table(found: CriticalPoints, width: int, inks: Inks) -> list[Text]:
    """A row for each point; without the eigenvalues where they would not fit."""
    rows = [
        [f"{_SYMBOLS[point.kind.value]} {point.kind.value}",
         *(short(x if abs(x) > point.radius else 0.0) for x in point.x),
         short(0.0 if point.value_bounds[0] <= 0 <= point.value_bounds[1] else point.value),
         *(short(v) for v in point.eigenvalues)]
        for point in found.points[:_ROWS]
    ]  # fmt: skip
    n = found.function.dim
    heads = ["kind", *found.function.variables, "f", *(f"λ{i + 1}" for i in range(n))]
    lines = table(heads, rows, inks.quiet, words=[0])
    if fits(lines, width):
        return lines
    return table(heads[: n + 2], [row[: n + 2] for row in rows], inks.quiet, words=[0])


def _regions(found: CriticalPoints, regions: tuple[Region, ...]) -> list[RenderableType]:
    lines: list[RenderableType] = []
    for region in regions[:_ROWS]:
        place = ", ".join(
            f"{name} in [{lo:.8g}, {hi:.8g}]"
            for name, (lo, hi) in zip(found.function.variables, region.box, strict=True)
        )
        lines.append(sentence(f"{region.reason.value}: {place}"))
    if len(regions) > _ROWS:
        lines.append(sentence(f"… and {len(regions) - _ROWS} more"))
    return lines


def _minimum(best: GlobalMinimum, inks: Inks) -> list[RenderableType]:
    sign, style = ("✓ ", inks.right) if best.complete else ("✗ ", inks.wrong)
    lines: list[RenderableType] = [
        parts((sign, style), f"{best.sentence[:1].upper()}{best.sentence[1:]}.")
    ]
    for minimizer in best.minimizers[:_ROWS]:
        place = ", ".join(
            f"{name} = {short(x if abs(x) > minimizer.radius else 0.0)}"
            for name, x in zip(best.function.variables, minimizer.x, strict=True)
        )
        side = " (on the boundary)" if minimizer.on_side else ""
        lines.append(sentence(f"▼ {place}{side}"))
    return lines
