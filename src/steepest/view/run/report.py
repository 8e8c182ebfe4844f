"""What `steepest watch` says in a terminal; the live view shows the same."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from rich.cells import cell_len
from rich.console import RenderableType
from rich.text import Text

from steepest.training.run import Run
from steepest.view.inks import Inks
from steepest.view.numbers import short
from steepest.view.run.scene import run_scene
from steepest.view.terminal import Report, card
from steepest.view.tokens import Theme
from steepest.view.words import parts, sentence, told

_BARS: Final = "▁▂▃▄▅▆▇█"
_MARKS: Final = {"bad": "✗ ", "warning": "! ", "note": "· "}
_LAYERS: Final = 16


def run_report(run: Run, theme: Theme | None = None) -> Report:
    """The report on a run with at least one step, ready to print."""
    scene = run_scene(run)

    def cards(width: int, inks: Inks) -> list[RenderableType]:
        return [
            *card("What is going on", _sentences(scene, inks), inks),
            *card("Over the steps", _curves(scene, width, inks), inks),
            *card("Phases", _phases(scene, inks), inks),
            *card(_heat_title(scene), _layers(scene, width, inks), inks),
            *card("The file", [told(note) for note in scene["notes"]], inks),
        ][:-1]

    return Report(f"{scene['title']}\n{scene['subtitle']}", cards, None, theme)


def _sentences(scene: dict[str, Any], inks: Inks) -> list[RenderableType]:
    if not scene["sentences"]:
        return [sentence("Nothing stands out.", inks.quiet)]
    colours = {"bad": inks.wrong, "warning": inks.direction, "note": inks.quiet}
    lines: list[RenderableType] = []
    for said in scene["sentences"]:
        level = said["level"]
        text = said["text"][:1].upper() + said["text"][1:] + "."
        lines.append(parts((_MARKS[level], colours[level]), text))
    return lines


def _phases(scene: dict[str, Any], inks: Inks) -> list[RenderableType]:
    return [
        parts(
            f"{p['name'][:1].upper()}{p['name'][1:]}",
            (f", steps {p['first']}–{p['last']}: ", inks.quiet),
            f"{p['text']}.",
        )
        for p in scene["phases"]
    ]


def _curves(scene: dict[str, Any], width: int, inks: Inks) -> list[RenderableType]:
    """One line of bars a panel, with the first and the last number."""
    rows = []
    for panel in scene["panels"]:
        series = panel["series"][0]
        first, last = short(series["y"][0], 3), short(series["y"][-1], 3)
        rows.append((_NAMES.get(panel["name"], panel["name"]), panel, first, last))
    if not rows:
        return []
    name_width = max(cell_len(name) for name, *_ in rows)
    number = max(cell_len(first) for *_, first, _ in rows)
    room = max(8, min(48, width - name_width - 2 * number - 8))
    lines: list[RenderableType] = []
    for name, panel, first, last in rows:
        lines.append(
            Text.assemble(
                (name.ljust(name_width), inks.quiet), f"  {first.rjust(number)} ",
                (bars(panel, room), inks.role(panel["series"][0]["role"])), f" {last}",
                no_wrap=True,
            )
        )  # fmt: skip
    return lines


_NAMES: Final = {
    "loss": "loss", "gradient": "‖∇f‖", "sharpness": "λmax × lr", "turn": "turn, °",
    "promise": "fall/promise", "step": "step/weights", "noise": "noise share",
}  # fmt: skip


def bars(panel: dict[str, Any], most: int) -> str:
    """The first curve of a panel as small bars on the panel's own scale."""
    y = np.array(panel["series"][0]["y"], dtype=float)
    if not len(y):
        return ""
    picked = [float(np.median(part)) for part in np.array_split(y, min(most, len(y)))]
    low, high = panel["range"]
    if panel["scale"] == "log":
        low, high = math.log10(low), math.log10(high)
        picked = [math.log10(v) for v in picked]
    span = high - low
    return "".join(
        _BARS[max(0, min(len(_BARS) - 1, int((v - low) / span * len(_BARS))))] for v in picked
    )


def _heat_title(scene: dict[str, Any]) -> str:
    return scene["heat"]["title"] if scene["heat"] else ""


def _layers(scene: dict[str, Any], width: int, inks: Inks) -> list[RenderableType]:
    """A row of bars a layer: full is all of the gradient, the lowest a millionth."""
    heat = scene["heat"]
    if heat is None:
        return []
    names = [f"{k + 1} {name}" for k, name in enumerate(heat["layers"])]
    shown = list(range(min(len(names), _LAYERS)))
    wide = min(max(cell_len(names[k]) for k in shown), max(12, width // 3))
    room = max(8, min(48, width - wide - 12))
    lines: list[RenderableType] = []
    for k in shown:
        cells = [c for c in heat["cells"][k] if c is not None]
        name = names[k] if cell_len(names[k]) <= wide else "…" + names[k][-wide + 1 :]
        panel = {"series": [{"y": cells}], "scale": "linear", "range": heat["range"]}
        last = f" {short(10 ** cells[-1], 2)}" if cells else " not finite"
        lines.append(
            Text.assemble(
                (name.ljust(wide), inks.quiet), "  ", (bars(panel, room), inks.gradient), last,
                no_wrap=True,
            )
        )  # fmt: skip
    more = len(names) - len(shown) + heat["more"]
    if more:
        lines.append(Text(f"… and {more} more layers", style=inks.quiet))
    return lines
