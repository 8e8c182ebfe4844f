"""Every lesson has a live figure, code that runs, and exercises that exist."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from documents import DOCUMENTS, ROOT, blocks
from steepest.explain.exercises.bank import bank
from steepest.view import page_fence, practice_fence

LEARN = ROOT / "docs" / "learn"
LESSONS = sorted(path for path in LEARN.glob("*.md") if path.name != "index.md")


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_has_a_figure_code_and_exercises(path: Path) -> None:
    assert any(blocks(path, "steepest"))
    assert any(blocks(path, "python"))
    (practice,) = blocks(path, "practice")
    assert len(practice_fence.read(practice.text)) >= 2
    last = re.findall(r"^## (.*)$", path.read_text("utf-8"), re.MULTILINE)[-1]
    assert last == "Exercises"


def test_the_exercises_of_the_bank_are_met_in_the_lessons() -> None:
    """At least one of every topic."""
    asked = {
        exercise.topic
        for path in LESSONS
        for block in blocks(path, "practice")
        for exercise in practice_fence.read(block.text)
    }
    assert asked == set(bank().topics)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_figures_can_be_drawn(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All but their pictures for readers without scripts, which take their time."""
    monkeypatch.setattr(page_fence._Figure, "picture", lambda self, f: None)
    for block in blocks(path, "steepest"):
        shown = page_fence.SharedPage().fence(block.text)
        (address,) = re.findall(r'src="[^"#]*#([^"]*)"', shown)
        assert "&at=" in html.unescape(address)


def test_lessons_follow_one_another_as_the_index_lists_them() -> None:
    """The site's navigation and the list of lessons name the same pages in the same order."""
    index, site = (
        (ROOT / name).read_text("utf-8") for name in ("docs/learn/index.md", "mkdocs.yml")
    )
    listed = re.findall(r"^\d+\. \[[^\]]*\]\((\S+)\)", index, re.MULTILINE)
    site = re.findall(r"learn/(\S+\.md)", site)
    assert site == ["index.md", *listed]
    assert sorted(listed) == [path.name for path in LESSONS]
