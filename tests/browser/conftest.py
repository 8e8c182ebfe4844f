"""Chromium, and pages opened in it. Without Chromium these tests are skipped, but never in CI."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from numpy.typing import ArrayLike

import steepest as st
from browser_reading import LIMIT, context, settle
from page_tools import build_if_stale, tools
from steepest.torch.picture import Surface

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_QUIET = [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip

#: Opens a page about a formula or a surface: open_page("x^2", at=[1], dark=True, …).
Opener = Callable[..., Any]


def _missing(what: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(f"the browser tests need {what}")
    pytest.skip(f"the browser tests need {what}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        _missing("Chromium: apt-get install chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        _missing("Playwright: pip install playwright")
        raise
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=_QUIET, timeout=LIMIT)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def built() -> Path:
    """The page of this checkout, built from what is in web/ now."""
    return build_if_stale()


@pytest.fixture(scope="session")
def axe(built: Path) -> str:
    """axe-core, which knows the rules of accessibility."""
    tools.run("node", "--version", capture=True)
    return (tools.WEB / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


@pytest.fixture
def open_page(browser: Any, built: Path, tmp_path: Path) -> Iterator[Opener]:
    """Writes a page to disk and opens it there; anything on the console fails the test."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def opened(
        formula: str | Surface = "x^2 + 3y^2",
        at: ArrayLike | None = (1, 2),
        *,
        dark: bool = False,
        width: int = 1280,
        height: int = 900,
        page_options: dict[str, Any] | None = None,
        **options: Any,
    ) -> Any:
        path = tmp_path / f"{len(contexts)}.html"
        if isinstance(formula, Surface):
            st.page(formula, path)
        else:
            st.page(st.Formula(formula), path, at=at, **(page_options or {}))
        own = context(
            browser,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            **options,
        )
        contexts.append(own)
        page = own.new_page()
        page.requests = []
        page.on("request", lambda request: page.requests.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path.as_uri())
        page.wait_for_selector("[data-handle=point]")
        settle(page)
        return page

    yield opened
    for own in contexts:
        own.close()
    assert complaints == []
