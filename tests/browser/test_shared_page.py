"""One page for many figures: what it shows stands in its link."""

from __future__ import annotations

import pytest

import steepest as st
from browser_reading import context, coordinates, settle
from steepest.view.page import data, opening
from steepest.view.page_address import address
from steepest.view.page_fence import SharedPage


@pytest.fixture
def shared(browser, built, tmp_path):
    """Opens the shared page with what stands after the #."""
    SharedPage("figures").write(tmp_path)
    own = context(browser)
    complaints: list[str] = []

    def opened(fragment: str):
        page = own.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{(tmp_path / 'figures' / 'page.html').as_uri()}#{fragment}")
        page.wait_for_selector("[data-handle=point]")
        settle(page)
        return page

    yield opened
    own.close()
    assert complaints == []


def test_a_link_says_what_is_shown(shared):
    f = st.Formula("x^2 - x y + y^2")
    told = data(f, (2, -1), [(-4, 4), (-4, 4)], None)
    page = shared(address(told | opening(f, "walk", [("momentum", 0.05), ("adam", 0.2)], "linf")))
    assert page.input_value("#formula") == "x^2 - x*y + y^2"
    assert page.evaluate("steepest.point()") == [2, -1]
    assert page.locator("#inside-walk").is_visible()
    assert "Momentum" in page.inner_text("#inside-walk")
    assert "Adam" in page.inner_text("#inside-walk")


def test_what_a_figure_asks_to_see_is_seen(shared):
    f = st.Formula("x^2 + y^2")
    page = shared(address(data(f, (1, 1), [(9, 13), (10, 14)], None)))
    ticks = set(page.locator("svg text").all_text_contents())
    assert {"10", "12"} <= ticks
    assert not {"0", "5", "15"} & ticks


def test_a_link_that_cannot_be_read_is_told_and_breaks_nothing(shared):
    page = shared("f=x^2%20%2B&at=1,2,3")
    assert "ends too early" in page.inner_text("#refusal")
    assert coordinates(shared("%%")) == [1, 2]


def test_only_the_page_around_it_can_switch_it_to_dark(shared, tmp_path):
    page = shared("f=x^2%2By^2")
    outer = tmp_path / "outer.html"
    outer.write_text('<iframe src="figures/page.html#f=x^2%2By^2"></iframe>')
    page.goto(outer.as_uri())
    inside = page.frames[1]
    inside.wait_for_selector("[data-handle=point]")
    for asked, shown in (("dark", "dark"), ("light", "light"), ("purple", "light")):
        page.evaluate(f"frames[0].postMessage({{ steepest: {{ theme: '{asked}' }} }}, '*')")
        inside.wait_for_function(f"document.documentElement.dataset.theme === '{shown}'")
    # Its own word counts for nothing; a second one has been heard when the listener here is.
    inside.evaluate(
        """() => new Promise((heard) => {
            addEventListener("message", ({ data }) => data === "last" && heard());
            postMessage({ steepest: { theme: "dark" } }, "*");
            postMessage("last", "*");
        })"""
    )
    assert inside.evaluate("document.documentElement.dataset.theme") == "light"
