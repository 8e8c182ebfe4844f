"""What `steepest basins` and `steepest sweep` say."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from steepest.basin_map import BasinMap
from steepest.descent.outcomes import Outcome
from steepest.sweep_steps import Sweep
from steepest.view.basins import hues
from steepest.view.inks import Inks
from steepest.view.numbers import short, vector
from steepest.view.report_descend import rule_in_words
from steepest.view.terminal import Report, card
from steepest.view.title import title
from steepest.view.tokens import Theme
from steepest.view.words import parts, sentence, table

_SHOWN: Final = 12  # minima listed one by one
_BARS: Final = "▁▂▃▄▅▆▇█"


def basins_report(basins: BasinMap, theme: Theme | None = None) -> Report:
    """The report on a basin map, ready to print."""

    def cards(width: int, inks: Inks) -> list[RenderableType]:
        return card("Basins", _basins(basins, theme or "light", inks), inks)

    box = " × ".join(f"[{short(lo)}, {short(hi)}]" for lo, hi in basins.box)
    return Report(f"{title(basins.function)['text']}   on {box}", cards, None, theme)


def _basins(basins: BasinMap, theme: Theme, inks: Inks) -> list[RenderableType]:
    lines: list[RenderableType] = [
        Text(f"{basins.starts:,} starts, {rule_in_words(basins.rule)}."),
        Text(),
    ]
    colours = hues(len(basins.minima), theme)
    places = zip(basins.minima, basins.minima_values, basins.counts, colours, strict=True)
    for number, (point, value, count, colour) in enumerate(places, 1):
        if number > _SHOWN:
            rest = int(np.sum(basins.counts[_SHOWN:]))
            more = len(basins.minima) - _SHOWN
            lines.append(Text(f"{_share(rest, basins.starts)}  {more} more minima"))
            break
        clean = np.where(np.abs(point) < 1e-9, 0.0, point)
        lines.append(
            parts(
                _share(count, basins.starts) + "  ",
                ("▼", colour if inks.palette is not None else ""),
                f" {number}: f = {short(value)} at {vector(clean)}",
            )
        )
    for outcome, count in basins.endpoints.counts.items():
        if outcome is not Outcome.CONVERGED:
            lines.append(Text(f"{_share(count, basins.starts)}  {outcome.value}"))
    if basins.verdict:
        lines += [Text(), Text(f"Number 1: {basins.verdict[0].lower()}{basins.verdict[1:]}")]
    return lines


def _share(count: Any, total: int) -> str:
    return f"{100 * int(count) / total:5.1f} %"


def sweep_report(sweep: Sweep, theme: Theme | None = None) -> Report:
    """The report on a sweep of step sizes, ready to print."""

    def cards(width: int, inks: Inks) -> list[RenderableType]:
        return [
            *card("Step sizes", _limits(sweep, inks), inks),
            *card("Steps against step size", _bars(sweep, width, inks), inks),
        ][:-1]

    head = f"{title(sweep.function)['text']}   from {vector(sweep.start)}"
    return Report(head, cards, None, theme)


def _limits(sweep: Sweep, inks: Inks) -> list[RenderableType]:
    lines: list[RenderableType] = [
        Text(
            f"{len(sweep.step_sizes)} step sizes from {short(float(sweep.step_sizes[0]))} to"
            f" {short(float(sweep.step_sizes[-1]))}; ‖∇f‖ = {short(sweep.gradient_norm)} at the"
            " start for all of them."
        ),
        Text(),
    ]
    if sweep.predicted_limit is not None and sweep.lambda_max is not None:
        lines.append(
            sentence(
                f"Predicted: stable up to {short(sweep.predicted_limit)}, from λmax ="
                f" {short(sweep.lambda_max)} at the minimum."
            )
        )
    if sweep.observed_limit is not None:
        lines.append(sentence(f"Observed: all converge up to {short(sweep.observed_limit)}."))
    if sweep.best is not None:
        fewest = int(np.min(sweep.steps[sweep.ends.ended(Outcome.CONVERGED)]))
        lines.append(sentence(f"Fastest: {short(sweep.best)}, in {fewest} steps."))
    counts = [(f"{count}", outcome.value) for outcome, count in sweep.ends.counts.items()]
    return [*lines, Text(), *table(("runs", "outcome"), counts, inks.quiet, words=[1])]


def _bars(sweep: Sweep, width: int, inks: Inks) -> list[RenderableType]:
    """One column a group of step sizes: a bar for the steps, a dot for too many, else a cross."""
    columns = max(8, min(width, len(sweep.step_sizes), 72))
    groups = np.array_split(np.arange(len(sweep.step_sizes)), columns)
    good = sweep.ends.ended(Outcome.CONVERGED)
    most = max(int(np.max(sweep.steps[good], initial=1)), 1)
    line = Text()
    for group in groups:
        arrived = group[good[group]]
        if len(arrived):
            share = float(np.median(sweep.steps[arrived])) / most
            line.append(_BARS[min(7, int(8 * share))], inks.right)
        elif sweep.ends.ended(Outcome.STEP_LIMIT)[group].all():
            line.append("·", inks.quiet)
        else:
            line.append("×", inks.wrong)
    first, last = short(float(sweep.step_sizes[0])), short(float(sweep.step_sizes[-1]))
    scale = first + " " * max(1, columns - len(first) - len(last)) + last
    said = "Bars: median steps until convergence; · none has converged yet; × none converges."
    return [line, Text(scale, inks.quiet), sentence(said, inks.quiet)]
