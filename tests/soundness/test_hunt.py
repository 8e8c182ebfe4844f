"""Searches of random formulas, checked by Newton's method and by grids."""

import numpy as np

from soundness import hunt
from soundness.hunt import Tally, examine, hunted_points, random_formula
from steepest.functions.formula import Formula


def test_nothing_is_missed_on_random_formulas():
    rng = np.random.default_rng(11)
    tally = Tally()
    for _ in range(20):
        examine(random_formula(rng), tally, boxes=3000)
    assert tally.faults == ()
    assert tally.certified > 20
    assert tally.hunted > 20


def test_the_hunter_finds_points():
    found = hunted_points(Formula("sin(2x) + sin(2y)"))
    places = {(i * np.pi / 4, j * np.pi / 4) for i in (-1, 1) for j in (-1, 1, 3) if j < 3}
    assert all(np.abs(found - place).max(axis=1).min() < 1e-7 for place in places)


def test_a_point_that_a_search_misses_is_a_fault(monkeypatch):
    right = hunt.critical_points

    def forgetful(f, box, **budget):
        return right(f, [(-2.1, 0.1), box[1]], **budget)

    monkeypatch.setattr(hunt, "critical_points", forgetful)
    tally = Tally()
    examine("sin(2x) + sin(2y)", tally)
    assert "missed" in tally.faults[0]
