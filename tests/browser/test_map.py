"""The map in a real browser: dragging, keys, touch, zoom."""

from __future__ import annotations

import gzip
import re

import numpy as np
import pytest

import steepest as st
from browser_reading import card, centre, coordinates, drag, exact, number, settle
from steepest.view.tokens import palette


def test_one_file_that_loads_nothing(open_page, built, browser):
    page = open_page()
    assert page.requests == [page.url]
    assert page.url.startswith("file:")
    assert built.stat().st_size <= 600_000
    assert len(gzip.compress(built.read_bytes())) <= 260_000
    policy = page.locator("meta[http-equiv]").get_attribute("content")
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy and "http" not in policy


@pytest.mark.parametrize("formula", ["x^2 + 3y^2", "(1 - x)^2 + 100(y - x^2)^2", "sin(x) exp(y/2)"])
def test_dragging_updates_every_number(open_page, formula):
    page = open_page(formula)
    x, y = centre(page, "[data-handle=point] .point")
    drag(page, (x, y), (x - 97, y + 61))
    where = coordinates(page)
    assert where[0] < 1 and where[1] < 2
    value, *gradient, size = exact(page, "#facts-here")
    # The fields show six digits of the point, so the model is compared at the exact one.
    m = st.Formula(formula).at(*_point(page))
    assert value == pytest.approx(m.value, rel=1e-12)
    assert gradient == pytest.approx(m.gradient, rel=1e-12)
    assert size == pytest.approx(m.gradient_norm, rel=1e-12)
    assert where == pytest.approx(_point(page), rel=1e-5)


def _point(page) -> list[float]:
    """All digits of the point."""
    return page.evaluate("() => window.steepest.point()")


@pytest.mark.parametrize("name", ["here", "turn", "walk", "landscape"])
@pytest.mark.parametrize("formula", ["x^2 + 3y^2", "(1 - x)^2 + 100(y - x^2)^2"])
def test_a_drag_redraws_once_a_frame_and_only_what_follows_the_point(open_page, formula, name):
    page = open_page(formula)
    card(page, name)
    x, y = centre(page, "[data-handle=point] .point")
    page.mouse.move(x, y)
    page.mouse.down()
    settle(page)
    before = page.evaluate("steepest.work()")
    # Five moves of the pointer before each of four frames.
    page.evaluate(
        """async ([x, y]) => {
            hold();  // however long a frame takes
            const marks = document.querySelector("svg.marks");
            for (let frame = 0; frame < 4; frame++) {
                for (let k = 1; k <= 5; k++) {
                    const clientX = x - 5 * frame - k, clientY = y + 3 * frame;
                    const of = { pointerId: 1, buttons: 1, bubbles: true, clientX, clientY };
                    marks.dispatchEvent(new PointerEvent("pointermove", of));
                }
                await nextFrame();
            }
        }""",
        [x, y],
    )
    after = page.evaluate("steepest.work()")
    page.mouse.up()
    done = {what: after[what] - before[what] for what in after}
    assert done["redraws"] == 4
    # One level curve, one descent if any, and nothing of the landscape or the surface anew.
    assert done["traces"] == 4
    assert done["descents"] == (0 if name in ("here", "turn") else 4)
    assert done["paintings"] == done["samplings"] == done["surfaces"] == done["searches"] == 0


def test_gradient_stands_perpendicular_on_the_tangent(open_page):
    page = open_page("x^4 + x y + 3y^2", at=(0.7, -0.4))
    arrow = page.locator(".marks .arrow.gradient")
    dx, dy = (float(arrow.get_attribute(f"data-{k}")) for k in ("dx", "dy"))
    ends = re.findall(r"-?[\d.]+", page.locator(".tangent .line").get_attribute("d"))
    x0, y0, x1, y1 = map(float, ends)
    across = dx * (x1 - x0) + dy * (y1 - y0)
    assert abs(across) <= 1e-9 * np.hypot(dx, dy) * np.hypot(x1 - x0, y1 - y0)
    gx, gy = st.Formula("x^4 + x y + 3y^2").at(0.7, -0.4).gradient
    assert np.arctan2(-dy, dx) == pytest.approx(np.arctan2(gy, gx), abs=1e-9)


def test_arrow_keys_move_the_point(open_page):
    page = open_page()
    handle = page.locator("[data-handle=point]")
    handle.focus()
    spoken = handle.get_attribute("aria-valuetext")
    assert spoken == "x = 1, y = 2, f = 13"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    settle(page)
    x, y = coordinates(page)
    step = x - 1
    assert step > 0 and 2 - y == pytest.approx(10 * step)
    page.keyboard.press("Alt+ArrowLeft")
    settle(page)
    assert coordinates(page)[0] == pytest.approx(1 + 0.9 * step)
    assert handle.get_attribute("aria-valuetext") != spoken


def test_a_point_that_walks_off_the_map_is_followed(open_page):
    page = open_page()
    page.locator("[data-handle=point]").focus()
    for _ in range(12):
        page.keyboard.press("Shift+ArrowRight")
    settle(page)
    plot, point = page.locator(".plot").bounding_box(), centre(page, "[data-handle=point] .point")
    assert plot["x"] <= point[0] <= plot["x"] + plot["width"]


def test_touch(open_page):
    page = open_page(width=390, height=844, has_touch=True, is_mobile=True)
    x, y = centre(page, "[data-handle=point] .point")
    touch = page.context.new_cdp_session(page)
    for kind, dx in (("touchStart", 0), ("touchMove", -20), ("touchMove", -60), ("touchEnd", None)):
        points = [] if dx is None else [{"x": x + dx, "y": y + abs(dx)}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    page.wait_for_function("() => steepest.point()[0] < 0.6")
    settle(page)
    assert coordinates(page)[0] < 0.6
    box = page.locator("[data-handle=point] .grip").bounding_box()
    assert min(box["width"], box["height"]) >= 44


def test_a_click_takes_the_point_there_and_a_drag_moves_the_map(open_page):
    page = open_page()
    plot = page.locator(".plot").bounding_box()
    middle = (plot["x"] + plot["width"] / 2, plot["y"] + plot["height"] / 2)
    page.mouse.click(*middle)
    settle(page)
    assert coordinates(page) == pytest.approx([0, 0], abs=0.02)
    corner = (plot["x"] + 60, plot["y"] + plot["height"] - 60)
    drag(page, corner, (corner[0] + 100, corner[1]))
    settle(page)
    moved = centre(page, "[data-handle=point] .point")
    assert moved[0] - middle[0] == pytest.approx(100, abs=2)
    assert coordinates(page) == pytest.approx([0, 0], abs=0.02)
    page.click("text=Reset")
    settle(page)
    assert centre(page, "[data-handle=point] .point")[0] == pytest.approx(middle[0], abs=2)


def test_zoom_by_button_wheel_and_key(open_page):
    page = open_page()

    def widest() -> float:
        return max(number(t) for t in page.locator(".ticks text").all_text_contents())

    before = widest()
    page.click("[aria-label='Zoom out']")
    settle(page)
    assert widest() > before
    page.click("[aria-label='Zoom in']")
    page.click("[aria-label='Zoom in']")
    settle(page)
    assert widest() < before
    page.click("text=Reset")
    page.locator("[data-handle=point]").focus()
    page.mouse.move(*centre(page, ".plot"))
    page.mouse.wheel(0, 600)
    # The wheel's event comes after the call that asked for it.
    page.wait_for_function(
        "(before) => Math.max(...[...document.querySelectorAll('.ticks text')]"
        ".map((t) => Number(t.textContent.replace('−', '-')))) > before",
        arg=before,
    )
    settle(page)
    assert widest() > before
    page.keyboard.press("0")
    settle(page)
    assert widest() == before


def test_the_wheel_scrolls_the_page_until_the_map_is_touched(open_page):
    page = open_page(height=500)
    page.mouse.move(*centre(page, ".plot"))
    page.mouse.wheel(0, 200)
    page.wait_for_function("() => scrollY > 100")


def test_the_landscape_is_painted_in_the_colours_of_the_tokens(open_page):
    page = open_page()
    pixel = page.evaluate(
        """() => {
            const c = document.querySelector(".plot canvas");
            const data = c.getContext("2d").getImageData(c.width / 2, c.height / 2, 1, 1).data;
            return [...data].slice(0, 3);
        }"""
    )
    low = palette("light").landscape[0].lstrip("#")
    assert pixel == [int(low[k : k + 2], 16) for k in (0, 2, 4)]


def test_gradient_field_on_request(open_page):
    page = open_page()
    assert page.locator(".field path").count() == 0
    page.check(".toggle input")
    assert page.locator(".field path").count() > 60


def test_one_variable(open_page):
    page = open_page("x^3 - x", at=[0.5])
    assert page.locator(".curve .graph").count() == 1
    assert page.locator("#card-turn").count() == 0
    page.locator("[data-handle=point]").focus()
    page.keyboard.press("ArrowLeft")
    settle(page)
    value, slope, _ = exact(page, "#facts-here")
    m = st.Formula("x^3 - x").at(*_point(page))
    assert (value, slope) == pytest.approx((m.value, m.gradient[0]))


def test_three_variables_show_a_slice(open_page):
    page = open_page("x^2 + 2y^2 + 3z^2 - x y z", at=(1, 2, 1))
    assert "z = 1" in page.inner_text("#inside-here")
    page.select_option(".slice select >> nth=1", label="z")
    settle(page)
    assert "y = 2" in page.inner_text("#inside-here")
    x, y = centre(page, "[data-handle=point] .point")
    drag(page, (x, y), (x, y + 80))
    where = coordinates(page)
    assert where[1] == 2 and where[2] < 1
    page.fill("[aria-label='Coordinate y of the point']", "-1")
    page.keyboard.press("Enter")
    settle(page)
    value = exact(page, "#facts-here")[0]
    assert value == pytest.approx(st.Formula("x^2 + 2y^2 + 3z^2 - x y z")(*_point(page)))


def test_a_kink_is_told(open_page):
    page = open_page("|x| + y^2", at=(0, 1))
    assert "along x the slope is −1 on the left and 1 on the right" in page.inner_text(
        "#inside-here"
    )
    assert page.locator(".marks .arrow.gradient").count() == 0


def test_outside_the_domain(open_page):
    page = open_page("log(x) + y", at=(-1, 1))
    assert "undefined here" in page.inner_text("#inside-here")


def _name_and_map(page) -> tuple[np.ndarray, list[float]]:
    """Where the name of the gradient's arrow stands, and the map's width and height."""
    name = [float(page.get_attribute(".arrow.gradient .tag", side)) for side in "xy"]
    _, _, *size = page.get_attribute("svg.marks", "viewBox").split()
    return np.array(name), [float(side) for side in size]


def test_the_name_of_an_arrow_is_neither_cut_nor_on_something_else(open_page):
    himmelblau = "(x^2 + y - 11)^2 + (x + y^2 - 7)^2"
    page = open_page(himmelblau, width=390)
    card(page, "landscape")
    (x, y), (width, height) = _name_and_map(page)
    assert 14 <= x <= width - 14 and 14 <= y <= height - 14
    page = open_page(himmelblau)
    card(page, "turn")
    dot = [float(page.get_attribute(".ball .touch", side)) for side in ("cx", "cy")]
    assert np.linalg.norm(_name_and_map(page)[0] - dot) > 18


def test_an_arrow_outside_the_map_leaves_no_name_on_it(open_page):
    page = open_page(at=(0.5, 2), page_options={"box": [(-1, 1), (-1, 1)]})
    (x, y), (width, height) = _name_and_map(page)
    assert not (0 <= x <= width and 0 <= y <= height)
