"""The lab in Chromium: typing, proofs with progress and cancel, basins, steps, addresses."""

from __future__ import annotations

import re

import pytest

import steepest as st
from browser_reading import card, context, exact, settle, violations
from lab_server import started

HIMMELBLAU = "(x^2 + y - 11)^2 + (x + y^2 - 7)^2"
LONG = "(sin(9x y) + cos(7x^2) - y)^4"


@pytest.fixture(scope="module")
def lab(built):
    with started() as running:
        yield running


@pytest.fixture
def open_lab(lab, browser):
    """Opens the lab at an address; anything on the console fails the test."""
    contexts, complaints = [], []

    def opened(address="", **options):
        own = context(browser, viewport={"width": 1280, "height": 900}, **options)
        contexts.append(own)
        page = own.new_page()
        page.requests = []
        page.on("request", lambda request: page.requests.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{lab.origin}/{address}")
        page.wait_for_selector("[data-handle=point]")
        settle(page)
        return page

    yield opened
    for own in contexts:
        own.close()
    lab.until(running=0, waiting=0)
    assert complaints == []


def address(page):
    """The address once it has followed what is shown."""
    settle(page)
    return page.evaluate("decodeURIComponent(location.hash)")


def test_typing_is_answered_by_the_page_alone(open_lab, lab):
    page = open_lab()
    page.fill("#formula", "x^3 - 3x y^2")
    settle(page)
    assert exact(page, "#facts-here")[0] == st.Formula("x^3 - 3x y^2")(1, 2)
    page.fill("#formula", "x^2 + 3sni(y)")
    settle(page)
    line, caret = page.locator("#refusal pre").text_content().split("\n")
    assert caret.index("^") == 7 and line.startswith("x^2 + 3sni")
    assert page.requests == [f"{lab.origin}/"]


def test_critical_points_are_proved_with_their_radius(open_lab):
    page = open_lab(f"#f={HIMMELBLAU}&see=0,0,5".replace(" ", "%20"))
    inside = card(page, "landscape")
    assert "proves nothing" in inside.inner_text()
    page.click("text=Prove: every")
    page.wait_for_selector("text=Proved by interval arithmetic")
    text = inside.inner_text()
    assert "four minima, one maximum and four saddles" in text
    assert "The list is complete." in text
    rows = page.locator(".critical-list tbody tr")
    assert rows.count() == 9
    value, radius = exact(page, ".critical-list tr:nth-child(9)")
    assert value == pytest.approx(181.616521525) and 0 < radius < 1e-12
    # The same box is not asked for twice; another view is.
    assert page.locator("text=Prove what").count() == 0
    page.click("[aria-label='Zoom in']")
    settle(page)
    assert page.locator("text=Prove what is in view now").count() == 1


def test_a_curve_is_proved_too(open_lab):
    page = open_lab("#f=x^4-3x^2+x&card=landscape")
    page.click("text=Prove: every")
    page.wait_for_selector("text=Proved by interval arithmetic")
    assert "two minima and one maximum" in page.locator("#inside-landscape").inner_text()


def test_a_search_tells_how_far_it_is_and_can_be_stopped(open_lab, lab):
    page = open_lab(f"#f={LONG}&see=0,0,4&card=landscape".replace(" ", "%20"))
    page.click("text=Prove: every")
    bar = page.locator("[role=progressbar]")
    shown = page.locator(".lab-bar .note")
    page.wait_for_selector("text=/[1-9][0-9,]* boxes examined/")
    page.wait_for_function(
        "(before) => document.querySelector('.lab-bar .note').textContent !== before",
        arg=shown.text_content(),
    )
    assert bar.count() == 1 and lab.status["running"] == 1
    # Dragging goes on meanwhile.
    page.evaluate("steepest.moveTo([0.5, 1])")
    settle(page)
    assert page.evaluate("steepest.point()") == [0.5, 1]
    page.click("text=Stop")
    lab.until(running=0)
    settle(page)
    assert bar.count() == 0
    assert "Stopped." in page.locator("#inside-landscape").inner_text()
    assert page.locator("text=Prove: every").count() == 1


def test_another_formula_ends_the_work_on_this_one(open_lab, lab):
    page = open_lab(f"#f={LONG}&see=0,0,4&card=landscape".replace(" ", "%20"))
    page.click("text=Prove: every")
    page.wait_for_selector("[role=progressbar]")
    page.fill("#formula", "x^2 + y^2")
    lab.until(running=0)
    settle(page)
    assert page.locator("[role=progressbar]").count() == 0
    assert "Stopped" not in page.locator("#inside-landscape").inner_text()


def test_basins_are_mapped_by_the_chosen_rule(open_lab):
    page = open_lab("#f=x^4-x^2+y^2&see=0,0,1.5&card=landscape&walk=momentum,0.02&norm=l1")
    inside = page.locator("#inside-landscape")
    assert "momentum, η = 0.02, steps measured in ℓ1" in inside.inner_text()
    page.click("text=Map which minimum")
    page.wait_for_selector(".basin-layer")
    rows = page.locator(".lab-basins tbody tr")
    assert "two minima are reached" in inside.inner_text().lower()
    shares = [float(rows.nth(k).locator("td").last.inner_text().split()[0]) for k in range(2)]
    assert sum(shares) == pytest.approx(100, abs=1)
    # Two colours, left and right of the ridge, at the same height.
    settle(page)
    left, right = page.evaluate(
        """() => {
            const canvas = document.querySelector(".basin-layer");
            const { width: w, height: h } = canvas;
            const { data } = canvas.getContext("2d").getImageData(0, Math.round(h / 2), w, 1);
            const at = (x) => [...data.slice(4 * Math.round(x * w)).slice(0, 3)].join();
            return [at(0.27), at(0.73)];
        }"""
    )
    assert left != right and "0,0,0" not in (left, right)
    page.click(".lab-basins tbody tr:nth-child(1) button")
    settle(page)
    assert abs(page.evaluate("steepest.point()")[0]) == pytest.approx(0.7071, abs=1e-4)
    page.click("text=show on the map")
    settle(page)
    assert page.locator(".basin-layer").count() == 0


def test_the_steps_are_worked_out(open_lab):
    page = open_lab("#f=sin(x+y)^2&card=why")
    page.wait_for_selector(".steps summary")
    assert re.search(r"\d+ steps, each checked", page.inner_text(".steps summary"))
    page.click(".steps summary")
    assert "chain" in page.inner_text(".steps")
    assert page.locator("#inside-why .absent").count() == 0


def test_offline_the_page_says_what_is_absent(open_page):
    page = open_page("x^2 + y^2")
    page.fill("#formula", "x^2 + y^2/2")
    settle(page)
    assert "steepest lab" in card(page, "landscape").inner_text()
    assert "steepest derive" in card(page, "why").inner_text()
    assert page.locator("text=Prove").count() == 0


def test_a_refusal_of_the_lab_is_read(open_lab):
    page = open_lab("#f=log(x)+y^2&at=1,2&see=-5,0,2&card=landscape")
    page.click("text=Prove: every")
    page.wait_for_selector(".lab-failed")
    assert "domain" in page.inner_text(".lab-failed").lower()


def test_an_address_holds_what_is_shown(open_lab):
    page = open_lab()
    page.fill("#formula", HIMMELBLAU)
    card(page, "walk")
    page.select_option("#inside-walk select", "momentum")
    page.evaluate("steepest.moveTo([-1.25, 0.5])")
    shown = address(page)
    assert f"f={HIMMELBLAU}&at=-1.25,0.5" in shown and "walk=momentum" in shown
    outcome = page.inner_text("#inside-walk .lead")
    other = open_lab(page.evaluate("location.hash"))
    assert other.input_value("#formula") == HIMMELBLAU
    assert other.evaluate("steepest.point()") == [-1.25, 0.5]
    assert other.inner_text("#inside-walk .lead") == outcome
    other.reload()
    other.wait_for_selector("[data-handle=point]")
    assert other.inner_text("#inside-walk .lead") == outcome
    assert address(other) == shown


def test_back_and_forward(open_lab):
    page = open_lab()
    first = address(page)
    page.fill("#formula", "x y")
    page.evaluate("steepest.moveTo([3, 1])")
    second = address(page)
    card(page, "turn")
    third = address(page)
    assert len({first, second, third}) == 3
    page.go_back()
    settle(page)
    assert address(page) == second and page.evaluate("steepest.point()") == [3, 1]
    page.go_back()
    settle(page)
    assert address(page) == first
    assert page.input_value("#formula") == "x^2 + 3y^2" and exact(page, "#facts-here")[0] == 13
    page.go_forward()
    page.go_forward()
    settle(page)
    assert address(page) == third and page.locator("#card-turn.open").count() == 1


NONSENSE = [
    "#", "#f", "#f=", "#f=x^2&at=1,2,3", "#f=x^2%ZZ", "#=&&&",
    "#f=x%20y&walk=fixed,0&u=NaN&plane=7,9",
    "#f=x^2+y^2&at=a,b&see=0,0,-1&card=no&walk=no,1&norm=9",
]  # fmt: skip


def test_addresses_that_make_no_sense_do_no_harm(open_lab):
    page = open_lab(NONSENSE[-1])
    for hash_ in NONSENSE:
        page.evaluate("(hash) => { location.hash = hash; }", hash_)
        settle(page)
        assert len(page.inner_text("#inside-here .lead")) > 20
    page.evaluate("location.hash = '#f=x^2+y^2&card=walk&walk=fixed,Infinity'")
    page.wait_for_selector("#inside-walk .outcome")
    assert page.inner_text("label[for=step-size]").split()[-1] == "0.1"


def test_markup_in_an_address_is_text(open_lab):
    page = open_lab("#f=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&at=1,2")
    assert "<img" in page.inner_text("#refusal pre")
    assert page.locator("#refusal img").count() == 0
    assert page.input_value("#formula").startswith("<img")


def test_practising_by_keyboard(open_lab):
    page = open_lab("#f=x^2&card=practice&exercise=gradient-polynomial,3")
    page.wait_for_selector(".practice h3")
    assert "4" in page.inner_text(".asked .tex") and page.locator(".asked .katex").count()
    # Nothing gives the answer away before it is asked for.
    assert not any(url.endswith(("/solution", "/answer")) for url in page.requests)
    page.focus("#practice-answer")
    page.keyboard.press("Enter")
    page.wait_for_selector(".verdict .said")
    assert "✗" in page.inner_text(".verdict") and page.locator(".verdict .right").count() == 0
    page.keyboard.type("12x^2 y, 4x^3 + foo(")
    assert page.inner_text(".verdict") == ""  # a verdict belongs to the answer it is about
    page.keyboard.press("Enter")
    page.wait_for_selector(".verdict li")
    first, second = (page.locator(".verdict li").nth(k).inner_text() for k in (0, 1))
    assert first.startswith("✓") and second.startswith("✗") and "unknown name" in second
    place = page.locator(".verdict pre").inner_text().splitlines()
    assert place[1].index("^") == place[0].index("foo")
    page.fill("#practice-answer", "12y x^2, 20y^3 + 4x^3")
    page.keyboard.press("Enter")
    page.wait_for_selector(".verdict > .right")
    assert page.locator(".verdict[role=status]").count() == 1
    page.click("text=Hint")
    assert "constant" in page.inner_text(".practice-hint")
    page.click("text=Show the solution")
    page.wait_for_selector(".practice .steps li")
    assert "12x^2*y, 4x^3 + 20y^3" in page.inner_text("#inside-practice .note >> nth=-1")


def test_practising_one_topic_and_other_numbers(open_lab):
    page = open_lab("#f=x^2+y^2&card=practice&exercise=limit-fate,7")
    page.wait_for_selector(".practice fieldset")
    page.select_option("#practice-topic", "norms")
    page.wait_for_selector(".asked h3:has-text('norms')")
    keys = [page.get_attribute(".asked", "data-key")]
    for _ in range(3):
        page.click("text=Another exercise")
        page.wait_for_selector(f".asked:not([data-key='{keys[-1]}'])")
        keys.append(page.get_attribute(".asked", "data-key"))
    assert len(set(keys)) == 4  # none twice before all were asked
    assert ",7" in address(page)
    page.fill("#practice-seed", "12")
    page.keyboard.press("Enter")
    page.wait_for_selector(".asked h3")
    shown = address(page)
    assert shown.endswith(",12") and "norm-" in shown
    prompt = page.inner_text(".asked")
    other = open_lab(page.evaluate("location.hash"))
    other.wait_for_selector(".asked h3")
    assert other.inner_text(".asked") == prompt
    page.go_back()
    settle(page)
    assert address(page).endswith(",7")


def test_an_exercise_in_an_address_that_there_is_not(open_lab):
    page = open_lab("#f=x^2&card=practice&exercise=chain-powr,7")
    page.wait_for_selector(".practice .lab-failed")
    assert "did you mean chain-power" in page.inner_text(".practice .lab-failed")
    page.click("text=Another exercise")
    page.wait_for_selector(".asked h3")


def test_axe_finds_nothing_in_the_lab(open_lab, axe):
    """Its own controls, in all their states; the rest of the page is looked at elsewhere."""
    page = open_lab("#f=x^2+y^2&see=0,0,4&card=landscape", reduced_motion="reduce")

    def examine(name):
        within = f"#card-{name}"
        page.emulate_media(color_scheme="light")
        assert violations(page, axe, within) == []
        page.emulate_media(color_scheme="dark")
        settle(page)
        assert violations(page, axe, within, only="color-contrast") == []

    page.click("text=Prove: every")
    page.wait_for_selector("text=examined in")
    page.click("text=Map which minimum")
    page.wait_for_selector(".lab-basins table")
    examine("landscape")
    card(page, "why")
    page.click(".steps summary")
    examine("why")
    card(page, "practice")
    asked = (
        ("gradient-polynomial,3", "A polynomial in two variables", "12x^2 y, foo("),
        ("limit-fate,3", "Will it converge?", None),
    )
    for exercise, title, answer in asked:
        page.evaluate(f"location.hash = '#f=x^2&card=practice&exercise={exercise}'")
        page.wait_for_selector(f".asked h3:has-text('{title}')")
        if answer is None:
            page.check("input[value=diverges]")
            page.click("text=Show the solution")  # that of the other one has been seen under Why
            page.wait_for_selector("text=As it could be typed")
        else:
            page.fill("#practice-answer", answer)
        page.click("text=Hint")
        page.click(".practice button[type=submit]")
        page.wait_for_selector(".verdict .said")
        examine("practice")
    page.evaluate(f"location.hash = '#f={LONG}&see=0,0,4&card=landscape'.replaceAll(' ', '%20')")
    page.click("text=Prove: every")
    page.wait_for_selector("[role=progressbar]")
    examine("landscape")
    page.click("text=Stop")
