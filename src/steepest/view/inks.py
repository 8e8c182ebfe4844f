"""What a terminal writes with: the colours of the tokens, sixteen colours, or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from steepest.view.tokens import Palette, Theme, palette

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class Inks:
    """Rich styles, one a meaning; `palette` is None where colours cannot paint a landscape."""

    ink: str
    quiet: str
    heading: str
    gradient: str
    direction: str
    level: str
    trajectories: tuple[str, ...]
    right: str
    wrong: str
    palette: Palette | None

    def role(self, role: str, style: int = 0) -> str:
        """The style of a mark with this role."""
        if role == "trajectory":
            return self.trajectories[style % len(self.trajectories)]
        if role in ("gradient", "steepest", "descent"):
            return self.gradient
        if role in ("level", "tangent", "slope"):
            return self.level
        return self.direction if role == "direction" else self.ink


def inks_for(console: Console, theme: Theme) -> Inks:
    """The inks that `console` can show."""
    if console.no_color or console.color_system is None:
        # Bold and dim are not colours; a pipe drops them too.
        return Inks("", "dim", "bold", "bold", "bold", "", ("",), "bold", "bold", None)
    if console.color_system in ("standard", "windows"):
        walks = ("blue", "cyan", "magenta", "white")
        return Inks("", "dim", "bold", "bold magenta", "bold yellow", "green", walks,
                    "green", "red", None)  # fmt: skip
    p = palette(theme)
    return Inks("", p.quiet, "bold", f"bold {p.gradient}", f"bold {p.direction}", p.level,
                p.trajectories, p.level, p.gradient, p)  # fmt: skip
