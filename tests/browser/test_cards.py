"""Every card in a real browser: what it says is what Python computes."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

import steepest as st
from browser_reading import card, centre, drag, exact, number, numbers, settle

HIMMELBLAU = "(x^2 + y - 11)^2 + (x + y^2 - 7)^2"


def test_here_says_it_in_a_sentence(open_page):
    page = open_page()
    assert (
        page.inner_text("#inside-here .lead")
        == "Steepest ascent points to (0.16,\N{NO-BREAK SPACE}0.99) and rises 12.17 per unit."
    )
    assert "a bowl here" in page.inner_text("#inside-here")
    eigenvalues = exact(page, "#facts-curvature")
    assert eigenvalues == pytest.approx([2, 6])


def test_copied_numbers_carry_all_digits(open_page):
    page = open_page("exp(x) + y", at=(1, 2), permissions=["clipboard-read", "clipboard-write"])
    page.evaluate(
        """() => {
            const range = document.createRange();
            range.selectNodeContents(document.querySelector("#facts-here dd .num"));
            getSelection().removeAllRanges();
            getSelection().addRange(range);
        }"""
    )
    page.keyboard.press("Control+C")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert float(copied) == pytest.approx(math.e + 2, rel=1e-15)


@pytest.mark.parametrize("point", [(1, 2), (-2, 0.5)])
def test_turn_has_its_top_at_the_gradient(open_page, point):
    page = open_page(HIMMELBLAU, at=point)
    turn = card(page, "turn")
    m = st.Formula(HIMMELBLAU).at(*point)
    page.fill("#turn-angle", "30")
    settle(page)
    u = [math.cos(math.pi / 6), math.sin(math.pi / 6)]
    assert exact(page, "#inside-turn .lead")[0] == pytest.approx(m.slope(u))
    turn.get_by_text("Steepest ascent").click()
    settle(page)
    assert exact(page, "#inside-turn .lead")[0] == pytest.approx(m.gradient_norm)
    assert "no direction is steeper" in turn.inner_text()
    turn.get_by_text("Level", exact=True).click()
    settle(page)
    assert "follows the level curve" in turn.inner_text()
    # The curve's highest point and the gradient's mark stand in one place.
    path = turn.locator("path.direction.line").get_attribute("d")
    curve = np.array(numbers(path)).reshape(-1, 2)
    mark = turn.locator("circle.gradient")
    x, y = (float(mark.get_attribute(k)) for k in ("cx", "cy"))
    # Pixels count downward, and the curve is written to a tenth of one.
    assert np.min(curve[:, 1]) == pytest.approx(y, abs=0.11)
    assert np.interp(x, curve[:, 0], curve[:, 1]) == pytest.approx(y, abs=0.11)


@pytest.mark.parametrize(
    ("name", "norm"), [("l1", st.L1()), ("linf", st.LInf()), ("l2", st.L2()), ("quadratic", None)]
)
def test_norms(open_page, name, norm):
    page = open_page("x^2 - x y + 3y^2", at=(1, 2))
    turn = card(page, "turn")
    page.check(f"input[value={name}]", force=True)
    m = st.Formula("x^2 - x y + 3y^2").at(1, 2)
    best = m.steepest_ascent(norm or st.Quadratic(m.hessian))
    turn.get_by_text("Steepest ascent").click()
    settle(page)
    assert exact(page, "#inside-turn .lead")[0] == pytest.approx(best.rate, rel=1e-9)
    touching = page.locator(".ball .touch")
    assert touching.count() == 1
    spot = [float(touching.get_attribute(k)) for k in ("cx", "cy")]
    held = page.locator(".point >> nth=0")
    px, py = (float(held.get_attribute(k)) for k in ("cx", "cy"))
    along = np.array([spot[0] - px, py - spot[1]])
    across = along[0] * best.direction[1] - along[1] * best.direction[0]
    assert abs(across) < 1e-6 * np.linalg.norm(along) * np.linalg.norm(best.direction)
    if name == "quadratic":
        assert "Newton" in turn.inner_text()


def test_the_knob_turns_by_mouse_and_keys(open_page):
    page = open_page()
    card(page, "turn")
    px, py = centre(page, "[data-handle=point] .point")
    drag(page, centre(page, "[data-handle=knob] .knob"), (px, py + 120))
    knob = page.locator("[data-handle=knob]")
    assert number(knob.get_attribute("aria-valuenow")) == pytest.approx(-90, abs=1)
    knob.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowLeft")
    settle(page)
    assert number(knob.get_attribute("aria-valuenow")) == pytest.approx(-74, abs=1)


RULES = {
    "fixed": st.FixedStep(0.05),
    "normalized": st.NormalizedStep(0.05),
    "clipped": st.ClippedStep(0.05),
    "momentum": st.Momentum(0.05),
    "nesterov": st.Nesterov(0.05),
    "backtracking": st.Backtracking(0.05),
    "exact": st.ExactLineSearch(),
    "rmsprop": st.RMSProp(0.05),
    "adam": st.Adam(0.05),
}


@pytest.mark.parametrize("formula", ["x^2 + 3y^2", "sin(x) + y^2/2 + x y/4"])
def test_descents_end_as_in_python(open_page, formula):
    page = open_page(formula, at=(1, 2))
    card(page, "walk")
    for name, rule in RULES.items():
        page.select_option("#inside-walk select", name)
        if name != "exact":
            page.fill("#step-size", str(round((math.log10(0.05) + 4) / 5, 3)))
        settle(page)
        eta = 0 if name == "exact" else exact(page, ".step-size label")[0]
        chosen = rule if name == "exact" else type(rule)(eta)
        t = st.descend(st.Formula(formula), (1, 2), chosen)
        said = page.inner_text("#inside-walk .outcome")
        start = t.message.split(" after ")[0].split(":")[0]
        assert said.startswith(start), (name, said, t.message)
        steps = re.search(r"(\d+) step", t.message)
        assert steps is not None
        found = re.search(r"(\d+) step", said)
        assert found is not None
        # The last steps are decided by rounding, which two evaluators do not share.
        assert int(found[1]) == pytest.approx(int(steps[1]), abs=2), (name, said, t.message)


def test_too_long_a_step_diverges_and_the_limit_is_marked(open_page):
    page = open_page()
    walk = card(page, "walk")
    limit = walk.locator(".limit button")
    assert numbers(limit.inner_text())[-1] == pytest.approx(1 / 3, abs=1e-4)
    page.fill("#step-size", "0.9")
    settle(page)
    said = walk.locator(".outcome").inner_text()
    assert said.startswith("Diverged") and "larger than 2/λmax = 0.3333" in said
    limit.click()
    settle(page)
    assert exact(page, ".step-size label")[0] == pytest.approx(1 / 3, abs=1e-4)


def test_trajectories_are_laid_over_each_other(open_page):
    page = open_page("(1 - x)^2 + 100(y - x^2)^2", at=(-1, 1.5))
    walk = card(page, "walk")
    for _ in range(3):
        walk.get_by_text("Compare with another rule").click()
    settle(page)
    assert page.locator(".trajectories .walk").count() == 4
    assert walk.get_by_text("Compare with another rule").count() == 0
    lines = page.locator(".trajectories .line")
    looks = {
        (
            lines.nth(k).evaluate("e => getComputedStyle(e).stroke"),
            lines.nth(k).get_attribute("stroke-dasharray"),
        )
        for k in range(4)
    }
    assert len(looks) == 4
    assert walk.locator(".chart .line").count() == 8
    walk.locator("[aria-label^=Remove] >> nth=1").click()
    settle(page)
    assert page.locator(".trajectories .walk").count() == 3


def test_one_step_prediction_against_the_truth(open_page):
    page = open_page()
    card(page, "walk")
    f = st.Formula("x^2 + 3y^2")
    t = st.descend(f, (1, 2), st.FixedStep(0.1))
    for k in (0, 3):
        page.fill("#step-shown", str(k))
        settle(page)
        promised, second, actual = exact(page, ".one-step .facts")
        m = f.at(*t.points[k])
        step = t.points[k + 1] - t.points[k]
        assert promised == pytest.approx(m.predict(step).predicted)
        assert second == pytest.approx(m.predict(step, order=2).predicted)
        assert actual == pytest.approx(t.values[k + 1] - t.values[k])


def test_landscape_finds_critical_points_and_claims_no_proof(open_page):
    page = open_page(
        HIMMELBLAU, at=(0, 1), page_options={"box": [(-5, 5), (-5, 5)], "critical": False}
    )
    inside = card(page, "landscape")
    assert "four minima, one maximum and four saddles" in inside.inner_text()
    assert "proves nothing" in inside.inner_text()
    assert "minimum, found" in page.locator(".legend").inner_text()
    symbols = page.locator(".critical .symbol")
    assert symbols.count() == 9
    inside.locator("table button").first.click()
    settle(page)
    assert "stands on the minimum" in inside.inner_text()


def test_landscape_shows_what_python_proved_until_another_formula_is_typed(open_page):
    page = open_page(HIMMELBLAU, at=(0, 1), page_options={"box": [(-5, 5), (-5, 5)]})
    inside = card(page, "landscape")
    assert "Proved by interval arithmetic" in inside.inner_text()
    assert "The list is complete" in inside.inner_text()
    assert "minimum, proved" in page.locator(".legend").inner_text()
    assert page.locator(".critical .symbol").count() == 9
    assert page.evaluate("steepest.work().searches") == 0
    page.fill("#formula", "x^2 + y^2")
    settle(page)
    assert "Proved" not in inside.inner_text() and "proves nothing" in inside.inner_text()
    assert "minimum, found" in page.locator(".legend").inner_text()


def test_what_is_not_complete_is_not_called_so(open_page):
    page = open_page("|x| + y^2/2", at=(0.5, 1))
    said = card(page, "landscape").inner_text()
    assert "No critical point is proved in [−2.5, 2.5] × [−2.5, 2.5]" in " ".join(said.split())
    assert "kink" in said and "complete." not in said.replace("Not complete", "")


def test_basins_are_walked_from_everywhere_and_tinted(open_page):
    page = open_page(HIMMELBLAU, at=(0, 1), page_options={"box": [(-5, 5), (-5, 5)]})
    inside = card(page, "landscape")
    assert page.locator("canvas.basin-layer").count() == 0
    page.check(".lab-basins input")
    settle(page)  # until all have been walked
    assert "reach four minima" in inside.inner_text()
    rows = page.locator(".lab-basins tbody tr")
    assert rows.count() == 4
    shares = [float(rows.nth(k).locator("td").last.inner_text().split()[0]) for k in range(4)]
    assert sum(shares) == pytest.approx(100, abs=0.2)
    found = st.basins(st.Formula(HIMMELBLAU), [(-5, 5)] * 2, st.FixedStep(0.01), resolution=128)
    of_python = 100 * found.counts / found.starts
    # The minima stand in the same order; their shares differ by the cells' width.
    assert shares == pytest.approx(of_python.tolist(), abs=1)
    # Colours are told apart on the map, and follow what Python draws.
    tints = {tuple(pixel) for pixel in page.evaluate(CORNERS)}
    assert len(tints) == 4
    page.uncheck(".lab-basins input")
    assert page.locator("canvas.basin-layer").count() == 0


def test_starts_that_reach_no_minimum_are_not_said_to_reach_one(open_page):
    page = open_page("x^3/3 - x + y^2", at=(0, 1), page_options={"box": [(-3, 3), (-3, 3)]})
    inside = card(page, "landscape")
    page.check(".lab-basins input")
    settle(page)
    said = inside.locator(".lab-basins [role=status]").inner_text()
    share = re.fullmatch(r"([\d.]+) % of the [\d,]+ starts in view reach one minimum\. .*", said)
    assert share is not None and 60 < float(share[1]) < 75, said
    assert "diverge" in inside.locator(".lab-basins table").inner_text()


CORNERS = """() => {
    const canvas = document.querySelector("canvas.basin-layer");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const pixel = (x, y) => {
        const k = 4 * (Math.floor(y * canvas.height) * canvas.width + Math.floor(x * canvas.width));
        return [...data.slice(k, k + 4)];
    };
    return [[0.1, 0.9], [0.1, 0.1], [0.9, 0.9], [0.9, 0.1]].map(([x, y]) => pixel(x, y));
}"""


def test_minus_gradient_is_not_the_way_to_the_minimum(open_page):
    page = open_page()
    inside = card(page, "landscape")
    said = numbers(inside.locator(".lead").inner_text())[0]
    down, way = np.array([-2, -12]), np.array([-1, -2])
    angle = math.degrees(math.acos(down @ way / (np.linalg.norm(down) * np.linalg.norm(way))))
    assert said == pytest.approx(angle, abs=0.05)
    assert page.locator(".way .line").count() == 1


def test_the_surface_turns_by_mouse_and_keys(open_page):
    page = open_page()
    card(page, "landscape")
    surface = page.locator(".surface canvas")

    def picture() -> str:
        settle(page)
        return surface.evaluate("c => c.toDataURL()")

    first = picture()
    x, y = centre(page, ".surface canvas")
    drag(page, (x, y), (x + 80, y))
    second = picture()
    surface.focus()
    page.keyboard.press("ArrowLeft")
    third = picture()
    assert len({first, second, third}) == 3


def test_why_shows_the_derivatives(open_page):
    page = open_page("x^2 y + y^3", at=(1, 2))
    inside = card(page, "why")
    written = " ".join(inside.locator("annotation").all_text_contents())
    assert "2 x y" in written and "x^{2} + 3 y^{2}" in written
    assert exact(page, ".derivatives") == [4, 13]


def test_why_unfolds_the_steps_that_python_checked(open_page):
    page = open_page("x^2 sin(y)")
    inside = card(page, "why")
    steps = inside.locator("details.steps")
    work = st.derivation(st.Formula("x^2 sin(y)"))
    assert f"Rule by rule: {len(work.steps)} steps, each checked" in steps.inner_text()
    assert not steps.locator("ol").first.is_visible()
    steps.locator("summary").focus()
    page.keyboard.press("Enter")
    assert steps.locator("ol").first.is_visible()
    rules = steps.locator("li b").all_text_contents()
    assert rules == [step.rule.name for step in work.steps]
    # A formula typed here has only what the page itself can say.
    page.fill("#formula", "x^3 y")
    settle(page)
    assert steps.count() == 0
    assert "steepest derive" in inside.inner_text()


def test_the_graph_is_stepped_through_with_the_keyboard(open_page):
    page = open_page("x^2 y + y^3")
    inside = card(page, "why")
    graph = st.computational_graph("x^2 y + y^3", (1, 2))
    boxes = inside.locator(".dag .unit")
    assert boxes.count() == 6
    shown = [text for text in inside.locator(".dag .adjoint").all_text_contents() if text]
    by_name = {text.split("∂")[2].split(" ")[0]: number(text.split("= ")[1]) for text in shown}
    own = {n.name: n.adjoint for n in graph.nodes if n.op != "const"}
    own["f"] = own.pop(graph.nodes[graph.outputs[0]].name)
    assert by_name == pytest.approx(own)
    slider = inside.locator("#graph-step")
    slider.focus()
    page.keyboard.press("Home")
    settle(page)
    assert "Nothing is computed yet" in inside.locator(".graph-said").inner_text()
    assert inside.locator(".dag .unit.waiting").count() == 6
    said = []
    for _ in range(12):
        page.keyboard.press("ArrowRight")
        settle(page)
        said.append(inside.locator(".graph-said").inner_text())
        assert slider.get_attribute("aria-valuetext") == said[-1]
    assert len(set(said)) == 12
    assert "Forward: f = v3 + v4 = 10." in said[5]
    (meeting,) = (text for text in said if "Two branches meet here" in text)
    assert re.search(r"∂f/∂y = (1·12 \+ 1·1|1·1 \+ 1·12) = 13\.", meeting)
    assert inside.locator(".dag .unit.waiting").count() == 0
    inside.get_by_role("button", name="Back", exact=True).click()
    settle(page)
    assert len([t for t in inside.locator(".dag .adjoint").all_text_contents() if t]) == 5


def test_a_variable_called_f_is_not_taken_for_the_result(open_page):
    page = open_page("f^2 g", at=(3, 2))
    card(page, "why")
    said = []
    for step in range(9):
        page.fill("#graph-step", str(step))
        settle(page)
        said.append(page.inner_text(".graph-said"))
    components = [text for text in said if "the gradient's component" in text]
    assert {text.split(". ")[0].split(" = ")[-1] for text in components} == {"12", "9"}


def test_a_large_graph_is_folded_and_unfolds(open_page):
    terms = (f"sin({k}x y + {k})exp(-(x - {k})^2)cos(y/{k})" for k in range(2, 16))
    page = open_page("+".join(terms), at=(1, 2))
    inside = card(page, "why")
    assert inside.locator(".dag .unit").count() <= 26
    assert "12 operations" in inside.locator(".dag").text_content()
    total = inside.locator(".dag .adjoint").all_text_contents()
    gradient = (
        st.Formula("+".join(f"sin({k}x y + {k})exp(-(x - {k})^2)cos(y/{k})" for k in range(2, 16)))
        .at(1, 2)
        .gradient
    )
    assert number(next(t for t in total if "∂x " in t).split("= ")[1]) == pytest.approx(
        gradient[0], rel=1e-3
    )
    inside.locator(".graph-part .field input").check()
    settle(page)
    assert inside.locator(".dag .unit").count() > 180


def test_exactly_one_card_is_open(open_page):
    page = open_page()
    for name in ("turn", "walk", "landscape", "why", "here"):
        card(page, name)
        expanded = page.locator(".card h2 button[aria-expanded=true]")
        assert expanded.count() == 1
        assert page.locator(f"#inside-{name}").is_visible()
