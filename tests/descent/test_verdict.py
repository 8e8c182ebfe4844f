"""What is proved of the minimum a descent or a basin map found, told in a sentence."""

from __future__ import annotations

from typing import Any, cast

import pytest

import steepest as st
from steepest.errors import ParameterError, PointError

WELLS = "x^4 - 2x^2 + x/2"  # the left well is the deeper one
BOX = [(-3, 3)]


def test_the_global_minimum_is_proved_to_be_it():
    t = st.descend(st.Formula(WELLS), [-2], st.FixedStep(0.01), box=BOX)
    assert t.verdict == "This minimum is the global one in the box (proved), and there is no other."
    assert t.verdict in str(t)


def test_a_local_minimum_is_proved_not_to_be_it_and_the_better_point_is_named():
    t = st.descend(st.Formula(WELLS), [2], st.FixedStep(0.01), box=BOX)
    assert t.verdict.startswith("This minimum is not global (proved): at (-1.05745")


def test_without_a_box_or_a_minimum_nothing_is_said():
    assert st.descend(st.Formula(WELLS), [2], st.FixedStep(0.01)).verdict == ""
    assert st.descend(st.Formula("x"), [2], st.FixedStep(0.01), box=BOX).verdict == ""


def test_a_minimum_outside_the_box():
    t = st.descend(st.Formula(WELLS), [-2], st.FixedStep(0.01), box=[(0, 3)])
    assert t.verdict == "The minimum lies outside the box, so nothing is said about the box."


def test_a_box_that_is_none_is_refused_before_the_walk():
    with pytest.raises(PointError, match="1 pair"):
        st.descend(st.Formula(WELLS), [2], st.FixedStep(0.01), box=[(-3, 3), (0, 1)])
    with pytest.raises(ParameterError, match="nothing can be proved about"):
        st.descend(cast(Any, _Opaque()), [2], st.FixedStep(0.01), box=BOX)


class _Opaque:
    """A function without a graph."""

    variables = ("x",)
    dim = 1


def test_a_basin_map_judges_its_lowest_minimum():
    himmelblau = st.Formula("(x^2 + y - 11)^2 + (x + y^2 - 7)^2")
    full = st.basins(himmelblau, [(-5, 5), (-5, 5)], st.FixedStep(0.005), resolution=8)
    assert full.verdict.startswith("This minimum is one of 4 that may be global (proved)")
    part = st.basins(st.Formula(WELLS), [(0.5, 3)], st.FixedStep(0.01), resolution=8)
    assert (
        part.verdict == "This minimum is the global one in the box (proved), and there is no other."
    )
