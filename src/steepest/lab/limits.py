"""What one client, and all of them, may ask of the lab."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

#: Bytes of the body of a request.
MAX_BODY: Final = 64 * 1024
#: Progress events a second, at most.
MAX_RATE: Final = 20.0
#: Seconds for the body of a request to arrive.
BODY_SECONDS: Final = 10.0
#: Starts of a basin map, and steps of each.
MAX_STARTS: Final = 512 * 512
MAX_STEPS: Final = 10_000
#: Seconds after which a search for critical points says what it has found so far.
SEARCH_SECONDS: Final = 60.0
#: Bytes of memory of a worker.
MEMORY: Final = 4 * 1024**3

_SECONDS: Final = MappingProxyType(
    {"symbolic": 15.0, "critical": 75.0, "basins": 75.0}
    | dict.fromkeys(("exercise", "answer", "solution"), 15.0)
)


@dataclass(frozen=True)
class Limits:
    """How much work runs and waits at a time, and how long it may take.

    `running` pieces of work in all and `running_each` for one client; `waiting` in all, and
    `asked_each` for one client, running or waiting. `seconds` by the kind of work.
    """

    running: int = field(default_factory=lambda: min(8, max(4, os.cpu_count() or 1)))
    running_each: int = 3
    waiting: int = 32
    asked_each: int = 6
    seconds: Mapping[str, float] = field(default_factory=lambda: _SECONDS)
