"""How a notebook shows a trajectory."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

import steepest as st


def shown(formula: str, start: tuple[float, ...], size: float, steps: int = 1000) -> str:
    rule = st.FixedStep(size)
    return st.descend(st.Formula(formula), start, rule, max_steps=steps)._repr_html_()


def test_it_says_how_the_run_ended_and_draws_the_value() -> None:
    text = shown("x^2 + 3y^2", (1, 2), 0.1)
    ElementTree.fromstring(f"<div>{text}</div>")
    assert "Converged to a minimum after 86 steps" in text
    assert "in powers of ten, 86 steps from (1, 2)" in text
    (path,) = re.findall(r'd="M([^"]*)"', text)
    places = [tuple(map(float, p.split())) for p in path.split("L")]
    assert len(places) == 87
    assert [y for _, y in places] == sorted(y for _, y in places)
    assert places[0] == (4, 4) and places[-1] == pytest.approx((316, 68))


def test_what_overflows_is_left_out_of_the_line() -> None:
    text = shown("x^4", (3,), 1.0)
    assert "Diverged" in text
    assert "nan" not in text.lower() and "inf" not in text.split("</svg>")[0].split("<svg")[-1]


def test_a_run_without_a_step_has_no_line() -> None:
    text = shown("log(x)", (-1,), 0.1)
    assert "<svg" not in text and "0 steps" in text
