"""The fence `steepest` in Markdown."""

from __future__ import annotations

import html
import re
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

from page_tools import build_if_stale
from steepest.errors import SteepestError
from steepest.view.page_fence import SharedPage, fence


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
        ("x^2\nwidth: 3", "after the formula stand at, box, card"),
        ("x^2\nat: one", "give numbers"),
        ("x^2\nheight: nan", "give a positive number of pixels"),
        ("x^2\nheight: -5", "give a positive number of pixels"),
        ("x^2\nheight: inf", "give a positive number of pixels"),
        ("x^2\ncard: talk", "the cards are here, turn"),
        ("x^2\ncard: turn", "no directions to choose"),
        ("x y\nnorm: l3", "the page knows l2, l1"),
        ("x y\nrule: fast, 0.1", "the rules are fixed, normalized"),
        ("x y\nrule: fixed, -1", "the step size -1 is not positive"),
        ("x y\n" + 5 * "rule: fixed, 0.1\n", "the page shows 4 at most"),
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


def test_a_site_has_one_page_and_its_figures_say_in_their_links_what_they_show(tmp_path: Path):
    site = SharedPage("figures")
    site.root = "../"
    shown = site.fence("x^2 + 3y^2\nat: 1, 2\ncard: walk\nrule: momentum, 0.05\nnorm: l1")
    assert 'loading="lazy"' in shown and "srcdoc" not in shown
    (target,) = set(re.findall(r'(?:src|href)="(\.\./figures/page\.html[^"]*)"', shown))
    assert unquote(html.unescape(target).partition("#")[2]) == (
        "f=x^2 + 3y^2&at=1.0,2.0&card=walk&norm=l1&walk=momentum,0.05"
    )
    site.write(tmp_path)
    assert 'id="steepest-data"></script>' in (tmp_path / "figures/page.html").read_text("utf-8")
    (picture,) = re.findall(r'<noscript><img [^>]*src="\.\./(figures/\w+\.png)"', shown)
    assert (tmp_path / picture).read_bytes().startswith(b"\x89PNG")
