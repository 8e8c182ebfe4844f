"""The fence `steepest` in Markdown."""

from __future__ import annotations

import sys

import pytest

from page_tools import build_if_stale
from steepest.errors import SteepestError
from steepest.view.page_fence import fence


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    build_if_stale()


def markdown(text: str) -> str:
    from markdown import markdown as convert

    own = {"name": "steepest", "class": "steepest", "format": fence}
    return convert(
        text,
        extensions=["pymdownx.superfences"],
        extension_configs={"pymdownx.superfences": {"custom_fences": [own]}},
    )


def test_a_fence_becomes_a_live_figure_with_a_picture_for_readers_without_scripts():
    shown = markdown(
        "A bowl:\n\n```steepest\nx^2 + 3y^2\nat: 1, 2\nheight: 640\n```\n\nIt is round."
    )
    assert "<p>A bowl:</p>" in shown and "<p>It is round.</p>" in shown
    assert shown.count("<iframe") == 1 and "height:640px" in shown
    assert "&quot;at&quot;:[1.0,2.0]" in shown
    assert '<noscript><img alt="The landscape of x^2 + 3y^2" src="data:image/png;base64,' in shown


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("x^2 +", "the formula ends too early"),
        ("x^2\nwidth: 3", "after the formula stand at, box, height"),
        ("x^2\nat: one", "give numbers"),
        ("x^2\nbox: 1, 2, 3", "do not make pairs"),
        ("", "the formula is empty"),
    ],
)
def test_what_cannot_be_read_stops_the_build(source, says):
    from pymdownx.superfences import SuperFencesException

    with pytest.raises(SuperFencesException, match=says):
        fence(source)
    with pytest.raises(SuperFencesException, match=says):
        markdown(f"```steepest\n{source}\n```")


def test_without_superfences_the_error_is_our_own(monkeypatch):
    monkeypatch.setitem(sys.modules, "pymdownx.superfences", None)
    with pytest.raises(SteepestError, match="the formula ends too early"):
        fence("x^2 +")
