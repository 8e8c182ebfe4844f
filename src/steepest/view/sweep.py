"""A sweep of step sizes as a figure: steps against step size, the limit 2/λmax beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from steepest.descent.outcomes import Outcome
from steepest.sweep_steps import Sweep
from steepest.view.figure import require_matplotlib
from steepest.view.numbers import short
from steepest.view.title import title
from steepest.view.tokens import Theme, palette

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MARKS: Final = {
    Outcome.CONVERGED: ("o", "converged"),
    Outcome.STEP_LIMIT: ("s", "step limit"),
    Outcome.DIVERGED: ("x", "diverged"),
    Outcome.NOT_A_MINIMUM: ("^", "stopped elsewhere"),
    Outcome.LEFT_DOMAIN: ("v", "left the domain"),
}


def sweep_figure(sweep: Sweep, theme: Theme = "light") -> Figure:
    """Steps against step size, a marker a way to end.

    Raises SteepestError if matplotlib is not installed.
    """
    require_matplotlib()
    from matplotlib.figure import Figure

    colours = palette(theme)
    figure = Figure(figsize=(7.2, 4.4), layout="constrained", facecolor=colours.paper)
    axes = figure.add_subplot(facecolor=colours.paper)
    inks = (*colours.trajectories, colours.quiet)
    for k, (outcome, (marker, label)) in enumerate(_MARKS.items()):
        chosen = sweep.ends.ended(outcome)
        if chosen.any():
            axes.plot(
                sweep.step_sizes[chosen], sweep.steps[chosen], marker, markersize=4,
                color=inks[k % len(inks)], label=label,
            )  # fmt: skip
    for limit, name, dash in (
        (sweep.predicted_limit, "predicted limit", "--"),
        (sweep.observed_limit, "observed limit", ":"),
    ):
        if limit is not None:
            axes.axvline(limit, linestyle=dash, color=colours.ink, label=f"{name} {short(limit)}")
    # From a critical point nobody takes a step, and 0 has no logarithm.
    height = "log" if sweep.steps.any() else "linear"
    axes.set(xscale="log", yscale=height, xlabel="step size η", ylabel="steps")
    axes.tick_params(colors=colours.quiet)
    for side in axes.spines.values():
        side.set_color(colours.hairline)
    axes.xaxis.label.set_color(colours.ink)
    axes.yaxis.label.set_color(colours.ink)
    axes.set_title(title(sweep.function)["text"], loc="left", color=colours.ink, fontsize=10)
    axes.legend(frameon=False, labelcolor=colours.ink, fontsize=8)
    return figure
