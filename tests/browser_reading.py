"""What a person reads off the page, as numbers."""

from __future__ import annotations

import re
from typing import Any


def number(text: str) -> float:
    return float(text.replace("−", "-").replace("∞", "inf"))


def numbers(text: str) -> list[float]:
    return [float(t) for t in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", text.replace("−", "-"))]


def settle(page: Any, milliseconds: int = 0) -> None:
    """Wait until what was done is drawn; the map paints finely 160 ms after its last move."""
    page.wait_for_timeout(milliseconds)
    page.evaluate(
        """() => new Promise((done) => {
            const twice = (n) => (n ? requestAnimationFrame(() => twice(n - 1)) : setTimeout(done));
            twice(3);
        })"""
    )


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
