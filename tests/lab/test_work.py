"""What a worker tells is what the library says."""

from __future__ import annotations

import base64

import numpy as np
import pytest

import steepest as st
from steepest.errors import SteepestError
from steepest.lab.work import do

HILL = "x exp(-x^2 - y^2)"
BOX = [[-2.0, 2.0], [-1.5, 1.5]]
BASINS = {
    "kind": "basins", "formula": "x^4 - x^2 + y^2/2", "box": BOX, "rule": "fixed",
    "step_size": 0.05, "norm": "l2", "max_steps": 500, "resolution": [16, 9],
}  # fmt: skip


def silent(_):
    pass


def test_critical_points():
    told = []
    answer = do({"kind": "critical", "formula": HILL, "box": BOX}, told.append)
    found = st.critical_points(HILL, [(-2, 2), (-1.5, 1.5)])
    assert [p["at"] for p in answer["points"]] == [list(p.x) for p in found]
    assert [p["radius"] for p in answer["points"]] == [p.radius for p in found]
    assert answer["counts"] == {"minimum": 1, "maximum": 1}
    assert answer["complete"] is found.complete is True
    assert told and told[-1]["boxes"] == answer["boxes"] == found.boxes


@pytest.mark.parametrize(
    ("rule", "step_size", "norm", "built"),
    [
        ("fixed", 0.05, "l2", st.FixedStep(0.05)),
        ("normalized", 0.05, "linf", st.NormalizedStep(0.05, norm=st.LInf())),
        ("clipped", 0.05, "l1", st.ClippedStep(0.05, max_norm=1, norm=st.L1())),
        ("momentum", 0.01, "l2", st.Momentum(0.01, 0.9)),
        ("nesterov", 0.01, "l2", st.Nesterov(0.01, 0.9)),
        ("backtracking", None, "l2", st.Backtracking()),
        ("exact", None, "l2", st.ExactLineSearch()),
        ("rmsprop", 0.01, "l1", st.RMSProp(0.01)),
        ("adam", 0.01, "l2", st.Adam(0.01)),
    ],
)
def test_basins(rule, step_size, norm, built):
    answer = do(BASINS | {"rule": rule, "step_size": step_size, "norm": norm}, silent)
    box = [(lo, hi) for lo, hi in BOX]
    found = st.basins(st.Formula(BASINS["formula"]), box, built, resolution=(16, 9), max_steps=500)
    labels = np.frombuffer(base64.b64decode(answer["labels"]), "<i2").reshape(9, 16)
    assert (found.labels == labels[::-1].T).all()
    late = np.frombuffer(base64.b64decode(answer["late"]), np.uint8).reshape(9, 16)
    assert (late[::-1].T[found.labels < 0] == 0).all()
    assert [m["count"] for m in answer["minima"]] == found.counts.tolist()
    assert sum(o["count"] for o in answer["outcomes"]) + found.counts.sum() == 16 * 9
    assert len(answer["colours"]["dark"]) == len(found.minima)


def test_late_starts_are_told_from_early_ones():
    answer = do(BASINS, silent)
    late = np.frombuffer(base64.b64decode(answer["late"]), np.uint8)
    assert late.min() == 0 and late.max() == 255


@pytest.mark.parametrize("formula", [HILL, "x^2", "sin(x)^2 y + z", "sin(exp(x y))/(1 + x^2 y^2)"])
def test_symbolic(formula):
    answer = do({"kind": "symbolic", "formula": formula}, silent)
    f = st.Formula(formula)
    assert answer["gradient"] == [g.latex for g in f.gradient]
    assert answer["hessian"] == [[h.latex for h in row] for row in f.hessian]
    assert len(answer["chains"]) >= f.dim and answer["checked"]
    steps = [step for chain in answer["chains"] for step in chain["steps"]]
    assert len(steps) == answer["steps"] and all(step["rule"] for step in steps)


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ({"kind": "symbolic", "formula": "2 + 3"}, "no variable"),
        ({"kind": "symbolic", "formula": "x + <script>"}, "where"),
        ({"kind": "critical", "formula": "x y", "box": [[0, 1]]}, "box"),
        ({"kind": "critical", "formula": "x y", "box": [[1, 0], [0, 1]]}, "box|inverted|below"),
        (BASINS | {"formula": "x^2 + y^2 + z^2"}, "two variables"),
        (BASINS | {"rule": "newton"}, "unknown"),
        (BASINS | {"norm": "l3"}, "unknown"),
        (BASINS | {"step_size": None}, "step_size"),
        (BASINS | {"step_size": -1.0}, "step_size"),
    ],
    ids=str,
)
def test_refusals(task, said):
    with pytest.raises(SteepestError, match=said):
        do(task, silent)
