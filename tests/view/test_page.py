"""The page as Python writes it."""

from __future__ import annotations

import html
import json

import pytest

import steepest as st
from page_tools import build_if_stale
from steepest.errors import ParameterError, PointError
from steepest.view.page import Page, data, page


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    build_if_stale()


def content(text: str) -> dict:
    start = text.index('id="steepest-data">') + len('id="steepest-data">')
    return json.loads(text[start : text.index("</script>", start)])


def test_writes_one_file_and_returns_its_path(tmp_path):
    f = st.Formula("x^2 + 3y^2")
    path = st.page(f, tmp_path / "page.html", at=(1, 2), box=[(-3, 3), (-2, 2)])
    assert path == tmp_path / "page.html"
    text = path.read_text("utf-8")
    told = content(text)
    assert told["text"] == "x^2 + 3y^2"
    assert told["tape"] == f.value_tape.to_json()
    assert told["at"] == [1, 2]
    assert told["box"] == [[-3, 3], [-2, 2]]
    assert told["critical"]["complete"] is True
    assert told["critical"]["points"][0]["value"] == 0
    assert "<title>x^2 + 3y^2 – steepest</title>" in text


def test_critical_points_are_told_with_their_proof():
    f = st.Formula("x^2 y + y^2 - y")
    found = st.critical_points(f, [(-3, 3), (-3, 3)])
    told = data(f, None, None, found)["critical"]
    assert told["complete"] is True
    assert sorted(p["kind"] for p in told["points"]) == ["minimum", "saddle", "saddle"]
    with pytest.raises(ParameterError, match="another function"):
        page(st.Formula("x + y"), critical=found)


def test_what_is_in_view_is_proved_without_being_asked(tmp_path):
    f = st.Formula("(x^2 + y - 11)^2 + (x + y^2 - 7)^2")
    told = content(page(f, at=(0, 1)).html)["critical"]
    assert told["box"] == [[-2.5, 2.5], [-2.5, 2.5]]
    assert told["complete"] and told["counts"] == {"maximum": 1, "saddle": 1}
    assert content(page(f, critical=False).html)["critical"] is None
    assert content(page(st.Formula("x^2 + y^2 + z^2")).html)["critical"] is None
    # Nothing is proved where f is undefined in all of the box.
    assert content(page(st.Formula("log(x)"), box=[(-3, -1)]).html)["critical"] is None


def test_a_search_that_nobody_asked_for_is_short():
    told = content(page(st.Formula("sin(50x) sin(50y) exp(-x^2)"), box=[(-3, 3)] * 2).html)[
        "critical"
    ]
    assert told["complete"] is False and told["undecided"] >= 1


def test_no_text_can_end_the_element_it_stands_in():
    f = st.Formula("where(x < 1, x, y)")
    text = page(f).html
    start = text.index('id="steepest-data">')
    inside = text[start + 19 : text.index("</script>", start)]
    assert "<" not in inside and "\\u003c" in inside
    assert "where(x &lt; 1, x, y)" in text


def test_a_notebook_shows_a_frame():
    shown = page(st.Formula("x y"))
    assert isinstance(shown, Page)
    framed = shown._repr_html_()
    assert framed.startswith("<iframe") and framed.endswith("</iframe>")
    assert html.unescape(framed).count(shown.html) == 1
    assert 'sandbox="allow-scripts"' in framed
    assert repr(shown).startswith("Page('x*y', ")


@pytest.mark.parametrize(
    ("formula", "options", "error", "says"),
    [
        ("x^2", {"at": (1, 2)}, PointError, "2 numbers: expected 1 number"),
        ("x^2", {"at": [float("nan")]}, PointError, "finite coordinates"),
        ("x^2", {"box": [(0, 1), (0, 1)]}, ParameterError, "expected"),
        ("x y", {"box": [(1, 0), (0, 1)]}, ParameterError, "finite lo < hi"),
        ("x y", {"critical": True}, ParameterError, "critical=True: give the result of"),
    ],
)
def test_refusals(formula, options, error, says):
    with pytest.raises(error, match=says):
        page(st.Formula(formula), **options)


def test_what_has_no_formula_is_refused():
    with pytest.raises(ParameterError, match="no formula a page could compute with"):
        page(lambda x: x)  # type: ignore[call-overload]
    with pytest.raises(ParameterError, match="no variable"):
        page(st.Formula("2"))


def test_how_the_page_opens_is_told():
    f = st.Formula("x y")
    told = content(page(f, card="walk", walks=[("momentum", 0.05)], norm="linf").html)
    assert (told["card"], told["norm"]) == ("walk", "linf")
    assert told["walks"] == [{"rule": "momentum", "stepSize": 0.05}]
    assert not {"card", "walks", "norm"} & content(page(f).html).keys()
