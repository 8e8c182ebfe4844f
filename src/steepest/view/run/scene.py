"""A training run as plain data: panels of curves over steps, the layers' shares, sentences."""

from __future__ import annotations

import datetime
import math
from itertools import pairwise
from typing import Any, Final

import numpy as np

from steepest.training.judging import judge
from steepest.training.phases import training_phases
from steepest.training.run import FloatArray, Run
from steepest.view.numbers import count, short

Scene = dict[str, Any]
Panel = dict[str, Any]

_BINS: Final = 360  # curves of more steps are drawn by the median and the range of each bin
_HEAT_BINS: Final = 160
_HEAT_DECADES: Final = 6  # shares from 10⁻⁶ to 1
_MOST_LAYERS: Final = 48


def run_scene(run: Run) -> Scene:
    """Everything there is to draw of a run with at least one step."""
    panels = [
        _panel(run, "loss", "Loss", [("loss", "trajectory", run["loss"])]),
        _gradient(run),
        _sharpness(run),
        _panel(
            run, "turn", "Angle between successive gradients, degrees (90: unrelated)",
            [("turn", "gradient", run["turn"])],
            within=(0.0, 180.0), lines=[90.0],
        ),
        _promise(run),
        _panel(
            run, "step", "Length of a step over the length of all parameters",
            [("step", "trajectory", _over(run["update"], run["weights"]))],
        ),
        _panel(
            run, "noise", "Share of the gradient's square length that is noise",
            [("noise", "gradient", run["noise"])], within=(0.0, 1.0),
        ),
    ]  # fmt: skip
    header = run.header
    rate = short(run.last("lr"))
    return {
        "kind": "run",
        "title": f"{header.model}, {header.parameters:,} parameters",
        "subtitle": f"{header.optimizer}, lr {rate}; {count(len(run), 'step')}"
        + (f", started {_moment(header.started)}" if header.started else ""),
        "steps": [int(run.steps[0]), int(run.steps[-1])],
        "panels": [p for p in panels if p is not None],
        "heat": _heat(run),
        "phases": [
            {"name": p.name, "first": p.first, "last": p.last, "text": p.sentence}
            for p in training_phases(run)
        ],
        "sentences": [
            {"level": s.level, "text": s.text, "first": s.first, "last": s.last} for s in judge(run)
        ],
        "notes": list(run.notes),
    }


def _moment(text: str) -> str:
    """2026-11-24T10:22:13+00:00 -> 2026-11-24 10:22 UTC."""
    try:
        moment = datetime.datetime.fromisoformat(text).astimezone(datetime.UTC)
    except ValueError:
        return text
    return moment.strftime("%Y-%m-%d %H:%M UTC")


def _panel(
    run: Run,
    name: str,
    title: str,
    curves: list[tuple[str, str, FloatArray]],
    *,
    within: tuple[float, float] | None = None,
    lines: list[float] | None = None,
) -> Panel | None:
    """Curves (label, role, values) over the steps; None if nothing is known of the first."""
    drawn = [
        {"label": label, "role": role, **_binned(run, values)}
        for label, role, values in curves
        if np.isfinite(values).any()
    ]
    if not drawn or not np.isfinite(curves[0][2]).any():
        return None
    levels = lines or []
    scale, low, high = _range([v for *_, v in curves], levels, within)
    return {
        "name": name,
        "title": title,
        "scale": scale,
        "range": [low, high],
        "ticks": _ticks(scale, low, high),
        "series": drawn,
        "lines": levels,
    }


def _gradient(run: Run) -> Panel | None:
    curves = [("gradient", "gradient", run["gradient"])]
    title = "Length of the gradient"
    if (run["clip"] < 0.999).any():
        curves.append(("after clipping", "trajectory", run["gradient"] * run["clip"]))
        title += ", and of what clipping left"
    return _panel(run, "gradient", title, curves)


def _sharpness(run: Run) -> Panel | None:
    """λmax × lr against its limit."""
    known = np.isfinite(run["sharpness"]) & np.isfinite(run["limit"])
    if not known.any():
        return _panel(run, "sharpness", "λmax of the Hessian", [("λmax", "ink", run["lambda_max"])])
    limit = float(run["limit"][known][-1])
    title = "λmax × lr" if np.isfinite(run["lambda_max"]).any() else "λmax of the scaled Hessian"
    return _panel(
        run, "sharpness", f"{title}, stable below {short(limit)}",
        [("sharpness", "ink", run["sharpness"])], lines=[limit],
    )  # fmt: skip


def _promise(run: Run) -> Panel | None:
    """The measured change of the loss of one batch over the first-order prediction."""
    share = _over(run["change"], np.where(run["promised"] < 0, run["promised"], np.nan))
    return _panel(
        run, "promise", "Fall of the loss in a step over what the slope promises (1: as promised)",
        [("fall", "trajectory", share)], lines=[1.0], within=(-1.0, 2.0),
    )  # fmt: skip


def _over(a: FloatArray, b: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(b != 0, a / b, np.nan)


def _binned(run: Run, values: FloatArray) -> dict[str, Any]:
    """Steps, middle values and their range, bin by bin; each known value where there are few."""
    known = np.flatnonzero(np.isfinite(values))
    steps, values = run.steps[known], values[known]
    if len(known) <= _BINS:
        y = values.tolist()
        return {"x": steps.tolist(), "y": y, "low": y, "high": y}
    edges = np.linspace(0, len(known), _BINS + 1).round().astype(int)
    parts = [values[a:b] for a, b in pairwise(edges)]
    return {
        "x": [int(steps[(a + b) // 2]) for a, b in pairwise(edges)],
        "y": [float(np.median(p)) for p in parts],
        "low": [float(p.min()) for p in parts],
        "high": [float(p.max()) for p in parts],
    }


def _range(
    curves: list[FloatArray], levels: list[float], within: tuple[float, float] | None
) -> tuple[str, float, float]:
    """("log" or "linear", lowest, highest): logarithmic for positive values of many sizes."""
    if within is not None:
        return "linear", *within
    values = np.concatenate([*[v[np.isfinite(v)] for v in curves], levels])
    low, high = float(values.min()), float(values.max())
    if low > 0 and high / low > 20:
        pad = (high / low) ** 0.04
        return "log", low / pad, high * pad
    if high - low <= 1e-12 * max(abs(low), abs(high)):
        low, high = low - max(abs(low), 1.0) * 0.1, high + max(abs(high), 1.0) * 0.1
    pad = 0.05 * (high - low)
    floor = 0.0 if low >= 0 and low < 0.4 * high else low - pad
    return "linear", floor, high + pad


def _ticks(scale: str, low: float, high: float) -> list[dict[str, Any]]:
    """Two to six places on the axis with their names."""
    if scale == "log":
        first, last = math.ceil(math.log10(low)), math.floor(math.log10(high))
        stride = max(1, (last - first) // 4 + 1)
        places = [10.0**k for k in range(first, last + 1, stride)]
        if len(places) < 2:
            places = [m * 10.0**k for k in range(first - 1, last + 1) for m in (1, 2, 5)]
            places = [y for y in places if low <= y <= high]
        return [_tick(y, 2) for y in places]
    raw = (high - low) / 4
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(m * size for m in (1, 2, 3, 5, 10) if m * size >= raw)
    if (low, high) == (0.0, 180.0):
        step = 60.0
    first = math.ceil(low / step - 1e-9)
    places = [k * step for k in range(first, math.floor(high / step + 1e-9) + 1)]
    return [_tick(y, 3) for y in places]


def _tick(y: float, significant: int) -> dict[str, Any]:
    return {"y": y, "text": short(y, significant).replace("-", "−")}


def _heat(run: Run) -> dict[str, Any] | None:
    """log₁₀ of each layer's share of the gradient over bins of steps, from -6 or more to 0."""
    shares = run.shares
    if shares.shape[1] < 2 or not np.isfinite(shares).any():
        return None
    count = min(_HEAT_BINS, len(run))
    edges = np.linspace(0, len(run), count + 1).round().astype(int)
    rows = range(min(shares.shape[1], _MOST_LAYERS))
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log10(shares)
    low = max(
        -float(_HEAT_DECADES),
        min(-2.0, math.floor(float(np.min(logs[np.isfinite(logs)], initial=0)))),
    )
    cells: list[list[float | None]] = []
    for row in rows:
        line: list[float | None] = []
        for a, b in pairwise(edges):
            part = logs[a:b, row]
            part = part[~np.isnan(part)]
            value = float(np.median(part)) if len(part) else None
            line.append(None if value is None else max(low, min(0.0, value)))
        cells.append(line)
    return {
        "title": "Each layer's share of the gradient's length",
        "layers": [run.header.layers[k].name for k in rows],
        "more": shares.shape[1] - len(rows),
        "edges": [*(int(run.steps[k]) for k in edges[:-1]), int(run.steps[-1]) + 1],
        "cells": cells,
        "range": [low, 0.0],
    }
