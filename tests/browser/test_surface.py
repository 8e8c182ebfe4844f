"""A loss surface's page: at samples it tells what was computed, between them what numpy says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from browser_reading import card, centre, drag, exact, number, settle, violations
from steepest.torch.picture import Path, Surface
from steepest.view.bands import bands
from steepest.view.tokens import palette, ramp

X, Y = np.linspace(-1.5, 1.5, 31), np.linspace(-1.0, 2.0, 21)


def rosenbrock() -> np.ndarray:
    x, y = np.meshgrid(X, Y)
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2 + 0.01


def plane(values: np.ndarray | None = None, **also: Any) -> Surface:
    t = np.linspace(0, 1, 25)
    run = Path(np.stack([2 * t - 1.2, 1 - 4 * t * (1 - t)], axis=1), 0.7 * t * (1 - t), 0.9321)
    also = {"points": (("here", (0.0, 0.5)),), "path": run} | also
    return Surface(
        "the loss of Net: a plane", ("u", "v"), (X, Y),
        rosenbrock() if values is None else values, 2.5, **also,
    )  # fmt: skip


def bilinear(s: Surface, x: float, y: float) -> float:
    """Along x first, by numpy, in every row; then along y."""
    rows = [np.interp(x, s.grid[0], row) for row in s.values]
    return float(np.interp(y, s.grid[1], rows))


def point(page: Any) -> list[float]:
    return page.evaluate("() => window.steepest.point()")


def painted(page: Any, places: np.ndarray) -> np.ndarray:
    """The colours (k, 3) of the map at places (k, 2), pixels from the plot's upper left."""
    return np.array(
        page.evaluate(
            """(places) => {
                const canvas = document.querySelector(".plot canvas");
                const { width, height } = canvas;
                const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
                const scale = width / canvas.getBoundingClientRect().width;
                return places.map(([x, y]) => {
                    const k = 4 * (Math.floor(scale * y) * width + Math.floor(scale * x));
                    return [...data.slice(k, k + 3)];
                });
            }""",
            places.tolist(),
        )
    )


def tints(count: int) -> np.ndarray:
    colours = ramp(palette("light").landscape, count)
    return np.array([[int(colour[k : k + 2], 16) for k in (1, 3, 5)] for colour in colours])


def require_bands(page: Any, s: Surface) -> None:
    """At 300 places that are not near a line the colour is that of the value's band."""
    box = page.locator(".plot canvas").bounding_box()
    wide, high = box["width"], box["height"]
    unit = 3.0 / min(wide, high)
    drawn = np.random.default_rng(0).uniform((60, 20), (wide - 60, high - 20), (300, 2)).round()
    levels = np.array(bands(s.values))

    def band(px: float, py: float) -> int:
        value = bilinear(s, (px - wide / 2) * unit, 0.5 + (high / 2 - py) * unit)
        return int(np.clip(np.searchsorted(levels, value, "right") - 1, 0, len(levels) - 2))

    around = [(dx, dy) for dx in (-3, 0, 3) for dy in (-3, 0, 3)]
    wanted = [{band(x + dx, y + dy) for dx, dy in around} for x, y in drawn]
    colours = tints(len(levels) - 1)
    found = np.abs(painted(page, drawn)[:, None] - colours).sum(axis=2).argmin(axis=1)
    clear = [k for k, seen in enumerate(wanted) if len(seen) == 1]
    assert len(clear) > 100 and len({*found[clear]}) >= 6
    assert [int(found[k]) for k in clear] == [min(wanted[k]) for k in clear]


def test_a_plane_is_painted_in_bands_and_read_where_the_point_is_dragged(open_page):
    s = plane()
    page = open_page(s)
    assert page.title() == "the loss of Net: a plane – steepest"
    assert page.requests == [page.url] and page.url.startswith("file:")
    page.wait_for_function(
        """() => {  // painted at the size that the page gave it
            const canvas = document.querySelector(".plot canvas");
            const { width, height } = canvas.getBoundingClientRect();
            return steepest.work().paintings > 0
                && canvas.width === Math.round(width) && canvas.height === Math.round(height);
        }""",
        timeout=60_000,
    )
    require_bands(page, s)
    card(page, "here")
    x, y = centre(page, "[data-handle=point] .point")
    for dx, dy in [(83, -47), (-150, 91)]:
        drag(page, (x, y), (x + dx, y + dy))
        page.wait_for_function(
            "([x, y]) => Math.hypot(x - steepest.point()[0], y - steepest.point()[1]) > 0.1",
            arg=[0.0, 0.5], timeout=60_000,
        )  # fmt: skip
        here = point(page)
        loss = exact(page, "#facts-here")
        assert loss[0] == pytest.approx(bilinear(s, *here), rel=1e-12)
        assert loss[1] <= loss[0] <= loss[2]
        assert loss[3] == pytest.approx(2.5 * np.hypot(here[0], here[1]), rel=1e-12)
        x, y = centre(page, "[data-handle=point] .point")
    assert "interpolated between four samples" in page.locator("#inside-here .lead").inner_text()
    page.click(".places button >> nth=0")  # the lowest sample
    assert exact(page, "#facts-here")[0] == s.lowest.value
    assert page.locator("#inside-here .lead").inner_text().endswith(": a sample, computed.")
    page.focus("[data-handle=point]")
    page.keyboard.press("Shift+ArrowLeft")
    assert exact(page, "#facts-here")[0] == pytest.approx(bilinear(s, *point(page)), rel=1e-12)
    box = page.locator(".plot").bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    words = page.locator(".hover-words").inner_text()
    told, place = words.split(" at ")
    where = [number(c) for c in place.strip("()").split(",")]
    # The place is told in three digits.
    assert number(told.removeprefix("loss ")) == pytest.approx(bilinear(s, *where), rel=0.05)


def test_the_run_its_share_and_its_distance_at_every_step(open_page):
    s = plane()
    assert s.path is not None
    page = open_page(s)
    said = page.locator("#share").inner_text()
    assert said == (
        "The plane shows 93.21 % of the run's spread. The run lies up to 0.175 off it,"
        " at its point 13."
    )
    assert page.locator(".trajectories path.line").get_attribute("d").startswith("M")
    assert page.locator(".spot-name").all_text_contents() == ["here", "start", "end"]
    slider = page.locator("#step-shown")
    slider.focus()
    page.keyboard.press("Home")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    far, below = exact(page, "#facts-run")
    assert far == s.path.distances[3]
    assert below == pytest.approx(bilinear(s, *s.path.coordinates[3]), rel=1e-12)
    place = centre(page, "circle.step-mark >> nth=0")
    page.click("text=Put the point at this foot")
    assert point(page) == s.path.coordinates[3].tolist()
    assert centre(page, "[data-handle=point] .point") == pytest.approx(place, abs=0.6)
    before = page.evaluate("steepest.work().paintings")
    page.check(".toggle input")
    page.wait_for_function("(n) => steepest.work().paintings > n", arg=before, timeout=60_000)
    low, high = page.locator(".ramp span").all_inner_texts()[:2]
    assert number(low) == pytest.approx(s.values.min(), rel=1e-2)
    logs = bands(np.log10(s.values))
    assert number(high) == pytest.approx(10 ** logs[-1], rel=1e-2)
    card(page, "landscape")
    turned = page.locator("[role=slider][aria-label^='The surface']")
    angle = turned.get_attribute("aria-valuenow")
    x, y = centre(page, ".surface canvas")
    drag(page, (x, y), (x + 60, y + 10))
    assert turned.get_attribute("aria-valuenow") != angle
    page.wait_for_function("steepest.work().surfaces > 1", timeout=60_000)


def test_holes_are_told_and_a_loss_below_zero_has_no_logarithm(open_page):
    values = rosenbrock() - 1
    values[:, :9] = np.nan
    page = open_page(plane(values, path=None, missing=10))
    legend = page.locator(".legend").inner_text()
    assert "not finite, or not computed yet" in legend
    assert "not for a loss of zero or less" in legend
    assert page.locator(".toggle input").is_disabled()
    assert page.locator("#card-walk").count() == 0
    page.evaluate("steepest.moveTo([-1.04, 0.05])")
    settle(page)
    lead = page.locator("#inside-here .lead")
    assert lead.inner_text() == (
        "The loss is not finite or not computed yet at a sample beside this place."
    )
    page.evaluate("steepest.moveTo([-4, 0])")
    settle(page)
    assert lead.inner_text().startswith("Nothing was computed out here")
    card(page, "why")
    about = page.locator("#inside-why").inner_text()
    assert "31 × 21 points, 0.1 and 0.15 apart" in about and "interpolated, bilinearly" in about
    assert "At 179 points the loss was not finite" in about
    assert "10 points are not computed yet" in about


def line() -> Surface:
    values = np.cosh(X)
    values[3:5] = np.nan
    run = Path(np.linspace(-0.5, 1, 9)[:, None], np.linspace(1, 0, 9), 0.5)
    return Surface("a loss: a line", ("from A towards B",), (X,), values, 1.0, (), run)


def test_a_line_is_a_curve(open_page):
    s = line()
    page = open_page(s)
    assert page.locator("path.graph").get_attribute("d").count("M") == 2  # one gap
    assert page.locator("rect.hole").count() == 1
    assert "The line shows 50 %" in page.locator("#share").inner_text()
    card(page, "here")
    x, y = centre(page, "[data-handle=point] .point")
    drag(page, (x, y), (x + 71, y))
    page.wait_for_function("steepest.point()[0] > 0.1", timeout=60_000)
    assert exact(page, "#facts-here")[0] == pytest.approx(np.interp(point(page)[0], X, s.values))
    before = page.locator("path.graph").get_attribute("d")
    page.check(".toggle input")
    page.wait_for_function(
        "(d) => document.querySelector('path.graph').getAttribute('d') !== d",
        arg=before, timeout=60_000,
    )  # fmt: skip


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_and_a_phone_has_room(open_page, axe, dark):
    values = rosenbrock()
    values[:4, :4] = np.nan
    page = open_page(plane(values), dark=dark, reduced_motion="reduce")
    for name in ("here", "walk", "landscape", "why"):
        card(page, name)
        assert violations(page, axe) == [], name
    page = open_page(line(), dark=dark, width=390, height=844, reduced_motion="reduce")
    assert violations(page, axe) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
