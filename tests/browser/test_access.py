"""For everybody: axe-core's rules, the keyboard, print, reduced motion, frames."""

from __future__ import annotations

import html

import pytest

import steepest as st
from browser_reading import LIMIT, card, settle, violations
from steepest.view.page import page as make_page

CARDS = ("here", "turn", "walk", "landscape", "why")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing(open_page, axe, dark):
    page = open_page(dark=dark, reduced_motion="reduce")
    for name in CARDS:
        card(page, name)
        assert violations(page, axe) == [], name
    page.fill("#formula", "x^2 +")
    settle(page)
    assert violations(page, axe) == []
    for formula in ("x^3 - x", "x^2 + y^2 + z^2"):
        page.fill("#formula", formula)
        settle(page)
        card(page, "here")
        assert violations(page, axe) == [], formula


def test_axe_on_a_phone(open_page, axe):
    page = open_page(width=390, height=844, has_touch=True, is_mobile=True)
    assert violations(page, axe) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("name", CARDS)
def test_everything_is_reached_by_keyboard_and_has_a_name(open_page, name):
    page = open_page()
    card(page, name)
    page.evaluate("document.activeElement.blur()")
    wanted = page.evaluate(
        """() => {
            const all = "a[href], button, input, select, [tabindex='0']";
            const shown = (e) => e.getClientRects().length && !e.disabled;
            window.wanted = [...document.querySelectorAll(all)].filter(shown);
            // Of a group of radio buttons the keyboard reaches the chosen one.
            window.wanted = window.wanted.filter((e) => e.type !== "radio" || e.checked);
            window.reached = new Set();
            return window.wanted.length;
        }"""
    )
    for _ in range(wanted + 3):
        page.keyboard.press("Tab")
        page.evaluate("window.reached.add(document.activeElement)")
    missed = page.evaluate(
        "window.wanted.filter((e) => !window.reached.has(e)).map((e) => e.outerHTML.slice(0, 90))"
    )
    assert missed == []
    unnamed = page.evaluate(
        """() => window.wanted.filter((e) => {
            const label = e.labels?.[0]?.textContent || e.getAttribute("aria-label");
            return !(label || e.textContent)?.trim();
        }).map((e) => e.outerHTML.slice(0, 90))"""
    )
    assert unnamed == []


def test_print_is_black_on_white_and_shows_the_open_card(open_page):
    page = open_page(dark=True)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    settle(page)
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == (
        "rgb(255, 255, 255)"
    )
    assert page.locator("#inside-here").is_visible()
    assert not page.locator("#card-walk").is_visible()
    assert not page.locator("#formula").is_visible()


def test_reduced_motion_moves_nothing(open_page):
    for wish, moved in (("no-preference", True), ("reduce", False)):
        page = open_page(reduced_motion=wish)
        page.evaluate(
            "() => ['animationstart', 'transitionrun']"
            ".forEach((name) => addEventListener(name, () => (window.moved = true)))"
        )
        card(page, "walk")
        assert page.evaluate("window.moved === true") == moved


def test_light_and_dark_by_the_system_and_by_hand(open_page):
    page = open_page(dark=True)
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    assert page.evaluate(paper) == "rgb(15, 20, 25)"
    page.click("button.theme")
    settle(page)
    assert page.evaluate(paper) == "rgb(255, 255, 255)"


def test_in_a_notebook_the_page_lives_in_a_frame(browser, built):
    shown = make_page(st.Formula("x^2 + 3y^2"), at=(1, 2))._repr_html_()
    context = browser.new_context(viewport={"width": 900, "height": 900})
    context.set_default_timeout(LIMIT)
    page = context.new_page()
    page.set_content(f"<!doctype html><title>notebook</title><p>{html.escape('<cell>')}</p>{shown}")
    frame = page.frame_locator("iframe")
    frame.locator("[data-handle=point]").wait_for()
    assert "12.17" in frame.locator("#inside-here .lead").inner_text()
    context.close()
