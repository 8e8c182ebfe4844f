"""A run as one JSON object: what `steepest watch --json` prints. Never NaN; unknown is null."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import numpy as np

from steepest.training.judging import judge
from steepest.training.judging.gradient import noise_share
from steepest.training.phases import training_phases
from steepest.training.run import Run


def summary(run: Run) -> dict[str, Any]:
    """The run's numbers by column, its phases and what they say."""
    known = {name: column for name, column in run.columns.items() if np.isfinite(column).any()}
    bad = run.not_finite
    clip = run["clip"][np.isfinite(run["clip"])]
    return {
        "model": run.header.model,
        "optimizer": run.header.optimizer,
        "settings": {name: _plain(value) for name, value in run.header.settings.items()},
        "parameters": run.header.parameters,
        "layers": [asdict(layer) for layer in run.header.layers],
        "stability": run.header.stability,
        "started": run.header.started,
        "steps": run.steps.tolist(),
        "columns": {name: [_number(x) for x in column] for name, column in known.items()},
        "layer_gradients": [[_number(x) for x in row] for row in run.layers],
        "clipped_share": _number(np.mean(clip < 0.999)) if len(clip) else None,
        "noise_share": noise_share(run),
        "not_finite": None if bad is None else {"step": bad.step, "column": bad.column},
        "phases": [asdict(phase) for phase in training_phases(run)],
        "sentences": [asdict(sentence) for sentence in judge(run)],
        "notes": list(run.notes),
    }


def _number(value: Any) -> float | None:
    value = float(value)
    return value + 0.0 if math.isfinite(value) else None


def _plain(value: Any) -> Any:
    """A setting as JSON: numbers that are finite, text, lists of these."""
    if isinstance(value, bool | int | str) or value is None:
        return value
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, list | tuple):
        return [_plain(x) for x in value]
    return str(value)
