"""What the page weighs and how fast it is in Chromium, beside what is asked of it.

    python benchmarks/bench_page.py [--frames 60] [--formula "x^2 + 3y^2"] [--card walk]

The point is dragged by one move of the pointer before each frame. "busy" is the processor time
of the page's main thread for one such frame: script, style, layout, paint and commit; other work
on the machine does not lengthen it. "frame" is the time from one frame to the next, which cannot
be less than the screen's 16.7 ms and grows in such steps; other work does lengthen it, so let the
machine rest. "slow" is the same with the processor throttled four times, as on a cheap phone.
Each cell is median / 95th percentile in milliseconds; ! marks what misses its aim.
"""

import argparse
import gzip
import shutil
import tempfile
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from playwright.sync_api import sync_playwright

import steepest as st

FORMULAS = {
    "quadratic": "x^2 + 3y^2",
    "Himmelblau": "(x^2 + y - 11)^2 + (x + y^2 - 7)^2",
    "Rosenbrock": "(1 - x)^2 + 100(y - x^2)^2",
}
CARDS = ("here", "turn", "walk", "landscape", "why")
QUIET = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]
# Milliseconds: the aims.
MEDIAN, HIGH, SLOW, LOAD, TYPED, LAID_OUT = 17.0, 20.0, 33.5, 500.0, 50.0, 100.0
SETTLING = 12  # frames that compile what they run

MOVE = """([x, y, k]) => {
    const where = { clientX: x - 2 * k, clientY: y + k };
    const of = { pointerId: 1, buttons: 1, bubbles: true, ...where };
    document.querySelector("svg.marks").dispatchEvent(new PointerEvent("pointermove", of));
    return new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
}"""

DRAG = """async ([x, y, frames]) => {
    const marks = document.querySelector("svg.marks");
    const began = [];
    for (let k = 0; k < frames; k++) {
        const where = { clientX: x - 2 * k, clientY: y + k };
        const of = { pointerId: 1, buttons: 1, bubbles: true, ...where };
        marks.dispatchEvent(new PointerEvent("pointermove", of));
        await new Promise((done) => requestAnimationFrame((time) => {
            began.push(time);
            setTimeout(done);
        }));
    }
    return began.slice(1).map((t, k) => t - began[k]);
}"""

TYPE = """async (text) => {
    const field = document.getElementById("formula");
    const start = performance.now();
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise(requestAnimationFrame);
    await new Promise((done) => setTimeout(done));
    return performance.now() - start;
}"""


UNFOLD = """async () => {
    const box = document.querySelector(".graph-part .field input");
    const start = performance.now();
    box.click();
    await new Promise(requestAnimationFrame);
    await new Promise((done) => setTimeout(done));
    const took = performance.now() - start;
    const boxes = document.querySelectorAll(".dag .unit").length;
    box.click();
    const laid = performance.getEntriesByName("graph laid out").at(-1).duration;
    return [laid, took, boxes];
}"""

TERMS = "+".join(f"sin({k}x y + {k})exp(-(x - {k})^2)cos(y/{k})" for k in range(2, 18))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--formula", help="measure dragging over this formula only")
    parser.add_argument("--card", choices=CARDS, help="measure dragging with this card only")
    given = parser.parse_args()
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        raise SystemExit("this benchmark needs Chromium: apt-get install chromium")
    folder = Path(tempfile.mkdtemp())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET)
        print(f"Chromium {browser.version}")
        formulas = {given.formula: given.formula} if given.formula else FORMULAS
        for k, (name, formula) in enumerate(formulas.items()):
            path = st.page(st.Formula(formula), folder / f"{k}.html", at=(1, 2))
            page = opened(browser, path)
            if k == 0:
                weigh(path)
                loads = [load_time(page)]
                for _ in range(4):
                    again = opened(browser, path)
                    loads.append(load_time(again))
                    again.close()
                times = [page.evaluate(TYPE, f"{formula} + {n}x y") for n in range(2, 12)]
                told("loaded", f"{median(loads):.0f} ms", median(loads) <= LOAD, f"{LOAD:.0f} ms")
                told("typed → redrawn", f"{median(times):.0f} ms", median(times) <= TYPED, "50 ms")
                page.close()
                graph_time(browser, folder / "large.html")
                page = opened(browser, path)
                print(f"\n{'':12}{'':11}{'busy':>13}{'frame':>15}{'slow: busy':>16}{'frame':>14}")
            for card in [given.card] if given.card else CARDS:
                page.click(f"#card-{card} h2 button")
                page.wait_for_timeout(300)
                cells = [*drag(page, given.frames, 1), *drag(page, given.frames, 4)]
                aims = [(MEDIAN, HIGH)] * 2 + [(SLOW, SLOW)] * 2
                row = "".join(cell(c, aim) for c, aim in zip(cells, aims, strict=True))
                print(f"{name[:22]:12}{card:11}{row}", flush=True)
            page.close()
        browser.close()
    shutil.rmtree(folder)


def opened(browser: Any, path: Path) -> Any:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(path.as_uri())
    page.wait_for_selector("[data-handle=point]")
    page.wait_for_timeout(300)
    return page


def weigh(path: Path) -> None:
    weight = path.read_bytes()
    plain, small = len(weight) / 1e3, len(gzip.compress(weight, 9)) / 1e3
    told("one file", f"{plain:.0f} kB", plain <= 600, "600 kB")
    told("gzipped", f"{small:.0f} kB", small <= 260, "260 kB")


def told(what: str, measured: str, reached: bool, aim: str) -> None:
    print(f"{what:18}{measured:>10}{' ' if reached else '!'}  (aim {aim})")


def graph_time(browser: Any, path: Path) -> None:
    """Lay out and draw a computational graph of about 200 operations, one by one."""
    page = opened(browser, st.page(st.Formula(TERMS), path, at=(1, 2)))
    page.click("#card-why h2 button")
    page.wait_for_timeout(500)
    runs = [page.evaluate(UNFOLD) for _ in range(5)]
    laid, took, boxes = median(r[0] for r in runs), median(r[1] for r in runs), runs[0][2]
    told(f"{boxes} boxes laid out", f"{laid:.0f} ms", laid <= LAID_OUT, f"{LAID_OUT:.0f} ms")
    print(f"{'  and drawn':18}{took:>7.0f} ms")
    page.close()


def load_time(page: Any) -> float:
    """Milliseconds from the request to the end of the load event."""
    return page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")


def drag(page: Any, frames: int, rate: int) -> list[tuple[float, float]]:
    """Median and 95th percentile of the busy time of a frame, and of the frames' distances."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def used() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return 1e3 * next(m["value"] for m in metrics if m["name"] == "TaskDuration")

    page.evaluate("steepest.moveTo([1, 2])")
    page.wait_for_timeout(200)
    box = page.locator("[data-handle=point] .point").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate(DRAG, [x, y, SETTLING])
    session.send("Emulation.setCPUThrottlingRate", {"rate": rate})
    busy = []
    for k in range(frames):
        before = used()
        page.evaluate(MOVE, [x, y, k])
        busy.append(used() - before)
    distances = page.evaluate(DRAG, [x, y, frames])
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    page.mouse.up()
    session.detach()
    return [(median(times), quantiles(times, n=20)[-1]) for times in (busy, distances)]


def cell(measured: tuple[float, float], aim: tuple[float, float]) -> str:
    missed = any(m > a for m, a in zip(measured, aim, strict=True))
    return f"{measured[0]:8.1f} /{measured[1]:4.0f}{'!' if missed else ' '}"


if __name__ == "__main__":
    main()
