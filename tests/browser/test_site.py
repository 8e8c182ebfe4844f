"""The documentation site, built as `make docs` builds it and opened from disk in a browser."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from browser_reading import LIMIT
from documents import ROOT

LESSONS = sorted(path.stem for path in (ROOT / "docs" / "learn").glob("*.md"))


@pytest.fixture(scope="module")
def site(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    run = subprocess.run(
        [Path(sys.executable).with_name("mkdocs"), "build", "--quiet", "--strict", "-d", folder],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        encoding="utf-8",
    )
    assert run.returncode == 0, run.stderr
    return folder


@pytest.fixture
def opened(browser: Any, site: Path) -> Iterator[Any]:
    """Opens a page of the site; whatever is said on the console or asked of a host fails."""
    complaints: list[str] = []
    contexts: list[Any] = []

    def go(name: str, width: int = 1280, **options: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        context.set_default_timeout(LIMIT)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked(request.url))
        page.goto((site / f"{name}.html").as_uri())
        return page

    def asked(url: str) -> None:
        if not url.startswith(("file:", "data:", "blob:")):
            complaints.append(f"asked for {url}")

    yield go
    for context in contexts:
        context.close()
    assert complaints == []


def test_every_document_is_a_page_and_no_page_names_another_host_for_its_parts(site: Path) -> None:
    documents = ROOT / "docs"
    for path in documents.rglob("*.md"):
        page = (site / path.relative_to(documents)).with_suffix(".html")
        text = page.read_text("utf-8")
        parts = re.findall(r'<(?:script|link|img|iframe)[^>]*(?:src|href)="(\w+:[^"]*)', text)
        assert [part for part in parts if not part.startswith("data:")] == [], page
        assert 'class="arithmatex"' not in text, f"{page}: mathematics that was not set"


def test_the_search_works_without_a_server(opened: Any) -> None:
    page = opened("learn/gradient")
    page.click(".md-search__input")
    page.keyboard.type("Nesterov")
    page.wait_for_selector(".md-search-result__item a[href*='momentum']")


def test_a_figure_is_live_and_follows_the_switch_to_dark(opened: Any) -> None:
    page = opened("learn/descent", color_scheme="light")
    page.locator("figure.steepest").scroll_into_view_if_needed()
    inside = page.frame_locator("figure.steepest iframe")
    inside.locator("[data-handle=point]").wait_for()
    assert inside.locator("#inside-walk").is_visible()
    assert inside.locator("html").get_attribute("data-theme") == "light"
    page.click("label[title='Switch to dark']")
    inside.locator("html[data-theme=dark]").wait_for()


def test_without_scripts_there_is_a_picture(opened: Any) -> None:
    page = opened("learn/descent", java_script_enabled=False)
    assert page.locator("figure.steepest img").is_visible()
    assert not page.locator("figure.steepest iframe").is_visible()


def test_exercises_are_answered_where_they_stand(opened: Any) -> None:
    page = opened("learn/chain-rule", color_scheme="dark")
    frame = page.locator("figure.exercises iframe")
    frame.scroll_into_view_if_needed()
    inside = page.frame_locator("figure.exercises iframe")
    inside.locator("html[data-theme=dark]").wait_for()
    inside.locator("#practice-answer").fill("6(3x^2 + 4)^5")
    inside.locator("#practice-answer").press("Enter")
    inside.locator("text=the inner derivative is missing").wait_for()
    inside.locator("text=Show the solution").click()
    inside.locator(".steps li").first.wait_for()
    # The frame grows with what is in it: nothing is scrolled inside what scrolls.
    page.wait_for_function(
        """() => {
            const frame = document.querySelector("figure.exercises iframe");
            return frame.clientHeight > 700;
        }"""
    )


def test_nothing_is_wider_than_a_phone(opened: Any, site: Path) -> None:
    page = opened("index", width=390, java_script_enabled=False)  # the figures take their time
    for name in LESSONS:
        page.goto((site / "learn" / f"{name}.html").as_uri())
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable(opened: Any, scheme: str) -> None:
    """4.5:1 for words and links, in both schemes, as measured on what the browser shows."""
    page = opened("learn/autodiff", color_scheme=scheme)
    ratios = page.evaluate(
        """() => {
            const rgb = (c) => c.match(/[\\d.]+/g).slice(0, 3).map(Number);
            const light = (c) => rgb(c).map((v) => v / 255)
                .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
                .reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
            const paper = light(getComputedStyle(document.body).backgroundColor);
            return ["h1", "article p", "article p a", "pre code", "figcaption a", ".md-nav__link"]
                .map((s) => light(getComputedStyle(document.querySelector(s)).color))
                .map((l) => (Math.max(l, paper) + 0.05) / (Math.min(l, paper) + 0.05));
        }"""
    )
    assert min(ratios) >= 4.5, ratios
