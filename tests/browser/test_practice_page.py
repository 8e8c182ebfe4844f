"""The page of exercises in Chromium: written by the command, it asks and marks without a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from steepest.cli import main
from steepest.explain.exercises.answers import ChoiceAnswer
from steepest.explain.exercises.bank import bank

_PATIENCE = 60_000


@pytest.fixture
def open_exercises(browser: Any, built: Path, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Runs `steepest practice --page` and opens what it wrote; the console must stay silent."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def opened(*args: str, **options: Any) -> Any:
        path = tmp_path / f"{len(contexts)}.html"
        done = CliRunner().invoke(main, ["practice", *args, "--seed", "7", "--page", str(path)])
        assert done.exit_code == 0, done.output
        context = browser.new_context(viewport={"width": 1280, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(_PATIENCE)
        page.requests = []
        page.on("request", lambda request: page.requests.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path.as_uri())
        page.wait_for_selector(".practice h2")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def answer(page: Any, text: str) -> str:
    """What the page says of an answer that is typed, by the keyboard alone."""
    page.focus("#practice-answer")
    page.keyboard.press("Control+A")
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.wait_for_selector(".verdict .said")
    return page.inner_text(".verdict")


def test_a_page_from_disk_asks_marks_and_explains(open_exercises):
    page = open_exercises("--topic", "chain rule", "--count", "2")
    exercise = bank().get("chain-power").draw(7)
    right = exercise.answer.shown
    assert page.inner_text("h1") == "Chain rule"
    assert exercise.hint not in page.inner_text("body")
    assert right not in page.inner_text("body")
    assert "is missing" in answer(page, " ")
    assert "this cannot be read" in answer(page, "3x +")
    assert page.inner_text(".verdict pre").endswith("^")
    # (3x² + 4)⁶: the inner derivative is forgotten.
    assert "the inner derivative is missing (chain rule)" in answer(page, "6(3x^2 + 4)^5")
    assert right not in page.inner_text("body")
    assert "0 of 2 exercises solved" in page.inner_text("main")
    said = answer(page, "(3x^2 + 4)^4*(108x^3 + 144x)")
    assert "Right:\nCorrect." in said and "exact algebra" in said
    assert "1 of 2 exercises solved" in page.inner_text("main")
    page.click("text=Hint")
    assert exercise.hint in page.inner_text(".practice-hint")
    page.click("text=Show the solution")
    assert page.inner_text(".practice .note code") == right
    assert page.locator(".practice .steps li").count() > 3
    # Other numbers, then another exercise: all of it was written in advance.
    before = page.inner_text(".practice .asked")
    page.click("text=Other numbers")
    page.wait_for_function(
        "(before) => document.querySelector('.asked').innerText !== before", arg=before
    )
    assert not page.inner_text(".verdict")
    assert answer(page, bank().get("chain-power").draw(8).answer.shown).startswith("✓")
    page.click("text=Another exercise")
    page.wait_for_selector("[data-key=chain-trigonometric]")
    assert all(url.startswith(("file:", "data:")) for url in page.requests)


def test_other_kinds_of_answers(open_exercises):
    page = open_exercises("steepest-direction")
    assert "a direction has length one" in answer(page, "-27, -39")
    assert answer(page, "-9/sqrt(250), -13/sqrt(250)").startswith("✓")
    page = open_exercises("critical-kind")
    right = bank().get("critical-kind").draw(7).answer
    assert isinstance(right, ChoiceAnswer)
    wrong = next(o for o in right.options if o != right.right)
    page.check(f"input[value={wrong}]", force=True)
    page.click("text=Check")
    assert "Wrong:\nNot correct." in page.inner_text(".verdict")
    page.check(f"input[value={right.right}]", force=True)
    page.click("text=Check")
    page.wait_for_selector(".said.right")
    assert "-6.403" in right.why
    assert right.why.replace("-", "−") in page.inner_text(".verdict")


def test_minus_signs_are_true_ones_but_not_in_what_is_typed(open_exercises):
    page = open_exercises("taylor-descent")
    asked = page.inner_text(".asked")
    assert "−η∇f from (−2, −1)" in asked and "-" not in asked
    assert "This cannot be read" in answer(page, "-x")
    assert "-x" in page.inner_text(".verdict pre")
    page.click("text=Show the solution")
    assert "−0.005·32 = −0.16" in page.inner_text(".practice-solution")
    assert page.inner_text(".practice .note code") == "-0.16"


def test_it_is_accessible(open_exercises, axe):
    page = open_exercises("--topic", "gradients", bypass_csp=True)
    answer(page, "1, 2")
    page.click("text=Hint")
    page.click("text=Show the solution")
    page.wait_for_selector(".practice .steps li")
    page.add_script_tag(content=axe)
    for scheme, width in (("light", 1280), ("dark", 390)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = page.evaluate("axe.run()")["violations"]
        assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found] == []
