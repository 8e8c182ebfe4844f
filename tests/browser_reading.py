"""What a person reads off the page, as numbers, once the page is at rest."""

from __future__ import annotations

import re
from typing import Any

#: Milliseconds after which what a test waits for will not come: so many that a busy machine, or a
#: pause of some seconds, cannot use them up.
LIMIT = 120_000

#: Put into a page before its own script, so that tests wait for its rest and not for a clock. What
#: the page meant to do later (paint finely once nothing moves, write down the address) is done
#: when a test asks for rest, in the order of its time. `hold` lets nothing of it happen before;
#: `nextFrame` comes all the same.
_WATCH = """(() => {
    const { setTimeout, clearTimeout, requestAnimationFrame, cancelAnimationFrame } = window;
    const later = new Map(), frames = new Set();
    let held = false;
    window.hold = () => (held = true);
    window.setTimeout = (act, wait = 0, ...given) => {
        const run = () => later.delete(id) && act(...given);
        const id = setTimeout(() => held || run(), wait);
        later.set(id, { run, due: performance.now() + wait });
        return id;
    };
    window.clearTimeout = (id) => {
        later.delete(id);
        clearTimeout(id);
    };
    window.requestAnimationFrame = (draw) => {
        const id = requestAnimationFrame((now) => {
            frames.delete(id);
            draw(now);
        });
        frames.add(id);
        return id;
    };
    window.cancelAnimationFrame = (id) => {
        frames.delete(id);
        cancelAnimationFrame(id);
    };
    window.nextFrame = () =>
        new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    const moves = (a) =>
        a.playState !== "finished" && a.effect.getComputedTiming().endTime !== Infinity;
    window.rest = async (limit) => {
        const end = performance.now() + limit;
        for (let still = 0; still < 2; still++) {
            await nextFrame();
            const moving = document.getAnimations().filter(moves);
            const due = [...later].sort(([, a], [, b]) => a.due - b.due);
            if (moving.length || due.length || frames.size) still = -1;
            moving.forEach((a) => a.finish());
            for (const [id, { run }] of due) {
                clearTimeout(id);
                run();
            }
            if (performance.now() > end) throw new Error("the page does not come to rest");
        }
    };
})()"""


def context(browser: Any, **options: Any) -> Any:
    """A context of the browser whose pages can be asked to come to rest."""
    made = browser.new_context(**options)
    made.set_default_timeout(LIMIT)
    made.add_init_script(_WATCH)
    return made


def number(text: str) -> float:
    return float(text.replace("−", "-").replace("∞", "inf"))


def numbers(text: str) -> list[float]:
    return [float(t) for t in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", text.replace("−", "-"))]


def settle(page: Any) -> None:
    """Wait until what was done is drawn and nothing more is going to happen by itself."""
    page.evaluate("(limit) => rest(limit)", LIMIT)


def card(page: Any, name: str) -> Any:
    """Open a card and return it."""
    page.click(f"#card-{name} h2 button")
    settle(page)
    return page.locator(f"#inside-{name}")


def exact(page: Any, selector: str) -> list[float]:
    """All digits of the numbers under `selector`, as they are copied."""
    found = page.locator(f"{selector} [data-full]")
    return [number(found.nth(k).get_attribute("data-full")) for k in range(found.count())]


def coordinates(page: Any) -> list[float]:
    """Where the point stands, as its fields say."""
    fields = page.locator(".coordinates input")
    return [float(fields.nth(k).input_value()) for k in range(fields.count())]


def centre(page: Any, selector: str) -> tuple[float, float]:
    box = page.locator(selector).first.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    page.mouse.move(*end)
    page.mouse.up()
    settle(page)


def violations(page: Any, axe: str, within: str = "html", only: str | None = None) -> list[str]:
    """What axe-core finds wrong with the page, or a part of it, as it is now; by one rule only."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe)
    options = {} if only is None else {"runOnly": {"type": "rule", "values": [only]}}
    found = page.evaluate(
        "async ([within, options]) => (await axe.run(within, options)).violations",
        [within, options],
    )
    return [f"{v['id']}: {v['help']} {[n['html'][:120] for n in v['nodes']][:3]}" for v in found]
