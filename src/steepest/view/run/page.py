"""A run as a page: one .html file that loads nothing, in light and dark."""

from __future__ import annotations

import html
import json
import math
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from steepest.training.judging.sentence import power_of_ten
from steepest.training.run import Run
from steepest.view.numbers import short
from steepest.view.run.scene import run_scene
from steepest.view.tokens import Theme, palette, ramp

_WIDE, _TALL = 1000.0, 100.0  # a panel's own units; the browser stretches it
_SHADES: Final = 16
_FEW: Final = 40  # a curve of so few points shows them
_MARKS: Final = {"bad": "✗", "warning": "!", "note": "·"}
_LEVELS: Final = {"bad": "Bad", "warning": "Warning", "note": "Note"}


def run_page(run: Run, path: str | Path) -> Path:
    """Write the page of a run with at least one step to `path`, and return the path.

    Raises OSError if the file cannot be written.
    """
    target = Path(path)
    target.write_text(fill(run_scene(run)), encoding="utf-8")
    return target


def fill(scene: dict[str, Any]) -> str:
    """The page of a scene."""
    parts = {
        "<!--title-->": f"<title>{html.escape(scene['title'])} – steepest</title>",
        "/*tokens*/": _tokens(),
        "<!--head-->": f"<h1>{html.escape(scene['title'])}</h1>"
        f'<p class="quiet">{html.escape(scene["subtitle"])}</p>',
        "<!--sentences-->": _sentences(scene),
        "<!--phases-->": _phases(scene),
        "<!--notes-->": _notes(scene),
        "<!--curves-->": _curves(scene),
        "/*data*/": _data(scene),
    }
    page = files("steepest.view.run").joinpath("page.html").read_text("utf-8")
    done = ""
    # From top to bottom, so that nothing in a run's names is taken for a place to fill.
    for place, content in parts.items():
        before, _, page = page.partition(place)
        done += before + content
    return done + page


def _tokens() -> str:
    """The colours of both themes as variables of the style sheet."""

    def theme(name: Theme) -> str:
        p = palette(name)
        shades = ramp((p.landscape[0], p.gradient), _SHADES)
        named = {
            "paper": p.paper, "ink": p.ink, "quiet": p.quiet, "hairline": p.hairline,
            "gradient": p.gradient, "direction": p.direction, "trajectory": p.trajectories[0],
        } | {f"heat{k}": colour for k, colour in enumerate(shades)}  # fmt: skip
        return "".join(f"--{key}: {value}; " for key, value in named.items())

    shades = "".join(f".h{k} {{ fill: var(--heat{k}); }} " for k in range(_SHADES))
    return (
        f":root {{ color-scheme: light dark; {theme('light')}}}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {theme('dark')}}} }}\n{shades}"
    )


def _sentences(scene: dict[str, Any]) -> str:
    if not scene["sentences"]:
        return '<p class="quiet">Nothing stands out.</p>'
    items = []
    for said in scene["sentences"]:
        text = html.escape(said["text"][:1].upper() + said["text"][1:] + ".")
        start, colon, rest = text.partition(": ")
        if colon:
            text = f"<b>{start}:</b> {rest}"
        level = said["level"]
        items.append(
            f'<li class="{level}"><span class="mark" role="img" aria-label="{_LEVELS[level]}">'
            f"{_MARKS[level]}</span><span>{text}</span></li>"
        )
    return f"<ul>{''.join(items)}</ul>"


def _phases(scene: dict[str, Any]) -> str:
    if not scene["phases"]:
        return '<p class="quiet">Too few steps to tell.</p>'
    items = [
        f'<li><span class="name">{html.escape(p["name"][:1].upper() + p["name"][1:])}</span>'
        f' <span class="quiet">steps {p["first"]}–{p["last"]}</span><br>'
        f"{html.escape(p['text'])}.</li>"
        for p in scene["phases"]
    ]
    return f"<ul>{''.join(items)}</ul>"


def _notes(scene: dict[str, Any]) -> str:
    if not scene["notes"]:
        return ""
    items = "".join(f"<p>{html.escape(n[:1].upper() + n[1:])}.</p>" for n in scene["notes"])
    return f'<section class="said"><h2>The file</h2>{items}</section>'


def _curves(scene: dict[str, Any]) -> str:
    first, last = scene["steps"]
    strip = "".join(
        f'<span style="left:{100 * _at(scene, p["first"]):.2f}%;width:'
        f'{100 * (_at(scene, p["last"]) - _at(scene, p["first"])):.2f}%"'
        f' title="{html.escape(p["name"])}">{html.escape(p["name"])}</span>'
        for p in scene["phases"]
    )
    panels = "".join(_panel(scene, panel) for panel in scene["panels"])
    steps = f'<div class="steps"><span>step {first}</span><span>step {last}</span></div>'
    return f'<div class="strip" aria-hidden="true">{strip}</div>{panels}{steps}{_heat(scene)}'


def _panel(scene: dict[str, Any], panel: dict[str, Any]) -> str:
    drawn = [
        f'<path class="phase" d="M{_WIDE * _at(scene, p["first"]):.1f} 0V{_TALL:g}"/>'
        for p in scene["phases"][1:]
    ]
    for level in panel["lines"]:
        drawn.append(f'<path class="limit" d="M0 {_height(panel, level):.2f}H{_WIDE:g}"/>')
    for k, series in enumerate(panel["series"]):
        drawn += _series(scene, panel, series, second=k > 0)
    ticks = "".join(
        f'<span class="tick" style="top:{_height(panel, t["y"]):.2f}%">{t["text"]}</span>'
        for t in panel["ticks"]
    )
    ends = panel["series"][0]["y"]
    label = f"{panel['title']}: from {short(ends[0])} to {short(ends[-1])}"
    return (
        f'<figure><figcaption><h3>{panel["title"]}</h3><output class="quiet"></output>'
        f'</figcaption><div class="plot" data-name="{panel["name"]}" tabindex="0" role="img"'
        f' aria-label="{label}"><svg viewBox="0 0 {_WIDE:g} {_TALL:g}" preserveAspectRatio="none"'
        f' aria-hidden="true">{"".join(drawn)}</svg>{ticks}<div class="cursor"></div></div>'
        "</figure>"
    )


def _series(
    scene: dict[str, Any], panel: dict[str, Any], series: dict[str, Any], *, second: bool
) -> list[str]:
    xs = [f"{_WIDE * _at(scene, x):.1f}" for x in series["x"]]
    ys, low, high = (
        [f"{_height(panel, v):.2f}" for v in series[name]] for name in ("y", "low", "high")
    )
    drawn = []
    if series["low"] != series["y"]:
        there = [f"{x} {y}" for x, y in zip(xs, high, strict=True)]
        back = [f"{x} {y}" for x, y in zip(reversed(xs), reversed(low), strict=True)]
        drawn.append(f'<path class="band {series["role"]}" d="M{"L".join(there + back)}Z"/>')
    points = [f"{x} {y}" for x, y in zip(xs, ys, strict=True)]
    extra = " second" if second else ""
    if len(points) > 1:
        drawn.append(f'<path class="line {series["role"]}{extra}" d="M{"L".join(points)}"/>')
    if len(points) <= _FEW:
        dots = "".join(f"M{p}h0" for p in points)
        drawn.append(f'<path class="dots {series["role"]}" d="{dots}"/>')
    return drawn


def _heat(scene: dict[str, Any]) -> str:
    heat = scene["heat"]
    if heat is None:
        return ""
    low, high = heat["range"]
    first, end = heat["edges"][0], heat["edges"][-1]
    cells: dict[int, list[str]] = {}
    for row, line in enumerate(heat["cells"]):
        for k, value in enumerate(line):
            if value is None:
                continue
            shade = min(_SHADES - 1, int((value - low) / (high - low) * _SHADES))
            a, b = (_WIDE * (heat["edges"][j] - first) / (end - first) for j in (k, k + 1))
            cells.setdefault(shade, []).append(f"M{a:.1f} {row}H{b:.1f}V{row + 1}H{a:.1f}Z")
    rows = len(heat["layers"])
    drawn = "".join(f'<path class="h{k}" d="{"".join(d)}"/>' for k, d in sorted(cells.items()))
    names = "".join(
        f'<span class="row" style="top:{16 * k}px" title="{html.escape(name)}">'
        f"<bdi>{html.escape(name)}</bdi></span>"
        for k, name in enumerate(heat["layers"])
    )
    more = f"; {heat['more']} more layers are not drawn" if heat["more"] else ""
    return (
        f"<figure><figcaption><h3>{heat['title']}{more}</h3></figcaption>"
        f'<div class="plot heat" style="--rows:{rows}">'
        f'<svg viewBox="0 0 {_WIDE:g} {rows}" preserveAspectRatio="none" role="img"'
        f' aria-label="{heat["title"]}" shape-rendering="crispEdges">{drawn}</svg>{names}'
        '<div class="cursor"></div></div>'
        f'<div class="scale"><span>{power_of_ten(round(low))} or less</span><i></i>'
        "<span>all</span></div></figure>"
    )


def _at(scene: dict[str, Any], step: float) -> float:
    first, last = scene["steps"]
    return (step - first) / max(1, last - first)


def _height(panel: dict[str, Any], value: float) -> float:
    """Where a value stands, from 0 at the top to 100."""
    low, high = panel["range"]
    if panel["scale"] == "log":
        value, low, high = (math.log10(v) for v in (value, low, high))
    return max(0.0, min(_TALL, _TALL * (high - value) / (high - low)))


def _data(scene: dict[str, Any]) -> str:
    told = {
        "steps": scene["steps"],
        "panels": {
            p["name"]: [{"x": s["x"], "y": s["y"]} for s in p["series"]] for p in scene["panels"]
        },
    }
    return json.dumps(told, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
