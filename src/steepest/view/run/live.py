"""A run in the terminal while it goes on: in the training's own process, or from its file."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from rich.console import Console
from rich.live import Live

from steepest.training.reading import RunFollower
from steepest.training.records import Header
from steepest.training.run import Run, RunBuilder
from steepest.view.run.report import run_report
from steepest.view.terminal import show
from steepest.view.tokens import Theme

_PAUSE: Final = 0.5  # seconds between two looks at a file


class Terminal:
    """Shows a run while it is trained: `watch(…, writers=[Terminal()])`.

    On a terminal the report is drawn anew, at most once in `seconds`, whatever the number of
    steps; where output is not a terminal it is printed once, when the run is closed.
    """

    def __init__(
        self, seconds: float = 1.0, *, theme: Theme | None = None, console: Console | None = None
    ) -> None:
        self._seconds = seconds
        self._theme: Theme | None = theme
        self._console = console or Console(highlight=False, markup=False, emoji=False)
        self._builder: RunBuilder | None = None
        self._live: Live | None = None
        self._next = 0.0

    def start(self, header: Header, resumed: int | None) -> None:
        """The screen is taken."""
        self._builder = RunBuilder(header)
        if self._console.is_terminal:
            # What does not fit is cut off at the bottom; the last report is shown whole.
            self._live = Live(console=self._console, auto_refresh=False, vertical_overflow="crop")
            self._live.start()

    def step(self, step: int, values: Mapping[str, float], layers: Sequence[float]) -> None:
        """One step; drawn if it is time."""
        assert self._builder is not None
        self._builder.add(step, values, layers)
        now = time.monotonic()
        if self._live is not None and now >= self._next:
            self._live.update(run_report(self._builder.run(), self._theme), refresh=True)
            # Drawing may take no more than a twentieth of the time.
            self._next = now + max(self._seconds, 20 * (time.monotonic() - now))

    def close(self) -> None:
        """The last report stays, if there was a step; the screen is given back."""
        report = None
        if self._builder is not None and len(self._builder):
            report = run_report(self._builder.run(), self._theme)
        if self._live is not None:
            if report is not None:
                self._live.update(report, refresh=True)
            self._live.stop()
        elif report is not None:
            show(report)
        self._builder = self._live = None


def follow(follower: RunFollower, theme: Theme | None = None, *, pause: float = _PAUSE) -> Run:
    """Draw the run of a file anew when steps have come, until Ctrl-C; the run as it is then.

    Raises RunError as `read_run` does.
    """
    for _ in follower.new_steps():
        pass
    console = Console(highlight=False, markup=False, emoji=False)
    # A second Ctrl-C, or one during a drawing, ends it as well.
    with (
        suppress(KeyboardInterrupt),
        Live(console=console, auto_refresh=False, vertical_overflow="crop") as live,
    ):
        seen = -1
        while True:
            run = follower.run() if follower.started else None
            if run is not None and len(run) and len(run) != seen:
                seen = len(run)
                live.update(run_report(run, theme), refresh=True)
            time.sleep(pause)
            for _ in follower.new_steps():
                pass
    return follower.run(complete=True)
