"""What stands after the # in a link to the shared page.

It is the address that the lab keeps; web/src/lab/address.ts reads both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote


def address(told: dict[str, Any]) -> str:
    """What `page.data` and `page.opening` tell, but for operations and proofs."""
    parts = [("f", told["text"])]
    if told["at"] is not None:
        parts.append(("at", _commas(told["at"])))
    if told["box"] is not None:
        sides = [*told["box"], (0.0, 0.0)][:2]
        centre = [(lo + hi) / 2 for lo, hi in sides]
        parts.append(("see", _commas([*centre, max((hi - lo) / 2 for lo, hi in sides)])))
    parts += [(name, told[name]) for name in ("card", "norm") if name in told]
    parts += [("walk", f"{w['rule']},{w['stepSize']!r}") for w in told.get("walks", ())]
    return "&".join(f"{name}={quote(value, safe='+^*(),')}" for name, value in parts)


def _commas(numbers: Sequence[float]) -> str:
    return ",".join(f"{x!r}" for x in numbers)
