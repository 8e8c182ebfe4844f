"""Typing a formula of one's own, offline."""

from __future__ import annotations

import pytest

import steepest as st
from browser_reading import card, exact, settle
from steepest.errors import FormulaError


def test_a_typed_formula_is_studied_at_once(open_page):
    page = open_page()
    page.fill("#formula", "x^3 - 3x y^2")
    settle(page)
    m = st.Formula("x^3 - 3x y^2").at(1, 2)
    assert exact(page, "#facts-here")[:3] == pytest.approx([m.value, *m.gradient])
    assert "x^{3} - 3 x y^{2}" in page.locator("h1 annotation").text_content()
    assert page.title().startswith("x^3 - 3x y^2")


@pytest.mark.parametrize("text", ["x^2 + 3sni(y)", "2 +", "xy", "x^2 = 1", "(x + y", "__import__"])
def test_a_mistake_is_shown_at_its_place(open_page, text):
    with pytest.raises(FormulaError) as refused:
        st.Formula(text)
    page = open_page()
    page.fill("#formula", text)
    settle(page)
    shown = page.inner_text("#refusal p").lower()
    assert refused.value.reason.lower() in shown
    line, caret = page.locator("#refusal pre").text_content().split("\n")
    assert caret.index("^") == refused.value.position
    assert line.startswith(text)
    assert page.locator("#formula").get_attribute("aria-invalid") == "true"
    # What was there before is still there, and works.
    assert exact(page, "#facts-here")[0] == 13
    page.fill("#formula", "x + y")
    settle(page)
    assert page.locator("#refusal p").count() == 0
    assert exact(page, "#facts-here")[0] == 3


def test_markup_is_text(open_page):
    page = open_page()
    page.fill("#formula", "<img src=x onerror=alert(1)>")
    settle(page)
    assert "<img" in page.inner_text("#refusal pre")
    assert page.locator("#refusal img").count() == 0


def test_a_constant_is_refused(open_page):
    page = open_page()
    page.fill("#formula", "2 + 3")
    settle(page)
    assert "no variable" in page.inner_text("#refusal p")


def test_every_example_opens_and_every_card_of_it(open_page):
    page = open_page()
    formulas = page.locator(".entry option").evaluate_all("all => all.map((o) => o.value)")[1:]
    assert len(formulas) >= 8
    for formula in formulas:
        page.select_option(".entry select", formula)
        settle(page)
        assert page.input_value("#formula") == formula
        for name in ("walk", "landscape", "why", "here"):
            assert len(card(page, name).inner_text()) > 40


def test_a_typed_formula_is_redrawn_in_the_next_frame(open_page):
    page = open_page()
    before, after, value = page.evaluate(
        """async () => {
            hold();  // however long a frame takes, nothing is painted finely before it
            const before = steepest.work();
            const field = document.getElementById("formula");
            field.value = "(1 - x)^2 + 7(y - x^2)^2";
            field.dispatchEvent(new Event("input", { bubbles: true }));
            await nextFrame();
            const value = document.querySelector("#facts-here [data-full]").dataset.full;
            return [before, steepest.work(), value];
        }"""
    )
    assert float(value) == 7
    done = {what: after[what] - before[what] for what in after}
    # Painted once; sampled once for the window and once for what it holds.
    assert done["paintings"] == 1 and done["samplings"] <= 2
    assert done["surfaces"] == done["searches"] == 0
