"""What a marked answer is told: sentences.json, which the page reads as well.

So the checker in Python and the one on a page, which has no Python, say the same of the same
answer. Names in braces are put in by whoever says the sentence.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Final

_ALL: Final[dict[str, dict[str, str]]] = json.loads(
    files("steepest.explain").joinpath("sentences.json").read_text("utf-8")
)

NUMBERS: Final = _ALL["numbers"]
DECIDED: Final = _ALL["decided"]
GRADIENT: Final = _ALL["gradient"]
MISTAKES: Final = _ALL["mistakes"]
SLIPS: Final = _ALL["slips"]
