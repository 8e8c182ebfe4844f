"""The terminal report: the right numbers at every width, with and without colour."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console, RenderableType

import steepest as st
from steepest.explain.check import check_gradient
from steepest.norms import BY_NAME
from steepest.view.report_check import check_report
from steepest.view.report_derive import derive_report
from steepest.view.report_descend import descend_report
from steepest.view.report_explore import explore_report
from steepest.view.terminal import guess_theme
from steepest.view.tokens import palette, rgb

WIDTHS = [40, 80, 120]
SYSTEMS = ["truecolor", "256", "standard", None]


def printed(report: RenderableType, width: int, system: str | None = None) -> str:
    out = io.StringIO()
    options: Any = {"color_system": system, "force_terminal": system is not None}
    console = Console(file=out, width=width, highlight=False, no_color=system is None, **options)
    console.print(report)
    return out.getvalue()


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def explore(formula: str, point: list[float], direction: list[float] | None = None,
            norm: str = "l2", **options: object) -> RenderableType:  # fmt: skip
    f = st.Formula(formula)
    u = None if direction is None else np.array(direction, dtype=float)
    return explore_report(f, f.at(point), BY_NAME[norm], u, **options)  # type: ignore[arg-type]


def words(text: str) -> str:
    """The cards as one line of words: the picture and the wrapping are taken out."""
    lines = plain(text).split("\n")
    column = next(line.index("Here") for line in lines if "Here" in line)
    return " ".join(" ".join(line[column:] for line in lines).split())


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_report_holds_the_numbers_at_every_width(width: int, system: str | None) -> None:
    shown = printed(explore("x^2 + 3y^2", [1, 2], [1, 0]), width, system)
    lines = plain(shown).split("\n")
    assert max(cell_len(line) for line in lines) <= width
    text = plain(shown)
    for number in ("13", "12.17", "80.54", "0.3333", "✓", "∇f"):
        assert number in text, number
    assert ("\x1b[" in shown) == (system is not None)


def test_the_sentence_of_the_look() -> None:
    shown = words(printed(explore("x^2 + 3y^2", [1, 2]), 120))
    assert "Steepest ascent points to (0.16, 0.99) and rises 12.17 per unit." in shown


def test_the_cards_come_in_the_order_of_the_look() -> None:
    lines = [line.strip() for line in printed(explore("x^2 + 3y^2", [1, 2]), 40).split("\n")]
    cards = [line for line in lines if line in ("Here", "Turn", "Level", "Walk")]
    assert cards == ["Here", "Turn", "Level", "Walk"]


def test_the_gradient_is_a_column_vector() -> None:
    shown = printed(explore("x^2 + 3y^2", [1, 2]), 120)
    assert "⎡ 2x ⎤ = ⎡  2 ⎤" in shown
    assert "⎣ 6y ⎦   ⎣ 12 ⎦" in shown


def test_colours_are_those_of_the_tokens() -> None:
    for theme in ("light", "dark"):
        shown = printed(explore("x^2 + 3y^2", [1, 2], theme=theme), 80, "truecolor")
        for colour in (palette(theme).gradient, palette(theme).level):
            assert "38;2;{};{};{}".format(*rgb(colour)) in shown


def test_the_picture_is_half_blocks_in_colour_and_symbols_without() -> None:
    painted = printed(explore("x^2 + 3y^2", [1, 2]), 80, "truecolor")
    written = printed(explore("x^2 + 3y^2", [1, 2]), 80)
    assert "▀" in painted
    assert "●" in painted
    assert "↑" in painted
    assert "▀" not in written
    for symbol in ("●", "↑", "↓", "o", "▼"):
        assert symbol in written
    assert "* ∇f" in written
    assert "o level curve" in written


def test_sixteen_colours_use_symbols_too() -> None:
    shown = printed(explore("x^2 + 3y^2", [1, 2]), 80, "standard")
    assert "▀" not in shown
    assert "38;2" not in shown
    assert "\x1b[" in shown


@pytest.mark.parametrize(
    ("formula", "point", "said"),
    [
        ("abs(x)", [0], "kink"), ("sqrt(x)", [0], "+∞"), ("log(x)", [-1], "undefined"),
        ("x^2 - y^2", [0, 0], "a saddle"), ("x^2", [0], "a minimum"),
        ("exp(1000x)", [1], "overflow"), ("0*x + 3", [1], "a degenerate critical point"),
        ("-x^2 - y^2", [1, 1], "bends downward in every direction"),
        ("x*y", [1, 1], "bends upward in some directions and downward in others"),
        ("x^2 + y", [1, 1], "not at all in some direction"), ("x + y", [1, 1], "does not bend"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("width", WIDTHS)
def test_awkward_points_are_told_in_words(
    formula: str, point: list[float], said: str, width: int
) -> None:
    shown = printed(explore(formula, point), width)
    assert max(cell_len(line) for line in shown.split("\n")) <= width
    if width == 120:
        assert said in words(shown)
    assert "nan" not in shown.lower().replace("nano", "")


def test_a_slice_says_so() -> None:
    shown = printed(explore("x^2 + y^2 + z^2", [1, 2, 3]), 120)
    assert "slice through the point, with z = 3" in shown


def test_a_constant_has_a_value_and_nothing_else() -> None:
    f = st.Formula("3")
    shown = printed(explore_report(f, f.at([]), BY_NAME["l2"], None), 80)
    assert "f = 3" in shown
    assert "no variables" in shown


def test_the_limit_table_is_aligned_on_the_point() -> None:
    shown = printed(explore("x^2 + 3y^2", [1, 2], [1, 0], limit_table=True), 120)
    rows = [re.search(r"(0\.0*1)\s+(2\.0*1)\s+(0\.0*1)", line) for line in shown.split("\n")]
    places = {tuple(m.start(k) for k in (1, 2, 3)) for m in rows if m}
    assert len(places) == 1
    assert sum(1 for m in rows if m) >= 3


def test_another_norm_is_named() -> None:
    shown = words(printed(explore("x^2 + 3y^2", [1, 2], norm="linf"), 120))
    assert "Steepest ascent points to (1, 1) and rises 14 per unit, measured in ℓ∞." in shown


def test_many_variables_are_shortened_not_lost() -> None:
    formula = " + ".join(f"{k}*x{k}^2" for k in range(1, 31))
    for width in WIDTHS:
        shown = printed(explore(formula, [1.0] * 30), width)
        assert max(cell_len(line) for line in shown.split("\n")) <= width
        assert "and 18 more" in shown


def test_a_huge_formula_fits() -> None:
    formula = " + ".join(f"sin({k}x)*cos({k}y)" for k in range(1, 60))
    report = explore(formula, [0.1, 0.2])
    for width in WIDTHS:
        shown = printed(report, width)
        assert max(cell_len(line) for line in shown.split("\n")) <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_a_descent_says_how_it_ended(width: int) -> None:
    f = st.Formula("x^2 + 3y^2")
    walk = st.descend(f, [1, 2], st.FixedStep(0.35))
    shown = printed(descend_report(f, walk), width)
    assert max(cell_len(line) for line in shown.split("\n")) <= width
    assert "✗ Diverged" in shown
    assert "0.3333" in shown
    assert "λmax" in shown
    assert "η = 0.35" in shown


def test_a_descent_shows_values_against_steps() -> None:
    f = st.Formula("x^2 + 3y^2")
    walk = st.descend(f, [1, 2], st.FixedStep(0.1))
    shown = printed(descend_report(f, walk), 120)
    assert re.search(r"0 +13 +12\.17", shown)
    assert re.search(r"1 +2\.56 +5\.06", shown)
    assert re.search("█▇+▆", shown)
    assert "early" in shown
    assert "near convergence" in shown


@pytest.mark.parametrize("width", WIDTHS)
def test_derivatives_in_the_notations_of_the_field(width: int) -> None:
    shown = printed(derive_report(st.Formula("x^2*y + y^3"), None), width)
    assert "∂f/∂x ⎤ = ⎡ 2x·y" in shown
    assert "grad f" in shown
    assert "H = " in shown
    one = printed(derive_report(st.Formula("sin(x)"), None), width)
    assert "f′(x) = cos(x)" in one
    assert "f″(x) = -sin(x)" in one


def test_a_marked_answer() -> None:
    f = st.Formula("x^2 + 3y^2")
    shown = printed(check_report(f, check_gradient(f, "2x, 3y$")), 80)
    assert "✓ ∂f/∂x = 2x" in shown
    lines = shown.split("\n")
    (place,) = [k for k, line in enumerate(lines) if line.strip() == "^"]
    assert lines[place].index("^") == lines[place - 1].rstrip().index("$")


@pytest.mark.parametrize(
    ("value", "theme"), [("15;0", "dark"), ("0;15", "light"), ("", "dark"), ("x", "dark"),
                         ("0;default;7", "light")],
)  # fmt: skip
def test_the_theme_is_read_from_the_terminal(
    value: str, theme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLORFGBG", value)
    assert guess_theme() == theme


@pytest.mark.parametrize("width", [1, 10, 20, 300])
@pytest.mark.parametrize("make", [
    lambda: explore("x^2 + 3y^2", [1, 2], [1, 0]), lambda: explore("sin(x)", [1]),
    lambda: derive_report(st.Formula("x^2 + y^2"), None),
])  # fmt: skip
def test_any_width_is_survived(width: int, make: Callable[[], RenderableType]) -> None:
    assert printed(make(), width)
