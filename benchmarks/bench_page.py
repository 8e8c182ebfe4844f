"""What the page weighs and how fast it is in Chromium.

    python benchmarks/bench_page.py [--moves 60]

Times are processor time of the page's main thread for one move of the point, from the event to
the painted frame, so that other work on the machine does not count; "slow" is the same with the
processor throttled four times. A frame at sixty a second has 16.7 ms.
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

FORMULAS = ("x^2 + 3y^2", "(1 - x)^2 + 100(y - x^2)^2", "sin(x) + sin(y) + sin(x + y)")
CARDS = ("here", "turn", "walk", "landscape", "why")
QUIET = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moves", type=int, default=60)
    moves = parser.parse_args().moves
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        raise SystemExit("this benchmark needs Chromium: apt-get install chromium")
    folder = Path(tempfile.mkdtemp())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET)
        for number, formula in enumerate(FORMULAS):
            path = st.page(st.Formula(formula), folder / f"{number}.html", at=(1, 2))
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(path.as_uri())
            page.wait_for_selector("[data-handle=point]")
            weight = path.read_bytes()
            small = len(gzip.compress(weight))
            print(
                f"{formula}: {len(weight) / 1e3:.0f} kB, {small / 1e3:.0f} kB gzipped,"
                f" loaded in {loaded(page):.0f} ms"
            )
            for card in CARDS:
                page.click(f"#card-{card} h2 button")
                page.wait_for_timeout(400)
                usual, slow = (frames(page, moves, rate) for rate in (1, 4))
                print(f"  {card:9}  usual {usual}   slow {slow}")
            page.close()
        browser.close()
    shutil.rmtree(folder)


def loaded(page: Any) -> float:
    """Milliseconds from the request to the end of the load event."""
    return page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")


def frames(page: Any, moves: int, rate: int) -> str:
    """Median and 95th percentile of a move, in milliseconds."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": rate})
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def seconds() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return next(m["value"] for m in metrics if m["name"] == "TaskDuration")

    page.evaluate("steepest.moveTo([1, 2])")
    page.wait_for_timeout(200)
    box = page.locator("[data-handle=point] .point").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    times = []
    for k in range(moves):
        begun = seconds()
        page.mouse.move(x - 2 * k, y + k)
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        times.append(1e3 * (seconds() - begun))
    page.mouse.up()
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    settled = times[moves // 6 :]
    return f"median {median(settled):4.1f} ms, p95 {quantiles(settled, n=20)[-1]:4.1f} ms"


if __name__ == "__main__":
    main()
