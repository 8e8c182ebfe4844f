"""Is the minimum that a descent found the global one? What is proved of that, in a sentence."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from steepest.critical.composition import convex_by_composition
from steepest.critical.minimum import global_minimum

FloatArray = NDArray[np.float64]

#: How much the proof may cost, in boxes times operations of the gradient: about two seconds, for a
#: descent's answer should not wait for a hard one. Counted, so that every machine says the same.
WORK: Final = 20_000_000


def global_verdict(
    function: Any,
    sides: tuple[FloatArray, FloatArray],
    minimum: FloatArray,
    work: int = WORK,
) -> str:
    """What intervals prove of `minimum` (n,) against the whole box from sides[0] to sides[1]."""
    low, high = sides
    if ((minimum < low) | (minimum > high)).any():
        return "The minimum lies outside the box, so nothing is said about the box."
    over_data = getattr(function, "arrays", None) is not None
    if over_data and convex_by_composition(function.root):
        return "f is convex (proved), so this minimum is the global one, in the box and outside."
    if over_data and not function.has_graph:
        return "Over so many data nothing can be proved about the box."
    box = list(zip(low.tolist(), high.tolist(), strict=True))
    boxes = max(1, work // max(1, len(function.gradient_tape.instructions)))
    return global_minimum(function, box, max_boxes=boxes).judge(minimum.tolist())
