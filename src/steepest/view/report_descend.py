"""What `steepest descend` says: how it ended, the limit of the step size, value against step."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Final

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from steepest.descent import Outcome, Trajectory
from steepest.functions.formula import Formula
from steepest.norms import Norm
from steepest.view.inks import Inks
from steepest.view.marks import SPOKEN
from steepest.view.numbers import short, vector
from steepest.view.scene import scene
from steepest.view.terminal import Report, card
from steepest.view.title import title
from steepest.view.tokens import Theme
from steepest.view.words import parts, sentence, table

_BARS: Final = "▁▂▃▄▅▆▇█"
_ROWS: Final = 10
_GREEK: Final = {"step_size": "η", "beta": "β", "alpha": "α", "beta1": "β1", "beta2": "β2",
                 "epsilon": "ε", "max_norm": "largest norm"}  # fmt: skip


def descend_report(
    f: Formula, walk: Trajectory, *, plane: list[str] | None = None, theme: Theme | None = None
) -> Report:
    """The report on a trajectory, ready to print."""

    def draw(resolution: tuple[int, int]) -> dict[str, Any]:
        return scene(f, trajectories=[walk], plane=plane, resolution=resolution)

    def cards(width: int, inks: Inks) -> list[RenderableType]:
        return [
            *card("Walk", _walk(walk, inks), inks),
            *card("Value against step", _values(walk, width, inks), inks),
            *card("Phases", [sentence(str(p)) for p in walk.phases], inks),
        ][:-1]

    return Report(
        f"{title(f)['text']}   from {vector(walk.start)}", cards, draw if f.dim else None, theme
    )


def _walk(walk: Trajectory, inks: Inks) -> list[RenderableType]:
    good = walk.outcome is Outcome.CONVERGED
    lines: list[RenderableType] = [
        parts(("●", inks.trajectories[0]), f" {rule_in_words(walk.rule)}"),
        Text(),
        parts(("✓ " if good else "✗ ", inks.right if good else inks.wrong), walk.message),
    ]
    if walk.verdict:
        lines.append(Text(walk.verdict))
    if walk.lambda_max is not None:
        said = f"Largest curvature met: λmax = {short(walk.lambda_max)}."
        if walk.stable_step_limit is not None:
            said += f" Step sizes up to {short(walk.stable_step_limit)} are stable there."
        lines += [Text(), sentence(said)]
    return lines


def rule_in_words(rule: Any) -> str:
    """momentum, η = 0.1, β = 0.9."""
    said = [rule.name]
    for field in fields(rule):
        value = getattr(rule, field.name)
        if isinstance(value, Norm):
            if value.name != "l2":
                said.append(f"norm {SPOKEN.get(value.name, value.name)}")
        elif field.init:
            said.append(f"{_GREEK.get(field.name, field.name)} = {short(value)}")
    return ", ".join(said)


def _values(walk: Trajectory, width: int, inks: Inks) -> list[RenderableType]:
    lines: list[RenderableType] = []
    bars = _bars(walk.values, min(width, 40))
    if bars:
        lines.append(Text(bars, style=inks.trajectories[0], no_wrap=True))
    rows = [
        [str(k), short(walk.values[k]), short(walk.gradient_norms[k])] for k in _picked(walk.steps)
    ]
    return [*lines, *table(["step", "f", "‖∇f‖"], rows, inks.quiet)]


def _picked(steps: int) -> list[int]:
    """Which steps to show: all of a short run, else the first few, then ever wider apart."""
    if steps < _ROWS:
        return list(range(steps + 1))
    spread = np.geomspace(1, steps, _ROWS - 1).round().astype(int)
    return sorted({0, *(int(k) for k in spread)})


def _bars(values: np.ndarray, most: int) -> str:
    """The values as small bars, on a logarithmic scale above the lowest."""
    known = values[np.isfinite(values)]
    if len(known) < 3 or not np.ptp(known) > 0:
        return ""
    picked = known[np.linspace(0, len(known) - 1, min(most, len(known))).round().astype(int)]
    above = picked - known.min()
    floor = np.max(above) * 1e-12
    heights = np.log10(np.maximum(above, floor))
    low = float(np.min(heights))
    span = float(np.max(heights)) - low
    if not span > 0:
        return ""
    return "".join(_BARS[round(float(h - low) / span * (len(_BARS) - 1))] for h in heights)
